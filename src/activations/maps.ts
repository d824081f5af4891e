/** What a layer computes from an image: its feature maps, or its vector. */
import { eachImage, part, pictures } from '../attribution/batch.js'
import { type Input, pixelsOf } from '../attribution/question.js'
import type { Tensor } from '../engine/tensor.js'
import { stack } from '../figures/box.js'
import { colorBar } from '../figures/colorbar.js'
import { Figure } from '../figures/figure.js'
import { colorize } from '../figures/heatmap.js'
import { overlay } from '../figures/overlay.js'
import { colorRange } from '../figures/range.js'
import { theme } from '../figures/theme.js'
import { formatNumber } from '../figures/ticks.js'
import { tiles } from '../figures/tiles.js'
import { valueBars } from '../figures/value-bars.js'
import { colorMaps } from '../image/colormap.js'
import type { Image } from '../image/image.js'
import { resizePlane } from '../image/resize.js'
import type { Layer, Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { findUnit, type FoundUnit, isOfClasses } from './address.js'
import { fieldOf, outlined } from './field.js'

export interface ActivationsOptions {
  /**
   * Which channels come first: those with the largest value ('max', default) or the largest 'mean'; or
   * 'index', the network's own order.
   */
  order?: 'max' | 'mean' | 'index'
  /** How many channels to show. Default 48 maps, or 24 elements of a vector. */
  count?: number
  /**
   * Whether all channels share one scale of colours ('shared', default), so that weak ones are dark, or each
   * has its own ('each'), which shows their pattern however weak they are.
   */
  scale?: 'shared' | 'each'
}

/** A channel and how strongly it answers to an image. */
export interface Strength {
  channel: number
  /** Its largest value. */
  max: number
  /** The mean over its places. */
  mean: number
}

/** What a layer, a channel or a neuron computes from each image. */
export class Activations extends Result {
  constructor(
    private readonly layerOutput: Tensor,
    ...[values, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(values, origin, draw)
  }

  /**
   * The channels of the layer that answer most strongly to an image, the first one first.
   *
   * @param count Default 5.
   * @param image Which image of the batch, from 0.
   * @param by By their largest value (default) or by their mean.
   * @throws RangeError where the batch has no such image.
   */
  top(count = 5, image = 0, by: 'max' | 'mean' = 'max'): Strength[] {
    const images = this.layerOutput.shape[0]!
    if (!(Number.isInteger(image) && image >= 0 && image < images))
      throw new RangeError(`no image ${image} in a batch of ${images}, counted from 0`)
    return strengths(this.layerOutput, image, by).slice(0, count)
  }
}

/**
 * Activation maps: what any layer computes from an image, the channels that answer most strongly first
 * (Yosinski et al.: Understanding Neural Networks Through Deep Visualization, 2015). Layers of vectors are
 * bars.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param address A layer, `conv5`; one of its channels, `conv5:17`; or a neuron, `conv5:17@3,5`.
 * @returns Of a layer its whole output, in the network's own order: [N, C, h, w] or [N, features]; of a channel
 *   [N, h, w] (or [N]), of a neuron [N].
 * @throws RangeError for an unknown layer, naming the nearest, for a channel or place outside it, saying what
 *   it has, for pixels that are not finite, and for options that there cannot be.
 * @example
 *   const maps = await activations(net, photo, 'relu5')
 *   maps.top(1) // [{ channel: 17, max: 8.1, mean: 0.4 }]
 */
export async function activations(
  net: Network,
  input: Input,
  address: string,
  options: ActivationsOptions = {},
): Promise<Activations> {
  const { order = 'max', scale = 'shared' } = options
  const unit = findUnit(net, address)
  const { name, shape } = unit.layer
  if (![1, 3].includes(shape.length))
    throw new RangeError(
      `layer '${name}' is [${shape.join(', ')}]; expected feature maps [C, H, W] or a vector`,
    )
  const count = options.count ?? (shape.length === 1 ? 24 : 48)
  if (!(Number.isInteger(count) && count > 0))
    throw new RangeError(`the channels to show are 1 or more, not ${count}`)
  if (!['max', 'mean', 'index'].includes(order))
    throw new RangeError(`channels are ordered by 'max', 'mean' or 'index', not '${String(order)}'`)
  if (!['shared', 'each'].includes(scale))
    throw new RangeError(`the scale of colours is 'shared' or 'each', not '${String(scale)}'`)

  const pixels = pixelsOf(net, input)
  const output = (await net.run(pixels, { layers: [name] }))[name]!
  const parameters = { unit: unit.address, order, count, scale }
  const origin = provenance(net, 'activations', pixels, parameters)
  const draw = (image: number): Figure => {
    if (unit.channel !== undefined)
      return channelFigure(unit, output, image, pictures(pixels, net.preprocessing)[image]!)
    return shape.length === 1
      ? vectorFigure(net, unit.layer, output, image, { order, count })
      : mapsFigure(name, output, image, { order, count, scale })
  }
  return new Activations(output, selected(output, unit), origin, () =>
    eachImage(pixels.shape[0]!, draw),
  )
}

/** The part of a layer's output that an address names. */
function selected(output: Tensor, { channel, position }: FoundUnit): Tensor {
  if (channel === undefined) return output
  const [images, channels, ...places] = output.shape as [number, number, ...number[]]
  const plane = places.reduce((a, b) => a * b, 1)
  const [height, width] = position ? [1, 1] : [places[0] ?? 1, places[1] ?? 1]
  const start = channel * plane + (position ? position[0] * places[1]! + position[1] : 0)
  const data = new Float32Array(images * height * width)
  for (let i = 0; i < images; i++)
    data.set(
      output.data.subarray(
        i * channels * plane + start,
        i * channels * plane + start + height * width,
      ),
      i * height * width,
    )
  return { data, shape: [images, ...(position || places.length === 0 ? [] : places)] }
}

/** All channels with their strengths, ordered; equal ones by their number. */
function strengths(output: Tensor, image: number, order: 'max' | 'mean' | 'index'): Strength[] {
  const channels = output.shape[1]!
  const values = part(output, image)
  const plane = values.length / channels
  const found = Array.from({ length: channels }, (_, channel): Strength => {
    let [max, sum] = [-Infinity, 0]
    for (let i = channel * plane; i < (channel + 1) * plane; i++) {
      max = Math.max(max, values[i]!)
      sum += values[i]!
    }
    return { channel, max, mean: sum / plane }
  })
  return order === 'index'
    ? found
    : found.sort((a, b) => b[order] - a[order] || a.channel - b.channel)
}

const orders = {
  max: 'The largest value first.',
  mean: 'The largest mean first.',
  index: '',
} as const

/** The largest side of a map in a grid, in pixels: larger ones are shrunk to be drawn. */
const LARGEST = 160

function mapsFigure(
  layer: string,
  output: Tensor,
  image: number,
  { order, count, scale }: Required<ActivationsOptions>,
): Figure {
  const [, channels, height, width] = output.shape as [number, number, number, number]
  const values = part(output, image)
  const plane = height * width
  const ranked = strengths(output, image, order)
  const shown = ranked.slice(0, count)
  const signed = values.some((value) => value < 0)
  const colors = signed ? 'diverging' : 'sequential'
  const shared = colorRange(values, colors)
  const shrink = Math.min(1, LARGEST / Math.max(height, width))
  const [rows, columns] = [height, width].map((side) => Math.max(1, Math.round(side * shrink))) as [
    number,
    number,
  ]
  const images = shown.map(({ channel }) => {
    const map = values.subarray(channel * plane, (channel + 1) * plane)
    const { low, high } = scale === 'shared' ? shared : colorRange(map, colors)
    const data = shrink < 1 ? resizePlane(map, width, height, columns, rows) : map
    return colorize({ data, width: columns, height: rows }, low, high, colorMaps[colors])
  })
  const off = ranked.filter(({ channel }) =>
    values.subarray(channel * plane, (channel + 1) * plane).every((value) => value === 0),
  ).length
  const grid = tiles(images, {
    labels: shown.map(({ channel }) => String(channel)),
    columns: Math.min(12, Math.ceil(Math.sqrt(1.8 * shown.length))),
    gutter: 3,
  })
  const { low, high } = shared
  const bar = colorBar({
    colorMap: colorMaps[colors],
    low,
    high,
    label: `activation of ${layer}`,
    width: Math.min(320, Math.max(grid.width, theme.minWidth)),
  })
  const of = shown.length === channels ? '' : `${shown.length} of `
  const notes = [
    orders[order],
    scale === 'each' ? `Each map on a scale of its own${signed ? '; white is 0' : ''}.` : '',
    off > 0 ? `${off} of ${channels} channels ${off === 1 ? 'is' : 'are'} 0 everywhere.` : '',
  ]
  const title = `${layer}: ${of}${channels} maps of ${height}×${width}`
  return new Figure({
    title,
    caption: notes.filter(Boolean).join(' '),
    text:
      `${title}, from ${formatNumber(low)} to ${formatNumber(high)}; first ` +
      shown
        .slice(0, 5)
        .map(({ channel, max }) => `${channel} (up to ${formatNumber(max)})`)
        .join(', '),
    body: () => (scale === 'shared' ? stack([grid, bar], 10) : grid),
  })
}

function vectorFigure(
  net: Network,
  layer: Layer,
  output: Tensor,
  image: number,
  { order, count }: Pick<Required<ActivationsOptions>, 'order' | 'count'>,
): Figure {
  const features = output.shape[1]!
  const values = part(output, image)
  const shown = strengths(output, image, order).slice(0, count)
  const named = isOfClasses(net, layer)
  const off = values.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0)
  const of = shown.length === features ? '' : `${shown.length} of `
  return valueBars({
    values: shown.map(({ max }) => max),
    names: shown.map(({ channel }) =>
      named ? `${net.className(channel)} (${channel})` : `${channel}`,
    ),
    label: `activation of ${layer.name}`,
    title: `${layer.name}: ${of}${features} units`,
    caption: [
      order === 'index' ? '' : 'The largest first.',
      off > 0 ? `${off} of ${features} units are 0.` : '',
    ]
      .filter(Boolean)
      .join(' '),
  })
}

/** One channel over the image, the place of a neuron framed with what it sees. */
function channelFigure(unit: FoundUnit, output: Tensor, image: number, photo: Image): Figure {
  const { layer, position } = unit
  const values = part(selected(output, { ...unit, position: undefined }), image)
  const [, height, width] = layer.shape
  const title = `${unit.address}`
  if (height === undefined || width === undefined) {
    const [value] = values
    return valueBars({ values: [value!], names: [title], label: `activation of ${layer.name}` })
  }
  const signed = values.some((value) => value < 0)
  const field = position && fieldOf(layer, position)
  const seen =
    field &&
    `sees rows ${span(field.top, field.height)}, columns ${span(field.left, field.width)} of the image`
  return overlay({
    image: field ? outlined(photo, field) : photo,
    data: values,
    width,
    height,
    colors: signed ? 'diverging' : 'sequential',
    title,
    label: `activation of ${layer.name}`,
    caption: position
      ? `At row ${position[0]}, column ${position[1]}: ` +
        `${formatNumber(values[position[0] * width + position[1]]!)}. The neuron ${seen ?? 'sees the whole image'}.`
      : `A map of ${height}×${width}.`,
  })
}

/** From the first to the last; a field may begin before the image does. */
const span = (first: number, size: number): string =>
  `${first} … ${first + size - 1}`.replace('-', '−')
