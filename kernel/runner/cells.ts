/** The cell that runs, and which cell a piece of output belongs to. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Outcome } from './messages.js'
import { send } from './send.js'

export class Interrupted extends Error {
  override name = 'KeyboardInterrupt'
  constructor() {
    super('the cell was interrupted')
  }
}

/** One execution of a cell. */
export class Cell {
  finished = false
  interrupted = false
  /** What clears each timer that the cell has set. */
  readonly timers = new Map<unknown, () => void>()
  /** Aborted by an interrupt. */
  readonly abort = new AbortController()
  /** Displays that are still being made. */
  readonly displays = new Set<Promise<void>>()

  constructor(readonly id: string) {}

  /** Reports the outcome, the first time. */
  finish(outcome: Outcome): void {
    if (this.finished) return
    this.finished = true
    if (running === this) running = undefined
    send({ type: 'done', id: this.id, outcome })
  }

  /** Ends the cell for its reader; what it still awaits never wakes it. */
  interrupt(): void {
    this.interrupted = true
    this.clearTimers()
    const reason = new Interrupted()
    this.abort.abort(reason)
    const { name, message } = reason
    this.finish({ ok: false, ename: name, evalue: message, stack: `${name}: ${message}` })
  }

  clearTimers(): void {
    for (const clear of this.timers.values()) clear()
    this.timers.clear()
  }
}

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

const setImmediateUntracked = setImmediate

/** Calls back on behalf of a cell: the callback and the promises it settles. */
export function callFor<T>(cell: Cell, callback: () => T): T {
  callbackOf = cell
  // By then the microtasks have run.
  setImmediateUntracked(() => {
    if (callbackOf === cell) callbackOf = undefined
  })
  return callback()
}

/** Ends the running cell, and the timers of the last one if none is running. */
export function interruptCells(): void {
  if (running) running.interrupt()
  else latest?.clearTimers()
}
