/** The front process's side of the runner: starts it, interrupts it, and replaces it when it dies. */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { confinement } from './confinement.js'
import { watchMemory } from './memory-limit.js'
import { limitFrom, OutputBudget } from './output-limit.js'
import { reasonOf } from './runner-end.js'
import {
  INTERRUPT_FD,
  MESSAGE_FD,
  TERMINATED,
  type CellMessage,
  type FromRunner,
  type NamesAnswer,
  type ToRunner,
} from './runner/messages.js'
import type { StreamName } from './protocol.js'

export interface RunnerEvents {
  message(message: CellMessage | NamesAnswer): void
  /** Output that did not pass through JavaScript: of native code, or of processes that a cell started. */
  nativeOutput(name: StreamName, text: string): void
  /** The process ended by itself, or had to be killed; a new one is starting. */
  ended(reason: string): void
}

const RUNNER_FILE = fileURLToPath(new URL('./runner/main.js', import.meta.url))

const NODE_OPTIONS = [
  '--disable-warning=ExperimentalWarning', // of require() on ES modules
  '--no-force-async-hooks-checks', // a terminated execution leaves async_hooks unbalanced, which is fatal otherwise
  ...heapLimit(),
  ...confinement(),
]

/** Megabytes of JavaScript objects; by default Node decides by the memory of the machine. */
function heapLimit(): string[] {
  const limit = Number(process.env.FOVEA_HEAP_LIMIT)
  return limit > 0 ? [`--max-old-space-size=${Math.ceil(limit)}`] : []
}

/** What Node says at its exit because of the helper thread's inspector session. */
const DEBUGGER_NOTICE = 'Waiting for the debugger to disconnect...\n'

/** What V8 writes before it ends the process. */
const DEATH_NOTICE = /<--- Last few GCs --->|FATAL ERROR: /
const OUT_OF_MEMORY = 'JavaScript heap out of memory'

/** Milliseconds to wait for: the runner to stop by itself, the helper thread to stop it, and then its answer. */
const PATIENCE = { ask: 200, terminate: 500, afterwards: 300 }
/** Milliseconds after which native code that does not return is ended, and the variables with it. */
const INTERRUPT_TIMEOUT = Number(process.env.FOVEA_INTERRUPT_TIMEOUT) || 20_000
/** Milliseconds after which the reader is told what an interrupt waits for. */
const INTERRUPT_NOTICE = 1500
/** Milliseconds in which the pipes of a process that has ended are read to their end. */
const CLOSING = 500

const WAITING =
  'The interrupt waits for native code to return, such as a run of a network. ' +
  `After ${INTERRUPT_TIMEOUT / 1000} s the process is ended, and its variables with it.\n`

export class RunnerProcess {
  private child!: ChildProcess
  private ready!: Promise<void>
  private stopping = false
  /** Why it ended or is being ended, where that is known from within. */
  private reason: string | undefined
  /** Groups of processes beside the runner's own. */
  private readonly groups = new Set<number>()
  private heapLimit: number | undefined
  /** What native code and other processes have printed during the latest cell. */
  private nativeOutput = new OutputBudget()
  private textLimit = limitFrom('FOVEA_OUTPUT_LIMIT', 20)
  private interrupting: Promise<void> | undefined
  private readonly stopped = new Map<number, () => void>()
  private tokens = 0
  private helperAnswered: (said: string) => void = () => {}

  constructor(private readonly events: RunnerEvents) {
    this.start()
  }

