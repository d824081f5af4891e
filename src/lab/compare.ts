/** How far two arrays of numbers are apart, and where. */

export interface Difference {
  /** ‖got − expected‖ / ‖expected‖; ‖got‖ where nothing but zeros is expected. NaN where a number is none. */
  relative: number
  /** The largest |got − expected|. */
  largest: number
  /** Where that is; the first number that is none, where there is one. */
  worst: number
}

/** Both of one length. */
export function difference(got: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  let [squares, norm, largest, worst] = [0, 0, 0, 0]
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(got[i]! - expected[i]!)
    if (!Number.isFinite(apart)) return { relative: NaN, largest: NaN, worst: i }
    squares += apart ** 2
    norm += expected[i]! ** 2
    if (apart > largest) [largest, worst] = [apart, i]
  }
  return { relative: Math.sqrt(squares) / (Math.sqrt(norm) || 1), largest, worst }
}

/** The index of an element in an array of this shape: of 7 in [2, 5] it is [1, 2]. */
export function indexOf(element: number, shape: readonly number[]): number[] {
  const index: number[] = []
  for (let axis = shape.length - 1, rest = element; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!)
    rest = Math.floor(rest / shape[axis]!)
  }
  return index
}
