/** What attribution methods are asked: about which images, and what to explain. */
import type { Tensor } from '../engine/tensor.js'
import { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import type { Objective } from '../objectives/objective.js'
import { classScore, type Target } from '../objectives/scores.js'

/** An image, or several as normalised pixels [N, 3, H, W]. */
export type Input = Image | Tensor

/** What to explain: a class, or any other scalar. */
export type Explained =
  | {
      /** The class whose score to explain: index or name, or one for each image. */
      target: Target
      of?: undefined
    }
  | {
      /** Anything else to explain: a neuron, a channel, a difference of class scores, … */
      of: Objective
      target?: undefined
    }

/** What a method computes with, and what it says about it. */
export interface Question {
  /** Normalised pixels, [N, 3, H, W]. */
  pixels: Tensor
  /** What to differentiate. */
  of: Objective
  /** For titles: what is explained about one image of the batch. */
  name: (image: number) => string
  /** For provenance. */
  parameters: Record<string, unknown>
}

/**
 * Checks and completes what a method was given.
 *
 * @throws RangeError for an unknown class, naming the nearest, and for pixels that are not finite.
 */
export function question(net: Network, input: Input, { target, of }: Explained): Question {
  if ((target === undefined) === (of === undefined))
    throw new TypeError('say what to explain: either a class as `target` or an objective as `of`')
  const objective = of ?? classScore(target)
  return {
    pixels: pixelsOf(net, input),
    of: objective,
    name: (image) => objective.describe(net, image),
    parameters: of ? { of: of.toString() } : { target: indices(net, target) },
  }
}

/**
 * The network's input. Pixels that are not finite are refused here, because a rectifier may turn them
 * into ordinary numbers, and nobody would notice.
 */
export function pixelsOf(net: Network, input: Input): Tensor {
  const pixels = input instanceof Image ? net.preprocess(input) : input
  const wrong = pixels.data.findIndex((value) => !Number.isFinite(value))
  if (wrong < 0) return pixels
  throw new RangeError(
    `pixels are finite numbers, but number ${wrong} of the input's ${pixels.data.length} is ${pixels.data[wrong]}`,
  )
}

const indices = (net: Network, target: Target): number | number[] =>
  typeof target === 'object' ? target.map((one) => net.classIndex(one)) : net.classIndex(target)
