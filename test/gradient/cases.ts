/** One small graph for each operator that can be differentiated, and more where it has several ways to work. */
import { gradient } from '../../src/gradient/gradient.js'
import { Random } from '../../src/image/random.js'
import { Builder } from '../../src/network/builder.js'
import {
  type Attribute,
  float32,
  Graph,
  int64,
  type Shape,
  type TypedTensor,
} from '../../src/network/graph.js'

export interface Case {
  op: string
  /** What the case is about, where the operator's name does not say it. */
  name?: string
  /** Shapes of the inputs to differentiate by. */
  inputs: number[][]
  /** Further inputs, that are not; null leaves one out. */
  constants?: (TypedTensor | null)[]
  /** Such that stand before all others, and after the first. */
  before?: TypedTensor[]
  between?: TypedTensor[]
  attributes?: Record<string, Attribute>
  /** The range of random inputs. Default −1 … 1. */
  range?: [number, number]
  outputs?: number
  /** Default 18. */
  opset?: number
}

const image = [2, 4, 7, 6]
const truth: TypedTensor = {
  type: 'bool',
  shape: [7, 1],
  data: Uint8Array.of(1, 0, 0, 1, 1, 0, 1),
}
const axes = (...list: number[]): TypedTensor => int64(list)

export const cases: Case[] = [
  { op: 'Conv', inputs: [image, [3, 4, 3, 3], [3]], attributes: { pads: [1, 1, 1, 1] } },
  {
    op: 'Conv',
    name: 'stride 2, pads that differ',
    inputs: [image, [3, 4, 3, 2], [3]],
    attributes: { strides: [2, 2], pads: [0, 1, 1, 0] },
  },
  {
    op: 'Conv',
    name: 'stride 3 past the kernel',
    inputs: [image, [3, 4, 2, 1]],
    attributes: { strides: [3, 3] },
  },
  {
    op: 'Conv',
    name: '1×1, stride 2',
    inputs: [image, [5, 4, 1, 1]],
    attributes: { strides: [2, 2] },
  },
  {
    op: 'Conv',
    name: 'stride 2, many channels',
    inputs: [
      [2, 16, 7, 6],
      [3, 16, 3, 3],
    ],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    op: 'Conv',
    name: 'stride 3, many channels, pads that differ',
    inputs: [
      [2, 16, 8, 9],
      [3, 16, 5, 4],
    ],
    attributes: { strides: [3, 3], pads: [2, 0, 1, 3] },
  },
  {
    op: 'Conv',
    name: '1×1, stride 2, many channels',
    inputs: [
      [2, 16, 7, 6],
      [3, 16, 1, 1],
    ],
    attributes: { strides: [2, 2] },
  },
  {
    op: 'Conv',
    name: 'dilation',
    inputs: [image, [3, 4, 3, 2]],
    attributes: { dilations: [2, 3], pads: [2, 1, 2, 1] },
  },
  { op: 'Conv', name: 'groups', inputs: [image, [6, 2, 3, 3], [6]], attributes: { group: 2 } },
  {
    op: 'Conv',
    name: 'depthwise, stride 2',
    inputs: [image, [4, 1, 3, 3]],
    attributes: { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    op: 'Conv',
    name: 'asymmetric kernel',
    inputs: [image, [3, 4, 1, 5]],
    attributes: { pads: [0, 2, 0, 2] },
  },
  {
    op: 'Conv',
    name: 'padding wider than the kernel',
    inputs: [image, [3, 4, 1, 1]],
    attributes: { pads: [1, 2, 0, 1] },
  },
  {
    op: 'Conv',
    name: "TensorFlow's SAME padding",
    inputs: [image, [3, 4, 3, 3]],
    attributes: { strides: [2, 2], auto_pad: 'SAME_UPPER' },
  },
  {
    op: 'ConvTranspose',
    inputs: [image, [4, 3, 3, 2], [3]],
    attributes: { strides: [2, 1], pads: [1, 0, 0, 1], output_padding: [1, 0] },
  },
  {
    op: 'ConvTranspose',
    name: 'groups, dilation',
    inputs: [image, [4, 2, 2, 3]],
    attributes: { group: 2, dilations: [2, 1], strides: [2, 2] },
  },
  { op: 'MaxPool', inputs: [image], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  {
    op: 'MaxPool',
    name: 'overlapping windows, ceil mode',
    inputs: [image],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  },
  {
    op: 'MaxPool',
    name: 'padding',
    inputs: [image],
    attributes: { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
  },
  {
    op: 'AveragePool',
    name: 'padding not counted',
    inputs: [image],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    op: 'AveragePool',
    name: 'padding counted',
    inputs: [image],
    attributes: { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  { op: 'GlobalAveragePool', inputs: [image] },
  { op: 'GlobalMaxPool', inputs: [image] },
  {
    op: 'BatchNormalization',
    inputs: [image, [4], [4]],
    constants: [float32([0.1, -0.2, 0.3, 0], [4]), float32([1, 2, 0.5, 1], [4])],
  },
  { op: 'LRN', inputs: [image], attributes: { size: 3, alpha: 0.5, beta: 0.75, bias: 1 } },
  { op: 'InstanceNormalization', inputs: [image, [4], [4]], attributes: { epsilon: 0.01 } },
  { op: 'LayerNormalization', inputs: [image, [6], [6]], attributes: { epsilon: 0.01 } },
  { op: 'LayerNormalization', name: 'two axes', inputs: [image, [7, 6]], attributes: { axis: 2 } },
  { op: 'Gemm', inputs: [[2, 5], [5, 3], [3]], attributes: { alpha: 0.5, beta: 2 } },
  {
    op: 'Gemm',
    name: 'transposed',
    inputs: [
      [5, 2],
      [3, 5],
    ],
    attributes: { transA: 1, transB: 1 },
  },
  {
    op: 'MatMul',
    inputs: [
      [2, 3, 4],
      [4, 5],
    ],
  },
  {
    op: 'MatMul',
    name: 'batched',
    inputs: [
      [2, 3, 4],
      [2, 4, 5],
    ],
  },
  { op: 'Relu', inputs: [image] },
  {
    op: 'Clip',
    inputs: [image],
    constants: [float32([-0.5], []), float32([0.5], [])],
  },
  { op: 'LeakyRelu', inputs: [image], attributes: { alpha: 0.2 } },
  { op: 'PRelu', inputs: [image, [4, 1, 1]] },
  { op: 'Elu', inputs: [image], attributes: { alpha: 0.7 } },
  { op: 'Selu', inputs: [image] },
  { op: 'Celu', inputs: [image], attributes: { alpha: 0.6 } },
  { op: 'ThresholdedRelu', inputs: [image], attributes: { alpha: 0.3 } },
  { op: 'Mish', inputs: [image], range: [-4, 4] },
  { op: 'Softsign', inputs: [image], range: [-2, 2] },
  { op: 'Sin', inputs: [image] },
  { op: 'Cos', inputs: [image] },
  { op: 'HardSigmoid', inputs: [image], attributes: { alpha: 0.8, beta: 0.5 } },
  { op: 'HardSwish', inputs: [image], range: [-4, 4] },
  { op: 'Sigmoid', inputs: [image] },
  { op: 'Tanh', inputs: [image] },
  { op: 'Softplus', inputs: [image] },
  { op: 'Erf', inputs: [image] },
  { op: 'Exp', inputs: [image] },
  { op: 'Log', inputs: [image], range: [0.5, 2] },
  { op: 'Sqrt', inputs: [image], range: [0.5, 2] },
  { op: 'Reciprocal', inputs: [image], range: [0.5, 2] },
  { op: 'Abs', inputs: [image] },
  { op: 'Neg', inputs: [image] },
  { op: 'Identity', inputs: [image] },
  { op: 'Softmax', inputs: [image], attributes: { axis: 1 } },
  { op: 'LogSoftmax', inputs: [[2, 5]], attributes: { axis: -1 } },
  { op: 'Add', inputs: [image, [4, 1, 1]] },
  { op: 'Sub', inputs: [image, [1, 4, 1, 6]] },
  { op: 'Mul', inputs: [image, [2, 1, 7, 1]] },
  { op: 'Div', inputs: [image, image], range: [0.5, 2] },
  { op: 'Pow', inputs: [image, [1]], range: [0.5, 2] },
  { op: 'Max', inputs: [image, image] },
  { op: 'Min', inputs: [image, image] },
  { op: 'Sum', inputs: [image, image, [6]] },
  { op: 'Mean', inputs: [image, image, [4, 1, 6]] },
  { op: 'Where', inputs: [image, [4, 1, 6]], before: [truth] },
  { op: 'Concat', inputs: [image, [2, 3, 7, 6]], attributes: { axis: 1 } },
  { op: 'Split', inputs: [image], constants: [axes(1, 3)], attributes: { axis: 1 }, outputs: 2 },
  { op: 'Transpose', inputs: [image], attributes: { perm: [2, 0, 3, 1] } },
  { op: 'Reshape', inputs: [image], constants: [axes(2, 2, -1)] },
  { op: 'Flatten', inputs: [image], attributes: { axis: 2 } },
  { op: 'Unsqueeze', inputs: [image], constants: [axes(0, 3)] },
  { op: 'Squeeze', inputs: [[2, 1, 4, 1]], constants: [axes(1, 3)] },
  { op: 'Expand', inputs: [[4, 1, 6]], constants: [axes(2, 4, 7, 6)] },
  { op: 'Slice', inputs: [image], constants: [axes(1, -4), axes(3, 100), axes(1, 2)] },
  {
    op: 'Slice',
    name: 'steps',
    inputs: [image],
    constants: [axes(1, 6), axes(7, -100), axes(2, 3), axes(2, -1)],
  },
  { op: 'Pad', inputs: [image], constants: [axes(0, 1, 2, 0, 0, 0, -1, 3)] },
  ...['reflect', 'edge', 'wrap'].map((mode) => ({
    op: 'Pad',
    name: mode,
    inputs: [image],
    constants: [axes(0, 2, 3, 1, 0, 0, 2, 4)],
    attributes: { mode },
    opset: 19,
  })),
  {
    op: 'Pad',
    name: 'reflect, of some axes',
    inputs: [image],
    constants: [axes(3, 2), null, axes(-1)],
    attributes: { mode: 'reflect' },
  },
  { op: 'Tile', inputs: [image], constants: [axes(1, 3, 1, 2)] },
  { op: 'Gather', inputs: [image], constants: [int64([2], [])], attributes: { axis: 1 } },
  {
    op: 'Gather',
    name: 'several',
    inputs: [image],
    constants: [axes(3, 0, 3)],
    attributes: { axis: 2 },
  },
  {
    op: 'Gather',
    name: 'all in another order',
    inputs: [image],
    constants: [axes(2, -1, 0, 1)],
    attributes: { axis: 1 },
  },
  {
    op: 'Gather',
    name: 'by a table',
    inputs: [image],
    constants: [int64([0, 3, 1, 3, -1, 2], [2, 3])],
    attributes: { axis: 1 },
  },
  ...['none', 'add'].map((reduction) => ({
    op: 'ScatterElements',
    name: reduction,
    inputs: [
      [3, 4],
      [2, 2],
    ],
    between: [int64([0, 2, 1, -1], [2, 2])],
    attributes: { axis: 1, reduction },
  })),
  {
    op: 'GatherElements',
    inputs: [[2, 5]],
    constants: [int64([1, 1, 4, 0], [2, 2])],
    attributes: { axis: 1 },
  },
  { op: 'DepthToSpace', inputs: [image], attributes: { blocksize: 2 } },
  { op: 'DepthToSpace', inputs: [[2, 8, 3, 2]], attributes: { blocksize: 2, mode: 'CRD' } },
  { op: 'SpaceToDepth', inputs: [[2, 3, 4, 6]], attributes: { blocksize: 2 } },
  {
    op: 'Resize',
    name: 'nearest, by scales',
    inputs: [image],
    constants: [float32([], [0]), float32([1, 1, 2, 3], [4])],
    attributes: {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    },
  },
  {
    op: 'Resize',
    name: 'linear, to sizes, larger and smaller',
    inputs: [image],
    constants: [float32([], [0]), float32([], [0]), axes(11, 4)],
    attributes: { mode: 'linear', axes: [2, 3] },
  },
  {
    op: 'Resize',
    name: 'linear, aligned corners',
    inputs: [image],
    constants: [float32([], [0]), float32([], [0]), axes(13, 9)],
    attributes: { mode: 'linear', axes: [2, 3], coordinate_transformation_mode: 'align_corners' },
  },
  { op: 'ReduceSum', inputs: [image], constants: [axes(2, 3)], attributes: { keepdims: 0 } },
  { op: 'ReduceMean', inputs: [image], constants: [axes(0, 2)], attributes: { keepdims: 1 } },
  { op: 'ReduceMean', name: 'all axes', inputs: [image], attributes: { keepdims: 0 } },
  { op: 'ReduceMax', inputs: [image], constants: [axes(1)] },
  { op: 'ReduceMin', inputs: [image], constants: [axes(2, -1)], attributes: { keepdims: 0 } },
  { op: 'ReduceL1', inputs: [image], constants: [axes(1)] },
  { op: 'ReduceLogSum', inputs: [image], constants: [axes(1)], range: [0.5, 2] },
  { op: 'ReduceLogSumExp', inputs: [image], constants: [axes(2)], attributes: { keepdims: 0 } },
  { op: 'CumSum', inputs: [image], constants: [int64([-2], [])] },
  {
    op: 'CumSum',
    name: 'exclusive, reverse',
    inputs: [image],
    constants: [int64([1], [])],
    attributes: { exclusive: 1, reverse: 1 },
  },
  { op: 'Gelu', inputs: [image], range: [-3, 3], opset: 20 },
  {
    op: 'Gelu',
    name: 'tanh',
    inputs: [image],
    range: [-3, 3],
    attributes: { approximate: 'tanh' },
    opset: 20,
  },
  { op: 'ReduceL2', inputs: [image], constants: [axes(1, 2, 3)] },
  { op: 'ReduceSumSquare', inputs: [image], constants: [axes(1)] },
]

export const titleOf = ({ op, name }: Case): string => (name ? `${op}: ${name}` : op)

export interface Setting {
  /** The operator alone. */
  forward: Graph
  /** Its gradients by the inputs: of the sum of its outputs, each times weights w0, w1, … that are fed. */
  backward: Graph
  /** Names of the inputs to differentiate by. */
  inputs: string[]
  /** Names of the operator's outputs. */
  outputs: string[]
  /** Names of the gradients, in the order of the inputs. */
  gradients: string[]
  /** Numbers for the inputs. */
  feeds: Record<string, TypedTensor>
}

/** The graphs of a case, and numbers to run them on. */
export function settingOf(test: Case): Setting {
  const { op, constants = [], attributes = {}, range = [-1, 1], outputs = 1, opset = 18 } = test
  const random = new Random(7)
  const inputs = test.inputs.map((_, i) => `x${i}`)
  const feeds = Object.fromEntries(
    test.inputs.map((shape, i) => [inputs[i]!, distinct(random, shape, range)]),
  )
  const graph = new Graph()
  graph.opset = opset
  graph.inputs = test.inputs.map((shape, i) => ({
    name: inputs[i]!,
    type: 'float32',
    shape: free(shape),
  }))
  const b = new Builder(graph)
  const fixed = (values: readonly (TypedTensor | null)[] = []): string[] =>
    values.map((value) => (value ? b.constant(value) : ''))
  const [first, ...rest] = inputs as [string, ...string[]]
  const all = [...fixed(test.before), first, ...fixed(test.between), ...rest, ...fixed(constants)]
  const results = b.addMany(op, all, attributes, outputs)
  const forward = b.graph.copy().extract(results)

  const terms = results.map((result, i) => {
    const weighted = b.add('Mul', [result, b.input(`w${i}`, b.shape(result))])
    return b.add('ReduceSum', [weighted], { keepdims: 0 })
  })
  const of = terms.length === 1 ? terms[0]! : b.add('Sum', terms)
  const gradients = gradient(b, of, inputs)
  return {
    forward,
    backward: b.graph.extract(gradients),
    inputs,
    outputs: results,
    gradients,
    feeds,
  }
}

/** Distinct values in random order, so that no two are within reach of a difference (max, abs, …). */
export function distinct(
  random: Random,
  shape: readonly number[],
  [low, high]: readonly [number, number],
): TypedTensor {
  const size = shape.reduce((a, b) => a * b, 1)
  const values = Float32Array.from(
    random.permutation(size),
    (rank) => low + ((high - low) * (rank + 0.5)) / size,
  )
  return float32(values, shape)
}

/** Weights of outputs, a random linear functional, so that every element matters differently. */
export function weightsOf(outputs: readonly TypedTensor[]): Record<string, TypedTensor> {
  const random = new Random(8)
  return Object.fromEntries(
    outputs.map(({ shape, data }, i) => [
      `w${i}`,
      float32(
        Float32Array.from({ length: data.length }, () => random.uniform(-1, 1)),
        shape,
      ),
    ]),
  )
}

/** A first axis of 2 is the free batch, as in networks. */
const free = (shape: number[]): Shape =>
  shape[0] === 2 && shape.length > 1 ? ['N', ...shape.slice(1)] : shape
