/** The front process's side of the runner: starts it, interrupts it, and replaces it when it dies. */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { INTERRUPT_FD, MESSAGE_FD, type FromRunner, type ToRunner } from './runner/messages.js'
import type { StreamName } from './protocol.js'

export interface RunnerEvents {
  message(message: FromRunner): void
  /** Output that did not pass through JavaScript: of native code, or of processes that a cell started. */
  nativeOutput(name: StreamName, text: string): void
  /** The process ended by itself, or had to be killed; a new one is starting. */
  ended(reason: string): void
}

const RUNNER_FILE = fileURLToPath(new URL('./runner/main.js', import.meta.url))

const NODE_OPTIONS = [
  '--disable-warning=ExperimentalWarning', // of require() on ES modules
  '--no-force-async-hooks-checks', // a terminated execution leaves async_hooks unbalanced, which is fatal otherwise
]

/** What Node says at its exit because of the helper thread's inspector session. */
const DEBUGGER_NOTICE = 'Waiting for the debugger to disconnect...\n'

/** Milliseconds to wait for: the runner to stop by itself, the helper thread to stop it, and then its answer. */
const PATIENCE = { ask: 200, terminate: 500, afterwards: 300 }
/** Milliseconds after which native code that does not return is ended, and the variables with it. */
const INTERRUPT_TIMEOUT = Number(process.env.FOVEA_INTERRUPT_TIMEOUT) || 10_000

export class RunnerProcess {
  private child!: ChildProcess
  private ready!: Promise<void>
  private stopping = false
  /** Whether it is being ended because native code did not return. */
  private blocked = false
  private interrupting: Promise<void> | undefined
  private readonly stopped = new Map<number, () => void>()
  private tokens = 0

  constructor(private readonly events: RunnerEvents) {
    this.start()
  }

  async send(message: ToRunner): Promise<void> {
    await this.ready
    if (this.child.connected) this.child.send(message)
  }

  /** Stops what runs. Variables survive, unless native code never returns. */
  interrupt(): Promise<void> {
    this.interrupting ??= this.stopExecution().finally(() => (this.interrupting = undefined))
    return this.interrupting
  }

  /** Ends the process for good. */
  stop(): void {
    this.stopping = true
    this.kill()
  }

  /** Kills the runner and the processes that cells have started. */
  private kill(): void {
    const { pid } = this.child
    try {
      if (pid !== undefined && process.platform !== 'win32') process.kill(-pid, 'SIGKILL')
      else this.child.kill('SIGKILL')
    } catch {
      // It has ended already.
    }
  }

  private start(): void {
    this.blocked = false
    // Detached: a SIGINT that a terminal or front-end sends to the process group misses it.
    const child = spawn(process.execPath, [...NODE_OPTIONS, RUNNER_FILE], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    this.child = child
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('utf8')
      child[name]!.on('data', (text: string) =>
        this.events.nativeOutput(name, text.replace(DEBUGGER_NOTICE, '')),
      )
    }
    this.interruptPipe(child).on('error', () => {})
    this.ready = new Promise((resolve) => {
      readLines(child.stdio[MESSAGE_FD] as Readable, (line) => {
        const message = parse(line)
        if (message?.type === 'ready') resolve()
        else if (message?.type === 'stopped') this.stopped.get(message.token)?.()
        else if (message) this.events.message(message)
      })
      child.on('error', () => resolve())
      child.on('close', () => resolve())
    })
    // At 'close' all output has been read.
    child.on('close', (code, signal) => {
      if (this.stopping || this.child !== child) return
      const reason = this.blocked
        ? 'native code in it could not be interrupted'
        : signal
          ? `it was ended by ${signal}`
          : `it ended with exit code ${code}`
      this.start()
      this.events.ended(reason)
    })
  }

  private interruptPipe(child: ChildProcess): Duplex {
    return child.stdio[INTERRUPT_FD] as Duplex
  }

  private async stopExecution(): Promise<void> {
    const { child } = this
    if (await this.askToStop(PATIENCE.ask)) return
    const pipe = this.interruptPipe(child)
    const deadline = Date.now() + INTERRUPT_TIMEOUT
    while (Date.now() < deadline && this.child === child) {
      const terminated = answer(PATIENCE.terminate, (resolve) => pipe.once('data', resolve))
      pipe.write('i')
      if ((await terminated) && (await this.askToStop(PATIENCE.afterwards))) return
    }
    if (this.child !== child) return
    this.blocked = true
    this.kill()
  }

  private async askToStop(patience: number): Promise<boolean> {
    const token = ++this.tokens
    const stopped = answer(patience, (resolve) => this.stopped.set(token, resolve))
    void this.send({ type: 'interrupt', token })
    return stopped.finally(() => this.stopped.delete(token))
  }
}

/** Whether `register`'s callback is called within this time. */
async function answer(
  milliseconds: number,
  register: (resolve: () => void) => void,
): Promise<boolean> {
  const called = new Promise<boolean>((resolve) => register(() => resolve(true)))
  return Promise.race([called, sleep(milliseconds, false)])
}

function parse(line: string): FromRunner | undefined {
  try {
    return JSON.parse(line) as FromRunner
  } catch {
    return undefined // cut short by an interrupt
  }
}

/** Hands over each line that is not empty; pieces are joined once, since a line may be very long. */
function readLines(stream: Readable, handle: (line: string) => void): void {
  let pieces: Buffer[] = []
  stream.on('data', (data: Buffer) => {
    let start = 0
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      pieces.push(data.subarray(start, end))
      const line = Buffer.concat(pieces).toString()
      if (line) handle(line)
      pieces = []
      start = end + 1
    }
    if (start < data.length) pieces.push(data.subarray(start))
  })
}
