/** Sums and means; their gradients spread what comes from above. */
import { numberAttribute } from '../network/graph.js'
import { axesOf } from '../network/shapes.js'
import type { Backward, BackwardRule } from './rule.js'

/** The cotangent of a reduction with its reduced axes back, of length 1. */
function keepAxes({ b, node, dy }: Backward, axes: readonly number[]): string {
  return numberAttribute(node, 'keepdims', 1) === 1
    ? dy
    : b.add('Unsqueeze', [dy, b.integers(axes)])
}

const spread = ({ b, node }: Backward, value: string): string =>
  b.add('Mul', [b.filled(node.inputs[0]!, 1), value])

export const ReduceSum: BackwardRule = (backward) => [
  () => spread(backward, keepAxes(backward, axesOf(backward.node, backward.b))),
  undefined,
]

export const ReduceMean: BackwardRule = (backward) => [
  () => {
    const { b, node } = backward
    const axes = axesOf(node, b)
    const shape = b.shape(node.inputs[0]!)
    const kept = keepAxes(backward, axes)
    const sizes = axes.map((axis) => shape[axis]!)
    if (sizes.every((size) => typeof size === 'number')) {
      const count = sizes.reduce((product, size) => product * size, 1)
      return spread(backward, b.add('Mul', [kept, b.scalar(1 / count)]))
    }
    // A free axis is among them: each element's share is the mean of ones over their number.
    const ones = b.filled(node.inputs[0]!, 1)
    const count = b.sum(ones, axes, true)
    return b.add('Mul', [ones, b.add('Div', [kept, count])])
  },
  undefined,
]

export const ReduceSumSquare: BackwardRule = (backward) => [
  () => {
    const { b, node } = backward
    const twice = b.add('Mul', [keepAxes(backward, axesOf(node, b)), b.scalar(2)])
    return b.add('Mul', [node.inputs[0]!, twice])
  },
  undefined,
]

/** d‖x‖ = x / ‖x‖ · dy */
export const ReduceL2: BackwardRule = (backward) => [
  () => {
    const { b, node } = backward
    const axes = axesOf(node, b)
    const norm = keepAxes({ ...backward, dy: node.outputs[0]! }, axes)
    return b.add('Mul', [node.inputs[0]!, b.add('Div', [keepAxes(backward, axes), norm])])
  },
  undefined,
]

/** The gradient goes to the maximum; equal maxima share it. */
export const ReduceMax: BackwardRule = (backward) => [
  () => {
    const { b, node } = backward
    const axes = axesOf(node, b)
    const max = keepAxes({ ...backward, dy: node.outputs[0]! }, axes)
    const hit = b.add('Cast', [b.add('Equal', [node.inputs[0]!, max])], { to: 1 })
    const share = b.add('Div', [keepAxes(backward, axes), b.sum(hit, axes, true)])
    return b.add('Mul', [hit, share])
  },
  undefined,
]

export const GlobalAveragePool: BackwardRule = (backward) => [
  () => {
    const { b, node, dy } = backward
    const positions = b.shape(node.inputs[0]!).slice(2)
    const count = positions.reduce<number>((product, dim) => product * Number(dim), 1)
    return spread(backward, b.add('Mul', [dy, b.scalar(1 / count)]))
  },
]
