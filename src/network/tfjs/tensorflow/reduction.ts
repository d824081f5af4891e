/** Sums, means and extremes along axes. */
import { sizeOf } from '../../../engine/tensor.js'
import { axisOf, features, node, numbers, type Rule, without } from './call.js'
import { isFeatures, sizesOf } from './value.js'

const reduction =
  (op: string, known?: (sizes: readonly number[]) => number): Rule =>
  (call) => {
    const { b, def, inputs } = call
    const list = inputs[0] && !isFeatures(inputs[0]) ? sizesOf(inputs[0]) : undefined
    if (list && known) {
      const sizes = list.sizes.map(Number)
      if (sizes.every((size) => Number.isFinite(size)))
        return { sizes: [known(sizes)], isList: false }
    }
    const { value, order } = features(call)
    const axes = numbers(call, 1).map((axis) => axisOf(call, axis, order.length))
    if (axes.length === 0) return { value, order } // of ONNX it would mean all
    const kept = def.flag('keep_dims')
    const physical = b.integers(axes.map((axis) => order.indexOf(axis)))
    const reduced = node(call, op, [value, physical], { keepdims: kept ? 1 : 0 })
    return { value: reduced, order: kept ? order : without(order, axes) }
  }

export const reductionRules: Record<string, Rule> = {
  Mean: reduction('ReduceMean'),
  Sum: reduction('ReduceSum', (sizes) => sizes.reduce((a, c) => a + c, 0)),
  Max: reduction('ReduceMax', (sizes) => Math.max(...sizes)),
  Min: reduction('ReduceMin', (sizes) => Math.min(...sizes)),
  Prod: reduction('ReduceProd', sizeOf),
}
