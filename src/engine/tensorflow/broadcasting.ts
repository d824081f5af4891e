import { type Tensor, tf } from './tf.js'

/** A tensor broadcast to a shape. Arithmetic does it at once; tf's own way is to tile, which is slow. */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  if (x.shape.join() === shape.join()) return x
  const zeros = tf.zeros([...shape], x.dtype)
  return x.dtype === 'bool' ? tf.logicalOr(x, zeros) : tf.add(x, zeros)
}
