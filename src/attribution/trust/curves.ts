import type { Tensor } from '../../engine/tensor.js'
import { defaultSeed, Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { classProbability, type Target } from '../../objectives/scores.js'
import { type Baseline, baselinePixels } from '../baseline.js'
import { part } from '../batch.js'
import { type BatchOptions, checkImages, runVariants } from '../variants.js'

export interface CurveOptions extends BatchOptions {
  /** The class whose probability is followed: index or name, or one for each image. */
  target: Target
  /** How many equal steps from none to all of the pixels. Default 50; the paper takes 224 pixels a step. */
  steps?: number
  /**
   * What stands in for pixels that are not there. Default for deletion 0 in normalised pixels, for insertion
   * 'blur', so that the first picture has no edges of its own; both as in the paper.
   */
  baseline?: Baseline
  /** In which order pixels of equal importance go. Default: that of `%seed`, or 0. */
  seed?: number
}

/** A curve of the probability while the most important pixels go, or come, first. */
export interface Curve {
  /** Shares of the pixels, from 0 to 1. */
  shares: number[]
  /** The probability of the class at each share. */
  probabilities: number[]
  /** The area below the curve, by trapezoids, in [0, 1]. */
  auc: number
}

/**
 * The deletion curve: the probability of a class while pixels are taken away, the most important ones first.
 * The smaller the area below it, the better the map knows what the network needs.
 *
 * Petsiuk, Das, Saenko: RISE (2018).
 *
 * @param pixels Normalised, [N, C, H, W].
 * @param map How important each pixel is, [N, H, W]; only its order counts.
 * @returns One curve for each image.
 * @throws RangeError for an unknown class, a map of another size, and steps that there cannot be; AbortError
 *   at an interrupt.
 * @example const [{ auc }] = await deletion(net, net.preprocess(photo), map, { target: 'wolf' })
 */
export const deletion = (
  net: Network,
  pixels: Tensor,
  map: Tensor,
  options: CurveOptions,
): Promise<Curve[]> => follow(net, pixels, map, 'Deletion', { baseline: 0, ...options })

/**
 * The insertion curve: the probability of a class while pixels are put into a blurred picture, the most
 * important ones first. The larger the area below it, the better.
 *
 * Petsiuk, Das, Saenko: RISE (2018). Parameters and errors are those of {@link deletion}.
 *
 * @example const [{ auc }] = await insertion(net, net.preprocess(photo), map, { target: 'wolf' })
 */
export const insertion = (
  net: Network,
  pixels: Tensor,
  map: Tensor,
  options: CurveOptions,
): Promise<Curve[]> => follow(net, pixels, map, 'Insertion', { baseline: 'blur', ...options })

async function follow(
  net: Network,
  input: Tensor,
  map: Tensor,
  label: 'Deletion' | 'Insertion',
  options: CurveOptions & { baseline: Baseline },
): Promise<Curve[]> {
  const { target, steps = 50, baseline, batch, seed = defaultSeed() } = options
  const pixels = checkImages(net, input)
  const [images, channels, height, width] = pixels.shape as [number, number, number, number]
  const plane = height * width
  if (!(Number.isInteger(steps) && steps > 0))
    throw new RangeError(`a curve has 1 step or more, a whole number, not ${steps}`)
  if (map.shape.join() !== [images, height, width].join())
    throw new RangeError(
      `the map is [${map.shape.join(', ')}], but the images need [${images}, ${height}, ${width}]`,
    )
  const cover = baselinePixels(net, pixels, baseline)
  const orders = Array.from({ length: images }, (_, i) => byImportance(part(map, i), seed))
  const [from, to] = label === 'Deletion' ? [pixels, cover] : [cover, pixels]
  const curves: Curve[] = Array.from({ length: images }, () => ({
    shares: Array.from({ length: steps + 1 }, (_, i) => i / steps),
    probabilities: [],
    auc: 0,
  }))
  const variants = runVariants(net, {
    pixels,
    of: classProbability(target),
    count: steps + 1,
    batch,
    label,
    unit: 'pictures',
    write(into, image, index) {
      into.set(part(from, image))
      const changed = part(to, image)
      const count = Math.round((index / steps) * plane)
      for (const i of orders[image]!.subarray(0, count))
        for (let at = i; at < channels * plane; at += plane) into[at] = changed[at]!
    },
  })
  for await (const { image, value } of variants) curves[image]!.probabilities.push(value)
  for (const curve of curves) curve.auc = areaBelow(curve.probabilities)
  return curves
}

/** The pixels, the most important first; equal ones in random order, since any other would favour a place. */
function byImportance(map: Float32Array, seed: number): Uint32Array {
  const lots = new Random(seed).permutation(map.length)
  return Uint32Array.from(map, (_, i) => i).sort((i, j) => map[j]! - map[i]! || lots[i]! - lots[j]!)
}

/** By trapezoids of equal width. */
const areaBelow = (values: readonly number[]): number =>
  (values.reduce((sum, value) => sum + value, 0) - (values[0]! + values.at(-1)!) / 2) /
  (values.length - 1)
