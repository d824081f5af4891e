import { findUnit, unit } from '../activations/address.js'
import type { Network } from '../network/network.js'
import type { Result } from '../result.js'
import { pixelGradient } from './pixel-gradient.js'
import type { Input } from './question.js'

/**
 * The gradient of any activation by the pixels, ∂A[c, y, x] / ∂I: which change of the image would excite a
 * unit more. Of a channel it is the gradient of its mean, of a whole layer that of ½‖A‖². It is 0 outside of
 * the unit's receptive field.
 *
 * Zeiler & Fergus (2014) and Springenberg et al. (2015) look at single units so; for their ways through the
 * rectifiers see {@link projectUnit}, and {@link guided} with `of: neuron(…)`.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param address `conv4:17@3,5` (channel @ row, column), `conv4:17`, or `conv4`.
 * @returns [N, C, H, W], signed.
 * @throws RangeError for an unknown layer, naming the nearest, for a unit that it does not have, and for
 *   pixels that are not finite.
 * @example await activationGradient(net, photo, 'conv4:17@3,5')
 */
export async function activationGradient(
  net: Network,
  input: Input,
  address: string,
): Promise<Result> {
  const of = unit(findUnit(net, address).address)
  const method = { name: 'activationGradient', title: 'Gradient', rule: 'plain' } as const
  return pixelGradient(net, input, { of }, method)
}
