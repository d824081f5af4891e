/** Weights as pictures: the filters of a convolution, and what a linear layer on pixels has learned. */
import { sizeOf } from '../engine/tensor.js'
import { brackets } from '../figures/brackets.js'
import type { Figure } from '../figures/figure.js'
import { tiles } from '../figures/tiles.js'
import { Image } from '../image/image.js'
import type { Node } from '../network/graph.js'
import { layerNames } from '../network/names.js'
import type { Network } from '../network/network.js'
import { wholeNumber } from '../options.js'
import { provenance, Result } from '../result.js'
import { isOfClasses } from './address.js'
import { kernelsOf, linearWeightsOf, type LinearWeights } from './kernels.js'

/** How weights become brightness. */
export interface WeightColours {
  /**
   * 'symmetric' (default): grey is 0, white and black ± the largest magnitude. 'minmax': black is the least
   * weight, white the largest, as Krizhevsky et al. show them; 0 may then be any grey.
   */
  range?: 'symmetric' | 'minmax'
  /** Whether each filter has a range of its own ('each', default) or all have one ('shared'). */
  scale?: 'each' | 'shared'
}

export interface FiltersOptions extends WeightColours {
  /** 'index' (default), or by the norm of the filters, the largest first. */
  order?: 'index' | 'norm'
  /** How many filters to show. Default: all of a first layer, 32 of a deeper one. */
  count?: number
  /** In deeper layers: how many of the maps that a filter reads to show, from the first. Default 32. */
  inputs?: number
}

/**
 * The filters of a convolution. Those that read the colours of the image are tiles in colour (Krizhevsky,
 * Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks, 2012). A deeper filter
 * reads many maps, and is as many grey tiles in brackets, as ConvNetJS shows it; as a picture it says little,
 * since what its inputs stand for is not in it.
 *
 * @returns The weights, [filters, inputs, height, width], all of them, in the network's own order.
 * @throws RangeError for an unknown layer, naming the nearest, for one that is no convolution, naming the one
 *   before it, and for options that there cannot be.
 * @example filters(net, 'conv1').save('conv1.png')
 */
export function filters(net: Network, layer: string, options: FiltersOptions = {}): Result {
  const { order = 'index', range = 'symmetric', scale = 'each' } = options
  const kernels = kernelsOf(net, layer)
  const { shape, weights, seesColours } = kernels
  const [outputs, inputs, height, width] = shape
  const count = upTo(
    'count',
    options.count ?? (seesColours || inputs === 1 ? outputs : 32),
    outputs,
  )
  const read = upTo('inputs', options.inputs ?? 32, inputs)
  checkColours({ range, scale })
  if (!['index', 'norm'].includes(order))
    throw new RangeError(`filters are ordered by 'index' or 'norm', not '${String(order)}'`)

  const tensor = { data: weights, shape: [...shape] }
  const parameters = { layer: kernels.layer.name, order, range, scale, count, inputs: read }
  const size = inputs * height * width
  const filterOf = (k: number): Float32Array => weights.subarray(k * size, (k + 1) * size)
  const draw = (): Figure => {
    const shown = ordered(outputs, order, (k) => Math.hypot(...filterOf(k))).slice(0, count)
    const spans = spansOf(shown.map(filterOf), { range, scale })
    const of = `${kernels.layer.name}: ${count === outputs ? '' : `${count} of `}${outputs} filters`
    const title = `${of} of ${height}×${width}`
    const notes = [
      order === 'norm' ? 'The largest norm first.' : '',
      meaning({ range, scale }, seesColours ? 'filter' : 'bracket'),
    ]
    const labels = shown.map(String)
    if (seesColours || inputs === 1)
      return tiles(
        shown.map((k, i) => weightPicture(filterOf(k), inputs, height, width, spans[i]!)),
        { title, labels, columns: squareGrid(count), caption: notes.filter(Boolean).join(' ') },
      )
    const plane = height * width
    notes.unshift(
      read === inputs
        ? `A tile for each of the ${inputs} maps that a filter reads.`
        : `A tile for each of the first ${read} of ${inputs} maps that a filter reads.`,
    )
    return brackets(
      shown.map((k, i) => ({
        label: labels[i]!,
        images: Array.from({ length: read }, (_, c) =>
          weightPicture(
            filterOf(k).subarray(c * plane, (c + 1) * plane),
            1,
            height,
            width,
            spans[i]!,
          ),
        ),
      })),
      { title, caption: notes.filter(Boolean).join(' ') },
    )
  }
  return new Result(tensor, provenance(net, 'filters', undefined, parameters), draw)
}

