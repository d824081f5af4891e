/** The file descriptors that the kernel needs are kept from being closed by a cell. */
import fs from 'node:fs'
import { INTERRUPT_FD, MESSAGE_FD } from './messages.js'

/** Of Node's own channel to the process that started it: the last in the list of RunnerProcess. */
const CHANNEL_FD = 5

const kept = [0, 1, 2, INTERRUPT_FD, MESSAGE_FD, CHANNEL_FD]

/** Replaces `fs.close` and `fs.closeSync`. */
export function keepDescriptors(): void {
  const { close, closeSync } = fs
  const check = (fd: unknown): void => {
    if (!kept.includes(fd as number)) return
    const error = new Error(`file descriptor ${String(fd)} belongs to the kernel and stays open`)
    throw Object.assign(error, { code: 'EPERM' })
  }
  fs.close = Object.assign(
    (fd: number, done?: fs.NoParamCallback) => {
      check(fd)
      return done ? close(fd, done) : close(fd)
    },
    { __promisify__: close.__promisify__ },
  )
  fs.closeSync = (fd: number) => {
    check(fd)
    closeSync(fd)
  }
}
