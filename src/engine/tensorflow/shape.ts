/** Shapes and constants as values. */
import type { TypedTensor } from '../../network/graph.js'
import { tfTypes } from './element-types.js'
import type { Operator } from './operator.js'
import { tensorOf } from './tensors.js'
import { tf } from './tf.js'

export const Shape: Operator = (call, x) =>
  tf.tensor1d(x.shape.slice(call.number('start', 0), call.number('end', x.rank)), 'int32')

export const Size: Operator = (_, x) => tf.scalar(x.size, 'int32')

export const Constant: Operator = (call) => tensorOf(call.node.attributes.value as TypedTensor)

export const ConstantOfShape: Operator = (call) => {
  const value = call.node.attributes.value as TypedTensor | undefined
  const shape = call.required(0)
  if (!value) return tf.zeros(shape)
  return tf.fill(shape, Number(value.data[0]), tfTypes[value.type])
}
