/** What only runs forward, and forms of operators that have no gradient here. */
import { type Attribute, float32, int64, type TypedTensor } from '../../src/network/graph.js'

export interface ForwardCase {
  op: string
  name?: string
  /** A shape gives random numbers between −0.9 and 1.1 of that shape; null leaves an input out. */
  inputs: (number[] | TypedTensor | null)[]
  attributes?: Record<string, Attribute>
  outputs?: number
  /** Default 18. */
  opset?: number
}

const image = [2, 4, 11, 8]
const list = (...values: number[]): TypedTensor => int64(values)
const scalar = (value: number): TypedTensor => float32([value], [])
const truth = (...values: number[]): TypedTensor => ({
  type: 'bool',
  shape: [values.length],
  data: Uint8Array.from(values),
})
const vector = (...values: number[]): TypedTensor => float32(values, [values.length])
const end = Number.MAX_SAFE_INTEGER

const windows: Record<string, Attribute>[] = [
  { kernel_shape: [3, 2] },
  { kernel_shape: [3, 3], strides: [2, 2] },
  { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 },
  { kernel_shape: [3, 3], strides: [2, 3], pads: [1, 0, 1, 2] },
  { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' },
  { kernel_shape: [2, 4], strides: [3, 2], auto_pad: 'SAME_LOWER' },
  { kernel_shape: [3, 3], dilations: [2, 3], pads: [1, 1, 1, 1] },
]
const pools = windows.flatMap((attributes): ForwardCase[] => [
  { op: 'MaxPool', inputs: [image], attributes },
  { op: 'MaxPool', name: 'with indices', inputs: [image], attributes, outputs: 2 },
  { op: 'AveragePool', inputs: [image], attributes, opset: 19 },
  {
    op: 'AveragePool',
    name: 'padding counted',
    inputs: [image],
    attributes: { ...attributes, count_include_pad: 1 },
    opset: 19,
  },
])

const coordinates = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
]
const resizes = coordinates.flatMap((coordinate_transformation_mode): ForwardCase[] => [
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map((nearest_mode) => ({
    op: 'Resize',
    // Symmetric about the middle, places are often whole up to rounding; here none is.
    inputs: [
      image,
      null,
      coordinate_transformation_mode === 'half_pixel_symmetric'
        ? vector(1, 1, 2.4, 0.8)
        : vector(1, 1, 2.5, 0.5),
    ],
    attributes: { coordinate_transformation_mode, mode: 'nearest', nearest_mode },
    opset: 19,
  })),
  ...['linear', 'cubic'].map((mode) => ({
    op: 'Resize',
    inputs: [image, null, vector(1, 1, 1.7, 0.6)],
    attributes: { coordinate_transformation_mode, mode },
    opset: 19,
  })),
])

const unary = `Ceil Cos Floor Round Sign Sin Softsign Mish Celu ThresholdedRelu Dropout`
const comparisons = `Equal Greater GreaterOrEqual Less LessOrEqual`
const reductions = `Sum Mean Max Min Prod L1 L2 SumSquare LogSumExp`

