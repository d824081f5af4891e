import type { Network } from '../network/network.js'
import type { Result } from '../result.js'
import type { Input } from './input.js'
import { pixelGradient, type PixelGradientOptions } from './pixel-gradient.js'

/**
 * Guided backpropagation: the gradient by the pixels, where every rectifier lets back only what was
 * positive on the way forward and is positive on the way back. Rˡ = 1[fˡ > 0] · 1[Rˡ⁺¹ > 0] · Rˡ⁺¹
 *
 * Springenberg, Dosovitskiy, Brox, Riedmiller: Striving for Simplicity (2015). The rule applies to every
 * rectifier, ReLU6 included.
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @param options `target`: a class; or `of`: any objective, such as a neuron.
 * @returns [N, 3, H, W], signed.
 * @throws RangeError for an unknown class or layer, naming the nearest.
 * @example await guided(net, photo, { of: neuron('conv5', [17, 3, 3]) })
 */
export const guided = (
  net: Network,
  input: Input,
  options: PixelGradientOptions,
): Promise<Result> =>
  pixelGradient(net, input, options, {
    name: 'guided',
    title: 'Guided backpropagation',
    rule: 'guided',
  })