export interface TemplatesOptions extends WeightColours {
  /** Which outputs to show: numbers, or names of classes. Default: the first 36. */
  outputs?: readonly (number | string)[]
}

/**
 * The weights of a linear layer that sees the pixels, each output's as a picture: the template that the image
 * is compared with (CS231n's linear classifier).
 *
 * @returns The weights in the layout of the image, [outputs, channels, height, width].
 * @throws RangeError for an unknown layer or class, naming the nearest, for one that is not linear, and for one
 *   that sees feature maps: its weights belong to places in them, and form no picture.
 * @example templates(net, 'fc', { outputs: ['car', 'airplane'] })
 */
export async function templates(
  net: Network,
  layer: string,
  options: TemplatesOptions = {},
): Promise<Result> {
  const { range = 'symmetric', scale = 'each' } = options
  checkColours({ range, scale })
  const weights = linearWeightsOf(net, layer)
  const order = await pixelOrder(net, weights)
  const { outputs, inputs } = weights
  const [channels, height, width] = net.graph.inputs[0]!.shape!.slice(1).map(Number) as [
    number,
    number,
    number,
  ]
  const shown = options.outputs?.map((one) => outputIndex(net, weights, one)) ?? [
    ...Array(Math.min(outputs, 36)).keys(),
  ]
  const data = new Float32Array(outputs * inputs)
  for (let k = 0; k < outputs; k++)
    for (let i = 0; i < inputs; i++) data[k * inputs + order[i]!] = weights.at(k, i)
  const { name } = weights.layer
  const parameters = { layer: name, range, scale, outputs: shown }
  const template = (k: number): Float32Array => data.subarray(k * inputs, (k + 1) * inputs)
  const named = isOfClasses(net, weights.layer)
  return new Result(
    { data, shape: [outputs, channels, height, width] },
    provenance(net, 'templates', undefined, parameters),
    () => {
      const spans = spansOf(shown.map(template), { range, scale })
      return tiles(
        shown.map((k, i) => weightPicture(template(k), channels, height, width, spans[i]!)),
        {
          title: `${name}: templates of ${shown.length === outputs ? '' : `${shown.length} of `}${outputs} ${named ? 'classes' : 'outputs'}`,
          labels: shown.map((k) => (named ? net.className(k) : String(k))),
          gutter: 6,
          caption:
            `The score is the sum of the products of pixels and weights. ` +
            meaning({ range, scale }, 'template'),
        },
      )
    },
  )
}

/** What leaves numbers as they are and only arranges them anew. */
const rearranging = new Set([
  'Identity',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Dropout',
])

/**
 * Which pixel each weight of a linear layer belongs to: whatever way the image was flattened, pixels that
 * hold their own numbers tell.
 */
async function pixelOrder(
  net: Network,
  { layer, input, inputs }: LinearWeights,
): Promise<Float32Array> {
  const [port] = net.graph.inputs
  const [, ...shape] = port!.shape!.map(Number)
  const part = net.graph.extract([input])
  const other = part.nodes.findLast(({ op }) => !rearranging.has(op))
  if (other || sizeOf(shape) !== inputs) throw notOfPixels(net, layer.name, inputs, other)
  if (part.nodes.length === 0) return Float32Array.from({ length: inputs }, (_, i) => i)
  const batch = typeof port!.shape![0] === 'number' ? port!.shape![0] : 1
  part.inputs = [{ ...port!, shape: [batch, ...shape] }]
  const program = await net.engine.compile(part)
  try {
    const numbers = Float32Array.from({ length: batch * inputs }, (_, i) => i % inputs)
    const pixels = { type: 'float32' as const, shape: [batch, ...shape], data: numbers }
    const found = (await program.run({ [port!.name]: pixels }))[input]!
    return (found.data as Float32Array).slice(0, inputs)
  } finally {
    await program.release()
  }
}

