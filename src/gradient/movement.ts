/** Operators that move elements without changing them; their gradients move them back. */
import type { Builder } from '../network/builder.js'
import {
  float32,
  integers,
  listAttribute,
  NodeError,
  numberAttribute,
  stringAttribute,
  type TypedTensor,
} from '../network/graph.js'
import { axesOf, axisOf, joined } from '../network/shapes.js'
import { unbroadcast } from './broadcasting.js'
import { pad } from './padding.js'
import type { BackwardRule } from './rule.js'

/** Back to the shape of the input, whatever the forward reshaping was. */
const reshapeBack: BackwardRule = ({ b, node, dy }) => [
  () => b.reshape(dy, b.shape(node.inputs[0]!)),
]
export const Reshape = reshapeBack
export const Flatten = reshapeBack
export const Squeeze = reshapeBack
export const Unsqueeze = reshapeBack

export const Transpose: BackwardRule = ({ b, node, dy }) => [
  () => {
    const rank = b.shape(dy).length
    const perm = listAttribute(
      node,
      'perm',
      Array.from({ length: rank }, (_, i) => rank - 1 - i),
    )
    return b.transpose(
      dy,
      [...perm.keys()].map((axis) => perm.indexOf(axis)),
    )
  },
]

export const Concat: BackwardRule = ({ b, node, dy }) => {
  const axis = axisOf(numberAttribute(node, 'axis', 1), b.shape(dy).length)
  const sizes = node.inputs.map((value) => Number(b.shape(value)[axis]))
  let parts: string[] | undefined
  const split = (): string[] =>
    (parts ??= b.addMany('Split', [dy, b.integers(sizes)], { axis }, sizes.length))
  return node.inputs.map((_, i) => () => split()[i]!)
}

export const Split: BackwardRule = ({ b, node, dys }) => [
  () => {
    const parts = dys.map((dy, i) => dy ?? b.filled(node.outputs[i]!, 0))
    return b.add('Concat', parts, { axis: numberAttribute(node, 'axis', 0) })
  },
]

export const Expand: BackwardRule = ({ b, node, dy }) => [
  () => unbroadcast(b, dy, node.inputs[0]!),
  undefined,
]

/** Scatters a cotangent to the elements that were taken. */
export const GatherElements: BackwardRule = ({ b, node, dy }) => {
  const [x, index] = node.inputs as [string, string]
  const axis = numberAttribute(node, 'axis', 0)
  const scatter = { axis, reduction: 'add' }
  return [() => b.add('ScatterElements', [b.filled(x, 0), index, dy], scatter), undefined]
}

/**
 * The cotangent goes back to the slices that were taken: by the inverse order where all were, each once,
 * as in a channel shuffle; otherwise by a product with one-hot vectors, zeros elsewhere.
 */
export const Gather: BackwardRule = ({ b, node, dy }) => [
  () => {
    const [x, index] = node.inputs as [string, string]
    const shape = b.shape(x)
    const axis = axisOf(numberAttribute(node, 'axis', 0), shape.length)
    if (b.shape(index).length > 1)
      throw new NodeError(node, 'no backward rule for indices of more than one axis')
    const places = inverseOf(b.graph.constants.get(index), Number(shape[axis]))
    if (places) return b.add('Gather', [dy, b.integers(places)], { axis })
    const single = b.shape(index).length === 0
    const list = single ? b.reshape(index, [1]) : index // the runtime knows no one-hot of a scalar
    const depth = b.integers([Number(shape[axis])])
    const oneHot = b.add('OneHot', [list, depth, b.constant(float32([0, 1], [2]))], { axis: 0 })
    if (single) {
      const along = shape.map((dim, i) => (i === axis ? dim : 1))
      const lifted = b.add('Unsqueeze', [dy, b.integers([axis])])
      return b.add('Mul', [lifted, b.reshape(oneHot, along)])
    }
    // [depth, K] · [K, rest]: every taken slice is added where it came from.
    const order = [axis, ...shape.keys()].filter((a, i) => i === 0 || a !== axis)
    const front = b.transpose(dy, order)
    const rest = b.shape(front).slice(1)
    const flat = b.reshape(front, [b.shape(front)[0]!, joined(rest)])
    const summed = b.reshape(b.add('MatMul', [oneHot, flat]), [Number(shape[axis]), ...rest])
    return b.transpose(
      summed,
      [...order.keys()].map((a) => order.indexOf(a)),
    )
  },
  undefined,
]

