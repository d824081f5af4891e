/** Operators that move, cut, join or add elements, and arithmetic on shapes. */
import { sizeOf } from '../../../engine/tensor.js'
import { BATCH } from '../../graph.js'
import { arranged, plainOrder, tensorShape } from '../features.js'
import { quoted } from '../json.js'
import {
  axisOf,
  constant,
  features,
  node,
  number,
  numbers,
  type Rule,
  step,
  without,
} from './call.js'
import { image } from './convolution.js'
import { isFeatures, sizesOf } from './value.js'

const Reshape: Rule = (call) => {
  const { b, def, inputs, name } = call
  const target = inputs[1] && sizesOf(inputs[1])?.sizes
  if (!target) throw def.error('its shape must be known beforehand')
  if (inputs[0] && !isFeatures(inputs[0])) {
    const list = sizesOf(inputs[0])
    if (list && target.length <= 1) return { sizes: list.sizes, isList: target.length === 1 }
  }
  const x = features(call)
  const shape = tensorShape(b, x)
  const size = sizeOf(shape.slice(1).map(Number))
  const rest = target.slice(1).map((dim) => (dim === BATCH ? NaN : Number(dim)))
  const open = rest.indexOf(-1)
  if (open >= 0) rest[open] = size / sizeOf(rest.filter((_, i) => i !== open))
  // Each image by itself: however large the exported batch was, it stays as it is.
  if (!rest.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || sizeOf(rest) !== size)
    throw def.error(`[${shape.join(', ')}] cannot become ${quoted(target)}`)
  const plain = arranged(b, x, plainOrder(shape.length), name)
  const value = node(call, 'Reshape', [plain, b.integers([0, ...rest])])
  return { value, order: plainOrder(rest.length + 1) }
}

const Squeeze: Rule = (call) => {
  const { b, def } = call
  const x = features(call)
  const shape = tensorShape(b, x)
  const ones = shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []))
  const axes = def
    .numbers('squeeze_dims', def.numbers('axis', ones))
    .map((axis) => axisOf(call, axis, shape.length))
  if (axes.length === 0) return x
  const physical = b.integers(axes.map((axis) => x.order.indexOf(axis)))
  return { value: node(call, 'Squeeze', [x.value, physical]), order: without(x.order, axes) }
}

const ExpandDims: Rule = (call) => {
  const { b, inputs, name } = call
  const given = number(call, 1)
  const list = inputs[0] && !isFeatures(inputs[0]) ? sizesOf(inputs[0]) : undefined
  if (list && !list.isList) return { sizes: list.sizes, isList: true }
  const x = features(call)
  const rank = x.order.length + 1
  const plain = arranged(b, x, plainOrder(rank - 1), name)
  const axis = axisOf(call, given, rank)
  return { value: node(call, 'Unsqueeze', [plain, b.integers([axis])]), order: plainOrder(rank) }
}

/** Only says which axis is which: nothing moves until an operator asks for an order. */
const Transpose: Rule = (call) => {
  const { value, order } = features(call)
  const perm = numbers(call, 1)
  if ([...perm].sort((a, c) => a - c).join() !== plainOrder(order.length).join())
    throw call.def.error(`it permutes ${order.length} axes by ${quoted(perm)}`)
  return { value, order: order.map((axis) => perm.indexOf(axis)) }
}

const ConcatV2: Rule = (call) => {
  const { b, def, inputs, name } = call
  const values = inputs.slice(0, -1)
  const given = number(call, inputs.length - 1)
  const lists = values.map((value) => (isFeatures(value) ? undefined : sizesOf(value)))
  if (lists.every((list) => list !== undefined))
    return { sizes: lists.flatMap(({ sizes }) => [...sizes]), isList: true }
  const maps = values.filter(isFeatures)
  const [first] = maps
  if (
    !first ||
    maps.length < values.length ||
    maps.some((x) => x.order.length !== first.order.length)
  )
    throw def.error('its inputs cannot be joined')
  const axis = first.order.indexOf(axisOf(call, given, first.order.length))
  const joined = maps.map((x) => arranged(b, x, first.order, name))
  return { value: node(call, 'Concat', joined, { axis }), order: first.order }
}

/** More parts than any network splits its channels into. */
const MOST_PARTS = 4096

/** Equal parts along an axis. */
const Split: Rule = (call) => {
  const { b, def, name } = call
  const { value, order } = features(call, 1)
  const axis = order.indexOf(axisOf(call, number(call, 0), order.length))
  const count = def.number('num_split', 1)
  const size = Number(b.shape(value)[axis]) / count
  if (!(Number.isSafeInteger(size) && size > 0 && count > 0 && count <= MOST_PARTS))
    throw def.error(`[${tensorShape(b, { value, order }).join(', ')}] cannot be in ${count} parts`)
  const sizes = b.integers(new Array<number>(count).fill(size))
  return b
    .addMany('Split', [value, sizes], { axis }, count, name)
    .map((part) => ({ value: part, order }))
}

