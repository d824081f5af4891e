/** Indices of elements. */
import { type Tensor, tf } from './tf.js'

/** Indices with those that count from the end made positive. */
export const fromEnd = (indices: Tensor, size: number): Tensor =>
  tf.where(
    tf.less(indices, tf.scalar(0, 'int32')),
    tf.add(indices, tf.scalar(size, 'int32')),
    indices,
  )

/** Indices along one axis as places in the tensor, row by row. */
export function flatIndices(indices: Tensor, shape: number[], axis: number): Tensor {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1))
  const along = tf.mul(fromEnd(indices, shape[axis]!), tf.scalar(strides[axis]!, 'int32'))
  const places = shape.reduce<Tensor>((sum, _, i) => {
    if (i === axis || indices.shape[i] === 1) return sum
    const own = tf.range(0, indices.shape[i]! * strides[i]!, strides[i], 'int32')
    return tf.add(sum, tf.reshape(own, [-1, ...new Array<number>(shape.length - i - 1).fill(1)]))
  }, along)
  return tf.reshape(places, [-1])
}
