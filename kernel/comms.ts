/** The comms between front-ends and cells, as the front process sees them: it passes their messages on. */
import type { CommInfoReply, Header, Message } from './protocol.js'
import type { Publisher } from './publisher.js'
import { optionalObject, requiredText } from './requests.js'
import type { CommMessage, ToRunner } from './runner/messages.js'

const COMM_TYPES = ['comm_open', 'comm_msg', 'comm_close'] as const

export function isCommMessage(type: string): type is CommMessage['kind'] {
  return COMM_TYPES.some((known) => known === type)
}

export class Comms {
  /** The names of the targets of open comms, by the id of the comm. */
  private readonly targets = new Map<string, string>()
  /** What tells that a message from a front-end has been handled, by the id of the message. */
  private readonly handling = new Map<string, () => void>()

  constructor(
    private readonly publisher: Publisher,
    private readonly sendToRunner: (message: ToRunner) => void,
  ) {}

  /** The open comms, all or those of one target. */
  info(target?: string): CommInfoReply {
    const open = [...this.targets].filter(([, name]) => target === undefined || name === target)
    return {
      status: 'ok',
      comms: Object.fromEntries(open.map(([id, target_name]) => [id, { target_name }])),
    }
  }

  /**
   * Takes a message from a front-end.
   *
   * @returns settles when its handler in the runner is done.
   * @throws InvalidRequest
   */
  async receive({ type: kind, header, content, metadata, buffers }: Message): Promise<void> {
    if (!isCommMessage(kind)) return
    const comm = requiredText(content, 'comm_id')
    const data = optionalObject(content, 'data')
    const target = kind === 'comm_open' ? requiredText(content, 'target_name') : undefined
    if (target !== undefined) this.targets.set(comm, target)
    else if (!this.targets.has(comm)) return // closed while the message was on its way
    if (kind === 'comm_close') this.targets.delete(comm)
    const handled = new Promise<void>((resolve) => this.handling.set(header.msg_id, resolve))
    const binary = buffers.map((buffer) => buffer.toString('base64'))
    const message = { kind, comm, target, data, metadata, buffers: binary }
    this.sendToRunner({ type: 'comm', id: header.msg_id, ...message })
    return handled
  }

  /** The handler of this message is done. */
  handled(id: string): void {
    this.handling.get(id)?.()
    this.handling.delete(id)
  }

  /** The messages whose handlers are not done. */
  unhandled(): string[] {
    return [...this.handling.keys()]
  }

  /** Publishes what a cell or a handler sends. */
  publish(message: CommMessage, parent: Partial<Header>): void {
    const { kind, comm, target = '', data, metadata } = message
    const buffers = message.buffers.map((buffer) => Buffer.from(buffer, 'base64'))
    const extras = { metadata, buffers }
    if (kind === 'comm_open') {
      this.targets.set(comm, target)
      const content = { comm_id: comm, target_name: target, data }
      return this.publisher.publish(kind, content, parent, extras)
    }
    if (kind === 'comm_close') this.targets.delete(comm)
    this.publisher.publish(kind, { comm_id: comm, data }, parent, extras)
  }

  /** The runner is gone, and with it the cells' side of every comm. */
  lost(parent: Partial<Header>): void {
    for (const comm of this.targets.keys())
      this.publisher.publish('comm_close', { comm_id: comm, data: {} }, parent)
    this.targets.clear()
    this.unhandled().forEach((id) => this.handled(id))
  }
}
