/** Comms: two-way messages between cells and front-ends, on which widgets are built. */
import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../protocol.js'
import { callFor, Cell, currentCell } from './cells.js'
import { failure } from './execute.js'
import type { CommMessage as WireMessage } from './messages.js'
import { send } from './send.js'

/** What a comm receives. */
export interface CommMessage {
  data: JsonObject
  metadata: JsonObject
  buffers: Uint8Array[]
}

export interface CommExtras {
  metadata?: object
  buffers?: (ArrayBuffer | ArrayBufferView)[]
}

type Handler = (message: CommMessage) => unknown
type TargetHandler = (comm: Comm, message: CommMessage) => unknown

const targets = new Map<string, TargetHandler>()
const open = new Map<string, Comm>()
/** The handlers that run, each on behalf of the message that it handles. */
const handling = new Set<Cell>()

/** One comm; preloaded.ts documents what cells may use of it. */
export class Comm {
  #onMessage: Handler | undefined
  #onClose: Handler | undefined
  #opening: Promise<void> | undefined

  constructor(
    readonly id: string,
    readonly target: string,
  ) {}

  get closed(): boolean {
    return open.get(this.id) !== this
  }

  send(data: object = {}, extras: CommExtras = {}): void {
    if (this.closed) throw new Error(`this comm of '${this.target}' is closed`)
    sendComm('comm_msg', this, data, extras)
  }

  close(data: object = {}, extras: CommExtras = {}): void {
    if (this.closed) return
    sendComm('comm_close', this, data, extras)
    open.delete(this.id)
  }

  onMessage(handler: Handler): void {
    this.#onMessage = handler
  }

  onClose(handler: Handler): void {
    this.#onClose = handler
  }

  /** Takes `comm_msg` or `comm_close` from the front-end. */
  receive(kind: WireMessage['kind'], message: CommMessage): unknown {
    if (kind === 'comm_msg') return this.#onMessage?.(message)
    open.delete(this.id)
    return this.#onClose?.(message)
  }

  /** Settles when the handler of its target is done; what arrives before waits for it. */
  get opening(): Promise<void> | undefined {
    return this.#opening
  }

  /** Lets the handler of its target begin; a comm whose handler fails is closed. */
  async begin(handler: TargetHandler, message: CommMessage): Promise<void> {
    const begun = (async () => void (await handler(this, message)))()
    this.#opening = begun.catch(() => this.close()).finally(() => this.stopWaiting())
    await begun
  }

  stopWaiting(): void {
    this.#opening = undefined
  }
}

/** What cells see; preloaded.ts documents it. */
export const comms = {
  register(target: string, handler: TargetHandler): void {
    if (typeof handler !== 'function')
      throw new TypeError(`comms.register('${target}', …) needs a function that takes the new comm`)
    targets.set(target, handler)
  },

  unregister(target: string): void {
    targets.delete(target)
  },

  open(target: string, data: object = {}, extras: CommExtras = {}): Comm {
    const comm = new Comm(randomUUID(), target)
    sendComm('comm_open', comm, data, extras)
    open.set(comm.id, comm)
    return comm
  },
}

/** Handles a message from a front-end, on whose behalf all is that its handler does. */
export async function receiveComm(id: string, message: WireMessage): Promise<void> {
  const cell = new Cell(id)
  handling.add(cell)
  try {
    const opening = open.get(message.comm)?.opening
    if (opening) await opening
    await callFor(cell, () => dispatch(message))
    await Promise.all(cell.displays)
  } catch (error) {
    const what = 'An error was thrown while a message of a comm was handled:'
    if (!cell.interrupted) send({ type: 'late-error', id, what, failure: failure(error) })
  }
  handling.delete(cell)
  send({ type: 'comm-handled', id })
}

/** Stops the handlers that run, as far as they can be: their timers, and what heeds their signal. */
export function interruptComms(): void {
  for (const cell of handling) {
    cell.interrupted = true
    cell.clearTimers()
    cell.abort.abort()
  }
  handling.clear()
  for (const comm of open.values()) comm.stopWaiting()
}

function dispatch({ kind, comm: id, target = '', data, metadata, ...wire }: WireMessage): unknown {
  const buffers = wire.buffers.map((text) => new Uint8Array(Buffer.from(text, 'base64')))
  const message = { data, metadata, buffers }
  if (kind !== 'comm_open') return open.get(id)?.receive(kind, message)
  const comm = new Comm(id, target)
  open.set(id, comm)
  const handler = targets.get(target)
  return handler ? comm.begin(handler, message) : comm.close() // as the specification asks
}

function sendComm(
  kind: WireMessage['kind'],
  { id: comm, target }: Comm,
  data: object,
  { metadata = {}, buffers = [] }: CommExtras,
): void {
  send({
    type: 'comm',
    id: currentCell()?.id ?? '',
    kind,
    comm,
    target,
    data: jsonObject('data', data),
    metadata: jsonObject('metadata', metadata),
    buffers: buffers.map(base64),
  })
}

function jsonObject(what: string, value: object): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`the ${what} of a comm's message must be an object`)
  try {
    return JSON.parse(JSON.stringify(value)) as JsonObject
  } catch (error) {
    const { message } = error as Error
    throw new TypeError(`the ${what} of a comm's message must be JSON: ${message}`, {
      cause: error,
    })
  }
}

function base64(bytes: ArrayBuffer | ArrayBufferView): string {
  if (!ArrayBuffer.isView(bytes)) return Buffer.from(bytes).toString('base64')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
