/** Jupyter's messaging protocol 5.4: the messages, and their form on the wire. */
import { isUtf8 } from 'node:buffer'
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { userInfo } from 'node:os'

export const PROTOCOL_VERSION = '5.4'
export const SIGNATURE_SCHEME = 'hmac-sha256'

/** The content of a connection file: where the five sockets are, and the key that signs messages. */
export interface ConnectionInfo {
  transport: string
  ip: string
  shell_port: number
  iopub_port: number
  stdin_port: number
  control_port: number
  hb_port: number
  key: string
  /** Default 'hmac-sha256'. */
  signature_scheme?: string
  kernel_name?: string
}

export type Channel = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb'

/** The ZeroMQ address of one channel. */
export function endpoint(connection: ConnectionInfo, channel: Channel): string {
  const { transport, ip } = connection
  const port = connection[`${channel}_port`]
  return transport === 'ipc' ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }
export type JsonObject = { [key: string]: Json | undefined }

/** MIME type to data; binary data is base64 text. */
export type WireBundle = Record<string, Json>

export interface Header {
  msg_id: string
  msg_type: string
  session: string
  username: string
  date: string
  version: string
  subshell_id?: string | null
}

export interface Message<Content = JsonObject> {
  /** ZeroMQ's routing frames; on iopub, the topic. */
  identities: Buffer[]
  /** The same as `header.msg_type`. */
  type: string
  header: Header
  /** The header of the request that caused this message. */
  parent: Partial<Header>
  metadata: JsonObject
  content: Content
  buffers: Buffer[]
}

// What the messages carry, as far as both of our sides (kernel and client) speak of it.

export type StreamName = 'stdout' | 'stderr'

export interface ErrorContent {
  ename: string
  evalue: string
  traceback: string[]
}

export interface DisplayContent {
  data: WireBundle
  metadata: JsonObject
  transient?: { display_id?: string }
}

/** Names of the three messages of a comm, which both sides send. */
export type CommMessageType = 'comm_open' | 'comm_msg' | 'comm_close'

/** Every message a kernel publishes, by type. */
export interface PublishedContents {
  status: { execution_state: 'starting' | 'busy' | 'idle' }
  execute_input: { code: string; execution_count: number }
  execute_result: DisplayContent & { execution_count: number }
  display_data: DisplayContent
  update_display_data: DisplayContent
  clear_output: { wait: boolean }
  stream: { name: StreamName; text: string }
  error: ErrorContent
  comm_open: { comm_id: string; target_name: string; data: JsonObject }
  comm_msg: { comm_id: string; data: JsonObject }
  comm_close: { comm_id: string; data: JsonObject }
  shutdown_reply: { status: 'ok'; restart: boolean }
  iopub_welcome: { subscription: string }
}
export type PublishedType = keyof PublishedContents
/** A message on iopub; `type` tells its content. */
export type PublishedMessage = {
  [T in PublishedType]: Message<PublishedContents[T]> & { type: T }
}[PublishedType]

export type ExecuteReply =
  | { status: 'ok'; execution_count: number; payload: Json[]; user_expressions: JsonObject }
  | ({ status: 'error'; execution_count: number } & ErrorContent)
  | { status: 'aborted'; execution_count: number }

export interface CompleteReply {
  status: 'ok'
  matches: string[]
  /** Offsets count Unicode code points, as everywhere in the protocol. */
  cursor_start: number
  cursor_end: number
  metadata: JsonObject
}

export interface InspectReply {
  status: 'ok'
  found: boolean
  data: WireBundle
  metadata: JsonObject
}

export interface IsCompleteReply {
  status: 'complete' | 'incomplete' | 'invalid'
  indent?: string
}

export interface KernelInfoReply {
  status: 'ok'
  protocol_version: string
  implementation: string
  implementation_version: string
  language_info: {
    name: string
    version: string
    file_extension: string
    mimetype: string
  } & JsonObject
  banner: string
  help_links: { text: string; url: string }[]
  debugger: boolean
  supported_features: string[]
}

export interface CommInfoReply {
  status: 'ok'
  /** The open comms, by id. */
  comms: Record<string, { target_name: string }>
}

export interface HistoryReply {
  status: 'ok'
  history: [session: number, line: number, input: string | [input: string, output: Json]][]
}

// The wire form.

const DELIMITER = Buffer.from('<IDS|MSG>')

/** A new header for a message of this type. */
export function newHeader(type: string, session: string): Header {
  return {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username,
    date: new Date().toISOString(),
    version: PROTOCOL_VERSION,
  }
}

const username = (() => {
  try {
    return userInfo().username
  } catch {
    return 'user' // a container's user without an entry in /etc/passwd
  }
})()

export type Outgoing = Pick<Message<object>, 'identities' | 'header' | 'parent' | 'content'> &
  Partial<Pick<Message, 'metadata' | 'buffers'>>

/** The frames of a message, signed. */
export function encode(message: Outgoing, key: string): Buffer[] {
  const { identities, header, parent, metadata = {}, content, buffers = [] } = message
  const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)))
  return [...identities, DELIMITER, Buffer.from(sign(parts, key)), ...parts, ...buffers]
}

/** Signatures that were accepted, so that a message somebody recorded does not count a second time. */
export class SignatureHistory {
  private readonly signatures = new Set<string>()

  /** @param capacity how many are remembered; then the oldest are forgotten. Default 65536. */
  constructor(private readonly capacity = 65_536) {}

  /** Remembers a signature; false where it was known already. */
  add(signature: string): boolean {
    if (this.signatures.has(signature)) return false
    this.signatures.add(signature)
    const [oldest] = this.signatures
    if (this.signatures.size > this.capacity && oldest !== undefined) this.signatures.delete(oldest)
    return true
  }
}

/**
 * The message in these frames.
 *
 * @param seen where given, a signed message counts only once.
 * @throws if the frames are not a message, or its signature is not made with `key`.
 */
export function decode(frames: Buffer[], key: string, seen?: SignatureHistory): Message {
  const at = frames.findIndex((frame) => frame.equals(DELIMITER))
  if (at < 0) throw new Error('not a Jupyter message: no <IDS|MSG> frame')
  const [signature, ...rest] = frames.slice(at + 1)
  const parts = rest.slice(0, 4)
  if (!signature || parts.length < 4) throw new Error('not a Jupyter message: frames are missing')
  if (!equalInConstantTime(signature, Buffer.from(sign(parts, key))))
    throw new Error('bad signature')
  if (key && seen && !seen.add(signature.toString()))
    throw new Error('its signature was used before')
  const [header, parent, metadata, content] = parts.map((part) => parseObject(part))
  if (!isHeader(header))
    throw new Error('not a Jupyter message: the header has no msg_id or msg_type')
  return {
    identities: frames.slice(0, at),
    type: header.msg_type,
    header,
    parent: parent as Partial<Header>,
    metadata: metadata!,
    content: content!,
    buffers: rest.slice(4),
  }
}

/** An empty key means unsigned messages, as the specification says. */
function sign(parts: Buffer[], key: string): string {
  if (!key) return ''
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

function equalInConstantTime(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function parseObject(part: Buffer): JsonObject {
  if (!isUtf8(part)) throw new Error('not a Jupyter message: a part is not UTF-8')
  const value = JSON.parse(part.toString()) as Json
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('not a Jupyter message: a part is not a JSON object')
  return value
}

function isHeader(value: unknown): value is Header {
  const header = value as Partial<Header> | undefined
  return typeof header?.msg_id === 'string' && typeof header.msg_type === 'string'
}
