import type { Tensor } from '../engine/tensor.js'
import { heatMap } from '../figures/heatmap.js'
import { gradientPercentile } from '../figures/range.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part } from './batch.js'
import { type Explained, type Input, question } from './question.js'

export interface SaliencyOptions {
  /** How the signal passes rectifiers: 'plain' (default, the gradient), 'guided' or 'deconvnet'. */
  rule?: ReluRule
  /**
   * One number per pixel: 'max', the largest magnitude of the three channels (default; Simonyan et al.
   * 2014), or 'sum', the sum of their magnitudes.
   */
  channels?: 'max' | 'sum'
}

/**
 * Saliency: how strongly each pixel acts on a class score. M = max over channels of |∂S_c / ∂I|.
 *
 * Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks (2014).
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @param options `target`: a class, or `of`: any objective; and {@link SaliencyOptions}.
 * @returns [N, H, W], in score per unit of normalised pixel, ≥ 0.
 * @throws RangeError for an unknown class or layer, naming the nearest, and for pixels that are not finite.
 * @example await saliency(net, photo, { target: 'wolf' })
 */
export async function saliency(
  net: Network,
  input: Input,
  options: Explained & SaliencyOptions,
): Promise<Result> {
  const { rule = 'plain', channels = 'max' } = options
  const { pixels, of, name, parameters } = question(net, input, options)
  const map = magnitude(await net.gradient(pixels, { of, rule }), channels)
  const [count, height, width] = map.shape as [number, number, number]
  const origin = provenance(net, 'saliency', pixels, { ...parameters, rule, channels })
  return new Result(map, origin, () =>
    eachImage(count, (i) =>
      heatMap({
        data: part(map, i),
        width,
        height,
        title: `${titles[rule]}: ${name(i)}`,
        label: `${channels === 'max' ? 'max' : 'Σ'} |${rule === 'plain' ? 'gradient' : 'signal'}|`,
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

/** [N, C, H, W] → [N, H, W] */
function magnitude({ data, shape }: Tensor, channels: 'max' | 'sum'): Tensor {
  const [count, depth, height, width] = shape as [number, number, number, number]
  const plane = height * width
  const map = new Float32Array(count * plane)
  for (let n = 0; n < count; n++)
    for (let c = 0; c < depth; c++)
      for (let i = 0; i < plane; i++) {
        const value = Math.abs(data[(n * depth + c) * plane + i]!)
        const at = n * plane + i
        map[at] = channels === 'max' ? Math.max(map[at]!, value) : map[at]! + value
      }
  return { data: map, shape: [count, height, width] }
}
