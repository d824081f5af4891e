/** ZeroMQ sockets as Jupyter needs them: nothing is dropped, and messages leave in the order they were sent. */
import type { Socket, Writable } from 'zeromq'

/** Takes messages at any time and sends them one after another. */
export class OrderedSender {
  private last: Promise<void> = Promise.resolve()

  constructor(private readonly socket: Writable) {}

  send(frames: Buffer[]): void {
    // A peer that has gone away must not stop what follows.
    this.last = this.last.then(() => this.socket.send(frames)).catch(() => {})
  }

  /** Settles when all that was sent so far has been handed to ZeroMQ. */
  flushed(): Promise<void> {
    return this.last
  }
}

/** ZeroMQ drops (publisher) or refuses (router) messages above its high-water mark; 0 is no mark. */
export function unlimited<S extends Socket>(socket: S): S {
  socket.linger = 1000
  if ('sendHighWaterMark' in socket) socket.sendHighWaterMark = 0
  if ('receiveHighWaterMark' in socket) socket.receiveHighWaterMark = 0
  return socket
}

/** Hands one message after another to `handle`, until the socket is closed. */
export async function receive(
  socket: Socket & { receive(): Promise<Buffer[]> },
  handle: (frames: Buffer[]) => unknown,
): Promise<void> {
  for (;;) {
    let frames: Buffer[]
    try {
      frames = await socket.receive()
    } catch (error) {
      if (socket.closed) return
      throw error
    }
    try {
      await handle(frames)
    } catch (error) {
      process.emitWarning(error as Error) // and the messages after this one are still handled
    }
  }
}
