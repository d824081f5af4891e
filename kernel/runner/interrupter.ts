/**
 * A helper thread that can stop the main thread, even in an endless loop: it holds an inspector
 * session on it, and listens to the front process on a pipe of its own.
 */
import { Session } from 'node:inspector'
import { Socket } from 'node:net'
import { INTERRUPT_FD } from './messages.js'

const session = new Session()
session.connectToMainThread()

const pipe = new Socket({ fd: INTERRUPT_FD, readable: true, writable: true })
pipe.on('data', () => session.post('Runtime.terminateExecution', () => pipe.write('t')))
pipe.on('error', () => {})
// The front process is gone, and the main thread may be too busy to notice.
pipe.on('close', () => process.kill(process.pid, 'SIGKILL'))
