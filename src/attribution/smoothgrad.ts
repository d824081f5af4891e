import type { Tensor } from '../engine/tensor.js'
import { heatMap } from '../figures/heatmap.js'
import { gradientPercentile } from '../figures/range.js'
import { defaultSeed, mixSeeds, Random } from '../image/random.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part } from './batch.js'
import { type Channels, checkChannels, reduceChannels, reductionLabel } from './channels.js'
import { type Explained, type Input, question } from './question.js'
import { type BatchOptions, checkImages, runVariants } from './variants.js'

const statistics = {
  mean: { title: 'SmoothGrad', quantity: 'mean gradient' },
  squares: { title: 'SmoothGrad-squared', quantity: 'mean gradient²' },
  variance: { title: 'VarGrad', quantity: 'variance of the gradient' },
} as const

export interface SmoothGradOptions extends BatchOptions {
  /** How many noisy copies. Default 50; the paper finds little gain beyond. */
  samples?: number
  /**
   * Standard deviation of the noise, as a share of the range (largest − least) of the image's normalised
   * pixels. Default 0.1; the paper takes 0.1 to 0.2. More than the network stands blurs the map: of a photo
   * of a dog, SqueezeNet's is 2.7 times a uniform one on the dog at 0.1, but 1.7 times at 0.15, less than the
   * gradient's 2.0. Captum's `stdevs` is the deviation itself.
   */
  noise?: number
  /**
   * What is taken of the gradients: their 'mean' (default); the mean of their 'squares', SmoothGrad-squared
   * (Hooker et al. 2019); or their 'variance', VarGrad (Adebayo et al. 2018).
   */
  statistic?: keyof typeof statistics
  /** How the signal passes rectifiers. Default 'plain', the gradient. */
  rule?: ReluRule
  /** How the figure makes one number of a pixel's channels. Default 'max', as {@link saliency} does. */
  channels?: Channels
  /** Which noise. Default: that of `%seed`, or 0. */
  seed?: number
}

/**
 * SmoothGrad: the mean of the gradients of many noisy copies of the image.
 *
 *     M(x) = 1/n Σ ∂S_c(x + ε) / ∂x,   ε ~ N(0, σ²),   σ = noise · (max x − min x)
 *
 * Smilkov, Thorat, Kim, Viégas, Wattenberg: SmoothGrad: removing noise by adding noise (2017). Copy k of
 * image i has the noise of (seed, i, k), so that more samples go on where fewer ended, whatever the batch.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param options `target`: a class, or `of`: any objective; and {@link SmoothGradOptions}.
 * @returns [N, C, H, W], signed for 'mean', ≥ 0 for 'squares' and 'variance'. The figure shows one number
 *   for each pixel.
 * @throws RangeError for an unknown class or layer, naming the nearest, for pixels that are not finite, and
 *   for options that there cannot be; AbortError at an interrupt.
 * @example await smoothGrad(net, photo, { target: 'wolf', samples: 25, noise: 0.2, seed: 7 })
 */
export async function smoothGrad(
  net: Network,
  input: Input,
  options: Explained & SmoothGradOptions,
): Promise<Result> {
  const { samples = 50, noise = 0.1, statistic = 'mean', batch } = options
  const { rule = 'plain', channels = 'max', seed = defaultSeed() } = options
  checkChannels(channels)
  check(samples, noise, statistic)
  const asked = question(net, input, options)
  const { of, name, parameters } = asked
  const pixels = checkImages(net, asked.pixels)
  const images = pixels.shape[0]!
  const size = pixels.data.length / images
  const deviations = Array.from({ length: images }, (_, i) => noise * rangeOf(part(pixels, i)))

  const sums = new Float64Array(pixels.data.length)
  const squares = new Float64Array(pixels.data.length)
  const variants = runVariants(net, {
    pixels,
    of,
    rule,
    count: samples,
    batch,
    wrt: ['input'],
    label: statistics[statistic].title,
    unit: 'samples',
    write(into, image, index) {
      const random = new Random(mixSeeds(seed, image, index))
      const from = part(pixels, image)
      for (let i = 0; i < size; i++) into[i] = from[i]! + random.normal(0, deviations[image])
    },
  })
  for await (const { image, gradients } of variants) {
    const gradient = gradients.input!
    for (let i = 0, at = image * size; i < size; i++, at++) {
      sums[at]! += gradient[i]!
      squares[at]! += gradient[i]! ** 2
    }
  }
  const statisticAt = {
    mean: (i: number) => sums[i]! / samples,
    squares: (i: number) => squares[i]! / samples,
    // Rounding may leave less than nothing.
    variance: (i: number) => Math.max(0, squares[i]! / samples - (sums[i]! / samples) ** 2),
  }[statistic]
  const found: Tensor = {
    data: Float32Array.from({ length: sums.length }, (_, i) => statisticAt(i)),
    shape: pixels.shape,
  }
  const map = reduceChannels(found, channels)
  const [, height, width] = map.shape as [number, number, number]
  const { title, quantity } = statistics[statistic]
  const told = { samples, noise, statistic, rule, channels, seed }
  const origin = provenance(net, 'smoothGrad', pixels, { ...parameters, ...told })
  return new Result(found, origin, () =>
    eachImage(images, (i) =>
      heatMap({
        data: part(map, i),
        width,
        height,
        title: `${title}: ${name(i)}`,
        label: reductionLabel(channels, quantity),
        colors: channels === 'signed' && statistic === 'mean' ? 'diverging' : 'sequential',
        percentile: gradientPercentile,
        caption: `${samples} noisy copies, σ ${Math.round(1000 * noise) / 10} % of the image's range, seed ${seed}.`,
      }),
    ),
  )
}

function check(samples: number, noise: number, statistic: string): void {
  if (!(Number.isInteger(samples) && samples > 0))
    throw new RangeError(`SmoothGrad takes 1 noisy copy or more, a whole number, not ${samples}`)
  if (!(noise >= 0 && Number.isFinite(noise)))
    throw new RangeError(`the noise is a share of the image's range, 0 or more, not ${noise}`)
  if (!Object.hasOwn(statistics, statistic)) {
    const known = Object.keys(statistics).join("', '")
    throw new RangeError(`of the gradients '${known}' is taken, not '${statistic}'`)
  }
}

function rangeOf(values: Float32Array): number {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return high - low
}
