/** A Jupyter client: talks to any kernel over the wire protocol, as a front-end does. */
import { randomUUID } from 'node:crypto'
import { Dealer, Request, Subscriber } from 'zeromq'
import {
  decode,
  encode,
  endpoint,
  newHeader,
  type CommInfoReply,
  type CommMessageType,
  type CompleteReply,
  type ConnectionInfo,
  type ExecuteReply,
  type Header,
  type HistoryReply,
  type InspectReply,
  type IsCompleteReply,
  type JsonObject,
  type KernelInfoReply,
  type Message,
  type PublishedMessage,
} from './protocol.js'
import type { Extras } from './publisher.js'
import { OrderedSender, receive, unlimited } from './sockets.js'

export interface ExecuteOptions {
  /** Run without output, history and counting. Default false. */
  silent?: boolean
  /** Count the cell and remember it. Default: not silent. */
  storeHistory?: boolean
  /** Expressions to evaluate after the cell, by name. Default none. */
  userExpressions?: Record<string, string>
  /** Whether an error aborts the cells that wait. Default true. */
  stopOnError?: boolean
  /** Whether the cell may ask for input (answered by `client.onInput`). Default false. */
  allowStdin?: boolean
}

/** A request under way: iterate for what the kernel publishes about it, until it is idle again. */
export interface Exchange<Reply> extends AsyncIterable<PublishedMessage> {
  /** The id of the request, which is the parent's id of all its messages. */
  id: string
  reply: Promise<Reply>
}

/**
 * A connection to a running kernel.
 *
 * @example
 * const client = await KernelClient.connect(connection)
 * const cell = client.execute('1 + 1')
 * for await (const message of cell) console.log(message.type, message.content)
 * console.log((await cell.reply).status)
 * client.close()
 */
export class KernelClient {
  /** Answers an input request of a cell; the default answers with an empty line. */
  onInput: (prompt: string, password: boolean) => string | Promise<string> = () => ''
  /** Sees every published message, whatever its parent. */
  onPublished: (message: PublishedMessage) => void = () => {}

  readonly session = randomUUID()
  private readonly sockets = {
    shell: unlimited(new Dealer({ routingId: this.session })),
    control: unlimited(new Dealer({ routingId: this.session })),
    stdin: unlimited(new Dealer({ routingId: this.session })),
    iopub: unlimited(new Subscriber()),
  }
  private readonly senders = {
    shell: new OrderedSender(this.sockets.shell),
    control: new OrderedSender(this.sockets.control),
    stdin: new OrderedSender(this.sockets.stdin),
  }
  private readonly replies = new Map<string, PendingReply>()
  private readonly published = new Map<string, MessageQueue>()

  /** Resolves when the kernel has confirmed our subscription to what it publishes. */
  readonly welcome: Promise<void>
  private welcomed: () => void = () => {}

  /** Connects at once; a kernel that is still starting hears what is sent when it is there. */
  constructor(private readonly connection: ConnectionInfo) {
    this.welcome = new Promise((resolve) => (this.welcomed = resolve))
    const { shell, control, stdin, iopub } = this.sockets
    iopub.connect(endpoint(connection, 'iopub'))
    iopub.subscribe()
    shell.connect(endpoint(connection, 'shell'))
    control.connect(endpoint(connection, 'control'))
    stdin.connect(endpoint(connection, 'stdin'))
    const read = (socket: Dealer | Subscriber, handle: (message: Message) => unknown) =>
      void receive(socket, (frames) => {
        const message = decoded(frames, connection.key)
        if (message) void handle(message)
      })
    read(shell, (message) => this.receiveReply(message))
    read(control, (message) => this.receiveReply(message))
    read(stdin, (message) => this.answerInput(message))
    // What a kernel publishes is trusted to have the form the specification gives its type.
    read(iopub, (message) => this.receivePublished(message as unknown as PublishedMessage))
  }

  /**
   * Connects to a running kernel.
   *
   * @param timeout milliseconds to wait for its welcome; a kernel that sends none (before protocol
   * 5.4) is taken as it is after that time. Default 2000.
   */
  static async connect(connection: ConnectionInfo, timeout = 2000): Promise<KernelClient> {
    const client = new KernelClient(connection)
    const timer = setTimeout(client.welcomed, timeout)
    await client.welcome
    clearTimeout(timer)
    return client
  }

  /** Runs a cell. Cells run one after another, in the order of these calls. */
  execute(code: string, options: ExecuteOptions = {}): Exchange<ExecuteReply> {
    const { silent = false, stopOnError = true, allowStdin = false } = options
    return this.exchange('shell', 'execute_request', {
      code,
      silent,
      store_history: options.storeHistory ?? !silent,
      user_expressions: options.userExpressions ?? {},
      allow_stdin: allowStdin,
      stop_on_error: stopOnError,
    })
  }

  kernelInfo(): Promise<KernelInfoReply> {
    return this.request('shell', 'kernel_info_request', {})
  }

  /** @param cursor offset in code points; default: the end. */
  complete(code: string, cursor = [...code].length): Promise<CompleteReply> {
    return this.request('shell', 'complete_request', { code, cursor_pos: cursor })
  }

  /** @param cursor offset in code points; default: the end. */
  inspect(code: string, cursor = [...code].length, detail: 0 | 1 = 0): Promise<InspectReply> {
    return this.request('shell', 'inspect_request', {
      code,
      cursor_pos: cursor,
      detail_level: detail,
    })
  }

