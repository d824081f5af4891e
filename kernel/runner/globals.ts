/** The values of the preloaded names, which `preloaded.ts` declares. */
import { progress } from '../../src/work/index.js'
import { currentCell } from './cells.js'
import { comms } from './comms.js'
import { clearOutput, display } from './display.js'
import { input } from './input.js'
import { outputLimit } from './limits.js'
import { defineMagics } from './magics.js'
import type { Require } from './modules.js'

export function definePreloaded(require: Require): void {
  define({ display, clearOutput, input, comms, outputLimit, progress, require })
  // The library's loops stop where this AbortSignal, of the cell on whose behalf they run, is aborted.
  Object.defineProperty(globalThis, Symbol.for('fovea.signal'), {
    get: () => currentCell()?.abort.signal,
    configurable: true,
  })
  defineMagics(require)
  defineLazily('viz', () => (require('fovea') as { viz: unknown }).viz)
  defineLazily('tf', () => require('@tensorflow/tfjs'))
}

function define(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
}

/** The library loads when a cell first uses it, so that the kernel starts at once. */
function defineLazily(name: string, load: () => unknown): void {
  const get = () => {
    const value = load()
    define({ [name]: value })
    return value
  }
  Object.defineProperty(globalThis, name, { get, configurable: true })
}