  async send(message: ToRunner): Promise<void> {
    await this.ready
    if (message.type === 'run') await this.interrupting // which is not meant for it
    if (message.type === 'run') this.nativeOutput = new OutputBudget()
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

  private limitMemory(child: ChildProcess): void {
    const limit = Number(process.env.FOVEA_MEMORY_LIMIT)
    if (!(limit > 0) || child.pid === undefined) return
    const stop = watchMemory(child.pid, limit, (used) => {
      this.reason =
        `it used ${Math.ceil(used)} MB of memory, and ${limit} MB are all that ` +
        "FOVEA_MEMORY_LIMIT in the kernel's environment allows"
      killGroup(child)
    })
    child.on('exit', stop)
  }

  private kill(): void {
    killGroup(this.child)
    this.killOtherGroups()
  }

  private killOtherGroups(): void {
    for (const group of this.groups) killGroup({ pid: group, kill: () => process.kill(group) })
    this.groups.clear()
  }

  private start(): void {
    this.reason = undefined
    // Detached: a SIGINT that a terminal or front-end sends to the process group misses it.
    const child = spawn(process.execPath, [...NODE_OPTIONS, RUNNER_FILE], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    this.child = child
    this.limitMemory(child)
    const death = this.readNativeOutput(child)
    this.interruptPipe(child)
      .on('error', () => {})
      .on('data', (said: Buffer) => this.helperAnswered(said.toString()))
    this.ready = new Promise((resolve) => {
      readLines(child.stdio[MESSAGE_FD] as Readable, (line) => {
        const message = parse(line)
        if (message?.type === 'ready') {
          this.heapLimit = message.heapLimit
          resolve()
        } else if (message?.type === 'stopped') this.stopped.get(message.token)?.()
        else if (message?.type === 'limits') this.textLimit = message.text ?? Infinity
        else if (message?.type === 'fatal') this.reason = message.reason
        else if (message?.type === 'group')
          this.groups[message.running ? 'add' : 'delete'](message.group)
        else if (message) this.events.message(message)
      })
      child.on('error', () => resolve())
      child.on('close', () => resolve())
    })
    for (const fd of [MESSAGE_FD, INTERRUPT_FD])
      child.stdio[fd]!.on('end', () => this.checkThatItEnds(child, fd))

    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      if (this.stopping || this.child !== child) return
      const dying = death()
      const outOfMemory = dying.includes(OUT_OF_MEMORY)
      if (dying && !outOfMemory) this.publishNative('stderr', dying)
      const { reason, heapLimit } = this
      this.start()
      this.events.ended(reasonOf({ code, signal, reason, outOfMemory, heapLimit }))
    }
    // At 'close' all output has been read; but a process that a cell started may hold the pipes open.
    child.on('close', ended)
    child.on('exit', (code, signal) => {
      killGroup(child)
      if (this.child === child) this.killOtherGroups()
      setTimeout(() => ended(code, signal), CLOSING)
    })
  }

  /** @returns what V8 wrote as it ended the process, which is held back: others say it better. */
  private readNativeOutput(child: ChildProcess): () => string {
    let dying = ''
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('utf8')
      child[name]!.on('data', (text: string) => {
        if (name === 'stderr' && (dying || DEATH_NOTICE.test(text))) dying += text
        else this.publishNative(name, text.replace(DEBUGGER_NOTICE, ''))
      })
    }
    return () => dying
  }

  private publishNative(name: StreamName, text: string): void {
    const shown = this.nativeOutput.take(name, text, this.textLimit)
    if (shown) this.events.nativeOutput(name, shown)
  }

  /** Without its pipes to us it is of no use: a cell has closed them. */
  private checkThatItEnds(child: ChildProcess, fd: number): void {
    setTimeout(() => {
      if (this.child !== child || child.exitCode !== null || child.signalCode !== null) return
      this.reason = `a cell closed its connection to the kernel (file descriptor ${fd})`
      this.kill()
    }, CLOSING).unref()
  }

  private interruptPipe(child: ChildProcess): Duplex {
    return child.stdio[INTERRUPT_FD] as Duplex
  }

  private async stopExecution(): Promise<void> {
    const { child } = this
    if (await this.askToStop(PATIENCE.ask)) return
    const pipe = this.interruptPipe(child)
    const start = performance.now()
    let told = false
    for (;;) {
      const waited = performance.now() - start
      if (waited > INTERRUPT_TIMEOUT || this.child !== child) break
      if (waited > INTERRUPT_NOTICE && !told) {
        told = true
        this.events.nativeOutput('stderr', WAITING)
      }
      let terminated = false
      const answered = answer(PATIENCE.terminate, (resolve) => {
        this.helperAnswered = (said) => {
          terminated = said.includes(TERMINATED)
          resolve()
        }
      })
      pipe.write('i')
      if ((await answered) && (await this.askToStop(PATIENCE.afterwards, terminated))) return
    }
    if (this.child !== child) return
    this.reason = 'native code in it could not be interrupted'
    this.kill()
  }

  private async askToStop(patience: number, terminated = false): Promise<boolean> {
    const token = ++this.tokens
    const stopped = answer(patience, (resolve) => this.stopped.set(token, resolve))
    void this.send({ type: 'interrupt', token, terminated })
    return stopped.finally(() => this.stopped.delete(token))
  }
}

/** Kills a runner, where it still lives, and the processes that its cells have started. */
function killGroup(child: Pick<ChildProcess, 'pid' | 'kill'>): void {
  const { pid } = child
  try {
    if (pid !== undefined && process.platform !== 'win32') process.kill(-pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    // They have ended already.
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
