import { heatMap } from '../figures/heatmap.js'
import { gradientPercentile } from '../figures/range.js'
import { formatNumber } from '../figures/ticks.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { type Baseline, baselineName, baselineParameter, baselinePixels } from './baseline.js'
import { eachImage, part } from './batch.js'
import { reduceChannels } from './channels.js'
import { type Quadrature, quadrature } from './quadrature.js'
import { type Explained, type Input, question } from './question.js'
import { type BatchOptions, checkImages, runVariants } from './variants.js'

export interface IntegratedGradientsOptions extends BatchOptions {
  /** How many gradients along the path. Default 50. */
  steps?: number
  /** How they make an integral: one of Captum's rules. Default 'gausslegendre'. */
  method?: Quadrature
  /** Where the path begins. Default 0, as in Captum; the paper takes 'black'. */
  baseline?: Baseline
}

/** The attributions [N, C, H, W], and how nearly they are complete. */
export class IntegratedGradients extends Result {
  constructor(
    /** What the attributions of each image ought to add up to: the score less that of the baseline. */
    readonly difference: readonly number[],
    /** What they add up to, less what they ought to, for each image: Captum's `convergence_delta`. */
    readonly convergenceDelta: readonly number[],
    ...[attributions, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(attributions, origin, draw)
  }
}

/**
 * Integrated gradients: what each pixel adds to the score on the straight way from a baseline x′ to the
 * image x.
 *
 *     IG_i = (x_i − x′_i) · ∫₀¹ ∂S(x′ + α (x − x′)) / ∂x_i dα
 *
 * Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks (2017). The attributions are *complete*:
 * they add up to S(x) − S(x′). How far the sum is off, as the integral is one of finitely many steps, stands
 * in the result and below its figure. Pixels that equal the baseline get 0, whatever they show.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param options `target`: a class, or `of`: any objective; and {@link IntegratedGradientsOptions}.
 * @returns [N, C, H, W], signed, in units of the score. The figure shows the sum over the channels.
 * @throws RangeError for an unknown class or layer, naming the nearest, for pixels that are not finite, and
 *   for steps, method, baseline or batch that there cannot be; AbortError at an interrupt.
 * @example
 *   const map = await integratedGradients(net, photo, { target: 'wolf', baseline: 'black' })
 *   map.convergenceDelta // [-0.002]
 */
export async function integratedGradients(
  net: Network,
  input: Input,
  options: Explained & IntegratedGradientsOptions,
): Promise<IntegratedGradients> {
  const { steps = 50, method = 'gausslegendre', baseline = 0, batch } = options
  const rule = quadrature(method, steps)
  const asked = question(net, input, options)
  const { of, name, parameters } = asked
  const pixels = checkImages(net, asked.pixels)
  const start = baselinePixels(net, pixels, baseline)
  const way = Float32Array.from(pixels.data, (value, i) => value - start.data[i]!)

  // Both ends besides, which weigh nothing: their scores tell whether the attributions are complete.
  const path = [{ at: 0, weight: 0 }, ...rule, { at: 1, weight: 0 }]
  const images = pixels.shape[0]!
  const size = pixels.data.length / images
  const integral = new Float64Array(pixels.data.length)
  const scores: number[] = []
  const variants = runVariants(net, {
    pixels,
    of,
    count: path.length,
    batch,
    wrt: ['input'],
    label: 'Integrated gradients',
    unit: 'steps',
    write(into, image, index) {
      const { at } = path[index]!
      const from = image * size
      for (let i = 0; i < size; i++) into[i] = start.data[from + i]! + at * way[from + i]!
    },
  })
  for await (const { image, index, value, gradients } of variants) {
    scores.push(value)
    const { weight } = path[index]!
    if (weight === 0) continue
    const gradient = gradients.input!
    for (let i = 0; i < size; i++) integral[image * size + i]! += weight * gradient[i]!
  }

  const attributions = {
    data: Float32Array.from(way, (value, i) => value * integral[i]!),
    shape: pixels.shape,
  }
  const map = reduceChannels(attributions, 'signed')
  const difference = Array.from(
    { length: images },
    (_, i) => scores[(i + 1) * path.length - 1]! - scores[i * path.length]!,
  )
  const sums = difference.map((_, i) =>
    part(attributions, i).reduce((sum, value) => sum + value, 0),
  )
  const delta = sums.map((sum, i) => sum - difference[i]!)
  const origin = provenance(net, 'integratedGradients', pixels, {
    ...parameters,
    steps,
    method,
    baseline: baselineParameter(baseline, start),
  })
  return new IntegratedGradients(difference, delta, attributions, origin, () =>
    eachImage(images, (i) =>
      heatMap({
        data: part(map, i),
        width: pixels.shape[3]!,
        height: pixels.shape[2]!,
        title: `Integrated gradients: ${name(i)}`,
        label: 'Σ over channels of (x − x′) ∫ gradient',
        colors: 'diverging',
        percentile: gradientPercentile,
        caption:
          `${steps} ${steps === 1 ? 'step' : 'steps'} from the baseline: ${baselineName(baseline)}.\n` +
          completeness(sums[i]!, difference[i]!),
      }),
    ),
  )
}

/** Beyond this share of the difference the paper calls for more steps. */
const tolerance = 0.05

function completeness(sum: number, difference: number): string {
  const off = Math.abs(sum - difference) / Math.abs(difference)
  const share = off < 0.001 ? 'less than 0.1 %' : `${formatNumber(100 * off)} %`
  return (
    `All add up to ${formatNumber(sum)}; score less that of the baseline: ${formatNumber(difference)}` +
    (Number.isFinite(off) ? `, ${share} off.` : '.') +
    (off > tolerance ? ' More steps bring them closer.' : '')
  )
}
