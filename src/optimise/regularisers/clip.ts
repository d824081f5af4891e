import { checkEvery } from './every.js'
import type { Regulariser, Stepped } from './regulariser.js'

/**
 * Clips pixels of small norm: after a step, those whose norm over the colours is below a percentile of all become
 * the mean colour, so that the image shows what matters and nothing where nothing does (Yosinski et al. 2015).
 *
 * @param percentile From 0 to 100. Yosinski et al. take 50 and 20.
 * @param options.every Default 1.
 * @throws RangeError for any other percentile, and for a number of steps that there cannot be.
 * @example await optimise(net, { of: classScore('wolf'), regularisers: [clipSmallNorm(20)] })
 */
export const clipSmallNorm = (percentile: number, options: { every?: number } = {}): Regulariser =>
  clipping('clipSmallNorm', percentile, options, ({ pixels }, image, plane, channels) => {
    const norms = new Float32Array(plane)
    for (let c = 0; c < channels; c++)
      for (let i = 0, at = (image * channels + c) * plane; i < plane; i++, at++)
        norms[i]! += pixels[at]! ** 2
    return norms
  })

/**
 * Clips pixels of small contribution: after a step, those become the mean colour whose contribution |Σ_c x·g| to
 * the objective, to first order, is below a percentile of all (Yosinski et al. 2015). Lectures call it clipping
 * pixels of small gradient; it is the gradient times the pixel.
 *
 * @param percentile From 0 to 100. Yosinski et al. take 90.
 * @param options.every Default 1.
 * @throws RangeError for any other percentile, and for a number of steps that there cannot be.
 * @example await optimise(net, { of: classScore('wolf'), regularisers: [clipSmallContribution(90)] })
 */
export const clipSmallContribution = (
  percentile: number,
  options: { every?: number } = {},
): Regulariser =>
  clipping(
    'clipSmallContribution',
    percentile,
    options,
    ({ pixels, gradient }, image, plane, channels) => {
      const sums = new Float32Array(plane)
      for (let c = 0; c < channels; c++)
        for (let i = 0, at = (image * channels + c) * plane; i < plane; i++, at++)
          sums[i]! += pixels[at]! * gradient[at]!
      return sums.map(Math.abs)
    },
  )

function clipping(
  name: string,
  percentile: number,
  { every = 1 }: { every?: number },
  measure: (stepped: Stepped, image: number, plane: number, channels: number) => Float32Array,
): Regulariser {
  if (!(percentile >= 0 && percentile <= 100))
    throw new RangeError(`a percentile lies from 0 to 100, not ${percentile}`)
  checkEvery(every)
  return {
    key: `${name}()`,
    code: `${name}(${percentile}${every === 1 ? '' : `, { every: ${every} }`})`,
    every,
    apply(stepped) {
      const [images, channels, height, width] = stepped.shape
      const plane = height * width
      for (let image = 0; image < images; image++) {
        const sizes = measure(stepped, image, plane, channels)
        const bound = percentileOf(sizes, percentile)
        for (let i = 0; i < plane; i++)
          if (sizes[i]! < bound)
            for (let c = 0; c < channels; c++)
              stepped.pixels[(image * channels + c) * plane + i] = 0
      }
    },
  }
}

/** As NumPy has it, linear between two. */
function percentileOf(values: Float32Array, percentile: number): number {
  const sorted = Float32Array.from(values).sort()
  const at = (percentile / 100) * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(sorted.length - 1, below + 1)
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!)
}
