/** The end of the runner where its own code no longer works. */
import process from 'node:process'
import { stringify } from './primordials.js'
import { write } from './write.js'

const { pid } = process
const kill = process.kill.bind(process)

/** Says that a cell has broken built-in objects, and makes way for a new process. */
export function giveUp(error: unknown): void {
  const { message } = (error ?? {}) as { message?: unknown }
  const reason = `a cell has changed built-in objects that the kernel needs (${String(message)})`
  try {
    write(stringify({ type: 'fatal', reason }))
  } finally {
    endProcess()
  }
}

/** Whatever a cell has made of `process.exit`, and without its exit handlers. */
export function endProcess(): void {
  kill(pid, 'SIGKILL')
}
