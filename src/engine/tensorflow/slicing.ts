/**
 * Taking parts of axes. Tensors are seen as matrices for it, which is many times faster in tf's WASM backend;
 * and there is no strided slice, since tf cannot differentiate its own.
 */
import { type Tensor, type Tensor2D, tf } from './tf.js'

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

/** `count` elements of an axis from `begin` on. */
export function sliced(x: Tensor, axis: number, begin: number, count: number): Tensor {
  if (begin === 0 && count === x.shape[axis]) return x
  return onRows(x, axis, count, (rows, unit) =>
    tf.slice(rows, [0, begin * unit], [-1, count * unit]),
  )
}

/** An axis with elements of a constant value before and after; negative numbers cut away. */
export function padded(x: Tensor, axis: number, before: number, after: number, value = 0): Tensor {
  const begin = Math.max(0, -before)
  const cut = sliced(x, axis, begin, x.shape[axis]! - begin - Math.max(0, -after))
  const [lead, trail] = [Math.max(0, before), Math.max(0, after)]
  if (lead === 0 && trail === 0) return cut
  return onRows(cut, axis, lead + cut.shape[axis]! + trail, (rows, unit) =>
    tf.pad(
      rows,
      [
        [0, 0],
        [lead * unit, trail * unit],
      ],
      value,
    ),
  )
}

/**
 * Works on a matrix of which each row is an axis with all that lies behind it.
 *
 * @param count The length of the axis after that.
 * @param work Is told how many elements of a row are one of the axis.
 */
function onRows(
  x: Tensor,
  axis: number,
  count: number,
  work: (rows: Tensor2D, unit: number) => Tensor,
): Tensor {
  const before = x.shape.slice(0, axis)
  const after = x.shape.slice(axis + 1)
  const unit = product(after)
  const rows = x.as2D(product(before), x.shape[axis]! * unit)
  return tf.reshape(work(rows, unit), [...before, count, ...after])
}

export interface Pattern {
  starts: readonly number[]
  step: number
  count: number
  /** What stands past the end. Default 0. */
  fill?: number
}

/** Every `step`-th element of an axis, `count` of them, from each of these starts: one tensor for each. */
export function every(x: Tensor, axis: number, { starts, step, count, fill }: Pattern): Tensor[] {
  const rows = Math.floor(Math.max(...starts) / step) + count
  const whole = padded(x, axis, 0, rows * step - x.shape[axis]!, fill)
  if (step === 1) return starts.map((start) => sliced(whole, axis, start, count))
  // The elements of one start lie side by side once the axis is split into rows and transposed.
  const { shape } = whole
  const split = [product(shape.slice(0, axis)), rows, step, product(shape.slice(axis + 1))]
  const columns = tf.transpose(tf.reshape(whole, split), [2, 0, 1, 3])
  return starts.map((start) => {
    const column = sliced(columns, 0, start % step, 1)
    const part = sliced(column, 2, Math.floor(start / step), count)
    return tf.reshape(
      part,
      shape.map((size, i) => (i === axis ? count : size)),
    )
  })
}

/** An axis with `step − 1` zeros between its elements. */
export function spread(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1) return x
  const { shape } = x
  const length = (shape[axis]! - 1) * step + 1
  const cells = tf.reshape(x, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)])
  const wide = shape.map((size, i) => (i === axis ? size * step : size))
  return sliced(tf.reshape(padded(cells, axis + 1, 0, step - 1), wide), axis, 0, length)
}
