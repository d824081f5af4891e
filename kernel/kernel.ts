/** Binds the sockets of a connection file and serves one session on them. */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Router, XPublisher } from 'zeromq'
import {
  decode,
  encode,
  endpoint,
  newHeader,
  type Channel,
  type ConnectionInfo,
  type Header,
  type Message,
  SIGNATURE_SCHEME,
  SignatureHistory,
} from './protocol.js'
import type { Extras } from './publisher.js'
import { Session, type Transport } from './session.js'
import { OrderedSender, receive, unlimited } from './sockets.js'

/** Serves a kernel until it is shut down or its parent is gone; never returns. */
export async function serveKernel(connectionFile: string): Promise<never> {
  const connection = JSON.parse(await readFile(connectionFile, 'utf8')) as ConnectionInfo
  const { signature_scheme: scheme = SIGNATURE_SCHEME } = connection
  if (scheme !== SIGNATURE_SCHEME)
    throw new Error(
      `the connection file asks for signatures by '${scheme}'; this kernel knows '${SIGNATURE_SCHEME}' alone`,
    )
  const sockets = {
    shell: unlimited(new Router()),
    control: unlimited(new Router()),
    stdin: unlimited(new Router()),
    // Every subscriber is welcomed, not the first alone.
    iopub: unlimited(new XPublisher({ verbosity: 'allSubs' })),
    // It echoes as a REP socket does, but no peer can leave it waiting for the rest of a message.
    hb: unlimited(new Router()),
  }
  for (const channel of Object.keys(sockets) as Channel[])
    await sockets[channel].bind(endpoint(connection, channel))

  const senders = {
    shell: new OrderedSender(sockets.shell),
    control: new OrderedSender(sockets.control),
    stdin: new OrderedSender(sockets.stdin),
    iopub: new OrderedSender(sockets.iopub),
    hb: new OrderedSender(sockets.hb),
  }
  const id = randomUUID()
  const send = (
    channel: keyof typeof senders,
    type: string,
    content: object,
    parent: Partial<Header>,
    identities: Buffer[],
    extras?: Extras,
  ) => {
    const header = newHeader(type, id)
    const message = { identities, header, parent, content, ...extras }
    senders[channel].send(encode(message, connection.key))
  }

  /** The channel that each request came by; its reply goes back there. */
  const channels = new WeakMap<Message, 'shell' | 'control'>()
  const transport: Transport = {
    publish: (type, content, parent, extras) =>
      send('iopub', type, content, parent, [Buffer.from(type)], extras), // type is the topic
    reply: (request, type, content, metadata) => {
      const channel = channels.get(request) ?? 'shell'
      send(channel, type, content, request.header, request.identities, { metadata })
    },
    requestInput: (request, prompt, password) =>
      send('stdin', 'input_request', { prompt, password }, request.header, request.identities),
    flushed: async () => {
      await Promise.all(Object.values(senders).map((sender) => sender.flushed()))
    },
  }

  const exit = () => {
    session.stop()
    process.exit(0)
  }
  const session = new Session(transport, exit)

  /** What is not a message, or not signed, is dropped without an answer. */
  const seen = new SignatureHistory()
  const read = (channel: Channel, frames: Buffer[]): Message | undefined => {
    try {
      return decode(frames, connection.key, seen)
    } catch (error) {
      complain(`dropped what came on ${channel}: ${(error as Error).message}`)
      return undefined
    }
  }
  for (const channel of ['shell', 'control'] as const)
    void receive(sockets[channel], (frames) => {
      const request = read(channel, frames)
      if (!request) return
      channels.set(request, channel)
      void session.receive(request)
    })
  void receive(sockets.stdin, (frames) => {
    const reply = read('stdin', frames)
    if (reply) session.receiveInput(reply)
  })
  void receive(sockets.hb, (frames) => senders.hb.send(frames))
  void receive(sockets.iopub, ([frame]) => {
    // The first byte is 1 for a subscription; what follows is its topic, and the welcome's.
    if (frame?.[0] !== 1) return
    const topic = frame.subarray(1)
    if (!isUtf8(topic)) return
    send('iopub', 'iopub_welcome', { subscription: topic.toString() }, {}, [topic])
  })

  // A fault of the kernel's own costs a message, and not the variables of a day's work.
  process.on('uncaughtException', (error) => complain(error.stack ?? error.message))
  process.on('SIGINT', () => void session.interrupt())
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, exit)
  process.on('exit', () => session.stop())
  exitWithParent(exit)
  return new Promise<never>(() => {})
}

const MAX_COMPLAINTS = 20
let complaints = 0

/** Tells whoever reads the kernel's log; a flood of bad messages must not flood it. */
function complain(what: string): void {
  if (++complaints > MAX_COMPLAINTS) return
  console.error(`fovea: ${what}`)
  if (complaints === MAX_COMPLAINTS) console.error('fovea: more of this kind is not told')
}

/** Jupyter names the process that started the kernel in JPY_PARENT_PID (on Windows, a handle instead). */
function exitWithParent(exit: () => void): void {
  const parent = Number(process.env.JPY_PARENT_PID)
  if (!parent || process.platform === 'win32') return
  const isDirect = process.ppid === parent
  setInterval(() => {
    // A dead parent may stay in the process table for long, but its children get another.
    if (isDirect ? process.ppid !== parent : !exists(parent)) exit()
  }, 1000)
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
