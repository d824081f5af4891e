/** Binds the sockets of a connection file and serves one session on them. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Reply, Router, XPublisher } from 'zeromq'
import {
  decode,
  encode,
  endpoint,
  newHeader,
  type Channel,
  type ConnectionInfo,
  type Header,
  type Message,
} from './protocol.js'
import { Session, type Transport } from './session.js'
import { OrderedSender, receive, unlimited } from './sockets.js'

/** Serves a kernel until it is shut down or its parent is gone; never returns. */
export async function serveKernel(connectionFile: string): Promise<never> {
  const connection = JSON.parse(await readFile(connectionFile, 'utf8')) as ConnectionInfo
  const sockets = {
    shell: unlimited(new Router()),
    control: unlimited(new Router()),
    stdin: unlimited(new Router()),
    // Every subscriber is welcomed, not the first alone.
    iopub: unlimited(new XPublisher({ verbosity: 'allSubs' })),
    hb: unlimited(new Reply()),
  }
  for (const channel of Object.keys(sockets) as Channel[])
    await sockets[channel].bind(endpoint(connection, channel))

  const senders = {
    shell: new OrderedSender(sockets.shell),
    control: new OrderedSender(sockets.control),
    stdin: new OrderedSender(sockets.stdin),
    iopub: new OrderedSender(sockets.iopub),
  }
  const id = randomUUID()
  const send = (
    channel: keyof typeof senders,
    type: string,
    content: object,
    parent: Partial<Header>,
    identities: Buffer[],
  ) => {
    const header = newHeader(type, id)
    senders[channel].send(encode({ identities, header, parent, content }, connection.key))
  }
  const publish = (type: string, content: object, parent: Partial<Header>) =>
    send('iopub', type, content, parent, [Buffer.from(type)])

  /** The channel that each request came by; its reply goes back there. */
  const channels = new WeakMap<Message, 'shell' | 'control'>()
  const transport: Transport = {
    publish,
    reply: (request, type, content) =>
      send(channels.get(request) ?? 'shell', type, content, request.header, request.identities),
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

  /** A message with a bad signature, or none at all, is dropped without an answer. */
  const read = (frames: Buffer[]): Message | undefined => {
    try {
      return decode(frames, connection.key)
    } catch {
      return undefined
    }
  }
  for (const channel of ['shell', 'control'] as const)
    void receive(sockets[channel], (frames) => {
      const request = read(frames)
      if (!request) return
      channels.set(request, channel)
      void session.receive(request)
    })
  void receive(sockets.stdin, (frames) => {
    const reply = read(frames)
    if (reply) session.receiveInput(reply)
  })
  void receive(sockets.hb, (frames) => void sockets.hb.send(frames))
  void receive(sockets.iopub, ([frame]) => {
    // The first byte is 1 for a subscription; what follows is its topic.
    if (frame?.[0] === 1)
      publish('iopub_welcome', { subscription: frame.subarray(1).toString() }, {})
  })

  process.on('SIGINT', () => void session.interrupt())
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, exit)
  process.on('exit', () => session.stop())
  exitWithParent(exit)
  return new Promise<never>(() => {})
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
