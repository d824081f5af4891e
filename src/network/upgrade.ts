/** Older ONNX operator sets, brought to the forms of opset 18 that everything else here expects. */
import type { Builder } from './builder.js'
import { type Attribute, float32, int64, type Node, NodeError, type TypedTensor } from './graph.js'
import { SCIKIT_DOMAIN, translateScikit } from './scikit.js'
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

/** An operator of any number of inputs as a chain of those of two. */
const chain: Upgrade = (node, _, b) => {
  const [first, ...rest] = node.inputs as [string, ...string[]]
  if (rest.length === 0) return [{ ...node, op: 'Identity' }]
  const names = rest.map((_, i) => (i === rest.length - 1 ? node.name : b.fresh(node.name)))
  return rest.map((input, i) => {
    const last = i === rest.length - 1
    const inputs = [i === 0 ? first : names[i - 1]!, input]
    return { ...node, name: names[i]!, inputs, outputs: last ? node.outputs : [names[i]!] }
  })
}

/** A node as several simpler ones, the last of which has its name and output. */
function composed(
  node: Node,
  b: Builder,
  compose: (
    step: (op: string, inputs: string[], attributes?: Node['attributes']) => string,
  ) => void,
): Node[] {
  const nodes: Node[] = []
  compose((op, inputs, attributes = {}) => {
    const name = b.fresh(`${node.name}.${op}`)
    nodes.push({ op, name, inputs, outputs: [name], attributes })
    return name
  })
  const last = nodes.pop()
  return last ? [...nodes, { ...last, name: node.name, outputs: node.outputs }] : [node]
}

const upgrades: Record<string, Upgrade> = {
  Max: chain,
  Min: chain,
  /** Instance norm of groups of channels, then a scale and a shift of each channel (Wu & He 2018). */
  GroupNormalization: (node, opset, b) =>
    composed(node, b, (step) => {
      const [x, scale, shift] = node.inputs as [string, string, string]
      const [, channels, ...positions] = b.shape(x)
      const groups = Number(node.attributes.num_groups)
      const ones = (n: number): string => b.constant(float32(new Float32Array(n).fill(1), [n]))
      const zeros = b.constant(float32(new Float32Array(groups), [groups]))
      const grouped = step('Reshape', [x, b.integers([0, groups, -1])])
      const { epsilon } = node.attributes
      const normal = step(
        'InstanceNormalization',
        [grouped, ones(groups), zeros],
        epsilon === undefined ? {} : { epsilon },
      )
      const shape = b.integers([0, Number(channels), ...positions.map(Number)])
      // Until opset 20 there is one scale for each group.
      const perChannel = (values: string): string => {
        const each = Number(channels) / groups
        const wide =
          opset > 20
            ? values
            : step('Mul', [
                step('Reshape', [values, b.integers([groups, 1])]),
                b.constant(float32(new Float32Array(each).fill(1), [1, each])),
              ])
        return step('Reshape', [wide, b.integers([Number(channels), ...positions.map(() => 1)])])
      }
      const scaled = step('Mul', [step('Reshape', [normal, shape]), perChannel(scale)])
      step('Add', [scaled, perChannel(shift)])
    }),
  /** (Σ |x|ᵖ)^(1/p) over windows. */
  LpPool: (node, _, b) =>
    composed(node, b, (step) => {
      const { p = 2, ceil_mode = 0, ...window } = node.attributes
      if (ceil_mode !== 0) throw new NodeError(node, 'ceil mode is not supported')
      const kernel = window.kernel_shape as readonly number[]
      const power = step('Pow', [step('Abs', [node.inputs[0]!]), b.scalar(Number(p))])
      const mean = step('AveragePool', [power], { ...window, count_include_pad: 1 })
      const count = kernel.reduce((product, n) => product * n, 1)
      step('Pow', [step('Mul', [mean, b.scalar(count)]), b.scalar(1 / Number(p))])
    }),
  GlobalLpPool: (node, _, b) =>
    composed(node, b, (step) => {
      const p = Number(node.attributes.p ?? 2)
      const [x] = node.inputs as [string]
      const axes = b.integers(
        b
          .shape(x)
          .map((_, axis) => axis)
          .slice(2),
      )
      const power = step('Pow', [step('Abs', [x]), b.scalar(p)])
      step('Pow', [step('ReduceSum', [power, axes]), b.scalar(1 / p)])
    }),
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
  if (node.domain === SCIKIT_DOMAIN) return translateScikit(node, b)
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
