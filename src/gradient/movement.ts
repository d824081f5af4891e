/** Operators that move elements without changing them; their gradients move them back. */
import type { Builder } from '../network/builder.js'
import {
  type Dim,
  float32,
  integers,
  listAttribute,
  NodeError,
  numberAttribute,
  type Shape,
  stringAttribute,
  type TypedTensor,
} from '../network/graph.js'
import { paddedFrom } from '../network/padding-modes.js'
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
    (parts ??= axis === 1 ? channels(b, dy, sizes) : cut(b, dy, sizes, axis))
  return node.inputs.map((_, i) => () => split()[i]!)
}

const cut = (b: Builder, value: string, sizes: readonly number[], axis: number): string[] =>
  b.addMany('Split', [value, b.integers(sizes)], { axis }, sizes.length)

/**
 * A signal's channels in groups. Where a convolution makes the signal, convolutions with parts of its
 * kernel make the groups, which saves a pass over them (0.7 of 13.9 ms on SqueezeNet).
 */
function channels(b: Builder, signal: string, sizes: readonly number[]): string[] {
  const source = b.graph.nodes.findLast(({ outputs }) => outputs[0] === signal)
  const { op, inputs, attributes } = source ?? {}
  const [x, kernel, bias] = inputs ?? []
  if (op !== 'Conv' || !x || !kernel || bias || numberAttribute(source!, 'group', 1) !== 1)
    return cut(b, signal, sizes, 1)
  return cut(b, kernel, sizes, 0).map((part) => b.add('Conv', [x, part], attributes))
}

/** [2, 3] twice along each axis is [2·2, 2·3]: the copies are an axis of their own, and summed. */
export const Tile: BackwardRule = ({ b, node, dy }) => [
  () => {
    const shape = b.shape(node.inputs[0]!)
    const repeats = b.values(node.inputs[1]!)?.map(Number) ?? []
    const split = shape.flatMap((dim, axis) => [repeats[axis]!, dim])
    return b.sum(
      b.reshape(dy, split),
      shape.map((_, axis) => 2 * axis),
    )
  },
  undefined,
]

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

/** What was written over gets nothing; what was written, or added, gets what is at its place. */
export const ScatterElements: BackwardRule = ({ b, node, dy }) => {
  const [, index, updates] = node.inputs as [string, string, string]
  const axis = numberAttribute(node, 'axis', 0)
  const reduction = stringAttribute(node, 'reduction', 'none')
  if (reduction !== 'none' && reduction !== 'add')
    throw new NodeError(node, `no backward rule for reduction '${reduction}'`)
  const overwrite = (): string =>
    b.add('ScatterElements', [dy, index, b.filled(updates, 0)], { axis })
  return [
    () => (reduction === 'add' ? dy : overwrite()),
    undefined,
    () => b.add('GatherElements', [dy, index], { axis }),
  ]
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
    const back = b.inverseOf(index)
    if (back) return b.add('Gather', [dy, back], { axis })
    const taken = b.shape(index)
    if (taken.length > 1) {
      // As if they were one list, and their axes one axis.
      const count = joined(taken)
      const line = b.reshape(index, [count])
      const joint = [...shape.slice(0, axis), count, ...shape.slice(axis + 1)]
      return scatterSlices(b, b.reshape(dy, joint), line, axis, shape)
    }
    const places = inverseOf(b.graph.constants.get(index), Number(shape[axis]))
    if (places) return b.add('Gather', [dy, b.integers(places)], { axis })
    if (taken.length > 0) return scatterSlices(b, dy, index, axis, shape)
    const along = shape.map((dim, i) => (i === axis ? dim : 1))
    const lifted = b.add('Unsqueeze', [dy, b.integers([axis])])
    // The runtime knows no one-hot of a scalar.
    const hot = oneHot(b, b.reshape(index, [1]), Number(shape[axis]))
    return b.add('Mul', [lifted, b.reshape(hot, along)])
  },
  undefined,
]

const oneHot = (b: Builder, index: string, depth: number): string =>
  b.add('OneHot', [index, b.integers([depth]), b.constant(float32([0, 1], [2]))], { axis: 0 })

/** One-hot matrices of more elements than this are not worth their memory. */
const ONE_HOT = 2 ** 22

