import type { Network } from '../network/network.js'
import type { Result } from '../result.js'
import { pixelGradient } from './pixel-gradient.js'
import type { Explained, Input } from './question.js'

/**
 * Guided backpropagation: the gradient by the pixels, where every rectifier lets back only what was
 * positive on the way forward and is positive on the way back. Rˡ = 1[fˡ > 0] · 1[Rˡ⁺¹ > 0] · Rˡ⁺¹
 *
 * Springenberg, Dosovitskiy, Brox, Riedmiller: Striving for Simplicity (2015). The rule applies to every
 * rectifier, ReLU6 included; Captum's applies to ReLU alone.
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @param explained `target`: a class; or `of`: any objective, such as a neuron.
 * @returns [N, 3, H, W], signed, in units of the gradient: score per unit of normalised pixel.
 * @throws RangeError for an unknown class or layer, naming the nearest, and for pixels that are not finite.
 * @example await guided(net, photo, { of: neuron('conv5', [17, 3, 3]) })
 */
export const guided = (net: Network, input: Input, explained: Explained): Promise<Result> =>
  pixelGradient(net, input, explained, {
    name: 'guided',
    title: 'Guided backprop',
    rule: 'guided',
  })
