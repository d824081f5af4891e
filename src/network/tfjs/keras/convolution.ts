/** Keras' convolutions. Their kernels are [height, width, in, out]; ONNX has them as [out, in, height, width]. */
import type { Attribute } from '../../graph.js'
import { activated } from './activations.js'
import type { LayerCall, Rule } from './call.js'
import type { Features } from '../features.js'

const Conv2D = activated((call, name) => {
  const { config } = call
  const image = call.image(name)
  const group = config.count('groups', 1)
  const filters = config.count('filters')
  const inputs = call.channels(image)
  if (inputs % group !== 0 || filters % group !== 0)
    throw config.error(`${inputs} channels and ${filters} filters cannot be in ${group} groups`)
  const size = config.pair('kernel_size')
  const kernel = call.weight('kernel', [...size, inputs / group, filters], { order: [3, 2, 0, 1] })
  return convolved(call, name, image, kernel, filters, { ...call.windows(size), group })
})

const DepthwiseConv2D = activated((call, name) => {
  const image = call.image(name)
  const channels = call.channels(image)
  const { kernel, filters, attributes } = depthwise(call, channels)
  return convolved(call, name, image, kernel, filters, attributes)
})

const SeparableConv2D = activated((call, name) => {
  const image = call.image(name)
  const { kernel, filters, attributes } = depthwise(call, call.channels(image))
  const value = call.step(name, 'depthwise', 'Conv', [image.value, kernel], attributes)
  const mixed = call.config.count('filters')
  const mix = call.weight('pointwise_kernel', [1, 1, filters, mixed], { order: [3, 2, 0, 1] })
  return convolved(call, name, { ...image, value }, mix, mixed, { kernel_shape: [1, 1] })
})

/** Every channel by itself: [height, width, in, multiplier] becomes [in · multiplier, 1, height, width]. */
function depthwise(call: LayerCall, channels: number) {
  const { config } = call
  const size = config.pair('kernel_size')
  // tf.js leaves the multiplier out of what it writes of a SeparableConv2D.
  const multiplier = config.count('depth_multiplier', call.findWeight('depthwise_kernel')?.shape[3])
  const filters = channels * multiplier
  const kernel = call.weight('depthwise_kernel', [...size, channels, multiplier], {
    order: [2, 3, 0, 1],
    shape: [filters, 1, ...size],
  })
  return { kernel, filters, attributes: { ...call.windows(size), group: channels } }
}

function convolved(
  call: LayerCall,
  name: string,
  { value, order }: Features,
  kernel: string,
  filters: number,
  attributes: Record<string, Attribute>,
): Features {
  const inputs = [value, kernel, ...call.bias(filters)]
  return { value: call.node(name, 'Conv', inputs, attributes), order }
}

/** The gradient of a convolution by its input (Dumoulin & Visin 2016). Its kernel is [height, width, out, in]. */
const Conv2DTranspose = activated((call, name) => {
  const { b, config } = call
  const { value, order } = call.image(name)
  const filters = config.count('filters')
  const size = config.pair('kernel_size')
  const strides = config.pair('strides', [1, 1])
  const dilations = config.pair('dilation_rate', [1, 1])
  const same = config.choice('padding', ['valid', 'same'], 'valid') === 'same'
  const extra =
    config.value('output_padding') === undefined ? undefined : config.list('output_padding')
  const kernel = call.weight('kernel', [...size, filters, call.channels({ value, order })], {
    order: [3, 2, 0, 1],
  })

  // What the windows cover, what of it the layer gives, and what is cut away or filled up therefore.
  const axes = [0, 1] as const
  const extent = b
    .shape(value)
    .slice(2)
    .map((dim) => call.known(dim))
  const span = axes.map((i) => dilations[i] * (size[i] - 1) + 1)
  const covered = axes.map((i) => (extent[i]! - 1) * strides[i] + span[i]!)
  const output = axes.map((i) => {
    const more = extra?.[i] ?? extra?.[0]
    if (more === undefined)
      return same ? extent[i]! * strides[i] : covered[i]! + Math.max(strides[i] - span[i]!, 0)
    return covered[i]! + more - (same ? 2 * Math.floor(span[i]! / 2) : 0)
  })
  const cut = axes.map((i) => (same ? Math.max(covered[i]! - output[i]!, 0) : 0))
  const begin = cut.map((n) => Math.floor(n / 2))
  const fill = axes.map((i) => output[i]! - covered[i]! + cut[i]!)
  const node = call.node(name, 'ConvTranspose', [value, kernel, ...call.bias(filters)], {
    kernel_shape: size,
    strides,
    dilations,
    pads: [...begin, ...cut.map((n, i) => n - begin[i]!)],
    output_padding: fill,
  })
  return { value: node, order }
})

export const convolutionRules: Record<string, Rule> = {
  Conv2D,
  Convolution2D: Conv2D,
  DepthwiseConv2D,
  SeparableConv2D,
  SeparableConvolution2D: SeparableConv2D,
  Conv2DTranspose,
  Convolution2DTranspose: Conv2DTranspose,
}
