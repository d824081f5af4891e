/** Adversarial training (Madry et al. 2018): the network learns from images that were changed to fool it. */
import type { PerChannel } from '../image/preprocessing.js'
import type { Random } from '../image/random.js'
import { euclidean } from '../vectors.js'

export interface Adversary {
  /** How the change is measured: its Euclidean length over the whole image, or its largest element. */
  norm: 'l2' | 'linf'
  /** The largest change allowed, for pixels in [0, 1], such as 1 for l2, 4 / 255 for linf. */
  epsilon: number
  /** Steps of projected gradient ascent. Default 3. */
  steps?: number
  /** Length of a step. Default 2.5 · epsilon / steps, which can reach the border from anywhere. */
  step?: number
  /** Steps over which ε grows from 0, counted in batches: strong attacks at the start hinder learning. Default 0. */
  warmup?: number
}

/**
 * Checks what an adversary is told.
 *
 * @throws RangeError for an unknown norm or numbers out of range.
 */
export function checkAdversary({
  norm,
  epsilon,
  steps = 3,
  step = 1,
  warmup = 0,
}: Adversary): void {
  if (norm !== 'l2' && norm !== 'linf')
    throw new RangeError(`the norm of an adversary is 'l2' or 'linf', not '${String(norm)}'`)
  if (!(epsilon >= 0)) throw new RangeError(`epsilon is 0 or more, not ${epsilon}`)
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`an adversary takes 1 step or more, a whole number, not ${steps}`)
  if (!(step > 0)) throw new RangeError(`the length of a step is above 0, not ${step}`)
  if (!(warmup >= 0)) throw new RangeError(`warmup is 0 steps or more, not ${warmup}`)
}

/** How pixels in [0, 1] become the network's input: (p − mean) / std. */
export interface Normalisation {
  mean: PerChannel
  std: PerChannel
}

/**
 * Images changed within ε to raise the loss, by projected gradient ascent from a random start. They stay
 * pictures: their pixels stay in [0, 1].
 *
 * @param images Normalised, [N, C, H, W]; left as they are.
 * @param gradient The gradient of the loss by such images.
 */
export async function attacked(
  images: Float32Array,
  shape: readonly number[],
  { norm, epsilon, steps = 3, step = (2.5 * epsilon) / steps }: Adversary,
  normalisation: Normalisation,
  random: Random,
  gradient: (images: Float32Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const [count = 0, channels = 0] = shape
  const plane = images.length / count / channels
  const { mean, std } = normalisation
  const meanOf = (c: number): number => mean[c] ?? mean[0]
  const stdOf = (c: number): number => std[c] ?? std[0]
  const delta = randomStart(images.length / count, count, norm, epsilon, random)
  const changed = new Float32Array(images.length)

  /** Keeps the pixels in [0, 1], and writes the changed images. */
  const apply = (): void => {
    for (let i = 0, n = 0; n < count; n++)
      for (let c = 0; c < channels; c++) {
        const [m, s] = [meanOf(c), stdOf(c)]
        for (let p = 0; p < plane; p++, i++) {
          const pixel = images[i]! * s + m
          const kept = Math.min(1 - pixel, Math.max(-pixel, delta[i]!))
          delta[i] = kept
          changed[i] = images[i]! + kept / s
        }
      }
  }

  apply()
  for (let k = 0; k < steps; k++) {
    const byInput = await gradient(changed)
    for (let n = 0; n < count; n++) {
      const start = n * channels * plane
      const own = delta.subarray(start, start + channels * plane)
      const slope = byInput.subarray(start, start + channels * plane)
      // By pixels: the chain rule divides by the deviation.
      for (let c = 0; c < channels; c++)
        for (let p = c * plane; p < (c + 1) * plane; p++) slope[p]! /= stdOf(c)
      if (norm === 'linf')
        for (let p = 0; p < own.length; p++)
          own[p] = Math.min(epsilon, Math.max(-epsilon, own[p]! + step * Math.sign(slope[p]!)))
      else {
        const length = euclidean(slope)
        if (length > 0) for (let p = 0; p < own.length; p++) own[p]! += (step / length) * slope[p]!
        shorten(own, epsilon)
      }
    }
    apply()
  }
  return changed
}

/** Uniform in the cube; in the ball, a random direction and length. */
function randomStart(
  size: number,
  count: number,
  norm: 'l2' | 'linf',
  epsilon: number,
  random: Random,
): Float32Array {
  const delta = Float32Array.from({ length: size * count }, () => random.uniform(-epsilon, epsilon))
  if (norm === 'l2')
    for (let n = 0; n < count; n++) {
      const own = delta.subarray(n * size, (n + 1) * size)
      const length = euclidean(own)
      const factor = length > 0 ? (epsilon * random.uniform()) / length : 0
      for (let p = 0; p < size; p++) own[p]! *= factor
    }
  return delta
}

function shorten(vector: Float32Array, epsilon: number): void {
  const length = euclidean(vector)
  if (length > epsilon) for (let p = 0; p < vector.length; p++) vector[p]! *= epsilon / length
}
