/** Ends a cell that lasts longer than it may. */
import { failed } from './runner-end.js'
import type { Outcome } from './runner/messages.js'

export class CellTimeout {
  private passed = false
  private readonly timer: NodeJS.Timeout | undefined

  /** @param seconds until the interrupt; undefined for never. */
  constructor(
    private readonly seconds: number | undefined,
    interrupt: () => void,
  ) {
    if (seconds === undefined) return
    this.timer = setTimeout(() => {
      this.passed = true
      interrupt()
    }, 1000 * seconds)
  }

  /** @returns the outcome as the reader is told it. */
  end(outcome: Outcome): Outcome {
    clearTimeout(this.timer)
    if (!this.passed || outcome.ok || outcome.ename !== 'KeyboardInterrupt') return outcome
    return failed(
      'TimeoutError',
      `the cell ran for more than ${this.seconds} s, which is all that its %%timeout allows; its variables survive`,
    )
  }
}