function notOfPixels(
  net: Network,
  name: string,
  inputs: number,
  node: Node | undefined,
): RangeError {
  const before = [...layerNames(net.graph).layers].find(([, other]) => other === node)?.[0]
  const first = net.layers.find(({ type }) => type === 'Conv')
  return new RangeError(
    `layer '${name}' does not see the pixels but ${inputs} numbers that ` +
      `${before ? `'${before}' (${node!.op})` : 'the network'} has computed from them: ` +
      `its weights belong to those, and form no picture` +
      (first ? `. The filters of '${first.name}' do see the pixels` : ''),
  )
}

function outputIndex(
  net: Network,
  { layer, outputs }: LinearWeights,
  given: number | string,
): number {
  if (typeof given === 'string' && isOfClasses(net, layer)) return net.classIndex(given)
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given < outputs)
    return given
  throw new RangeError(
    `layer '${layer.name}' has the outputs 0 … ${outputs - 1}, and none '${given}'`,
  )
}

/** The weights that are drawn black and white. */
type Span = readonly [black: number, white: number]

function spansOf(
  weights: readonly Float32Array[],
  { range, scale }: Required<WeightColours>,
): Span[] {
  const own = weights.map((values): Span => {
    let [low, high] = [Infinity, -Infinity]
    for (const value of values) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    const most = Math.max(Math.abs(low), Math.abs(high))
    return range === 'symmetric' ? [-most, most] : [low, high]
  })
  if (scale === 'each') return own
  const low = own.reduce((least, span) => Math.min(least, span[0]), Infinity)
  const high = own.reduce((most, span) => Math.max(most, span[1]), -Infinity)
  return own.map(() => [low, high])
}

/** [3 or 1, height, width] in colour or grey; further channels are not shown. */
function weightPicture(
  weights: Float32Array,
  channels: number,
  height: number,
  width: number,
  [black, white]: Span,
): Image {
  const plane = height * width
  const image = new Image(width, height)
  const bright = (value: number): number =>
    white > black ? (value - black) / (white - black) : 0.5
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < plane; i++)
      image.data[c * plane + i] = bright(weights[(channels === 3 ? c : 0) * plane + i]!)
  return image
}

const meaning = ({ range, scale }: Required<WeightColours>, one: string): string => {
  const whose = scale === 'each' ? `of the ${one}` : 'of all that is shown'
  return range === 'symmetric'
    ? `Grey is 0, black and white ± the largest magnitude ${whose}.`
    : `Black is the least weight ${whose}, white the largest.`
}

const ordered = (
  length: number,
  order: 'index' | 'norm',
  norm: (index: number) => number,
): number[] => {
  const indices = [...Array(length).keys()]
  if (order === 'index') return indices
  const norms = indices.map(norm)
  return indices.sort((a, b) => norms[b]! - norms[a]! || a - b)
}

/** The side of the smallest square that holds so many tiles, unless that is very high. */
const squareGrid = (count: number): number => Math.min(16, Math.ceil(Math.sqrt(count)))

function upTo(what: string, value: number, most: number): number {
  wholeNumber(what, value)
  return Math.min(value, most)
}

function checkColours({ range, scale }: Required<WeightColours>): void {
  if (!['symmetric', 'minmax'].includes(range))
    throw new RangeError(`the range of colours is 'symmetric' or 'minmax', not '${String(range)}'`)
  if (!['each', 'shared'].includes(scale))
    throw new RangeError(`the scale of colours is 'each' or 'shared', not '${String(scale)}'`)
}
