/**
 * Pooling. A window's maximum is the maximum of its rows' maxima, and so with sums: one axis after the
 * other, each from its kernel's taps.
 */
import { windows, type Windows } from '../../network/geometry.js'
import type { Operator } from './operator.js'
import { every, padded } from './slicing.js'
import { pair, type Tensor, type Tensor4D, tf } from './tf.js'

const positions = (x: Tensor): number[] => [...x.shape.keys()].slice(2)

/** What each element of the kernel sees along one axis: one tensor for each, as long as the output. */
function taps(x: Tensor, axis: number, geometry: Windows, fill: number): Tensor[] {
  const i = axis - 2
  const whole = padded(x, axis, geometry.begin[i]!, 0, fill)
  return every(whole, axis, {
    starts: Array.from({ length: geometry.kernel[i]! }, (_, k) => k * geometry.dilations[i]!),
    step: geometry.strides[i]!,
    count: geometry.output[i]!,
    fill,
  })
}

export const MaxPool: Operator = (call, x) => {
  const geometry = windows(call.node, x.shape)
  if (call.node.outputs[1]) {
    if (call.number('storage_order', 0) === 0) return maximaWithPlaces(x, geometry)
    throw call.error('indices in column-major order are not supported')
  }
  if (x.rank === 4 && geometry.dilations.every((d) => d === 1)) return maxPool2d(x, geometry)
  const maximum = (y: Tensor, axis: number): Tensor =>
    taps(y, axis, geometry, -Infinity).reduce((a, b) => tf.maximum(a, b))
  return positions(x).reduce(maximum, x)
}

/**
 * Maxima, and where each of them was, counted over the whole input. Of equal ones the first is taken, row
 * by row: so the last axis goes first.
 */
function maximaWithPlaces(x: Tensor, geometry: Windows): [Tensor, Tensor] {
  let maxima = x
  let places: Tensor = tf.reshape(tf.range(0, x.size, 1, 'int32'), x.shape)
  for (const axis of positions(x).reverse()) {
    const values = taps(maxima, axis, geometry, -Infinity)
    const from = taps(places, axis, geometry, 0)
    maxima = values[0]!
    places = from[0]!
    for (let i = 1; i < values.length; i++) {
      const larger = tf.greater(values[i]!, maxima)
      maxima = tf.where(larger, values[i]!, maxima)
      places = tf.where(larger, from[i]!, places)
    }
  }
  return [maxima, places]
}

/** tf's own, which has no dilation. */
function maxPool2d(x: Tensor, { kernel, strides, begin, input, output }: Windows): Tensor {
  const image = [2, 3].reduce((y, axis) => {
    const i = axis - 2
    const needed = (output[i]! - 1) * strides[i]! + kernel[i]!
    return padded(y, axis, begin[i]!, needed - input[i]! - begin[i]!, -Infinity)
  }, x)
  const channelsLast = tf.transpose<Tensor4D>(image as Tensor4D, [0, 2, 3, 1])
  const pooled = tf.maxPool(channelsLast, pair(kernel), pair(strides), 'valid')
  return tf.transpose(pooled, [0, 3, 1, 2])
}

export const AveragePool: Operator = (call, x) => {
  const geometry = windows(call.node, x.shape)
  const countPads = call.number('count_include_pad', 0) === 1
  const axes = positions(x)
  return axes.reduce((y, axis) => {
    const counts = countsOf(geometry, axis - 2, countPads)
    const along = y.shape.map((_, i) => (i === axis ? -1 : 1))
    return tf.div(tf.addN(taps(y, axis, geometry, 0)), tf.reshape(tf.tensor1d(counts), along))
  }, x)
}

/** How many elements each window averages along one axis. */
function countsOf(
  { kernel, strides, dilations, begin, end, input, output }: Windows,
  i: number,
  countPads: boolean,
): number[] {
  const from = countPads ? -begin[i]! : 0
  const to = input[i]! + (countPads ? end[i]! : 0)
  return Array.from({ length: output[i]! }, (_, window) => {
    const seen = Array.from(
      { length: kernel[i]! },
      (_, k) => window * strides[i]! - begin[i]! + k * dilations[i]!,
    )
    return seen.filter((at) => at >= from && at < to).length
  })
}

export const GlobalAveragePool: Operator = (_, x) => tf.mean(x, positions(x), true)
export const GlobalMaxPool: Operator = (_, x) => tf.max(x, positions(x), true)
