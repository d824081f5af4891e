import type { Network } from '../network/network.js'
import type { Result } from '../result.js'
import { pixelGradient } from './pixel-gradient.js'
import type { Explained, Input } from './question.js'

/**
 * DeconvNet: the signal goes down through transposed filters and the switches of the poolings, and every
 * rectifier rectifies the signal itself. Rˡ = 1[Rˡ⁺¹ > 0] · Rˡ⁺¹
 *
 * Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2014). Of a class score this is
 * what Captum calls Deconvolution: the rectifier's rule alone, with a signal of 1. The paper's projection of
 * one unit, which begins with its activation, is {@link projectUnit}. Where pooling windows overlap, signals
 * that meet are added here.
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @param explained `target`: a class; or `of`: any objective, such as a neuron.
 * @returns [N, 3, H, W], signed.
 * @throws RangeError for an unknown class or layer, naming the nearest, and for pixels that are not finite.
 * @example await deconvnet(net, photo, { of: neuron('conv3', [15, 5, 5]) })
 */
export const deconvnet = (net: Network, input: Input, explained: Explained): Promise<Result> =>
  pixelGradient(net, input, explained, {
    name: 'deconvnet',
    title: 'DeconvNet',
    rule: 'deconvnet',
  })
