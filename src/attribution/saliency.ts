import { heatMap } from '../figures/heatmap.js'
import { gradientPercentile } from '../figures/range.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part } from './batch.js'
import { type Channels, checkChannels, reduceChannels, reductionLabel } from './channels.js'
import { type Explained, type Input, question } from './question.js'

export interface SaliencyOptions {
  /** How the signal passes rectifiers: 'plain' (default, the gradient), 'guided' or 'deconvnet'. */
  rule?: ReluRule
  /**
   * One number per pixel: 'max', the largest magnitude of the three channels (default; Simonyan et al.
   * 2014); 'sum', the sum of their magnitudes; or 'signed', the sum with its signs.
   */
  channels?: Channels
}

/**
 * Saliency: how strongly each pixel acts on a class score. M = max over channels of |∂S_c / ∂I|.
 *
 * Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks (2014).
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @param options `target`: a class, or `of`: any objective; and {@link SaliencyOptions}.
 * @returns [N, H, W], in score per unit of normalised pixel; ≥ 0 but for 'signed' channels.
 * @throws RangeError for an unknown class or layer, naming the nearest, for pixels that are not finite, and
 *   for a reduction of the channels or a rule that there is not.
 * @example await saliency(net, photo, { target: 'wolf' })
 */
export async function saliency(
  net: Network,
  input: Input,
  options: Explained & SaliencyOptions,
): Promise<Result> {
  const { rule = 'plain', channels = 'max' } = options
  const { pixels, of, name, parameters } = question(net, input, options)
  checkChannels(channels)
  const map = reduceChannels(await net.gradient(pixels, { of, rule }), channels)
  const [count, height, width] = map.shape as [number, number, number]
  const origin = provenance(net, 'saliency', pixels, { ...parameters, rule, channels })
  return new Result(map, origin, () =>
    eachImage(count, (i) =>
      heatMap({
        data: part(map, i),
        width,
        height,
        title: `${titles[rule]}: ${name(i)}`,
        label: reductionLabel(channels, rule === 'plain' ? 'gradient' : 'signal'),
        colors: channels === 'signed' ? 'diverging' : 'sequential',
        percentile: gradientPercentile,
      }),
    ),
  )
}

const titles: Record<ReluRule, string> = {
  plain: 'Saliency',
  guided: 'Guided saliency',
  deconvnet: 'DeconvNet saliency',
}
