/** Runs a program whose output streams into the cell, and which ends when the cell is interrupted. */
import { spawn } from 'node:child_process'
import { nativeSetTimeout } from '../../runner/primordials.js'
import type { MagicContext } from './magic.js'

/** Milliseconds that an interrupted program has to end by itself. */
const PATIENCE = 500
const GROUPS = process.platform !== 'win32'

export class ProgramError extends Error {
  override readonly name = 'ProgramError'
}

/**
 * @param input what the program reads; without it, there is nothing to read.
 * @throws ProgramError where the program is not there, or does not end with exit code 0.
 */
export async function runProgram(
  [program = '', ...args]: string[],
  { print, signal, guard }: MagicContext,
  input?: string,
): Promise<void> {
  if (signal.aborted) return
  // A group of its own, so that what the program starts ends with it.
  const child = spawn(program, args, { detached: GROUPS, stdio: 'pipe', windowsHide: true })
  const { pid } = child
  if (pid !== undefined) guard(pid, true)
  const kill = (name: NodeJS.Signals) => {
    try {
      if (GROUPS && pid !== undefined) process.kill(-pid, name)
      else child.kill(name)
    } catch {
      // It has ended.
    }
  }
  let impatience: NodeJS.Timeout | undefined
  const interrupt = () => {
    kill('SIGINT')
    // An interrupted cell may set no timers any more.
    impatience = nativeSetTimeout(kill, PATIENCE, 'SIGKILL')
  }
  signal.addEventListener('abort', interrupt, { once: true })
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (!signal.aborted) print(text, name)
    })
  child.stdin.on('error', () => {}) // it need not read all
  child.stdin.end(input ?? '')
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('error', (error) => reject(new ProgramError(`${program}: ${reason(error)}`)))
      child.on('close', (code, by) => {
        if (code === 0) resolve()
        else
          reject(new ProgramError(`${program} ended ${by ? `by ${by}` : `with exit code ${code}`}`))
      })
    })
  } finally {
    signal.removeEventListener('abort', interrupt)
    clearTimeout(impatience)
    if (pid !== undefined) guard(pid, false)
  }
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such program'
  return code === 'E2BIG' ? 'the text is too long for its command line' : message
}
