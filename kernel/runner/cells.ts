/** The cell that runs, and which cell a piece of output belongs to. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { giveUp } from './give-up.js'
import type { Outcome } from './messages.js'
import {
  NativeAbortController,
  NativeError,
  NativeMap,
  NativeSet,
  nativeSetImmediate,
  nativeSetTimeout,
} from './primordials.js'
import { send } from './send.js'

/**
 * Milliseconds that interrupted work of the library has to stop by itself with what it has so far; and where the
 * cell had set timers, which it probably awaits in vain.
 */
const GRACE = { work: 1000, timers: 100 }

export class Interrupted extends NativeError {
  override name = 'KeyboardInterrupt'
  constructor() {
    super('the cell was interrupted')
  }
}

/** One execution of a cell. */
export class Cell {
  finished = false
  interrupted = false
  /** Whether interrupted work may still stop by itself. */
  private stopping = false
  /** What clears each timer that the cell has set. */
  readonly timers = new NativeMap<unknown, () => void>()
  /** Aborted by an interrupt. */
  readonly abort = new NativeAbortController()
  /** Displays that are still being made. */
  readonly displays = new NativeSet<Promise<void>>()

  /** Work that is under way, and what to do when the cell ends before it. */
  readonly work = new NativeMap<unknown, () => void>()

  constructor(readonly id: string) {}

  /** Reports the outcome, the first time. Of a cell that was interrupted, the result is shown nevertheless. */
  finish(outcome: Outcome): void {
    if (this.finished) return
    this.finished = true
    if (running === this) running = undefined
    try {
      this.report(outcome)
    } catch (error) {
      giveUp(error) // otherwise the front process would wait for ever
    }
  }

  private report(outcome: Outcome): void {
    if (this.interrupted) {
      for (const abandon of this.work.values()) abandon()
      this.work.clear()
      const content = outcome.ok && outcome.result
      if (content)
        send({
          type: 'display',
          id: this.id,
          update: false,
          content: { ...content, transient: {} },
        })
      const { name, message } = new Interrupted()
      outcome = { ok: false, ename: name, evalue: message, stack: `${name}: ${message}` }
    }
    send({ type: 'done', id: this.id, outcome })
  }

  /**
   * Ends the cell for its reader: at once, since what it awaits may never wake it; but where work of the
   * library is under way, that may first stop by itself and hand over what it has.
   *
   * @param terminated whether its code was cut off, so that nothing will come of it.
   */
  interrupt(terminated: boolean): void {
    if (this.interrupted && this.stopping && !terminated) return
    if (this.interrupted) return this.finish(NEVER_CAME)
    this.interrupted = true
    const grace = this.timers.size > 0 ? GRACE.timers : GRACE.work
    this.clearTimers()
    this.abort.abort(new Interrupted())
    if (terminated || this.work.size === 0) return this.finish(NEVER_CAME)
    this.stopping = true
    nativeSetTimeout(() => {
      this.stopping = false
      this.finish(NEVER_CAME)
    }, grace)
  }

  clearTimers(): void {
    for (const clear of this.timers.values()) clear()
    this.timers.clear()
  }
}

/** An outcome that is not shown, of a cell that was interrupted. */
const NEVER_CAME: Outcome = { ok: true, userExpressions: {} }

let running: Cell | undefined
let latest: Cell | undefined
let callbackOf: Cell | undefined

// Node 20 and 22 build this on async_hooks, which abort the process when execution is terminated.
const storage =
  Number(process.versions.node.split('.')[0]) >= 24 ? new AsyncLocalStorage<Cell>() : undefined

export function runningCell(): Cell | undefined {
  return running
}

/**
 * The cell on whose behalf code runs now. Before Node 24, the one whose timer has just fired, else
 * the one that is running, else the last.
 */
export function currentCell(): Cell | undefined {
  return storage?.getStore() ?? callbackOf ?? running ?? latest
}

/** Starts a cell: `start` and all that it causes belong to it. */
export function startCell<T>(cell: Cell, start: () => T): T {
  running = latest = cell
  return storage ? storage.run(cell, start) : start()
}

/** Calls back on behalf of a cell: the callback and the promises it settles. */
export function callFor<T>(cell: Cell, callback: () => T): T {
  callbackOf = cell
  // By then the microtasks have run.
  nativeSetImmediate(() => {
    if (callbackOf === cell) callbackOf = undefined
  })
  return storage ? storage.run(cell, callback) : callback()
}

/** Ends the running cell, and the timers of the last one if none is running. */
export function interruptCells(terminated: boolean): void {
  if (running) running.interrupt(terminated)
  else latest?.clearTimers()
}
