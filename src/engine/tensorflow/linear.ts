/** Matrix products. */
import type { Operator } from './operator.js'
import { tf } from './tf.js'

/** α · A' · B' + β · C */
export const Gemm: Operator = (call, a, b, c?) => {
  const product = tf.matMul(a, b, call.number('transA', 0) === 1, call.number('transB', 0) === 1)
  const alpha = call.number('alpha', 1)
  const beta = call.number('beta', 1)
  const scaled = alpha === 1 ? product : tf.mul(product, alpha)
  if (!c || beta === 0) return scaled
  return tf.add(scaled, beta === 1 ? c : tf.mul(c, beta))
}

/** A vector on the left is a row, on the right a column; the axis it got is dropped again. */
export const MatMul: Operator = (_, a, b) => {
  const row = a.rank === 1
  const column = b.rank === 1
  const product = tf.matMul(row ? tf.expandDims(a, 0) : a, column ? tf.expandDims(b, 1) : b)
  const { rank } = product
  const dropped = [...(row ? [rank - 2] : []), ...(column ? [rank - 1] : [])]
  return dropped.length > 0 ? tf.squeeze(product, dropped) : product
}
