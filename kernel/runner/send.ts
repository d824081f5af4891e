/** Messages to the front process, in order, written at once: they leave even if the cell then loops. */
import { writeSync } from 'node:fs'
import { MESSAGE_FD, type FromRunner } from './messages.js'

const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * One line of JSON each. The line break stands in front too: where an interrupt cuts a message
 * short, only that message is lost.
 */
export function send(message: FromRunner): void {
  const bytes = Buffer.from(`\n${JSON.stringify(message)}\n`)
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(MESSAGE_FD, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1) // the pipe is full: let the front process read
    }
  }
}
