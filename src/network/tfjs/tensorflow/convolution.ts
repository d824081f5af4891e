/** Convolutions, matrix products, pooling and batch norm, with what the converter fuses into them. */
import { sizeOf } from '../../../engine/tensor.js'
import type { Attribute } from '../../graph.js'
import { arranged, channelsFirst, type Features, tensorShape } from '../features.js'
import { quoted } from '../json.js'
import { windowAttributes } from '../windows.js'
import { type Call, constant, features, node, type Rule } from './call.js'
import { activations } from './elementwise.js'
import { constantValue, isConstant, type Value } from './value.js'

/** The axis of the channels by `data_format`. */
const channelAxis = ({ def }: Call): number =>
  def.string('data_format', 'NHWC') === 'NCHW' ? 1 : 3

/** An image as [N, C, H, W]. */
export function image(call: Call): Features {
  const x = features(call)
  if (x.order.length !== 4)
    throw call.def.error(
      `its input is [${tensorShape(call.b, x).join(', ')}]; expected images, with four axes`,
    )
  const order = channelsFirst(4, channelAxis(call))
  return { value: arranged(call.b, x, order, call.name), order }
}

/** Of a list with a number per axis, those of rows and columns. */
function positions(call: Call, key: string, otherwise: readonly number[] = [1, 1, 1, 1]): number[] {
  const list = call.def.numbers(key, otherwise)
  const first = channelAxis(call) === 1 ? 2 : 1
  if (list.length === 4) return list.slice(first, first + 2)
  throw call.def.error(`its '${key}' is ${quoted(list)}; expected four numbers`)
}

/** Strides, dilations and padding. Of SAME padding the larger half is after the image. */
function windows(call: Call, size: readonly number[]): Record<string, Attribute> {
  const { def } = call
  const strides = positions(call, 'strides')
  const dilations = positions(call, 'dilations')
  const padding = def.string('padding', 'VALID')
  if (!['SAME', 'VALID', 'EXPLICIT'].includes(padding))
    throw def.error(`its padding is '${padding}'; expected SAME, VALID or EXPLICIT`)
  const attributes = windowAttributes({ size, strides, dilations, same: padding === 'SAME' }, def)
  if (padding !== 'EXPLICIT') return attributes
  const [top = 0, bottom = 0, left = 0, right = 0] = def
    .numbers('explicit_paddings', [])
    .slice(channelAxis(call) === 1 ? 4 : 2)
  return { ...attributes, pads: [top, left, bottom, right] }
}

/** What is fused into a node: a bias, then perhaps an activation; its input is called `name.linear`. */
function fused(call: Call, compute: (call: Call, bias: string[]) => Features): Value {
  const { b, def, inputs } = call
  const parts = def.strings('fused_ops')
  const activation = parts.find((part) => part !== 'BiasAdd')
  const bias = parts.includes('BiasAdd') ? [constantValue(b, constant(call, 2))] : []
  if (activation === undefined) return compute(call, bias)
  const rule = Object.hasOwn(activations, activation) ? activations[activation] : undefined
  if (!rule || parts.length > 2)
    throw def.error(
      `it is fused with ${parts.join(', ')}; expected BiasAdd and one of ${Object.keys(activations).join(', ')}`,
    )
  const linear = compute({ ...call, name: b.fresh(`${call.name}.linear`) }, bias)
  return rule({ ...call, inputs: [linear, ...inputs.slice(3)] }) as Value
}

/** [height, width, in, out] → [out, in, height, width] */
const convolution = (call: Call, bias: string[]): Features => {
  const { value, order } = image(call)
  const kernel = constant(call, 1)
  const [height = 0, width = 0] = kernel.tensor.shape
  const channels = Number(call.b.shape(value)[1])
  if (kernel.tensor.shape.length !== 4 || channels % kernel.tensor.shape[2]! !== 0)
    throw call.def.error(
      `its kernel is [${kernel.tensor.shape.join(', ')}] for ${channels} channels`,
    )
  const inputs = [value, constantValue(call.b, kernel, { order: [3, 2, 0, 1] }), ...bias]
  const group = channels / kernel.tensor.shape[2]!
  const attributes = { ...windows(call, [height, width]), group }
  return { value: node(call, 'Conv', inputs, attributes), order }
}

