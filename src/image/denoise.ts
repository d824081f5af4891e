import { wholeNumber } from '../options.js'

export interface DenoiseOptions {
  /** At most so many. Default 100. */
  iterations?: number
  /** It ends where an iteration changes values by less, in the root mean square. Default 1e-3. */
  tolerance?: number
}

/**
 * Total variation denoising of one plane of numbers: the u that makes Σ|∇u| + ½ w Σ(u − f)² least, |∇u| being the
 * length of the differences to the right and lower neighbour (Rudin, Osher & Fatemi 1992). Flat parts become flatter,
 * and edges stay. By split Bregman iterations (Goldstein & Osher 2009).
 *
 * @param weight w, above 0: the smaller, the smoother.
 * @returns The plane, of which nothing is left but steps where the weight is small.
 * @throws RangeError for a weight or a tolerance that is not above 0, and a number of iterations below 1.
 * @example denoisePlane(noisy, 96, 96, 10)
 */
export function denoisePlane(
  plane: Float32Array,
  width: number,
  height: number,
  weight: number,
  options: DenoiseOptions = {},
): Float32Array {
  const { iterations = 100, tolerance = 1e-3 } = options
  checkDenoise(weight, options)
  // Of the quadratic coupling between d and ∇u; what it is decides the speed, not the outcome.
  const coupling = 2 * weight
  const threshold = 1 / coupling
  const own = weight / (weight + 4 * coupling)
  const shared = coupling / (weight + 4 * coupling)

  // With a margin of one, which repeats the outermost values: no difference leads out of the plane.
  const row = width + 2
  const numbers = (): Float64Array => new Float64Array(row * (height + 2))
  const [f, u] = [numbers(), numbers()]
  for (let y = 0; y < height; y++)
    f.set(plane.subarray(y * width, (y + 1) * width), (y + 1) * row + 1)
  u.set(f)
  // To the right and downwards: b, the sum of what d was not yet of ∇u; and d − b.
  const [bRight, bDown, right, down] = [numbers(), numbers(), numbers(), numbers()]
  const first = row + 1
  const last = height * row + width
  const repeatMargin = (): void => {
    for (let i = row; i < u.length - row; i += row) {
      u[i] = u[i + 1]!
      u[i + row - 1] = u[i + row - 2]!
    }
    u.copyWithin(0, row, 2 * row)
    u.copyWithin(u.length - row, u.length - 2 * row, u.length - row)
  }
  repeatMargin()
  for (let iteration = 0; iteration < iterations; iteration++) {
    let changed = 0
    // u by its neighbours (Gauss–Seidel).
    for (let start = first; start <= last; start += row)
      for (let i = start, value = u[start - 1]!; i < start + width; i++) {
        const beside = right[i - 1]! + u[i + 1]! - right[i]!
        const above = u[i - row]! + down[i - row]! + u[i + row]! - down[i]!
        // What waits for the value before comes last.
        value = own * f[i]! + shared * (beside + above) + shared * value
        const change = value - u[i]!
        changed += change * change
        u[i] = value
      }
    repeatMargin()
    // d by shrinking ∇u + b, and b.
    for (let start = first; start <= last; start += row)
      for (let i = start; i < start + width; i++) {
        const x = u[i + 1]! - u[i]! + bRight[i]!
        const y = u[i + row]! - u[i]! + bDown[i]!
        const length = Math.sqrt(x * x + y * y)
        const kept = Math.max(0, 1 - threshold / length)
        bRight[i] = (1 - kept) * x
        bDown[i] = (1 - kept) * y
        right[i] = (2 * kept - 1) * x
        down[i] = (2 * kept - 1) * y
      }
    if (changed < tolerance * tolerance * plane.length) break
  }
  return Float32Array.from(plane, (_, i) => u[first + Math.floor(i / width) * row + (i % width)]!)
}

/** @throws RangeError for what {@link denoisePlane} does not take. */
export function checkDenoise(weight: number, options: DenoiseOptions): void {
  const { iterations = 100, tolerance = 1e-3 } = options
  if (!(weight > 0 && Number.isFinite(weight)))
    throw new RangeError(`the weight of a denoising is above 0, not ${weight}`)
  wholeNumber('iterations', iterations)
  if (!(tolerance > 0)) throw new RangeError(`the tolerance is above 0, not ${tolerance}`)
}
