/** What attribution methods take and how they show it. */
import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { row } from '../figures/row.js'
import { Image } from '../image/image.js'
import { unnormalise } from '../image/preprocessing.js'
import type { Network } from '../network/network.js'
import type { Target } from '../objectives/objective.js'

/** An image, or several as normalised pixels [N, 3, H, W]. */
export type Input = Image | Tensor

/** The pictures of an input, as the network sees them. */
export function pictures(net: Network, input: Input): Image[] {
  if (input instanceof Image) return [net.view(input)]
  const [count = 0, ...shape] = input.shape
  const size = input.data.length / count
  return Array.from({ length: count }, (_, i) =>
    unnormalise({ data: input.data.subarray(i * size, (i + 1) * size), shape }, net.preprocessing),
  )
}

/** One figure for each image; several side by side. */
export function eachImage(count: number, draw: (i: number) => Figure): Figure {
  return count === 1 ? draw(0) : row(Array.from({ length: count }, (_, i) => draw(i)))
}

/** The part of a batch that belongs to one image. */
export function part({ data, shape }: Tensor, i: number): Float32Array {
  const size = data.length / shape[0]!
  return data.subarray(i * size, (i + 1) * size)
}

/** The name of what is explained, for titles: of one image of a batch. */
export function targetName(net: Network, target: Target, i: number): string {
  const one = typeof target === 'object' ? target[i]! : target
  return net.className(net.classIndex(one))
}

/** The targets as indices, for provenance. */
export function targetIndices(net: Network, target: Target): number | number[] {
  return typeof target === 'object'
    ? target.map((one) => net.classIndex(one))
    : net.classIndex(target)
}
