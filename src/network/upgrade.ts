/** Older ONNX operator sets, brought to the forms of opset 18 that everything else here expects. */
import type { Builder } from './builder.js'
import { type Attribute, float32, int64, type Node, NodeError, type TypedTensor } from './graph.js'
import { axisOf } from './shapes.js'

/** Attributes that later versions have as inputs, in the order of those inputs, from the second on. */
const moved: Record<string, readonly string[]> = {
  Squeeze: ['axes'],
  Unsqueeze: ['axes'],
  Split: ['split'],
  Slice: ['starts', 'ends', 'axes'],
  Pad: ['pads', 'value'],
  Clip: ['min', 'max'],
  Upsample: ['scales'],
}
for (const op of `Sum Mean Max Min Prod L1 L2 SumSquare LogSum LogSumExp`.split(' '))
  moved[`Reduce${op}`] = ['axes']
const fractions = new Set(['value', 'min', 'max', 'scales'])

type Upgrade = (node: Node, opset: number, b: Builder) => Node[]

/** Before opset 13 softmax worked on everything from `axis` (default 1) on, flattened. */
const softmax: Upgrade = (node, opset, b) => {
  if (opset >= 13) return [node]
  const [x] = node.inputs as [string]
  const shape = b.shape(x)
  const axis = axisOf(Number(node.attributes.axis ?? 1), shape.length)
  if (shape.slice(axis + 1).every((dim) => dim === 1)) return [{ ...node, attributes: { axis } }]
  const make = (op: string, inputs: string[], attributes = {}): Node => {
    const name = b.fresh(`${node.name}.${op}`)
    return { op, name, inputs, outputs: [name], attributes }
  }
  const size = make('Shape', [x])
  const flat = make('Flatten', [x], { axis })
  const rows = make(node.op, flat.outputs, { axis: 1 })
  const back = { ...node, op: 'Reshape', inputs: [rows.name, size.name], attributes: {} }
  return [size, flat, rows, back]
}

/** Until opset 10 only scales, and pixels counted from the corner. */
const resize: Upgrade = (node, opset) => {
  if (opset > 10) return [node]
  const [x, scales] = node.inputs as [string, string]
  const attributes = {
    mode: node.attributes.mode ?? 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  }
  return [{ ...node, op: 'Resize', inputs: [x, '', scales], attributes }]
}

const upgrades: Record<string, Upgrade> = {
  Softmax: softmax,
  LogSoftmax: softmax,
  Upsample: resize,
  Resize: resize,
  /** At inference dropout does nothing. */
  Dropout({ name, inputs, outputs }) {
    const [x, y] = [inputs.slice(0, 1), outputs.slice(0, 1)]
    return [{ op: 'Identity', name, inputs: x, outputs: y, attributes: {} }]
  },
  /** Since opset 18 it says how many parts there are, where it does not say their sizes. */
  Split: (node) =>
    node.inputs[1]
      ? [node]
      : [{ ...node, attributes: { ...node.attributes, num_outputs: node.outputs.length } }],
  BatchNormalization(node) {
    const { training_mode, epsilon } = node.attributes
    if (training_mode)
      throw new NodeError(
        node,
        'the model was exported in training mode; export it with model.eval()',
      )
    const attributes: Node['attributes'] = epsilon === undefined ? {} : { epsilon }
    return [{ ...node, outputs: node.outputs.slice(0, 1), attributes }]
  },
}

/**
 * A node of an older operator set as one or several of opset 18.
 *
 * @param b Knows the shapes of what the node reads, and takes the constants that it will read besides.
 */
export function upgrade(node: Node, opset: number, b: Builder): Node[] {
  if (node.domain) return [node]
  const inputs = [...node.inputs]
  const attributes = { ...node.attributes }
  const names = Object.hasOwn(moved, node.op) ? moved[node.op]! : []
  for (const [i, name] of names.entries()) {
    const value = attributes[name]
    if (value === undefined || inputs[i + 1]) continue
    while (inputs.length < i + 1) inputs.push('')
    inputs[i + 1] = b.constant(asTensor(node, value, fractions.has(name) ? float32 : int64))
    delete attributes[name]
  }
  const later = { ...node, inputs, attributes }
  const rule = Object.hasOwn(upgrades, node.op) ? upgrades[node.op] : undefined
  return rule ? rule(later, opset, b) : [later]
}

/** The value of a Constant node, which stands in one of several attributes. */
export function constantValue(node: Node): TypedTensor {
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes
  if (value !== undefined && isTensor(value)) return value
  if (value_float !== undefined) return asTensor(node, value_float, float32)
  if (value_floats !== undefined) return asTensor(node, value_floats, float32)
  return asTensor(node, value_int ?? value_ints, int64)
}

const isTensor = (value: Attribute): value is TypedTensor =>
  typeof value === 'object' && 'data' in value

/** A number as a scalar, a list as a vector. */
function asTensor(
  node: Node,
  value: Attribute | undefined,
  make: (numbers: readonly number[], shape: readonly number[]) => TypedTensor,
): TypedTensor {
  if (typeof value === 'number') return make([value], [])
  const numbers = Array.isArray(value) ? value.filter((item) => typeof item === 'number') : []
  if (Array.isArray(value) && numbers.length === value.length) return make(numbers, [value.length])
  throw new NodeError(node, 'a constant of a kind that is not supported')
}
