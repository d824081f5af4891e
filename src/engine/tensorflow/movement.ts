/** Operators that move elements without changing them. */
import { paddedFrom } from '../../network/padding-modes.js'
import { axisOf, broadcast } from '../../network/shapes.js'
import { broadcastTo } from './broadcasting.js'
import { flatIndices, fromEnd } from './indices.js'
import type { Operator } from './operator.js'
import { every, padded } from './slicing.js'
import { type Tensor, tf } from './tf.js'

export const Reshape: Operator = (call, x) => {
  const keepZero = call.number('allowzero', 0) === 0
  const shape = call.required(1).map((n, i) => (n === 0 && keepZero ? x.shape[i]! : n))
  return tf.reshape(x, shape)
}

export const Flatten: Operator = (call, x) => {
  const axis = axisOf(call.number('axis', 1), x.rank)
  const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1)
  return tf.reshape(x, [rows, x.size / Math.max(1, rows)])
}

export const Squeeze: Operator = (call, x) => {
  const given = call.numbers(1)?.map((axis) => axisOf(axis, x.rank))
  const stays = (n: number, axis: number): boolean => (given ? !given.includes(axis) : n !== 1)
  return tf.reshape(x, x.shape.filter(stays))
}

export const Unsqueeze: Operator = (call, x) => {
  const given = call.required(1)
  const rank = x.rank + given.length
  const shape = [...x.shape]
  const axes = given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b)
  for (const axis of axes) shape.splice(axis, 0, 1)
  return tf.reshape(x, shape)
}

export const Transpose: Operator = (call, x) =>
  tf.transpose(x, [...call.list('perm', [...x.shape.keys()].reverse())])

export const Concat: Operator = (call, ...inputs) =>
  tf.concat(inputs, axisOf(call.number('axis', 1), inputs[0]!.rank))

/** Into parts of given sizes, or as even as they can be, the last one smaller. */
export const Split: Operator = (call, x) => {
  const axis = axisOf(call.number('axis', 0), x.rank)
  const even = Math.ceil(x.shape[axis]! / call.node.outputs.length)
  const sizes = call.node.outputs.map((_, i) =>
    Math.max(0, Math.min(even, x.shape[axis]! - i * even)),
  )
  return tf.split(x, call.numbers(1) ?? sizes, axis)
}

export const Expand: Operator = (call, x) =>
  broadcastTo(x, broadcast(x.shape, call.required(1), call.node).map(Number))

export const Tile: Operator = (call, x) => tf.tile(x, call.required(1))

export const Slice: Operator = (call, x) => {
  const starts = call.required(1)
  const ends = call.required(2)
  const axes = call.numbers(3) ?? [...starts.keys()]
  const steps = call.numbers(4) ?? starts.map(() => 1)
  return axes.reduce((part, given, i) => {
    const axis = axisOf(given, x.rank)
    const size = x.shape[axis]!
    const step = steps[i]!
    const bound = (at: number): number =>
      Math.min(Math.max(at < 0 ? at + size : at, step < 0 ? -1 : 0), step < 0 ? size - 1 : size)
    const start = bound(starts[i]!)
    const count = Math.max(0, Math.ceil((bound(ends[i]!) - start) / step))
    if (count === 0)
      return tf.slice(
        part,
        part.shape.map(() => 0),
        emptied(part.shape, axis),
      )
    // Backwards is forwards on the reversed axis.
    return step > 0
      ? every(part, axis, { starts: [start], step, count })[0]!
      : every(tf.reverse(part, axis), axis, { starts: [size - 1 - start], step: -step, count })[0]!
  }, x)
}

const emptied = (shape: number[], axis: number): number[] =>
  shape.map((n, i) => (i === axis ? 0 : n))

export const Pad: Operator = (call, x) => {
  const pads = call.required(1)
  const axes = call.numbers(3)?.map((axis) => axisOf(axis, x.rank)) ?? [...x.shape.keys()]
  const mode = call.string('mode', 'constant')
  const [value = 0] = call.numbers(2) ?? []
  return axes.reduce((y, axis, i) => {
    const [before, after] = [pads[i]!, pads[axes.length + i]!]
    if (mode === 'constant') return padded(y, axis, before, after, value)
    const from = paddedFrom(mode, x.shape[axis]!, before, after)
    if (!from) throw call.error(`padding mode '${mode}' is not supported`)
    return tf.gather(y, tf.tensor1d(from, 'int32'), axis)
  }, x)
}

export const Gather: Operator = (call, x, indices) => {
  const axis = axisOf(call.number('axis', 0), x.rank)
  const line = tf.reshape(fromEnd(indices, x.shape[axis]!), [-1])
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
  return tf.reshape(tf.gather(x, line, axis), shape)
}

export const GatherElements: Operator = (call, x, indices) => {
  const flat = flatIndices(indices, x.shape, axisOf(call.number('axis', 0), x.rank))
  return tf.reshape(tf.gather(tf.reshape(x, [-1]), flat), indices.shape)
}

export const ScatterElements: Operator = (call, x, indices, updates) => {
  const flat = flatIndices(indices, x.shape, axisOf(call.number('axis', 0), x.rank))
  const scattered = (values: Tensor): Tensor =>
    tf.reshape(tf.scatterND(tf.reshape(flat, [-1, 1]), tf.reshape(values, [-1]), [x.size]), x.shape)
  const reduction = call.string('reduction', 'none')
  if (reduction === 'add') return tf.add(x, scattered(updates))
  if (reduction !== 'none') throw call.error(`reduction '${reduction}' is not supported`)
  const replaced = tf.greater(scattered(tf.onesLike(updates)), 0)
  return tf.where(replaced, scattered(updates), x)
}

/** Channels become blocks of positions: depth, column, row (DCR) or column, row, depth (CRD). */
export const DepthToSpace: Operator = (call, x) => {
  const [n, c, h, w] = x.shape as [number, number, number, number]
  const size = call.number('blocksize', 1)
  const depth = c / (size * size)
  const y =
    call.string('mode', 'DCR') === 'DCR'
      ? tf.transpose(tf.reshape(x, [n, size, size, depth, h, w]), [0, 3, 4, 1, 5, 2])
      : tf.transpose(tf.reshape(x, [n, depth, size, size, h, w]), [0, 1, 4, 2, 5, 3])
  return tf.reshape(y, [n, depth, h * size, w * size])
}

export const SpaceToDepth: Operator = (call, x) => {
  const [n, c, h, w] = x.shape as [number, number, number, number]
  const size = call.number('blocksize', 1)
  const split = tf.reshape(x, [n, c, h / size, size, w / size, size])
  return tf.reshape(tf.transpose(split, [0, 3, 5, 1, 2, 4]), [
    n,
    c * size * size,
    h / size,
    w / size,
  ])
}
