/** Programs of front-ends, each in a process group of its own, of which nothing is left behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ProgramOptions {
  cwd: string
  env: NodeJS.ProcessEnv
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs a program to its end.
 *
 * @throws if it takes longer than `timeout` milliseconds, or fails.
 */
export async function runProgram(
  [command, ...args]: string[],
  {
    input = '',
    timeout = 180_000,
    ...options
  }: ProgramOptions & { input?: string; timeout?: number },
): Promise<Ended> {
  const child = spawn(command!, args, { ...options, detached: true })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text))
  child.stdin.on('error', () => {}).end(input)
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), timeout)
  await once(child, 'close')
  clearTimeout(timer)
  ended.code = child.exitCode
  if (ended.code === 0) return ended
  const how = ended.code === null ? `was ended after ${timeout / 1000} s` : `failed (${ended.code})`
  throw new Error(`${args.join(' ')} ${how}\n${ended.stdout}\n${ended.stderr}`)
}

/** Ends a program and what it started, by force if it does not go by itself. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    killGroup(child, 'SIGTERM')
    await Promise.race([ended, sleep(10_000, undefined, { ref: false })])
  }
  killGroup(child, 'SIGKILL')
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // it is gone
  }
}
