/** Which pixels a unit sees: the arithmetic of windows, followed through the graph. */
import { windows } from './geometry.js'
import type { Builder } from './builder.js'
import type { Graph, Node } from './graph.js'

/** Along one axis, in pixels of the input: unit i sees the pixels from start + i · stride, `size` of them. */
export interface ReceptiveField {
  size: number
  /** Distance between the fields of neighbouring units. */
  stride: number
  /** First pixel that unit 0 sees; negative where padding is part of its field. */
  start: number
}

/** The field of a unit as [vertical, horizontal], or undefined where it is the whole image. */
export type Fields = [ReceptiveField, ReceptiveField] | undefined

const pixel: ReceptiveField = { size: 1, stride: 1, start: 0 }

/** Operators whose outputs see just what the inputs at the same position see. */
const pointwise = new Set(
  `BatchNormalization LRN Relu Clip LeakyRelu PRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Tanh Softplus
   Softsign Mish Erf Gelu Exp Log Sqrt Abs Neg Reciprocal Pow Identity Cast Add Sub Mul Div Sum Max Min Where
   Concat Split`.split(/\s+/),
)

/**
 * The receptive field of every value's units: with window k, dilation d, stride s and padding p,
 *
 *     size' = size + d(k − 1) · stride      start' = start − p · stride      stride' = stride · s
 *
 * Where branches join, the field is their hull. What is no window (a flattening, a global pooling, a
 * resizing) sees the whole image.
 *
 * @returns By value name.
 */
export function receptiveFields(graph: Graph, b: Builder): Map<string, Fields> {
  const fields = new Map<string, Fields>()
  for (const port of graph.inputs) fields.set(port.name, [pixel, pixel])
  for (const node of graph.nodes) {
    const field = fieldOf(node, fields, b)
    for (const output of node.outputs) fields.set(output, field)
  }
  return fields
}

function fieldOf(node: Node, fields: ReadonlyMap<string, Fields>, b: Builder): Fields {
  const inputs = node.inputs.filter((value) => fields.has(value)).map((value) => fields.get(value))
  const [field] = inputs
  if (!field) return undefined
  const shape = b.shape(node.inputs[0]!)
  if (['Conv', 'MaxPool', 'AveragePool'].includes(node.op) && shape.length === 4) {
    const kernel = node.op === 'Conv' ? b.shape(node.inputs[1]!) : undefined
    const w = windows(node, shape, kernel)
    return both((axis) => {
      const { size, stride, start } = field[axis]
      const span = w.dilations[axis]! * (w.kernel[axis]! - 1)
      return {
        size: size + span * stride,
        start: start - w.begin[axis]! * stride,
        stride: stride * w.strides[axis]!,
      }
    })
  }
  if (!pointwise.has(node.op)) return undefined
  return inputs.reduce(
    (hull, other) => hull && other && both((axis) => join(hull[axis], other[axis])),
  )
}

const both = (of: (axis: 0 | 1) => ReceptiveField): [ReceptiveField, ReceptiveField] => [
  of(0),
  of(1),
]

/** The smallest field that holds two, of units at the same distance. */
function join(a: ReceptiveField, c: ReceptiveField): ReceptiveField {
  const start = Math.min(a.start, c.start)
  const end = Math.max(a.start + a.size, c.start + c.size)
  return { start, size: end - start, stride: Math.max(a.stride, c.stride) }
}
