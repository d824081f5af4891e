import type { Builder } from '../../network/builder.js'

/** A step's length, or how it changes: a function of the step, from 0, and of how many there are. */
export type Rate = number | ((step: number, steps: number) => number)

/**
 * How numbers follow their gradient, as nodes of the graph: a whole step is one run, and what an optimiser remembers
 * comes out of a run and goes into the next.
 */
export interface Optimiser {
  /** The structure, without what is fed. */
  readonly key: string
  /** In code, for provenance: `adam({ rate: 0.05 })`. */
  readonly code: string
  /** How many tensors, of the numbers' shape and zero at first, it remembers. */
  readonly memory: number
  /** Scalars that are fed at a step, from 0. */
  numbers(step: number, steps: number): readonly number[]
  /**
   * Appends the step.
   *
   * @param gradient Of what is to rise, [N, …].
   * @returns What to add to the numbers, and what to remember.
   */
  build(
    b: Builder,
    gradient: string,
    memory: readonly string[],
    numbers: readonly string[],
  ): { change: string; memory: string[] }
}

/** The rate of a step. */
export const rateAt = (rate: Rate, step: number, steps: number): number => {
  const value = typeof rate === 'number' ? rate : rate(step, steps)
  if (Number.isFinite(value)) return value
  throw new RangeError(`the rate of step ${step} is ${value}; it has to be a finite number`)
}

export const rateCode = (rate: Rate): string =>
  typeof rate === 'number' ? String(rate) : rate.name || rate.toString().replaceAll(/\s+/g, ' ')

/** A rate by the code that provenance shows in place of its function. */
export const rateNamed = (code: string, rate: Exclude<Rate, number>): Rate =>
  Object.defineProperty(rate, 'name', { value: code })

/** A rate that falls to 0 as half a cosine (Loshchilov & Hutter 2017). */
export function cosine(rate: number): Rate {
  const fall = (step: number, steps: number): number =>
    (rate * (1 + Math.cos((Math.PI * step) / steps))) / 2
  return rateNamed(`cosine(${rate})`, fall)
}

/**
 * A rate that stays the same for stretches of steps.
 *
 * @param stages [first step, rate], in order; the first begins with step 0.
 * @throws RangeError where it does not.
 * @example staged([[0, 3], [180, 0.1]]) // CS231n's style transfer
 */
export function staged(stages: readonly (readonly [from: number, rate: number])[]): Rate {
  if (stages[0]?.[0] !== 0) throw new RangeError('the first stage of a rate begins with step 0')
  const level = (step: number): number => stages.findLast(([from]) => from <= step)![1]
  return rateNamed(`staged(${JSON.stringify(stages)})`, level)
}

/** All axes but the batch's: each image has its own norm. */
export const ownAxes = (b: Builder, value: string): string =>
  b.integers(
    b
      .shape(value)
      .slice(1)
      .map((_, axis) => axis + 1),
  )
