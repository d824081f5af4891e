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