  isComplete(code: string): Promise<IsCompleteReply> {
    return this.request('shell', 'is_complete_request', { code })
  }

  history(query: JsonObject): Promise<HistoryReply> {
    return this.request('shell', 'history_request', { output: false, raw: true, ...query })
  }

  /** @param target only comms of this target. Default: all that are open. */
  commInfo(target?: string): Promise<CommInfoReply> {
    return this.request('shell', 'comm_info_request', { target_name: target })
  }

  /** Sends a message of a comm. What its handler in the kernel shows has this message for its parent. */
  comm(
    type: CommMessageType,
    content: { comm_id: string; target_name?: string; data: object },
    extras?: Extras,
  ): AsyncIterable<PublishedMessage> {
    return this.messagesOf(this.send('shell', type, content, {}, extras))
  }

  /** Stops the running cell; resolves when the kernel says that it did. */
  interrupt(): Promise<{ status: string }> {
    return this.request('control', 'interrupt_request', {})
  }

  shutdown(restart = false): Promise<{ status: string; restart: boolean }> {
    return this.request('control', 'shutdown_request', { restart })
  }

  /** Whether the kernel answers its heartbeat within `timeout` milliseconds. Default 1000. */
  async isAlive(timeout = 1000): Promise<boolean> {
    const heartbeat = new Request({ linger: 0, receiveTimeout: timeout })
    heartbeat.connect(endpoint(this.connection, 'hb'))
    try {
      await heartbeat.send('ping')
      await heartbeat.receive()
      return true
    } catch {
      return false
    } finally {
      heartbeat.close()
    }
  }

  /** Sends a request and waits for its reply. */
  request<Reply>(channel: 'shell' | 'control', type: string, content: object): Promise<Reply> {
    const id = this.send(channel, type, content)
    return this.replyTo(id)
  }

  /** Sends a request whose published messages matter as well. */
  exchange<Reply>(channel: 'shell' | 'control', type: string, content: object): Exchange<Reply> {
    const id = this.send(channel, type, content)
    const messages = this.messagesOf(id)
    return { id, reply: this.replyTo(id), [Symbol.asyncIterator]: () => messages }
  }

  /** Sends a message without waiting for anything, and returns its id. */
  send(
    channel: 'shell' | 'control' | 'stdin',
    type: string,
    content: object,
    parent: Partial<Header> = {},
    extras?: Extras,
  ): string {
    const header = newHeader(type, this.session)
    const message = { identities: [], header, parent, content, ...extras }
    this.senders[channel].send(encode(message, this.connection.key))
    return header.msg_id
  }

  /** What the kernel publishes about a request that was sent just now, until it is idle again. */
  private messagesOf(id: string): AsyncGenerator<PublishedMessage, void, undefined> {
    const queue = new MessageQueue()
    this.published.set(id, queue)
    return queue.drain()
  }

  /** Closes the sockets; requests under way are rejected. The kernel goes on. */
  close(): void {
    for (const socket of Object.values(this.sockets)) {
      socket.linger = 0
      socket.close()
    }
    for (const pending of this.replies.values())
      pending.reject(new Error('the connection was closed'))
    for (const queue of this.published.values()) queue.end()
  }

  private replyTo<Reply>(id: string): Promise<Reply> {
    const reply = new Promise<Reply>((resolve, reject) => {
      this.replies.set(id, { resolve: (message) => resolve(message.content as Reply), reject })
    })
    reply.catch(() => {}) // whoever awaits it hears of it; an exchange's reply need not be awaited
    return reply
  }

  private receiveReply(message: Message): void {
    const id = message.parent.msg_id ?? ''
    this.replies.get(id)?.resolve(message)
    this.replies.delete(id)
  }

  private receivePublished(message: PublishedMessage): void {
    if (message.type === 'iopub_welcome') this.welcomed()
    this.onPublished(message)
    const id = message.parent.msg_id ?? ''
    const queue = this.published.get(id)
    if (!queue) return
    queue.push(message)
    if (message.type === 'status' && message.content.execution_state === 'idle') {
      queue.end()
      this.published.delete(id)
    }
  }

  private async answerInput(message: Message): Promise<void> {
    if (message.type !== 'input_request') return
    const { prompt, password } = message.content
    const value = await this.onInput(typeof prompt === 'string' ? prompt : '', password === true)
    this.send('stdin', 'input_reply', { status: 'ok', value }, message.header)
  }
}

/** A message that is not the kernel's is dropped. */
function decoded(frames: Buffer[], key: string): Message | undefined {
  try {
    return decode(frames, key)
  } catch {
    return undefined
  }
}

interface PendingReply {
  resolve(message: Message): void
  reject(error: Error): void
}

/** Messages that wait to be read. */
class MessageQueue {
  private readonly waiting: PublishedMessage[] = []
  private ended = false
  private wake: () => void = () => {}

  push(message: PublishedMessage): void {
    this.waiting.push(message)
    this.wake()
  }

  end(): void {
    this.ended = true
    this.wake()
  }

  async *drain(): AsyncGenerator<PublishedMessage, void, undefined> {
    for (;;) {
      // Taken whole, since shifting one of many thousands at a time is slow.
      yield* this.waiting.splice(0)
      if (this.waiting.length > 0) continue
      if (this.ended) return
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }
}
