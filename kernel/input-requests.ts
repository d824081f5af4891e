/** What cells ask their reader: one question at a time, since a front-end shows one. */
import type { Message } from './protocol.js'
import { optionalText } from './requests.js'
import type { FromRunner, ToRunner } from './runner/messages.js'

interface Question {
  /** The execute_request on whose behalf the question is asked. */
  asker: Message
  /** The runner's number for it. */
  request: number
  prompt: string
  password: boolean
}

export class InputRequests {
  /** The first is the one that is being asked. */
  private waiting: Question[] = []

  constructor(
    private readonly askFrontEnd: (asker: Message, prompt: string, password: boolean) => void,
    private readonly sendToRunner: (message: ToRunner) => void,
  ) {}

  /** @param asker the request of the cell; undefined where no front-end would answer. */
  ask({ request, prompt, password }: FromRunner & { type: 'input' }, asker?: Message): void {
    if (!asker) return this.sendToRunner({ type: 'input-refused', request })
    this.waiting.push({ asker, request, prompt, password })
    if (this.waiting.length === 1) this.askNext()
  }

  /** An input_reply; dropped where nothing was asked of its sender. */
  receive(reply: Message): void {
    const [question] = this.waiting
    if (!question || !isSamePeer(reply, question.asker)) return
    const value = optionalText(reply.content, 'value')
    const { request } = question
    if (value === undefined) this.sendToRunner({ type: 'input-refused', request })
    else this.sendToRunner({ type: 'input', request, value })
    this.waiting.shift()
    this.askNext()
  }

  /** The cell has ended: nobody is asked any more on its behalf. */
  forget(asker: Message): void {
    const [asked] = this.waiting
    for (const question of this.waiting)
      if (question.asker === asker)
        this.sendToRunner({ type: 'input-refused', request: question.request })
    this.waiting = this.waiting.filter((question) => question.asker !== asker)
    if (this.waiting[0] !== asked) this.askNext()
  }

  private askNext(): void {
    const [next] = this.waiting
    if (next) this.askFrontEnd(next.asker, next.prompt, next.password)
  }
}

/** A client's sockets for shell and stdin share one routing id. */
function isSamePeer(a: Message, b: Message): boolean {
  return (
    a.identities.length === b.identities.length &&
    a.identities.every((identity, i) => identity.equals(b.identities[i]!))
  )
}
