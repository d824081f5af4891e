/** Keras' layers that move, drop, repeat or add elements. */
import { sizeOf } from '../../../engine/tensor.js'
import { float32 } from '../../graph.js'
import type { LayerCall, Rule } from './call.js'
import { quoted } from '../json.js'
import { arranged, channelsFirst, type Features, isSameOrder, plainOrder } from '../features.js'

/** The order of axes in which the graph keeps a new tensor: images as [N, C, H, W]. */
const usualOrder = ({ surroundings }: LayerCall, rank: number): number[] =>
  rank === 4 ? channelsFirst(4, surroundings.channelAxis === 1 ? 1 : 3) : plainOrder(rank)

/** Vectors of what is in Keras' order, with the channels last. */
const Flatten: Rule = (call, name) => {
  const { b, config, x, shape } = call
  const format = config.choice('data_format', ['channels_last', 'channels_first'], 'channels_last')
  const [batch, ...rest] = plainOrder(shape.length)
  const order =
    format === 'channels_first'
      ? [batch!, ...rest.slice(1), ...rest.slice(0, 1)]
      : [batch!, ...rest]
  const value = call.node(name, 'Flatten', [arranged(b, x, order, name)], { axis: 1 })
  return { value, order: [0, 1] }
}

const Reshape: Rule = (call, name) => {
  const { b, config, x, shape } = call
  const given = config.value('target_shape')
  const wanted = Array.isArray(given) ? given.map((dim: unknown) => dim ?? -1) : [] // tf.js writes null
  const size = sizeOf(shape.slice(1).map((dim) => call.known(dim)))
  const rest = wanted.filter((dim) => dim !== -1).map(Number)
  const target = wanted.map((dim) => (dim === -1 ? size / sizeOf(rest) : Number(dim)))
  if (!target.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || sizeOf(target) !== size)
    throw config.error(`[${shape.join(', ')}] cannot become ${quoted(given)}`)
  const plain = arranged(b, x, plainOrder(shape.length), name)
  const dims = b.integers([0, ...target]) // 0: the batch as it is
  const order = usualOrder(call, target.length + 1)
  if (isSameOrder(order, plainOrder(order.length)))
    return { value: call.node(name, 'Reshape', [plain, dims]), order }
  const reshaped = call.step(name, 'plain', 'Reshape', [plain, dims])
  return { value: call.node(name, 'Transpose', [reshaped], { perm: order }), order }
}

/** Axis i of the output is axis `dims[i − 1]` of the input, both counted from 1 after the batch. */
const Permute: Rule = (call, name) => {
  const { config, x, shape } = call
  const dims = config.list('dims')
  const from = [0, ...dims]
  if ([...from].sort((a, c) => a - c).join() !== plainOrder(shape.length).join())
    throw config.error(`its 'dims' are ${quoted(dims)} for an input [${shape.join(', ')}]`)
  const order = usualOrder(call, shape.length)
  const perm = order.map((axis) => x.order.indexOf(from[axis]!))
  return { value: call.node(name, 'Transpose', [x.value], { perm }), order }
}

/** Rows above and below, columns left and right: one number, one per axis, or one per side. */
function sides({ config }: LayerCall, key: string): { begin: number[]; end: number[] } {
  const given = config.value(key)
  const pairs = Array.isArray(given) ? given : [given, given]
  const both = pairs.map(
    (pair: unknown) => (Array.isArray(pair) ? pair : [pair, pair]) as unknown[],
  )
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && Number(n) >= 0
  const [begin, end] = [0, 1].map((side) => both.map((pair) => pair[side]).filter(isSize))
  if (
    both.length === 2 &&
    both.every((pair) => pair.length === 2) &&
    begin?.length === 2 &&
    end?.length === 2
  )
    return { begin, end }
  throw config.error(`its '${key}' is ${quoted(given)}; expected [[top, bottom], [left, right]]`)
}

const ZeroPadding2D: Rule = (call, name) => {
  const { b } = call
  const { value, order } = call.image(name)
  const { begin, end } = sides(call, 'padding')
  const inputs = [value, b.integers([...begin, ...end]), b.scalar(0), b.integers([2, 3])]
  return { value: call.node(name, 'Pad', inputs, { mode: 'constant' }), order }
}

const Cropping2D: Rule = (call, name) => {
  const image = call.image(name)
  const { begin, end } = sides(call, 'cropping')
  const size = call.b.shape(image.value).slice(2)
  const ends = end.map((n, i) => call.known(size[i]) - n)
  return cut(call, name, image, begin, ends)
}

/** The middle; an image that is too small is refused, where Keras would resize it. */
const CenterCrop: Rule = (call, name) => {
  const image = call.image(name)
  const crop = [call.config.count('height'), call.config.count('width')]
  const size = call.b
    .shape(image.value)
    .slice(2)
    .map((dim) => call.known(dim))
  const begin = crop.map((n, i) => Math.floor((size[i]! - n) / 2))
  return cut(
    call,
    name,
    image,
    begin,
    begin.map((n, i) => n + crop[i]!),
  )
}

function cut(
  call: LayerCall,
  name: string,
  { value, order }: Features,
  begin: readonly number[],
  end: readonly number[],
): Features {
  if (begin.some((n, i) => n < 0 || n >= end[i]!))
    throw call.config.error(`its input [${call.shape.join(', ')}] is too small`)
  const lists = [begin, end, [2, 3]].map((list) => call.b.integers(list))
  return { value: call.node(name, 'Slice', [value, ...lists]), order }
}

const UpSampling2D: Rule = (call, name) => {
  const { b, config } = call
  const { value, order } = call.image(name)
  const scales = b.constant(float32([1, 1, ...config.pair('size', [2, 2])], [4]))
  return { value: call.node(name, 'Resize', [value, '', scales], interpolation(call)), order }
}

const Resizing: Rule = (call, name) => {
  const { b, config } = call
  if (config.flag('crop_to_aspect_ratio', false) || config.flag('pad_to_aspect_ratio', false))
    throw config.error('resizing that keeps the aspect ratio is not supported')
  const { value, order } = call.image(name)
  const size = b.integers([config.count('height'), config.count('width')])
  const attributes = { ...interpolation(call), axes: [2, 3] }
  return { value: call.node(name, 'Resize', [value, '', '', size], attributes), order }
}

function interpolation({ config, surroundings }: LayerCall): Record<string, string> {
  const { halfPixelCentres } = surroundings.dialect
  const kind = config.choice('interpolation', ['nearest', 'bilinear'], 'nearest')
  return kind === 'nearest'
    ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    : {
        mode: 'linear',
        coordinate_transformation_mode: halfPixelCentres ? 'half_pixel' : 'asymmetric',
      }
}

export const movementRules: Record<string, Rule> = {
  Flatten,
  Reshape,
  Permute,
  ZeroPadding2D,
  Cropping2D,
  CenterCrop,
  UpSampling2D,
  Resizing,
}
