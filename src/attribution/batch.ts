/** The images of a batch, one by one. */
import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import { type Preprocessing, unnormalise } from '../image/preprocessing.js'

/** The part of a batch that belongs to one image. */
export function part({ data, shape }: Tensor, i: number): Float32Array {
  const size = data.length / shape[0]!
  return data.subarray(i * size, (i + 1) * size)
}

/** The pictures of a network's input [N, 3, H, W]. */
export const pictures = (input: Tensor, preprocessing: Preprocessing): Image[] =>
  Array.from({ length: input.shape[0]! }, (_, i) =>
    unnormalise({ data: part(input, i), shape: input.shape.slice(1) }, preprocessing),
  )

/** One figure for each image; several side by side. */
export const eachImage = (count: number, draw: (i: number) => Figure): Figure =>
  count === 1 ? draw(0) : row(Array.from({ length: count }, (_, i) => draw(i)))