const Pad: Rule = (call) => {
  const { b, def, inputs } = call
  const { value, order } = features(call)
  const { data, shape } = constant(call, 1).tensor
  const pads = Array.from(data as ArrayLike<number>, Number)
  const fill = inputs[2] && def.op === 'PadV2' ? number(call, 2) : 0
  if (shape[0] !== order.length || pads.length !== 2 * order.length || pads.some((n) => n < 0))
    throw def.error(`its paddings are ${quoted(pads)} for ${order.length} axes`)
  const axes = order
    .map((_, i) => i)
    .filter((i) => pads[2 * order[i]!]! + pads[2 * order[i]! + 1]! > 0)
  const sides = [0, 1].flatMap((side) => axes.map((i) => pads[2 * order[i]! + side]!))
  const mirrored = def.op === 'MirrorPad'
  if (mirrored && def.string('mode', '') !== 'REFLECT')
    throw def.error(`its mode is '${def.string('mode', '')}'; expected REFLECT`)
  if (axes.length === 0) return { value, order }
  const padding = [value, b.integers(sides), b.scalar(fill), b.integers(axes)]
  return { value: node(call, 'Pad', padding, { mode: mirrored ? 'reflect' : 'constant' }), order }
}

const StridedSlice: Rule = (call) => {
  const { b, def, inputs } = call
  const [begin, end, strides] = [numbers(call, 1), numbers(call, 2), numbers(call, 3)]
  if (def.number('ellipsis_mask', 0) || def.number('new_axis_mask', 0))
    throw def.error('slices with an ellipsis or new axes are not supported')
  const has = (mask: string, axis: number): boolean => ((def.number(mask, 0) >> axis) & 1) === 1
  const cut = (size: number, axis: number): { start: number; stop: number; stride: number } => {
    const stride = strides[axis] ?? 1
    if (stride < 1) throw def.error('slices with a negative stride are not supported')
    const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, 0), size)
    const start = has('begin_mask', axis) ? 0 : bound(begin[axis]!)
    if (has('shrink_axis_mask', axis)) return { start, stop: start + 1, stride: 1 }
    return { start, stop: has('end_mask', axis) ? size : bound(end[axis]!), stride }
  }
  const list = inputs[0] && !isFeatures(inputs[0]) ? sizesOf(inputs[0]) : undefined
  if (list) {
    const { start, stop, stride } = cut(list.sizes.length, 0)
    const sizes = list.sizes.slice(start, stop).filter((_, i) => i % stride === 0)
    return { sizes, isList: !has('shrink_axis_mask', 0) }
  }
  const { value, order } = features(call)
  const shape = tensorShape(b, { value, order })
  const cuts = begin.flatMap((_, axis) => {
    const size = shape[axis]
    if (size === BATCH && has('begin_mask', axis) && has('end_mask', axis)) return []
    if (typeof size !== 'number') throw def.error('it cuts the batch')
    return [{ axis, ...cut(size, axis) }]
  })
  const lists = [
    cuts.map(({ start }) => start),
    cuts.map(({ stop }) => stop),
    cuts.map(({ axis }) => order.indexOf(axis)),
    cuts.map(({ stride }) => stride),
  ].map((items) => b.integers(items))
  const dropped = cuts.map(({ axis }) => axis).filter((axis) => has('shrink_axis_mask', axis))
  if (dropped.length === 0) return { value: node(call, 'Slice', [value, ...lists]), order }
  const sliced = step(call, 'slice', 'Slice', [value, ...lists])
  const physical = b.integers(dropped.map((axis) => order.indexOf(axis)))
  return { value: node(call, 'Squeeze', [sliced, physical]), order: without(order, dropped) }
}

/** Scalars as a list: the last step of most shape arithmetic. */
const Pack: Rule = (call) => {
  const scalars = call.inputs.map((value) => (isFeatures(value) ? undefined : sizesOf(value)))
  if (scalars.every((scalar) => scalar !== undefined && !scalar.isList))
    return { sizes: scalars.flatMap((scalar) => [...scalar!.sizes]), isList: true }
  throw call.def.error('stacking is supported for sizes alone')
}

const Shape: Rule = (call) => ({ sizes: tensorShape(call.b, features(call)), isList: true })

/** Nothing to compute: numbers are float32 throughout. */
const pass: Rule = ({ def, inputs }) => {
  if (inputs[0]) return inputs[0]
  throw def.error('it has no input')
}

const resizing =
  (mode: 'nearest' | 'linear'): Rule =>
  (call) => {
    const { b, def } = call
    const { value, order } = image(call)
    if (def.flag('align_corners') || (mode === 'nearest' && def.flag('half_pixel_centers')))
      throw def.error('this way of resizing is not supported')
    const transformation = def.flag('half_pixel_centers') ? 'half_pixel' : 'asymmetric'
    const attributes = {
      mode,
      axes: [2, 3],
      coordinate_transformation_mode: transformation,
      ...(mode === 'nearest' ? { nearest_mode: 'floor' } : {}),
    }
    return {
      value: node(call, 'Resize', [value, '', '', b.integers(numbers(call, 1))], attributes),
      order,
    }
  }

export const movementRules: Record<string, Rule> = {
  Reshape,
  Squeeze,
  ExpandDims,
  Transpose,
  ConcatV2,
  Split,
  Pad,
  PadV2: Pad,
  MirrorPad: Pad,
  StridedSlice,
  Pack,
  Shape,
  ResizeBilinear: resizing('linear'),
  ResizeNearestNeighbor: resizing('nearest'),
  Identity: pass,
  Cast: pass,
  StopGradient: pass,
  PlaceholderWithDefault: pass,
}
