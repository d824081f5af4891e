/** TensorFlow's tensors in a graph that keeps images as [N, C, H, W]. */
import type { Builder } from '../builder.js'
import { type Dim, float32, type TypedTensor } from '../graph.js'

/**
 * A tensor of TensorFlow as a value of the graph. TensorFlow mostly keeps images as [N, H, W, C], so the value
 * may have the tensor's axes in another order: axis i of the value is axis `order[i]` of the tensor.
 */
export interface Features {
  value: string
  order: readonly number[]
}

/** Axes in the order that TensorFlow has them. */
export const plainOrder = (rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) => axis)

/** Axes in the order batch, channels, positions. */
export const channelsFirst = (rank: number, channelAxis: number): number[] => [
  0,
  channelAxis,
  ...plainOrder(rank).filter((axis) => axis !== 0 && axis !== channelAxis),
]

/** The shape as TensorFlow has it. */
export function tensorShape(b: Builder, { value, order }: Features): Dim[] {
  const shape = b.shape(value)
  return plainOrder(order.length).map((axis) => shape[order.indexOf(axis)]!)
}

/** An axis that may be counted from the end; undefined where there is no such axis. */
export function axisFromEnd(axis: number, rank: number): number | undefined {
  const counted = axis < 0 ? axis + rank : axis
  return counted >= 0 && counted < rank ? counted : undefined
}

export const isSameOrder = (a: readonly number[], b: readonly number[]): boolean =>
  a.join() === b.join()

/** The same tensor as a value with its axes in this order. */
export function arranged(
  b: Builder,
  { value, order }: Features,
  wanted: readonly number[],
  name: string,
): string {
  if (isSameOrder(order, wanted)) return value
  const perm = wanted.map((axis) => order.indexOf(axis))
  return b.addMany('Transpose', [value], { perm }, 1, b.fresh(`${name}.transposed`))[0]!
}

/** How the graph keeps a weight. */
export interface Layout {
  /** Its axes: axis i is the weight's axis `order[i]`. */
  order?: readonly number[]
  /** Its shape, where axes are joined or added besides. */
  shape?: readonly number[]
}

/** The numbers of a weight in the layout in which the graph keeps them. */
export function laidOut(weight: TypedTensor, { order, shape }: Layout): TypedTensor {
  const { data, shape: dims } = order ? transposed(weight, order) : weight
  const numbers = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>)
  return float32(numbers, shape ?? dims)
}

/** A weight with its axes in another order: axis i of the result is axis `perm[i]` of the weight. */
function transposed({ type, shape, data }: TypedTensor, perm: readonly number[]): TypedTensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, c) => a * c, 1))
  const result = new Float32Array(data.length)
  const sizes = perm.map((axis) => shape[axis]!)
  const steps = perm.map((axis) => strides[axis]!)
  const at = sizes.map(() => 0)
  for (let i = 0, from = 0; i < result.length; i++) {
    result[i] = Number(data[from])
    for (let axis = at.length - 1; axis >= 0; axis--) {
      from += steps[axis]!
      if (++at[axis]! < sizes[axis]!) break
      from -= sizes[axis]! * steps[axis]!
      at[axis] = 0
    }
  }
  return { type, shape: sizes, data: result }
}
