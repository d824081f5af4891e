/** Normalisation layers, of which each is a scale and a shift. */
import { axisOf } from '../../network/shapes.js'
import type { Operator } from './operator.js'
import { sliced } from './slicing.js'
import { type Tensor, tf } from './tf.js'

/** A number for each channel in the rank of x, whose second axis they are. */
const perChannel = (values: Tensor, x: Tensor): Tensor =>
  tf.reshape(
    values,
    x.shape.map((_, axis) => (axis === 1 ? -1 : 1)),
  )

/** γ · (x − μ) / √(σ² + ε) + β with the statistics of the training set. */
export const BatchNormalization: Operator = (call, x, gamma, beta, mean, variance) => {
  const scale = tf.div(gamma, tf.sqrt(tf.add(variance, call.number('epsilon', 1e-5))))
  const shift = tf.sub(beta, tf.mul(mean, scale))
  return tf.add(tf.mul(x, perChannel(scale, x)), perChannel(shift, x))
}

/** Mean 0 and variance 1 over these axes; the mean, and 1 / deviation. */
function standardised(x: Tensor, axes: number[], epsilon: number): [Tensor, Tensor, Tensor] {
  const mean = tf.mean(x, axes, true)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.square(centred), axes, true)
  const inverse = tf.rsqrt(tf.add(variance, epsilon))
  return [tf.mul(centred, inverse), mean, inverse]
}

/** Each channel of each image by itself (Ulyanov et al. 2016). */
export const InstanceNormalization: Operator = (call, x, gamma, beta) => {
  const axes = [...x.shape.keys()].slice(2)
  const [y] = standardised(x, axes, call.number('epsilon', 1e-5))
  return tf.add(tf.mul(y, perChannel(gamma, x)), perChannel(beta, x))
}

/** Each position by itself, over the axes from `axis` on (Ba et al. 2016). */
export const LayerNormalization: Operator = (call, x, gamma, beta?) => {
  const axis = axisOf(call.number('axis', -1), x.rank)
  const axes = [...x.shape.keys()].slice(axis)
  const [y, mean, inverse] = standardised(x, axes, call.number('epsilon', 1e-5))
  const scaled = tf.mul(y, gamma)
  return [beta ? tf.add(scaled, beta) : scaled, mean, inverse]
}

/**
 * Local response normalisation (Krizhevsky et al. 2012): x / (k + α/n · Σ x²)ᵝ, the sum over n neighbouring
 * channels.
 */
export const LRN: Operator = (call, x) => {
  const size = call.number('size', 1)
  const channels = x.shape[1]!
  const before = Math.floor((size - 1) / 2)
  const pads = x.shape.map((_, axis): [number, number] =>
    axis === 1 ? [before, size - 1 - before] : [0, 0],
  )
  const squares = tf.pad(tf.square(x), pads)
  const neighbours = Array.from({ length: size }, (_, i) => sliced(squares, 1, i, channels))
  const share = tf.mul(tf.addN(neighbours), call.number('alpha', 1e-4) / size)
  const base = tf.add(share, call.number('bias', 1))
  return tf.div(x, tf.pow(base, call.number('beta', 0.75)))
}
