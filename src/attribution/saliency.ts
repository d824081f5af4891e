import type { Tensor } from '../engine/tensor.js'
import { heatMap } from '../figures/heatmap.js'
import { gradientPercentile } from '../figures/range.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Network } from '../network/network.js'
import { classProbability, classScore, type Target } from '../objectives/objective.js'
import { provenance, Result } from '../result.js'
import { eachImage, type Input, part, targetIndices, targetName } from './input.js'

export interface SaliencyOptions {
  /** The class to explain: index or name, or one for each image. */
  target: Target
  /** How the signal passes rectifiers. Default `plain`: the gradient. */
  rule?: ReluRule
  /**
   * One number per pixel: the largest magnitude of the three channels (Simonyan et al. 2014), or the sum
   * of their magnitudes. Default `max`.
   */
  channels?: 'max' | 'sum'
  /**
   * Explain the score before softmax, or the probability after it. The probability's gradient may point
   * at other classes: it also rises where they fall. Default `score`.
   */
  of?: 'score' | 'probability'
}

/**
 * Saliency: how strongly each pixel acts on a class score. M = max over channels of |∂S_c / ∂I|.
 *
 * Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks (2014).
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @returns [N, H, W], in score per unit of normalised pixel, ≥ 0.
 * @throws RangeError for an unknown class, naming the nearest.
 * @example await saliency(net, photo, { target: 'wolf' })
 */
export async function saliency(
  net: Network,
  input: Input,
  { target, rule = 'plain', channels = 'max', of = 'score' }: SaliencyOptions,
): Promise<Result> {
  const objective = of === 'score' ? classScore(target) : classProbability(target)
  const gradient = await net.gradient(input, { of: objective, rule })
  const map = magnitude(gradient, channels)
  const [count, height, width] = map.shape as [number, number, number]
  const parameters = { target: targetIndices(net, target), rule, channels, of }
  return new Result(map, provenance(net, 'saliency', parameters), () =>
    eachImage(count, (i) =>
      heatMap({
        data: part(map, i),
        width,
        height,
        title: `Saliency of '${targetName(net, target, i)}'`,
        label: `${channels === 'max' ? 'max' : 'Σ'} |∂ ${of} / ∂ pixel|`,
        percentile: gradientPercentile,
      }),
    ),
  )
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
