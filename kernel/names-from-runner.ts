/** Asks the runner for names. It answers between cells; while one computes, there are none. */
import type { NamesRequest, ToRunner } from './runner/messages.js'

const PATIENCE = 100 // milliseconds

export class NamesFromRunner {
  private readonly waiting = new Map<number, (names: string[]) => void>()
  private tokens = 0

  constructor(private readonly send: (message: ToRunner) => unknown) {}

  ask(request: NamesRequest): Promise<string[]> {
    const token = ++this.tokens
    const answer = new Promise<string[]>((resolve) => {
      this.waiting.set(token, resolve)
      setTimeout(resolve, PATIENCE, []).unref()
    })
    this.send({ type: 'names', token, ...request })
    return answer.finally(() => this.waiting.delete(token))
  }

  receive({ token, names }: { token: number; names: string[] }): void {
    this.waiting.get(token)?.(names)
  }
}
