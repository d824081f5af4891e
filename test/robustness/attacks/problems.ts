/** Problems whose attacks can be worked out by hand, or that PyTorch has worked out. */
import type { Tensor } from '../../../src/engine/tensor.js'
import type { Engine } from '../../../src/engine/engine.js'
import { Image } from '../../../src/image/image.js'
import { Random } from '../../../src/image/random.js'
import type { Network } from '../../../src/network/network.js'
import { pixelModel } from '../../../src/robustness/attacks/pixel-model.js'
import { type Goal, PIXELS, type Problem } from '../../../src/robustness/attacks/problem.js'
import { toyNetwork, weightOf } from '../../toys.js'

/** Where pixels are any numbers, as in formulas. */
export const UNBOUNDED = [-Infinity, Infinity] as const

export const problem = (
  net: Network,
  original: Tensor,
  goal: Goal,
  bounds: Problem['bounds'] = PIXELS,
): Problem => ({ model: pixelModel(net), original, goal, bounds })

/** Scores W x + b of normalised pixels, with a preprocessing that is not the identity. */
export const linearNetwork = (engine: Engine, classes = 3): Promise<Network> =>
  toyNetwork([3, 6, 5], (toy, input) => toy.linear('fc', toy.flatten('flatten', input), classes), {
    engine,
    preprocessing: { size: [6, 5], mean: [0.5, 0.4, 0.3], std: [0.25, 0.5, 0.2] },
  })

/** ∂(S_a − S_b) / ∂pixels of {@link linearNetwork}: weights divided by the deviations. */
export function slope(net: Network, a: number, b: number): Float32Array {
  const weights = weightOf(net, 'fc.weight')
  const size = 90
  return Float32Array.from(
    { length: size },
    (_, p) =>
      (weights[a * size + p]! - weights[b * size + p]!) /
      net.preprocessing.std[Math.floor(p / 30)]!,
  )
}

/** Pixels in the middle of the range, where small changes are not cut off; whole levels of 8 bits. */
export const middling = (images = 1, seed = 5): Tensor => {
  const random = new Random(seed)
  const data = Float32Array.from({ length: 90 * images }, () => (90 + random.integer(70)) / 255)
  return { data, shape: [images, 3, 6, 5] }
}

export const asImage = ({ data }: Tensor, width = 5, height = 6): Image =>
  new Image(width, height, data)