export const forwardCases: ForwardCase[] = [
  { op: 'Conv', inputs: [[2, 4, 9], [2, 4, 3], [2]], attributes: { pads: [1, 1], strides: [2] } },
  {
    op: 'Conv',
    inputs: [
      [2, 2, 5, 6, 7],
      [3, 2, 1, 2, 3],
    ],
  },
  {
    op: 'Conv',
    name: 'dilation and stride',
    inputs: [image, [6, 2, 3, 3]],
    attributes: { strides: [2, 3], dilations: [2, 1], group: 2 },
  },
  {
    op: 'Conv',
    name: 'depthwise with several outputs, dilation',
    inputs: [image, [8, 1, 3, 2], [8]],
    attributes: { group: 4, dilations: [2, 2], pads: [1, 2, 0, 1] },
  },
  {
    op: 'Conv',
    inputs: [image, [5, 4, 4, 3]],
    attributes: { strides: [2, 1], auto_pad: 'SAME_LOWER' },
  },
  { op: 'ConvTranspose', inputs: [image, [4, 3, 3, 2], [3]] },
  {
    op: 'ConvTranspose',
    name: 'stride 2, output padding',
    inputs: [image, [4, 3, 3, 3]],
    attributes: { strides: [2, 2], pads: [1, 2, 1, 0], output_padding: [1, 0] },
  },
  {
    op: 'ConvTranspose',
    name: 'groups, dilation',
    inputs: [image, [4, 2, 3, 3]],
    attributes: { strides: [2, 3], dilations: [2, 1], group: 2 },
  },
  {
    op: 'ConvTranspose',
    name: 'depthwise',
    inputs: [image, [4, 1, 3, 3]],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], group: 4 },
  },
  {
    op: 'ConvTranspose',
    name: 'pads wider than the kernel',
    inputs: [image, [4, 3, 1, 2]],
    attributes: { pads: [1, 2, 2, 1] },
  },
  ...['SAME_UPPER', 'SAME_LOWER'].map((auto_pad) => ({
    op: 'ConvTranspose',
    inputs: [image, [4, 3, 4, 3]],
    attributes: { strides: [2, 2], auto_pad },
  })),
  {
    op: 'ConvTranspose',
    inputs: [image, [4, 3, 3, 4]],
    attributes: { strides: [2, 2], output_shape: [22, 17] },
  },
  ...pools,
  { op: 'MaxPool', name: 'one axis', inputs: [[2, 3, 9]], attributes: { kernel_shape: [3] } },
  { op: 'GlobalMaxPool', inputs: [image] },
  { op: 'LRN', inputs: [image], attributes: { size: 5, alpha: 0.3 } },
  { op: 'InstanceNormalization', inputs: [image, [4], [4]] },
  { op: 'LayerNormalization', inputs: [image, [8], [8]] },
  { op: 'LayerNormalization', inputs: [image, [11, 8]], attributes: { axis: 2 } },
  ...resizes,
  {
    op: 'Resize',
    name: 'to a size',
    inputs: [image, null, null, list(5, 17)],
    attributes: { axes: [2, 3], mode: 'linear' },
  },
  ...['linear', 'cubic'].map((mode) => ({
    op: 'Resize',
    inputs: [image, null, vector(1, 1, 0.4, 0.7)],
    attributes: { mode, antialias: 1 },
  })),
  {
    op: 'Resize',
    inputs: [image, null, vector(1, 1, 2, 1.3)],
    attributes: { mode: 'cubic', cubic_coeff_a: -0.5, exclude_outside: 1 },
  },
  ...unary.split(' ').map((op) => ({ op, inputs: [image] })),
  { op: 'Round', name: 'halves', inputs: [vector(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6)] },
  { op: 'Gelu', inputs: [image], opset: 20 },
  { op: 'Gelu', inputs: [image], attributes: { approximate: 'tanh' }, opset: 20 },
  { op: 'Clip', name: 'one bound', inputs: [image, null, scalar(0.3)] },
  { op: 'Softmax', inputs: [image] },
  { op: 'Elu', name: 'far out', inputs: [vector(-1000, -1, 0, 1, 1000)] },
  { op: 'Mean', inputs: [image, [4, 1, 1], [8]] },
  { op: 'Mod', inputs: [vector(5, -5, 5, -5), vector(3, 3, -3, -3)], attributes: { fmod: 1 } },
  { op: 'Mod', inputs: [list(5, -5, 5, -5), list(3, 3, -3, -3)] },
  { op: 'Div', name: 'whole numbers', inputs: [list(7, -7, 6), list(2, 2, -3)] },
  { op: 'Add', name: 'whole numbers', inputs: [list(7, -7, 6), list(2)] },
  { op: 'Mul', name: 'whole numbers', inputs: [list(7, -7, 6), list(2)] },
  { op: 'Pow', name: 'a whole exponent', inputs: [image, int64([2], [])] },
  ...comparisons.split(' ').map((op) => ({ op, inputs: [image, [4, 1, 1]] })),
  ...comparisons.split(' ').map((op) => ({ op, inputs: [list(1, 2, 3), list(2, 2, 2)] })),
  { op: 'Equal', inputs: [truth(0, 1, 1), truth(1, 1, 0)] },
  ...['And', 'Or', 'Xor'].map((op) => ({ op, inputs: [truth(0, 0, 1, 1), truth(0, 1, 0, 1)] })),
  { op: 'Not', inputs: [truth(0, 1)] },
  { op: 'Where', inputs: [truth(1, 0, 1), [2, 1], [3]] },
  { op: 'Where', name: 'whole numbers', inputs: [truth(1, 0, 1), list(1, 2, 3), int64([9], [])] },
  ...[6, 7, 9].map((to) => ({
    op: 'Cast',
    inputs: [vector(-1.7, -0.5, 0, 0.5, 2.9)],
    attributes: { to },
  })),
  { op: 'Cast', inputs: [truth(0, 1)], attributes: { to: 1 } },
  { op: 'Cast', inputs: [list(-3, 0, 4)], attributes: { to: 1 } },
  { op: 'Flatten', inputs: [image], attributes: { axis: 0 } },
  { op: 'Flatten', inputs: [image], attributes: { axis: -1 } },
  { op: 'Reshape', inputs: [image, list(0, 2, 2, 0, -1)] },
  { op: 'Reshape', inputs: [[0, 4], list(4, 0)], attributes: { allowzero: 1 } },
  { op: 'Transpose', inputs: [image] },
  {
    op: 'Transpose',
    name: 'six axes',
    inputs: [[2, 3, 2, 4, 2, 3]],
    attributes: { perm: [0, 3, 4, 1, 5, 2] },
  },
  { op: 'Squeeze', name: 'all ones', inputs: [[2, 1, 3, 1]] },
  { op: 'Unsqueeze', inputs: [image, list(-1, 1)] },
  { op: 'Concat', name: 'whole numbers', inputs: [list(1, 2), list(3)], attributes: { axis: 0 } },
  { op: 'Split', inputs: [image], attributes: { axis: 2, num_outputs: 4 }, outputs: 4 },
  { op: 'Slice', inputs: [image, list(-5, 1), list(-1, end), list(2, -1), list(1, 3)] },
  { op: 'Slice', inputs: [image, list(-1), list(-(2 ** 40)), list(3), list(-1)] },
  { op: 'Slice', inputs: [image, list(9), list(1), list(2), list(-3)] },
  { op: 'Slice', name: 'nothing', inputs: [image, list(6), list(2), list(2)] },
  { op: 'Expand', inputs: [[4, 1, 8], list(3, 1, 5, 1)] },
  { op: 'Tile', inputs: [image, list(1, 2, 1, 3)] },
  { op: 'Pad', inputs: [image, list(0, 0, 1, 2, 0, 0, 3, -1), scalar(0.5)] },
  ...['reflect', 'edge', 'wrap'].map((mode) => ({
    op: 'Pad',
    inputs: [image, list(1, 2, 3, 0), null, list(-1, 2)],
    attributes: { mode },
    opset: 19,
  })),
  { op: 'Gather', inputs: [image, int64([0, 1, -2, 3], [2, 2])], attributes: { axis: 1 } },
  { op: 'Gather', name: 'whole numbers', inputs: [list(4, 5, 6), int64([-1], [])] },
  {
    op: 'GatherElements',
    inputs: [[2, 3, 2], int64([-1, 0, 1, 2, 0, 0, 1, 1], [2, 2, 2])],
    attributes: { axis: 1 },
  },
  ...['none', 'add'].map((reduction) => ({
    op: 'ScatterElements',
    inputs: [[3, 4], int64([0, 2, 1, -1], [2, 2]), [2, 2]],
    attributes: { axis: 1, reduction },
  })),
  {
    op: 'ScatterElements',
    name: 'several to one place',
    inputs: [[5], list(1, 1, 3, 1), [4]],
    attributes: { reduction: 'add' },
  },
  { op: 'DepthToSpace', inputs: [image], attributes: { blocksize: 2 } },
  { op: 'DepthToSpace', inputs: [image], attributes: { blocksize: 2, mode: 'CRD' } },
  { op: 'SpaceToDepth', inputs: [[2, 3, 6, 8]], attributes: { blocksize: 2 } },
  { op: 'OneHot', inputs: [list(3, -1, 0), list(5), vector(-1, 2)] },
  { op: 'OneHot', inputs: [list(0, -1), list(1), vector(0, 1)] },
  {
    op: 'OneHot',
    inputs: [int64([0, 1, 2, 2], [2, 2]), list(3), vector(0, 1)],
    attributes: { axis: 1 },
  },
  ...['ArgMax', 'ArgMin'].flatMap((op) => [
    { op, inputs: [image], attributes: { axis: 1, keepdims: 0 } },
    { op, inputs: [vector(1, 3, 3, 1, 1)], attributes: { axis: 0 } },
    { op, inputs: [vector(1, 3, 3, 1, 1)], attributes: { axis: 0, select_last_index: 1 } },
  ]),
  ...reductions.split(' ').flatMap((name) => [
    { op: `Reduce${name}`, inputs: [image, list(1, -1)], attributes: { keepdims: 0 } },
    { op: `Reduce${name}`, inputs: [image] },
  ]),
  { op: 'ReduceLogSum', inputs: [vector(0.5, 1, 2)] },
  { op: 'ReduceSum', inputs: [image], attributes: { noop_with_empty_axes: 1 } },
  { op: 'ReduceSum', name: 'whole numbers', inputs: [list(2, 3)] },
  { op: 'CumSum', inputs: [image, int64([-2], [])] },
  { op: 'CumSum', inputs: [image, int64([1], [])], attributes: { exclusive: 1, reverse: 1 } },
  { op: 'Shape', inputs: [image], attributes: { start: -3, end: -1 } },
  { op: 'Size', inputs: [image] },
  { op: 'ConstantOfShape', inputs: [list(2, 3)] },
  { op: 'ConstantOfShape', inputs: [list(3)], attributes: { value: list(-7) } },
  { op: 'Constant', inputs: [], attributes: { value: vector(1, 2) } },
]
