/**
 * A helper thread that can stop the main thread, even in an endless loop: it holds an inspector
 * session on it, and listens to the front process on a pipe of its own.
 */
import { Session } from 'node:inspector'
import { Socket } from 'node:net'
import { workerData } from 'node:worker_threads'
import { INTERRUPT_FD, RETURNED, TERMINATED } from './messages.js'

/** Whether the main thread is in native code that must not be terminated: native-calls.ts says why. */
const { native } = workerData as { native: Int32Array }
/** Milliseconds in which the main thread, back from native code, may stop by itself. */
const RETURN = 50

const session = connect()

const pipe = new Socket({ fd: INTERRUPT_FD, readable: true, writable: true })
let waiting = false

pipe.on('data', () => {
  if (waiting) return
  if (!session) return process.kill(process.pid, 'SIGKILL')
  if (Atomics.load(native, 0) === 0)
    return session.post('Runtime.terminateExecution', () => pipe.write(TERMINATED))
  waiting = true
  const timer = setInterval(() => {
    if (Atomics.load(native, 0) > 0) return
    clearInterval(timer)
    setTimeout(() => {
      waiting = false
      pipe.write(RETURNED)
    }, RETURN)
  }, 5)
})
pipe.on('error', () => {})

/** None where cells are confined: then nothing but the end of the process stops them. */
function connect(): Session | undefined {
  try {
    const session = new Session()
    session.connectToMainThread()
    return session
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ACCESS_DENIED') return undefined
    throw error
  }
}
// The front process is gone, and the main thread may be too busy to notice.
pipe.on('close', () => process.kill(process.pid, 'SIGKILL'))
