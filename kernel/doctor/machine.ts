import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { packageVersion } from '../install.js'
import { packageFolder } from '../preloaded.js'
import { bad, type Check, good, type Group, size } from './check.js'

/** `package.json`'s field `engines` says the same. */
const OLDEST_NODE = [20, 19] as const
/** What the kernel needs beside a network of middling size. */
const LITTLE_MEMORY = 1.5 * 2 ** 30

export async function machine(): Promise<Group> {
  const checks = [
    good('Fovea', `${await packageVersion()} in ${packageFolder}`),
    node(),
    good('System', `${os.type()} ${os.release()} on ${process.arch}`),
    await processor(),
    memory(),
  ]
  return { title: 'This computer', checks }
}

function node(): Check {
  const { node: version } = process.versions
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldest, oldestMinor] = OLDEST_NODE
  const isNew = major > oldest || (major === oldest && minor >= oldestMinor)
  return isNew
    ? good('Node', `${version} in ${process.execPath}`)
    : bad('Node', version, `Fovea needs Node ${OLDEST_NODE.join('.')} or later`)
}

async function processor(): Promise<Check> {
  const model = os.cpus()[0]?.model.trim() || process.arch
  const known = await instructionSets()
  const parts = [model, `${os.availableParallelism()} threads`, ...(known ? [known] : [])]
  return good('Processor', parts.join(', '))
}

/** The instruction sets that matter for convolutions, where the system tells them. */
async function instructionSets(): Promise<string | undefined> {
  const info = await readFile('/proc/cpuinfo', 'utf8').catch(() => undefined)
  const [, flags] = /^(?:flags|Features)\s*:(.*)$/m.exec(info ?? '') ?? []
  if (flags === undefined) return process.arch === 'arm64' ? 'NEON' : undefined
  const sets = {
    sse4_2: 'SSE4.2',
    avx: 'AVX',
    avx2: 'AVX2',
    fma: 'FMA',
    avx512f: 'AVX-512',
    avx512_vnni: 'VNNI',
    amx_tile: 'AMX',
    asimd: 'NEON',
    sve: 'SVE',
  }
  const present = new Set(flags.trim().split(/\s+/))
  const names = Object.entries(sets).filter(([flag]) => present.has(flag))
  return names.map(([, name]) => name).join(' ') || undefined
}

function memory(): Check {
  // A container may be allowed less than the computer has; without a limit this is 0 or enormous.
  const limit = process.constrainedMemory()
  const total = limit && limit < os.totalmem() ? limit : os.totalmem()
  const free = Math.min(os.freemem(), total)
  const detail = `${size(total)}, ${size(free)} of it free`
  return total < LITTLE_MEMORY
    ? bad('Memory', detail, `large networks need more than ${size(LITTLE_MEMORY)}`)
    : good('Memory', detail)
}
