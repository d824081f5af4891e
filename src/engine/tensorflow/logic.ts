/** Comparisons, truth values, choices, and conversions between types of number. */
import { axisOf, broadcast } from '../../network/shapes.js'
import { broadcastTo } from './broadcasting.js'
import { elementTypeOf, tfTypes } from './element-types.js'
import { fromEnd } from './indices.js'
import type { Operator } from './operator.js'
import { type Tensor, tf } from './tf.js'

export const Cast: Operator = (call, x) => {
  const code = call.number('to', 0)
  const type = elementTypeOf(code)
  if (!type) throw call.error(`elements of type ${code} are not supported`)
  const target = tfTypes[type]
  if (target !== 'bool' || x.dtype === 'bool') return tf.cast(x, target)
  return tf.notEqual(x, tf.zeros([], x.dtype)) // WASM's own cast takes a half for false
}

const comparison =
  (compare: (x: Tensor, y: Tensor) => Tensor): Operator =>
  (_, x, y) =>
    compare(comparable(x), comparable(y))

const comparable = (x: Tensor): Tensor => (x.dtype === 'bool' ? tf.cast(x, 'int32') : x)

export const Equal = comparison((x, y) => tf.equal(x, y))
export const Greater = comparison((x, y) => tf.greater(x, y))
export const GreaterOrEqual = comparison((x, y) => tf.greaterEqual(x, y))
export const Less = comparison((x, y) => tf.less(x, y))
export const LessOrEqual = comparison((x, y) => tf.lessEqual(x, y))

export const And: Operator = (_, x, y) => tf.logicalAnd(x, y)
export const Or: Operator = (_, x, y) => tf.logicalOr(x, y)
export const Xor: Operator = (_, x, y) => tf.logicalXor(x, y)
export const Not: Operator = (_, x) => tf.logicalNot(x)

export const Where: Operator = ({ node }, condition, x, y) => {
  const shape = broadcast(broadcast(condition.shape, x.shape, node), y.shape, node).map(Number)
  return tf.where(broadcastTo(condition, shape), broadcastTo(x, shape), broadcastTo(y, shape))
}

/** Along a new axis, the second of two values at the index and the first elsewhere. */
export const OneHot: Operator = (call, indices, _, values) => {
  const [depth] = call.required(1) as [number]
  const index = tf.expandDims(fromEnd(tf.cast(indices, 'int32'), depth), -1)
  const hot = tf.cast(tf.equal(index, tf.range(0, depth, 1, 'int32')), 'int32') // tf's own refuses a depth of 1
  const axis = axisOf(call.number('axis', -1), hot.rank)
  const order = [...hot.shape.keys()].slice(0, -1)
  order.splice(axis, 0, hot.rank - 1)
  const placed = tf.transpose(hot, order)
  return tf.reshape(tf.gather(values, tf.reshape(placed, [-1])), placed.shape)
}