/** [height, width, in, multiplier] → [in · multiplier, 1, height, width] */
const depthwise = (call: Call, bias: string[]): Features => {
  const { value, order } = image(call)
  const kernel = constant(call, 1)
  if (kernel.tensor.shape.length !== 4)
    throw call.def.error(`its kernel is [${kernel.tensor.shape.join(', ')}]; expected four axes`)
  const [height = 0, width = 0, channels = 0, multiplier = 0] = kernel.tensor.shape
  const layout = { order: [2, 3, 0, 1], shape: [channels * multiplier, 1, height, width] }
  const inputs = [value, constantValue(call.b, kernel, layout), ...bias]
  const attributes = { ...windows(call, [height, width]), group: channels }
  return { value: node(call, 'Conv', inputs, attributes), order }
}

const matrixProduct = (call: Call, bias: string[]): Features => {
  const { b, def } = call
  const x = features(call)
  const other = call.inputs[1]
  const weights =
    other &&
    (isConstant(other)
      ? constantValue(b, other)
      : arranged(b, features(call, 1), [0, 1], call.name))
  if (x.order.length !== 2 || !weights) throw def.error('it multiplies what are no matrices')
  const inputs = [arranged(b, x, [0, 1], call.name), weights, ...bias]
  const attributes = {
    transA: def.flag('transpose_a') ? 1 : 0,
    transB: def.flag('transpose_b') ? 1 : 0,
  }
  return { value: node(call, 'Gemm', inputs, attributes), order: [0, 1] }
}

const pooling =
  (op: string): Rule =>
  (call) => {
    const { value, order } = image(call)
    const attributes = windows(call, positions(call, 'ksize'))
    return { value: node(call, op, [value], attributes), order }
  }

const FusedBatchNorm: Rule = (call) => {
  const { b, def } = call
  if (def.flag('is_training', true))
    throw def.error('it is in training mode; freeze the model for inference')
  const { value, order } = image(call)
  const statistics = [1, 2, 3, 4].map((i) => constantValue(b, constant(call, i)))
  const attributes = { epsilon: def.number('epsilon', 1e-4) }
  return { value: node(call, 'BatchNormalization', [value, ...statistics], attributes), order }
}

/** Normalises each channel by its neighbours (Krizhevsky et al. 2012). ONNX divides α by their number. */
const LRN: Rule = (call) => {
  const { def } = call
  const { value, order } = image(call)
  const size = 2 * def.number('depth_radius', 5) + 1
  const attributes = {
    size,
    alpha: def.number('alpha', 1) * size,
    beta: def.number('beta', 0.5),
    bias: def.number('bias', 1),
  }
  return { value: node(call, 'LRN', [value], attributes), order }
}

const BiasAdd: Rule = (call) => {
  const { b, def } = call
  const x = features(call)
  const bias = constant(call, 1)
  const axis = def.string('data_format', 'NHWC') === 'NCHW' ? 1 : x.order.length - 1
  const shape = x.order.map((from) => (from === axis ? sizeOf(bias.tensor.shape) : 1))
  return { value: node(call, 'Add', [x.value, constantValue(b, bias, { shape })]), order: x.order }
}

export const convolutionRules: Record<string, Rule> = {
  Conv2D: (call) => convolution(call, []),
  _FusedConv2D: (call) => fused(call, convolution),
  DepthwiseConv2dNative: (call) => depthwise(call, []),
  FusedDepthwiseConv2dNative: (call) => fused(call, depthwise),
  MatMul: (call) => matrixProduct(call, []),
  _FusedMatMul: (call) => fused(call, matrixProduct),
  BiasAdd,
  FusedBatchNorm,
  FusedBatchNormV2: FusedBatchNorm,
  FusedBatchNormV3: FusedBatchNorm,
  LRN,
  MaxPool: pooling('MaxPool'),
  AvgPool: pooling('AveragePool'),
}