/** Adds the slices of `dy` to zeros of a shape, at the places of a list: [depth, K] · [K, rest]. */
function scatterSlices(b: Builder, dy: string, list: string, axis: number, shape: Shape): string {
  const depth = Number(shape[axis])
  const slices = b.shape(dy)
  const fixed = (dims: Shape): dims is number[] => dims.every((dim) => typeof dim === 'number')
  if (fixed(slices) && fixed(shape) && depth * slices[axis]! > ONE_HOT) {
    const along = slices.map((dim, i) => (i === axis ? dim : 1))
    const index = b.add('Expand', [b.reshape(list, along), b.integers(slices)])
    const zeros = b.add('ConstantOfShape', [b.integers(shape)], { value: float32([0], [1]) })
    return b.add('ScatterElements', [zeros, index, dy], { axis, reduction: 'add' })
  }
  const order = [axis, ...shape.keys()].filter((a, i) => i === 0 || a !== axis)
  const front = b.transpose(dy, order)
  const rest = b.shape(front).slice(1)
  const flat = b.reshape(front, [b.shape(front)[0]!, joined(rest)])
  const summed = b.reshape(b.add('MatMul', [oneHot(b, list, depth), flat]), [depth, ...rest])
  return b.transpose(
    summed,
    [...order.keys()].map((a) => order.indexOf(a)),
  )
}

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
  return placed(b, value, axis, index, size)
}

/**
 * Adds the elements of an axis to places of a new one: element i to place `to[i]` of `size`. It is a product
 * with a matrix of ones and zeros.
 */
function placed(
  b: Builder,
  value: string,
  axis: number,
  to: readonly number[],
  size: number,
): string {
  const count = to.length
  const ones = new Float32Array(size * count)
  to.forEach((at, i) => (ones[at * count + i] = 1))
  const matrix = b.constant(float32(ones, [size, count]))
  const rank = b.shape(value).length
  if (axis === rank - 2) return b.add('MatMul', [matrix, value])
  const order = [...Array(rank).keys()].filter((i) => i !== axis)
  order.push(axis)
  const last = b.transpose(value, order)
  const product = b.add('MatMul', [last, b.transpose(matrix, [1, 0])])
  return b.transpose(
    product,
    [...order.keys()].map((a) => order.indexOf(a)),
  )
}

export const Pad: BackwardRule = ({ b, node, dy }) => [
  () => {
    const mode = stringAttribute(node, 'mode', 'constant')
    const pads = b.values(node.inputs[1]!)?.map(Number) ?? []
    const axes = node.inputs[3] ? axesOf(node, b, 3) : [...b.shape(dy).keys()]
    const before = pads.slice(0, axes.length)
    const after = pads.slice(axes.length)
    if (mode === 'constant') {
      const cut = (list: number[]): number[] => list.map((n) => -n)
      return pad(b, dy, axes, cut(before), cut(after))
    }
    // An element that was repeated gets the sum over its copies.
    return axes.reduce((signal, axis, i) => {
      if (before[i] === 0 && after[i] === 0) return signal
      const size = Number(b.shape(node.inputs[0]!)[axis])
      const from = paddedFrom(mode, size, before[i]!, after[i]!)
      if (!from) throw new NodeError(node, `no backward rule for padding mode '${mode}'`)
      return placed(b, signal, axis, from, size)
    }, dy)
  },
  ...node.inputs.slice(1).map(() => undefined),
]

export const DepthToSpace: BackwardRule = ({ b, node, dy }) => [
  () => {
    const blocksize = numberAttribute(node, 'blocksize', 1)
    if (stringAttribute(node, 'mode', 'DCR') === 'DCR')
      return b.add('SpaceToDepth', [dy], { blocksize })
    // Channels in the order column, row, depth.
    const shape = b.shape(node.inputs[0]!)
    const [n, channels, height, width] = shape as [Dim, number, number, number]
    const depth = channels / blocksize ** 2
    const blocks = b.reshape(dy, [n, depth, height, blocksize, width, blocksize])
    return b.reshape(b.transpose(blocks, [0, 1, 3, 5, 2, 4]), shape)
  },
]

export const SpaceToDepth: BackwardRule = ({ b, node, dy }) => [
  () => b.add('DepthToSpace', [dy], { blocksize: numberAttribute(node, 'blocksize', 1) }),
]
