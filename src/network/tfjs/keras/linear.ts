/** Keras' fully connected layer. */
import { activated } from './activations.js'
import type { Rule } from './call.js'
import { arranged, plainOrder } from '../features.js'

/** Along the last axis: of vectors one matrix product, of an image the same at every position. */
const Dense = activated((call, name) => {
  const { b, config, x, shape } = call
  const units = config.count('units')
  const rank = shape.length
  const features = call.known(shape.at(-1))
  const plain = plainOrder(rank)
  if (rank === 2) {
    const kernel = call.weight('kernel', [features, units])
    return { value: call.node(name, 'Gemm', [x.value, kernel, ...call.bias(units)]), order: plain }
  }
  if (rank === 4 && x.order[1] === 3) {
    const layout = { order: [1, 0], shape: [units, features, 1, 1] }
    const inputs = [x.value, call.weight('kernel', [features, units], layout), ...call.bias(units)]
    return { value: call.node(name, 'Conv', inputs, { kernel_shape: [1, 1] }), order: x.order }
  }
  const kernel = call.weight('kernel', [features, units])
  const inputs = [arranged(b, x, plain, name), kernel]
  const [bias] = call.bias(units)
  if (bias === undefined) return { value: call.node(name, 'MatMul', inputs), order: plain }
  const product = call.step(name, 'product', 'MatMul', inputs)
  return { value: call.node(name, 'Add', [product, bias]), order: plain }
})

export const linearRules: Record<string, Rule> = { Dense }
