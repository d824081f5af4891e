/** A kernel that runs cells of a lab, each with a limit, and says what became of them. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { KernelClient, type ExecuteOptions } from '../client.js'
import type { CodeCell } from '../notebook/format.js'
import { OutputRecorder } from '../notebook/outputs.js'
import type { ErrorContent, ExecuteReply, PublishedMessage } from '../protocol.js'
import { startKernel, type StartedKernel, type StartOptions } from '../start.js'

/** What became of a cell. */
export interface Ran {
  reply?: ExecuteReply
  error?: ErrorContent
  /** Whether it took longer than it may. */
  late: boolean
  /** Whether the process that holds the variables has ended. */
  died: boolean
  seconds: number
}

/** Seconds after an interrupt in which the kernel must have answered; else it is ended. */
const GRACE = 8

export class LabKernel {
  /** Sees all that the kernel publishes. */
  onPublished: (message: PublishedMessage) => void = () => {}
  readonly #recorder = new OutputRecorder()
  readonly #cells = new Map<string, CodeCell>()
  readonly #ended: Promise<'ended'>
  #alive = true

  private constructor(
    private readonly kernel: StartedKernel,
    readonly client: KernelClient,
  ) {
    this.#ended = once(kernel.process, 'exit').then(() => {
      this.#alive = false
      return 'ended' as const
    })
    client.onPublished = (message) => {
      const cell = this.#cells.get(message.parent.msg_id ?? '')
      if (cell) this.#recorder.record(cell, message)
      this.onPublished(message)
    }
  }

  static async start(options: StartOptions): Promise<LabKernel> {
    const kernel = await startKernel(options)
    return new LabKernel(kernel, await KernelClient.connect(kernel.connection))
  }

  /** Whether its process runs. */
  get alive(): boolean {
    return this.#alive
  }

  /** Runs a cell, and fills in its outputs. */
  run(cell: CodeCell, seconds: number): Promise<Ran> {
    cell.outputs = []
    cell.execution_count = null
    return this.execute(cell.source, seconds, {}, cell)
  }

  /** @param cell Takes the outputs. */
  async execute(
    code: string,
    seconds: number,
    options: ExecuteOptions = {},
    cell?: CodeCell,
  ): Promise<Ran> {
    const started = performance.now()
    const took = () => (performance.now() - started) / 1000
    if (!this.#alive) return { ...ENDED, seconds: 0 }
    const exchange = this.client.execute(code, { stopOnError: false, ...options })
    if (cell) this.#cells.set(exchange.id, cell)
    const waiting = new AbortController()
    const wait = (time: number) =>
      sleep(time * 1000, 'late' as const, { signal: waiting.signal }).catch(() => 'late' as const)
    const finished = (async () => {
      for await (const message of exchange) void message
      return exchange.reply
    })()
    finished.catch(() => {}) // the connection is closed
    try {
      const first = await Promise.race([finished, this.#ended, wait(seconds)])
      if (first === 'ended') return { ...ENDED, seconds: took() }
      if (first !== 'late') return { ...resultOf(first), late: false, seconds: took() }
      this.client.interrupt().catch(() => {})
      const second = await Promise.race([finished, this.#ended, wait(GRACE)])
      if (typeof second !== 'string')
        return { ...resultOf(second), error: late(seconds), late: true, seconds: took() }
      await this.kill()
      return { ...ENDED, error: late(seconds), late: true, seconds: took() }
    } finally {
      waiting.abort()
    }
  }

  /** Ends what the last cell has left running: its timers. */
  async quiet(): Promise<void> {
    if (this.#alive) await Promise.race([this.client.interrupt(), this.#ended, sleep(GRACE * 1000)])
  }

  async stop(): Promise<void> {
    this.client.close()
    await this.kernel.stop()
  }

  private async kill(): Promise<void> {
    this.kernel.process.kill('SIGKILL')
    await this.#ended
  }
}

function resultOf(reply: ExecuteReply): Pick<Ran, 'reply' | 'error' | 'died'> {
  if (reply.status === 'ok') return { reply, died: false }
  if (reply.status === 'aborted')
    return { reply, error: problem('Aborted', 'the cell was not run'), died: false }
  return { reply, error: reply, died: reply.ename === 'RunnerExit' }
}

function problem(ename: string, evalue: string): ErrorContent {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] }
}

const late = (seconds: number) =>
  problem('Timeout', `it took longer than ${Number(seconds.toFixed(1))} s`)

const ENDED = { error: problem('KernelDied', 'the kernel ended'), late: false, died: true }
