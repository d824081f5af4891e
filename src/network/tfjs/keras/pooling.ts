/** Keras' poolings. As in TensorFlow, a mean counts no padding. */
import type { Rule } from './call.js'

const pooling =
  (op: string): Rule =>
  (call, name) => {
    const { value, order } = call.image(name)
    const size = call.config.pair('pool_size', [2, 2])
    const strides = call.config.value('strides') === undefined ? size : undefined
    const attributes = call.windows(size, strides)
    return { value: call.node(name, op, [value], attributes), order }
  }

/** Over all positions: [N, C], or [N, 1, 1, C] where the axes are kept. */
const globalPooling =
  (op: string): Rule =>
  (call, name) => {
    const { b, config } = call
    const { value, order } = call.image(name)
    const kept = config.flag('keepdims', false)
    const pooled = call.node(name, op, [value, b.integers([2, 3])], { keepdims: kept ? 1 : 0 })
    return { value: pooled, order: kept ? order : [0, 1] }
  }

export const poolingRules: Record<string, Rule> = {
  MaxPooling2D: pooling('MaxPool'),
  MaxPool2D: pooling('MaxPool'),
  AveragePooling2D: pooling('AveragePool'),
  AvgPool2D: pooling('AveragePool'),
  GlobalAveragePooling2D: globalPooling('ReduceMean'),
  GlobalAvgPool2D: globalPooling('ReduceMean'),
  GlobalMaxPooling2D: globalPooling('ReduceMax'),
  GlobalMaxPool2D: globalPooling('ReduceMax'),
}
