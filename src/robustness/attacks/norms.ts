/** How large a perturbation is, for pixels in [0, 1]. */
import { euclidean } from '../../vectors.js'

/** The norm that a budget is measured in. */
export type BudgetNorm = 'linf' | 'l2'

/** The size of one perturbation. */
export interface Norms {
  /** How many pixels were changed, in whichever channel. */
  l0: number
  /** Euclidean length over all pixels and channels. */
  l2: number
  /** The largest change of one channel of one pixel. */
  linf: number
}

/** The norms of `changed − original`, one image. @param plane How many pixels a channel has. */
export function normsOf(changed: Float32Array, original: Float32Array, plane: number): Norms {
  const difference = changed.map((value, i) => value - original[i]!)
  let l0 = 0
  for (let i = 0; i < plane; i++)
    for (let j = i; j < difference.length; j += plane)
      if (difference[j] !== 0) {
        l0++
        break
      }
  const linf = difference.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return { l0, l2: euclidean(difference), linf }
}

/** Brings a perturbation back into the ball of a radius: cut off at each pixel, or shortened as a whole. */
export function project(delta: Float32Array, norm: BudgetNorm, radius: number): void {
  if (norm === 'linf')
    for (let i = 0; i < delta.length; i++) delta[i] = Math.min(radius, Math.max(-radius, delta[i]!))
  else {
    const length = euclidean(delta)
    if (length > radius) for (let i = 0; i < delta.length; i++) delta[i]! *= radius / length
  }
}

/** Steepest ascent: the step of length 1 in this norm that a gradient favours most. */
export function steepest(gradient: Float32Array, norm: BudgetNorm): Float32Array {
  if (norm === 'linf') return gradient.map(Math.sign)
  const length = euclidean(gradient)
  return length > 0 ? gradient.map((value) => value / length) : new Float32Array(gradient.length)
}

/** A budget in words: `L∞ 4 / 255`, `L2 1.5`. */
export const budgetOf = (norm: BudgetNorm, epsilon: number): string =>
  norm === 'linf'
    ? `L∞ ${Number((255 * epsilon).toFixed(2))} / 255`
    : `L2 ${Number(epsilon.toFixed(2))}`

/**
 * Checks the budget of an attack.
 *
 * @param size How many numbers a picture has.
 * @throws RangeError for an unknown norm, and for a budget that is no perturbation of pixels in [0, 1].
 */
export function checkBudget(norm: BudgetNorm, epsilon: number, size: number): void {
  if (norm !== 'linf' && norm !== 'l2')
    throw new RangeError(`the norm of a budget is 'linf' or 'l2', not '${String(norm)}'`)
  const most = norm === 'linf' ? 1 : Math.sqrt(size)
  if (epsilon > 0 && epsilon <= most) return
  const hint = norm === 'linf' && epsilon > 1 ? `; for levels of 8 bits say ${epsilon} / 255` : ''
  throw new RangeError(
    `epsilon is above 0, at most ${Number(most.toFixed(2))} for pixels in [0, 1], not ${epsilon}${hint}`,
  )
}
