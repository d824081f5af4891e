/** Sums, means and extrema along axes. */
import { axisOf } from '../../network/shapes.js'
import type { Call, Operator } from './operator.js'
import { type Tensor, tf } from './tf.js'

type Reduce = (x: Tensor, axes: number[], keepDims: boolean) => Tensor

const reduction =
  (reduce: Reduce): Operator =>
  (call, x) => {
    const axes = axesOf(call, x)
    return axes ? reduce(x, axes, call.number('keepdims', 1) === 1) : x
  }

/** All axes where none is named, unless the node says that this means no axis. */
function axesOf(call: Call, x: Tensor): number[] | undefined {
  const given = call.numbers(1) ?? call.list('axes', [] as number[])
  if (given.length > 0) return given.map((axis) => axisOf(axis, x.rank))
  return call.number('noop_with_empty_axes', 0) === 1 ? undefined : [...x.shape.keys()]
}

export const ReduceSum = reduction((x, axes, keep) => tf.sum(x, axes, keep))
export const ReduceMean = reduction((x, axes, keep) => tf.mean(x, axes, keep))
export const ReduceMax = reduction((x, axes, keep) => tf.max(x, axes, keep))
export const ReduceMin = reduction((x, axes, keep) => tf.min(x, axes, keep))
export const ReduceProd = reduction((x, axes, keep) => tf.prod(x, axes, keep))
export const ReduceL1 = reduction((x, axes, keep) => tf.sum(tf.abs(x), axes, keep))
export const ReduceL2 = reduction((x, axes, keep) => tf.sqrt(tf.sum(tf.square(x), axes, keep)))
export const ReduceSumSquare = reduction((x, axes, keep) => tf.sum(tf.square(x), axes, keep))
export const ReduceLogSum = reduction((x, axes, keep) => tf.log(tf.sum(x, axes, keep)))
export const ReduceLogSumExp = reduction((x, axes, keep) => tf.logSumExp(x, axes, keep))

const extremum =
  (find: (x: Tensor, axis: number) => Tensor): Operator =>
  (call, x) => {
    const axis = axisOf(call.number('axis', 0), x.rank)
    const last = call.number('select_last_index', 0) === 1
    const index = last
      ? tf.sub(tf.scalar(x.shape[axis]! - 1, 'int32'), find(tf.reverse(x, axis), axis))
      : find(x, axis)
    return call.number('keepdims', 1) === 1 ? tf.expandDims(index, axis) : index
  }

export const ArgMax = extremum((x, axis) => tf.argMax(x, axis))
export const ArgMin = extremum((x, axis) => tf.argMin(x, axis))

export const CumSum: Operator = (call, x) => {
  const [axis] = call.required(1) as [number]
  const flag = (name: string): boolean => call.number(name, 0) === 1
  return tf.cumsum(x, axisOf(axis, x.rank), flag('exclusive'), flag('reverse'))
}
