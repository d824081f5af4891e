/** Sums and means; their gradients spread what comes from above. */
import { float32, numberAttribute } from '../network/graph.js'
import { axesOf, joined } from '../network/shapes.js'
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

export const ReduceL1: BackwardRule = (backward) => [
  () => {
    const { b, node } = backward
    return b.add('Mul', [b.add('Sign', [node.inputs[0]!]), keepAxes(backward, axesOf(node, b))])
  },
  undefined,
]

/** d log Σx = 1 / Σx · dy, and Σx = eʸ. */
export const ReduceLogSum: BackwardRule = (backward) => [
  () => {
    const { b, node, dy } = backward
    const share = b.add('Div', [dy, b.add('Exp', [node.outputs[0]!])])
    return spread(backward, keepAxes({ ...backward, dy: share }, axesOf(node, b)))
  },
  undefined,
]

/** d log Σeˣ = softmax(x) · dy */
export const ReduceLogSumExp: BackwardRule = (backward) => [
  () => {
    const { b, node } = backward
    const axes = axesOf(node, b)
    const total = keepAxes({ ...backward, dy: node.outputs[0]! }, axes)
    const share = b.add('Exp', [b.add('Sub', [node.inputs[0]!, total])])
    return b.add('Mul', [share, keepAxes(backward, axes)])
  },
  undefined,
]

/** The gradient goes to the extremum; equal ones share it. */
const extremum: BackwardRule = (backward) => [
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

export const ReduceMax = extremum
export const ReduceMin = extremum

/** The gradient goes to the first of the maxima, as in PyTorch. */
export const GlobalMaxPool: BackwardRule = ({ b, node, dy }) => [
  () => {
    const shape = b.shape(node.inputs[0]!)
    const [n, channels, ...positions] = shape
    const count = Number(joined(positions))
    const line = b.reshape(node.inputs[0]!, [n!, channels!, count])
    const place = b.add('ArgMax', [line], { axis: 2, keepdims: 0 })
    const values = b.constant(float32([0, 1], [2]))
    const hot = b.add('OneHot', [place, b.integers([count]), values], { axis: -1 })
    return b.add('Mul', [b.reshape(hot, shape), dy])
  },
]

/** A sum up to each element: the sum from it on goes back. */
export const CumSum: BackwardRule = ({ b, node, dy }) => [
  () => {
    const reverse = 1 - numberAttribute(node, 'reverse', 0)
    const exclusive = numberAttribute(node, 'exclusive', 0)
    return b.add('CumSum', [dy, node.inputs[1]!], { reverse, exclusive })
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
