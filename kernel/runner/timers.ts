/** Timers are kept by cell: an interrupt clears them, and their output goes to the cell that set them. */
import timers from 'node:timers'
import timerPromises from 'node:timers/promises'
import { promisify } from 'node:util'
import { callFor, currentCell, Interrupted } from './cells.js'

type Callback = (...args: unknown[]) => void
type Setter = (callback: Callback, ...args: unknown[]) => unknown
type Name = 'setTimeout' | 'setInterval' | 'setImmediate'

/** Replaces the timer functions, the global ones and those of Node's modules, by ones that keep track. */
export function trackTimers(): void {
  track('setTimeout', (timer) => clearTimeout(timer as NodeJS.Timeout))
  track('setInterval', (timer) => clearInterval(timer as NodeJS.Timeout))
  track('setImmediate', (timer) => clearImmediate(timer as NodeJS.Immediate))
}

/** Node sets an immediate after it has reported an uncaught error; were that one refused, the process would end. */
let nodeSetsOne = false
export function admitImmediateOfNode(): void {
  nodeSetsOne = true
}

function track(name: Name, clear: (timer: unknown) => void): void {
  const original = globalThis[name] as Setter
  const repeats = name === 'setInterval'

  const tracked: Setter = (callback, ...args) => {
    if (typeof callback !== 'function') return original(callback, ...args) // throws Node's own error
    if (name === 'setImmediate' && nodeSetsOne) {
      nodeSetsOne = false
      return original(callback, ...args)
    }
    const cell = currentCell()
    if (!cell) return original(callback, ...args)
    if (cell.interrupted) throw new Interrupted()
    const timer = original(
      (...values) => {
        if (!repeats) cell.timers.delete(timer)
        callFor(cell, () => callback(...values))
      },
      ...args,
    )
    cell.timers.set(timer, () => clear(timer))
    return timer
  }
  replace([globalThis, timers], name, tracked)
  if (name === 'setInterval') return

  const originalPromise = timerPromises[name] as (...args: unknown[]) => Promise<unknown>
  const promise = (...args: unknown[]) => {
    const [delay, value, options] = name === 'setImmediate' ? [undefined, ...args] : args
    if (options !== undefined) return originalPromise(...args) // with a signal of its own
    return new Promise((resolve) => tracked(() => resolve(value), delay))
  }
  replace([timerPromises], name, promise)
  Object.assign(tracked, { [promisify.custom]: promise })
}

function replace(places: object[], name: Name, value: object): void {
  Object.defineProperty(value, 'name', { value: name })
  for (const place of places)
    Object.defineProperty(place, name, { value, writable: true, configurable: true })
}
