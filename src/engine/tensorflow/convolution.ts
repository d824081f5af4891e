/** Convolution and its transpose. tf's are channels last: layouts are changed around them. */
import { windows } from '../../network/geometry.js'
import type { Call, Operator } from './operator.js'
import { padded, spread } from './slicing.js'
import { pair, type Tensor, type Tensor3D, type Tensor4D, type Tensor5D, tf } from './tf.js'

export const Conv: Operator = (call, x, w, bias?) => {
  const { strides, dilations, begin, end } = windows(call.node, x.shape, w.shape)
  // [O, C/g, …] → […, C/g, O]
  const filter = call.once(1, () => tf.transpose(dilated(w, dilations), channelsFirstOrder(w.rank)))
  const image = dilations.reduce((signal, _, i) => padded(signal, i + 2, begin[i]!, end[i]!), x)
  return convolve(call, image, filter, strides, bias)
}

/**
 * Each input, times the kernel, is added to the outputs under its window. The same is an ordinary
 * convolution, with the kernel rotated by 180°, of the inputs with stride − 1 zeros between them.
 */
export const ConvTranspose: Operator = (call, x, w, bias?) => {
  const size = w.shape.slice(2)
  const each = (name: string, otherwise: number): readonly number[] =>
    call.list(
      name,
      size.map(() => otherwise),
    )
  const strides = each('strides', 1)
  const dilations = each('dilations', 1)
  const extra = each('output_padding', 0)
  const spans = size.map((k, i) => dilations[i]! * (k - 1) + 1)
  const [begin, end] = transposedPads(call, x, strides, spans, extra)

  // [C, O/g, …] → […, C/g, O] with O = g · O/g
  const filter = call.once(1, () => {
    const group = call.number('group', 1)
    const axes = size.map((_, i) => i + 2)
    const turned = tf.reverse(dilated(w, dilations), axes)
    const split = tf.reshape(turned, [group, w.shape[0] / group, w.shape[1]!, ...spans])
    const swapped = tf.transpose(split, [...axes.map((axis) => axis + 1), 1, 0, 2])
    return tf.reshape(swapped, [...spans, w.shape[0] / group, group * w.shape[1]!])
  })
  const image = strides.reduce((signal, stride, i) => {
    const around = spans[i]! - 1
    return padded(
      spread(signal, i + 2, stride),
      i + 2,
      around - begin[i]!,
      around - end[i]! + extra[i]!,
    )
  }, x)
  return convolve(
    call,
    image,
    filter,
    size.map(() => 1),
    bias,
  )
}

/** What is cut from both ends of a transposed convolution: its pads, or what an output shape leaves. */
function transposedPads(
  call: Call,
  x: Tensor,
  strides: readonly number[],
  spans: readonly number[],
  extra: readonly number[],
): [number[], number[]] {
  const auto = call.string('auto_pad', 'NOTSET')
  const extents = x.shape.slice(2)
  const same = auto.startsWith('SAME') ? extents.map((n, i) => n * strides[i]!) : undefined
  const wanted = call.list('output_shape', same)?.slice(-extents.length)
  if (!wanted) {
    const pads = call.list(
      'pads',
      [...extents, ...extents].map(() => 0),
    )
    return [pads.slice(0, extents.length), pads.slice(extents.length)]
  }
  const total = extents.map((n, i) => strides[i]! * (n - 1) + extra[i]! + spans[i]! - wanted[i]!)
  const less = total.map((t) => Math.floor(t / 2))
  const more = total.map((t, i) => t - less[i]!)
  return auto === 'SAME_UPPER' ? [less, more] : [more, less]
}

const channelsFirstOrder = (rank: number): number[] => [...Array(rank).keys()].slice(2).concat(1, 0)

/** Kernels [O, C/g, …] with their zeros: tf can differentiate no dilated convolution. */
const dilated = (w: Tensor, dilations: readonly number[]): Tensor =>
  dilations.reduce((kernel, step, i) => spread(kernel, i + 2, step), w)

/** @param x [N, C, …] with its padding @param filter […, C / group, O] */
function convolve(
  call: Call,
  x: Tensor,
  filter: Tensor,
  strides: readonly number[],
  bias?: Tensor,
): Tensor {
  const axes = [...x.shape.keys()]
  const image = tf.transpose(x, [0, ...axes.slice(2), 1])
  const y = grouped(image, filter, strides, call.number('group', 1))
  const biased = bias ? tf.add(y, bias) : y
  return tf.transpose(biased, [0, axes.length - 1, ...axes.slice(1, -1)])
}

function grouped(image: Tensor, filter: Tensor, strides: readonly number[], group: number): Tensor {
  const channels = image.shape.at(-1)!
  const outputs = filter.shape.at(-1)!
  if (group === 1) return dense(image, filter, strides)
  if (group === channels && image.rank === 4) {
    const [height, width] = filter.shape as [number, number]
    const own = tf.reshape(filter, [height, width, channels, outputs / group])
    return tf.depthwiseConv2d(image as Tensor4D, own as Tensor4D, pair(strides), 'valid')
  }
  const images = tf.split(image, group, image.rank - 1)
  const filters = tf.split(filter, group, filter.rank - 1)
  return tf.concat(
    images.map((part, i) => dense(part, filters[i]!, strides)),
    image.rank - 1,
  )
}

/** On one, two or three axes. */
function dense(image: Tensor, filter: Tensor, strides: readonly number[]): Tensor {
  if (image.rank === 3)
    return tf.conv1d(image as Tensor3D, filter as Tensor3D, strides[0]!, 'valid')
  if (image.rank === 4)
    return tf.conv2d(image as Tensor4D, filter as Tensor4D, pair(strides), 'valid')
  const [depth = 1, height = 1, width = 1] = strides
  return tf.conv3d(image as Tensor5D, filter as Tensor5D, [depth, height, width], 'valid')
}
