/** Publishes on iopub; lines of output that follow each other closely leave as one message. */
import type {
  Header,
  JsonObject,
  PublishedContents,
  PublishedType,
  StreamName,
} from './protocol.js'

/** What few messages carry: metadata, and binary data as it is. */
export interface Extras {
  metadata?: JsonObject
  buffers?: Buffer[]
}

export type Publish = (
  type: string,
  content: object,
  parent: Partial<Header>,
  extras?: Extras,
) => void

/** A reader does not see less than this, and a burst becomes a few messages. */
const COALESCE_MILLISECONDS = 15

interface PendingText {
  name: StreamName
  parts: string[]
  parent: Partial<Header>
}

export class Publisher {
  private pending: PendingText | undefined
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly send: Publish) {}

  publish<T extends Exclude<PublishedType, 'stream'>>(
    type: T,
    content: PublishedContents[T],
    parent: Partial<Header>,
    extras?: Extras,
  ): void {
    this.flush()
    this.send(type, content, parent, extras)
  }

  stream(name: StreamName, text: string, parent: Partial<Header>): void {
    if (!text) return
    const { pending } = this
    if (pending && (pending.name !== name || pending.parent !== parent)) this.flush()
    this.pending ??= { name, parts: [], parent }
    this.pending.parts.push(text)
    this.timer ??= setTimeout(() => this.flush(), COALESCE_MILLISECONDS)
  }

  /** Sends the text that waits, so that what is sent next comes after it. */
  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const { pending } = this
    if (!pending) return
    this.pending = undefined
    this.send('stream', { name: pending.name, text: pending.parts.join('') }, pending.parent)
  }
}
