/** A dense array of numbers: row-major, images and feature maps as NCHW. */
export interface Tensor {
  data: Float32Array
  shape: number[]
}

/** The number of elements in a shape. The empty shape is a scalar and has one. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/**
 * Makes a tensor and checks that data and shape belong together.
 *
 * @example tensor([1, 2, 3, 4], [2, 2])
 * @throws RangeError when the shape does not hold as many elements as there are data.
 */
export function tensor(data: Float32Array | readonly number[], shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== data.length)
    throw new RangeError(
      `a tensor of shape [${shape.join(', ')}] holds ${sizeOf(shape)} numbers, but ${data.length} were given`,
    )
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), shape: [...shape] }
}

/** Batches of tensors of one shape, one after the other along the first axis. */
export function joined(batches: readonly Tensor[]): Tensor {
  const data = new Float32Array(batches.reduce((sum, one) => sum + one.data.length, 0))
  let at = 0
  for (const one of batches) {
    data.set(one.data, at)
    at += one.data.length
  }
  const images = batches.reduce((sum, { shape }) => sum + shape[0]!, 0)
  return { data, shape: [images, ...batches[0]!.shape.slice(1)] }
}
