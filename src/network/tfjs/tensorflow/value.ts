/** What a node of TensorFlow gives: features in the graph, or numbers that are known beforehand. */
import type { Builder } from '../../builder.js'
import type { Dim, TypedTensor } from '../../graph.js'
import { arranged, type Features, laidOut, type Layout } from '../features.js'

/** A weight or another constant of the file. */
export interface Constant {
  name: string
  tensor: TypedTensor
}

/** Shape arithmetic: a number, or a list of them; the batch is free. */
export interface Sizes {
  sizes: readonly Dim[]
  isList: boolean
}

export type Value = Features | Constant | Sizes

export const isConstant = (value: Value): value is Constant => 'tensor' in value
export const isFeatures = (value: Value): value is Features => 'order' in value

/** The numbers of a value that is known beforehand, where it is a number or a list. */
export function sizesOf(value: Value): Sizes | undefined {
  if ('sizes' in value) return value
  if (isFeatures(value) || value.tensor.shape.length > 1) return undefined
  const { data, shape } = value.tensor
  return { sizes: Array.from(data as ArrayLike<number>, Number), isList: shape.length === 1 }
}

/** A constant as a value of the graph, in a layout for what it goes together with. */
export function constantValue(b: Builder, { name, tensor }: Constant, layout: Layout = {}): string {
  const { order, shape } = layout
  const key = [name, order?.join(''), shape?.join('x')].filter((part) => part).join('~')
  return b.graph.constants.has(key) ? key : b.constant(laidOut(tensor, layout), key)
}

/** Several operands of an elementwise operator with their axes in one order, as NumPy would align them. */
export function aligned(
  b: Builder,
  values: readonly Value[],
  name: string,
): { inputs: string[]; order: readonly number[] } | undefined {
  const features = values.filter(isFeatures)
  const rank = Math.max(...features.map(({ order }) => order.length))
  const order = features.find((x) => x.order.length === rank)?.order
  if (!order) return undefined
  const inputs = values.map((value) => {
    if (isFeatures(value))
      return value.order.length === rank ? arranged(b, value, order, name) : undefined
    const tensor = asTensor(value)
    const missing = rank - (tensor?.shape.length ?? Infinity)
    if (!tensor || missing < 0) return undefined
    if (tensor.shape.length === 0) return b.scalar(Number(tensor.data[0]))
    const shape = [...new Array<number>(missing).fill(1), ...tensor.shape]
    const full = {
      name: isConstant(value) ? value.name : b.fresh(`${name}.sizes`),
      tensor: { ...tensor, shape },
    }
    return constantValue(b, full, { order, shape: order.map((axis) => shape[axis]!) })
  })
  return inputs.every((input) => input !== undefined) ? { inputs, order } : undefined
}

function asTensor(value: Constant | Sizes): TypedTensor | undefined {
  if (isConstant(value)) return value.tensor
  if (!value.sizes.every((size) => typeof size === 'number')) return undefined
  const { sizes, isList } = value
  return { type: 'float32', shape: isList ? [sizes.length] : [], data: Float32Array.from(sizes) }
}
