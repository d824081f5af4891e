/** What workers of this machine share: a folder for each job, with its description, its networks and what is done. */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../../image/files.js'
import type { Job } from '../job.js'
import { type Part, readPart } from '../pass.js'
import type { Task } from '../task.js'

/** Days after which a job that nobody has gone on with is forgotten. */
const FORGOTTEN = 30

/** Where a job is kept; it is made, and with it what workers read. */
export async function jobFolder(root: string, { digest, job, networks }: Task): Promise<string> {
  const folder = join(root, digest.slice(0, 32))
  await mkdir(folder, { recursive: true })
  await forgetOld(root)
  for (const [network, bytes] of networks)
    await writeWhole(join(folder, `${network}.onnx`), bytes())
  await writeWhole(join(folder, 'job.json'), JSON.stringify(job))
  return folder
}

async function forgetOld(root: string): Promise<void> {
  const limit = Date.now() - FORGOTTEN * 24 * 3600 * 1000
  for (const name of await readdir(root)) {
    const folder = join(root, name)
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Infinity }))
    if (mtimeMs < limit) await rm(folder, { recursive: true, force: true })
  }
}

export const readJob = async (folder: string): Promise<Job> =>
  JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')) as Job

export const readNetwork = (folder: string, digest: string): Promise<Uint8Array> =>
  readFile(join(folder, `${digest}.onnx`))

/** Keeps a part, whole or not at all. */
export const keepPart = (folder: string, shard: number, bytes: Uint8Array): Promise<void> =>
  writeWhole(partFile(folder, shard), bytes)

/** The part of a shard; undefined where it is not done, or cannot be read. */
export async function keptPart(folder: string, shard: number): Promise<Part | undefined> {
  try {
    return readPart(await readFile(partFile(folder, shard)))
  } catch {
    return undefined
  }
}

export const forget = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true })

const partFile = (folder: string, shard: number): string => join(folder, `${shard}.safetensors`)
