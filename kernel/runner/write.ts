/** Writes lines to the front process, in order and at once: they leave even if the cell then loops. */
import { writeSync } from 'node:fs'
import { MESSAGE_FD } from './messages.js'
import { bufferFrom, wait } from './primordials.js'

const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * One message of JSON. The line break stands in front too: where an interrupt cuts a message short, only that
 * message is lost. While the front process does not read, this waits, so that no memory fills up.
 */
export function write(line: string): void {
  const bytes = bufferFrom(`\n${line}\n`)
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(MESSAGE_FD, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      wait(pause, 0, 0, 1) // the pipe is full
    }
  }
}
