/** One node of TensorFlow on its way into the graph. */
import type { Builder } from '../../builder.js'
import type { Attribute } from '../../graph.js'
import { axisFromEnd, type Features } from '../features.js'
import type { NodeDef } from './node.js'
import { type Constant, isConstant, isFeatures, sizesOf, type Value } from './value.js'

/** One node on its way into the graph. */
export interface Call {
  b: Builder
  def: NodeDef
  inputs: readonly Value[]
  /** What the node that computes the output is called. */
  name: string
}

/** What a node gives: one value, or one per output. */
export type Rule = (call: Call) => Value | Value[]

export const node = (
  call: Call,
  op: string,
  inputs: string[],
  attributes: Record<string, Attribute> = {},
): string => call.b.layer(call.name, op, inputs, attributes)

export const step = (
  call: Call,
  part: string,
  op: string,
  inputs: string[],
  attributes: Record<string, Attribute> = {},
): string => call.b.addMany(op, inputs, attributes, 1, call.b.fresh(`${call.name}.${part}`))[0]!

export function features({ def, inputs }: Call, i = 0): Features {
  const value = inputs[i]
  if (value && isFeatures(value)) return value
  throw def.error(`its input ${i} must depend on the image`)
}

export function constant({ def, inputs }: Call, i: number): Constant {
  const value = inputs[i]
  if (value && isConstant(value)) return value
  throw def.error(`its input ${i} must be a constant`)
}

/** An input of whole numbers that is known beforehand. */
export function numbers(call: Call, i: number): number[] {
  const value = call.inputs[i]
  const known = value && sizesOf(value)?.sizes.map(Number)
  if (known?.every((number) => Number.isSafeInteger(number))) return known
  throw call.def.error(`its input ${i} must be known beforehand`)
}

/** An input that is one number, known beforehand. */
export function number({ def, inputs }: Call, i: number): number {
  const value = inputs[i]
  const [known, ...more] = (value && sizesOf(value)?.sizes) ?? []
  if (typeof known === 'number' && Number.isFinite(known) && more.length === 0) return known
  throw def.error(`its input ${i} must be a number that is known beforehand`)
}

/** An axis that may be counted from the end. */
export function axisOf({ def }: Call, axis: number, rank: number): number {
  const counted = axisFromEnd(axis, rank)
  if (counted !== undefined) return counted
  throw def.error(`its input has ${rank} axes, and no axis ${axis}`)
}

/** Axes without some: renumbered, in the order in which the value still has them. */
export function without(order: readonly number[], axes: readonly number[]): number[] {
  const rest = order.filter((axis) => !axes.includes(axis))
  const sorted = [...rest].sort((a, c) => a - c)
  return rest.map((axis) => sorted.indexOf(axis))
}
