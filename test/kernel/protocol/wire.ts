/**
 * A front-end that sends frames and keeps what comes back, written after the specification alone:
 * it shares no code with the kernel or its client.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Dealer, Subscriber } from 'zeromq'
import type { ConnectionInfo } from '../../../kernel/protocol.js'
import { startKernel, type StartedKernel, type StartOptions } from '../../../kernel/start.js'

export interface WireMessage {
  channel: 'shell' | 'control' | 'stdin' | 'iopub'
  identities: Buffer[]
  header: Record<string, unknown> & { msg_id: string; msg_type: string }
  parent: Record<string, unknown>
  metadata: Record<string, unknown>
  content: Record<string, unknown>
  buffers: Buffer[]
  /** Whether the signature is the one the specification demands. */
  signed: boolean
}

type Channel = 'shell' | 'control' | 'stdin'
type Content = Record<string, unknown>

interface Parts {
  header?: unknown
  parent?: unknown
  metadata?: unknown
  content?: unknown
  buffers?: Buffer[]
}

export class Wire {
  readonly id = randomUUID()
  /** All that came, in the order it came. */
  readonly received: WireMessage[] = []
  readonly sockets = {
    shell: new Dealer({ routingId: this.id, linger: 0 }),
    control: new Dealer({ routingId: this.id, linger: 0 }),
    stdin: new Dealer({ routingId: this.id, linger: 0 }),
  }
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 })

  constructor(
    readonly connection: ConnectionInfo,
    topics: string[] = [''],
  ) {
    for (const channel of ['shell', 'control', 'stdin'] as const) {
      this.sockets[channel].connect(`tcp://127.0.0.1:${connection[`${channel}_port`]}`)
      void this.listen(channel, this.sockets[channel])
    }
    this.iopub.connect(`tcp://127.0.0.1:${connection.iopub_port}`)
    this.iopub.subscribe(...topics)
    void this.listen('iopub', this.iopub)
  }

  /** Connects, and waits for the kernel's welcome. */
  static async connect(connection: ConnectionInfo): Promise<Wire> {
    const wire = new Wire(connection)
    await wire.until((message) => message.header.msg_type === 'iopub_welcome')
    return wire
  }

  header(type: string): WireMessage['header'] {
    return {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.id,
      username: 'reader',
      date: new Date().toISOString(),
      version: '5.4',
    }
  }

  sign(parts: Buffer[], key = this.connection.key): string {
    return createHmac('sha256', key).update(Buffer.concat(parts)).digest('hex')
  }

  /** The frames of a message, signed; parts that are text are sent as they are. */
  frames(message: Parts, key?: string): Buffer[] {
    const { header = {}, parent = {}, metadata = {}, content = {}, buffers = [] } = message
    const parts = [header, parent, metadata, content].map((part) =>
      Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)),
    )
    return [Buffer.from('<IDS|MSG>'), Buffer.from(this.sign(parts, key)), ...parts, ...buffers]
  }

  async sendFrames(channel: Channel, frames: Buffer[]): Promise<void> {
    await this.sockets[channel].send(frames)
  }

  /** Sends a message and returns its header. */
  async send(channel: Channel, type: string, content: Content = {}, rest: Parts = {}) {
    const header = this.header(type)
    await this.sendFrames(channel, this.frames({ header, content, ...rest }))
    return header
  }

  /** Sends a request; all that came of it, its reply too, when the kernel is idle again. */
  async request(channel: Channel, type: string, content: Content = {}, rest: Parts = {}) {
    return this.outcomeOf(await this.send(channel, type, content, rest))
  }

  /** Runs a cell. */
  execute(code: string, options: Content = {}) {
    return this.request('shell', 'execute_request', { ...EXECUTE, code, ...options })
  }

  /** Waits until the request is idle, and answered if it asks for an answer. */
  async outcomeOf(header: WireMessage['header']) {
    const replyType = header.msg_type.replace('_request', '_reply')
    const about = () => this.received.filter(({ parent }) => parent.msg_id === header.msg_id)
    const hasReply = ({ channel }: WireMessage) => channel !== 'iopub' && channel !== 'stdin'
    const isIdle = ({ content }: WireMessage) => content.execution_state === 'idle'
    await this.until(
      () => about().some(isIdle) && (replyType === header.msg_type || about().some(hasReply)),
    )
    const messages = about()
    const published = messages.filter(({ channel }) => channel === 'iopub')
    return {
      header,
      published,
      /** The types of what was published, but the busy at the start and the idle at the end. */
      types: published.slice(1, -1).map((message) => message.header.msg_type),
      states: published.map(({ content }) => content.execution_state).filter(Boolean),
      contentOf: (type: string) =>
        published.find((message) => message.header.msg_type === type)?.content,
      text: (name = 'stdout') =>
        published
          .filter(
            (message) => message.header.msg_type === 'stream' && message.content.name === name,
          )
          .map(({ content }) => content.text as string)
          .join(''),
      reply: messages.find(hasReply)!,
    }
  }

  /** Waits for a message that may have come already. */
  async until(test: (message: WireMessage) => boolean, timeout = 15_000): Promise<WireMessage> {
    const deadline = Date.now() + timeout
    for (;;) {
      const found = this.received.find(test)
      if (found) return found
      if (Date.now() > deadline) throw new Error('the message that was waited for did not come')
      await sleep(2)
    }
  }

  close(): void {
    for (const socket of [...Object.values(this.sockets), this.iopub]) socket.close()
  }

  private async listen(channel: WireMessage['channel'], socket: Dealer | Subscriber) {
    try {
      for await (const frames of socket) this.received.push(this.parse(channel, frames))
    } catch (error) {
      if (!socket.closed) throw error
    }
  }

  private parse(channel: WireMessage['channel'], frames: Buffer[]): WireMessage {
    const at = frames.findIndex((frame) => frame.toString() === '<IDS|MSG>')
    const parts = frames.slice(at + 2, at + 6)
    const [header, parent, metadata, content] = parts.map(
      (part) => JSON.parse(part.toString()) as Record<string, unknown>,
    )
    return {
      channel,
      identities: frames.slice(0, at),
      header: header as WireMessage['header'],
      parent: parent!,
      metadata: metadata!,
      content: content!,
      buffers: frames.slice(at + 6),
      signed: frames[at + 1]!.toString() === this.sign(parts),
    }
  }
}

/** What front-ends send with every cell. */
const EXECUTE = {
  silent: false,
  store_history: true,
  user_expressions: {},
  allow_stdin: false,
  stop_on_error: true,
}

/** A kernel for the tests of one `describe`, and a front-end connected to it. */
export function useKernel(options: StartOptions = {}): { kernel: StartedKernel; wire: Wire } {
  const used = {} as { kernel: StartedKernel; wire: Wire }
  before(async function () {
    this.timeout(60_000)
    used.kernel = await startKernel({ cwd: tmpdir(), ...options })
    used.wire = await Wire.connect(used.kernel.connection)
  })
  after(async () => {
    used.wire.close()
    await used.kernel.stop()
  })
  return used
}