/** Where each of `count` elements went, if `order` takes every one once. */
function inverseOf(order: TypedTensor | undefined, count: number): number[] | undefined {
  if (order?.shape.length !== 1) return undefined
  const taken = integers(order).map((i) => axisOf(i, count))
  const places = Array.from({ length: count }, (_, i) => taken.indexOf(i))
  return taken.length === count && !places.includes(-1) ? places : undefined
}

/** Pads the cotangent of a slice with the zeros of what was cut away. */
export const Slice: BackwardRule = ({ b, node, dy }) => [
  () => {
    const shape = b.shape(node.inputs[0]!)
    const given = (input: number): number[] | undefined =>
      node.inputs[input] ? b.values(node.inputs[input])?.map(Number) : undefined
    const starts = given(1) ?? []
    const axes = (given(3) ?? starts.map((_, i) => i)).map((axis) => axisOf(axis, shape.length))
    const steps = given(4) ?? starts.map(() => 1)
    let signal = dy
    axes.forEach((axis, i) => {
      const size = Number(shape[axis])
      const last = steps[i]! < 0 ? size - 1 : size
      const start = Math.min(Math.max(0, starts[i]! < 0 ? starts[i]! + size : starts[i]!), last)
      signal = spread(b, signal, { axis, start, step: steps[i]!, size })
    })
    return signal
  },
  ...node.inputs.slice(1).map(() => undefined),
]

/** Puts the elements of an axis at start, start + step, … of a longer axis of zeros. */
function spread(
  b: Builder,
  value: string,
  { axis, start, step, size }: { axis: number; start: number; step: number; size: number },
): string {
  const count = Number(b.shape(value)[axis])
  if (count === size && step === 1) return value
  const index = Array.from({ length: count }, (_, i) => start + i * step)
  if (step === 1) return pad(b, value, [axis], [start], [size - start - count])
  const matrix = new Float32Array(size * count)
  index.forEach((at, i) => (matrix[at * count + i] = 1))
  const rank = b.shape(value).length
  const order = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)
  const last = b.transpose(value, [...order, axis])
  const placed = b.add('MatMul', [
    last,
    b.transpose(b.constant(float32(matrix, [size, count])), [1, 0]),
  ])
  const back = [...order, axis]
  return b.transpose(
    placed,
    [...back.keys()].map((a) => back.indexOf(a)),
  )
}

export const Pad: BackwardRule = ({ b, node, dy }) => [
  () => {
    const mode = stringAttribute(node, 'mode', 'constant')
    if (mode !== 'constant')
      throw new NodeError(node, `no backward rule for padding mode '${mode}'`)
    const pads = b.values(node.inputs[1]!)?.map((dim) => -Number(dim)) ?? []
    const axes = node.inputs[3] ? axesOf(node, b, 3) : [...b.shape(dy).keys()]
    return pad(b, dy, axes, pads.slice(0, axes.length), pads.slice(axes.length))
  },
  ...node.inputs.slice(1).map(() => undefined),
]

export const DepthToSpace: BackwardRule = ({ b, node, dy }) => [
  () => {
    if (stringAttribute(node, 'mode', 'DCR') !== 'DCR')
      throw new NodeError(node, "no backward rule for mode 'CRD'")
    return b.add('SpaceToDepth', [dy], { blocksize: numberAttribute(node, 'blocksize', 1) })
  },
]
