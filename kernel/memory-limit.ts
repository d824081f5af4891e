/** Ends a process that takes too much memory, that of native code included. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { promisify } from 'node:util'

/** Milliseconds between two looks. */
const INTERVAL = process.platform === 'linux' ? 100 : 500

/**
 * Looks at the resident memory of a process, as long as it lives, a few times a second.
 *
 * @param exceeded Called once, with the megabytes that it has.
 * @returns Stops looking.
 */
export function watchMemory(
  pid: number,
  megabytes: number,
  exceeded: (megabytes: number) => void,
): () => void {
  let busy = false
  const look = async () => {
    if (busy) return
    busy = true
    const used = await residentMegabytes(pid).catch(() => undefined)
    busy = false
    if (used === undefined || used <= megabytes) return
    clearInterval(timer)
    exceeded(used)
  }
  const timer = setInterval(() => void look(), INTERVAL)
  timer.unref()
  return () => clearInterval(timer)
}

async function residentMegabytes(pid: number): Promise<number | undefined> {
  if (process.platform === 'win32') return undefined
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1000
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1000
}
