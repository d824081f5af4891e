/** Maximal patches: what the units of a layer answer to most strongly in a data set. */
import { part } from '../attribution/batch.js'
import { sizeOf, type Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { type Mosaic, mosaics } from '../figures/mosaics.js'
import { colorRange, gradientPercentile } from '../figures/range.js'
import { row } from '../figures/row.js'
import { theme } from '../figures/theme.js'
import { formatNumber } from '../figures/ticks.js'
import type { Rgb } from '../image/colormap.js'
import { Image } from '../image/image.js'
import { unnormalise } from '../image/preprocessing.js'
import { nameList } from '../network/names.js'
import type { Network } from '../network/network.js'
import { neuron } from '../objectives/units.js'
import { provenance, Result } from '../result.js'
import { follow } from '../work/index.js'
import { findUnit, type FoundLayer, type FoundUnit, isOfClasses } from './address.js'
import { cropField, type Field, fieldOf } from './field.js'
import { batchSize, inputBatches, type Pictured, type PictureSet, pictureSet } from './stream.js'
import { type TopUnits, topUnits, type TopUnitsOptions } from './top-units.js'

export interface PatchesOptions extends TopUnitsOptions {
  /**
   * Of each address that names a whole layer: how many units to show, evenly spaced among those that answer to
   * anything, or which: numbers, or names of classes. Default 12.
   */
  units?: number | readonly (number | string)[]
  /** Whether to show guided backpropagation beside each patch: what of it excites the unit. Default false. */
  guided?: boolean
}

/** A part of a picture that excites a unit. */
export interface Patch {
  /** Number of the picture in the data set. */
  picture: number
  /** How strongly the unit answers. */
  activation: number
  /** Row and column in the unit's map; undefined for an element of a vector. */
  position: [y: number, x: number] | undefined
  /** What the unit sees there, in pixels of the network's input; it may reach over the edges. */
  field: Field
  /** The field, filled with the mean colour beyond the edges. */
  image: Image
  /** Guided backpropagation from the unit to the field, grey being 0, where it was asked for. */
  guided?: Image
}

/** A unit and its patches, the strongest first. */
export interface UnitPatches {
  layer: string
  channel: number
  /** The number of the channel; of a class's unit the class. */
  name: string
  patches: readonly Patch[]
}

/** The activations of the units that are shown, [units, top], and the patches themselves. */
export class MaximalPatches extends Result {
  constructor(
    /** What is shown, in the order of the addresses. */
    readonly units: readonly UnitPatches[],
    /** Of every unit of each layer the largest activations, and in which pictures. */
    readonly layers: Readonly<Record<string, TopUnits>>,
    /** How many pictures were looked at: all, unless it was interrupted. */
    readonly seen: number,
    ...[activations, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(activations, origin, draw)
  }
}

/**
 * Maximal patches: a data set is streamed through the network, and of every unit the pictures are kept that
 * contain its largest activations, each cropped to what the unit sees there.
 *
 * Zeiler & Fergus: Visualizing and Understanding Convolutional Networks (2014); Springenberg et al. 2015, with
 * guided backpropagation beside them. One pass serves all units of all layers that are asked for, in memory
 * that does not grow with the data set; of one picture a unit shows one patch. Further units of the same layer
 * need no pass as long as the data set is the same object. Results of data sets that can name themselves, such
 * as Scenes, are kept on disk as well.
 *
 * @param data Any data set of pictures, or a list of images.
 * @param addresses Layers (`conv4`), units (`conv4:17`), or several of them, shown side by side by layer.
 * @returns [units, top] activations, 0 where a unit answers to fewer pictures; `units` holds the patches.
 * @throws RangeError for unknown layers, naming the nearest, for channels that there are not, for a data set
 *   without pictures, and for options that there cannot be; what reading a picture throws. An interrupt
 *   throws nothing: the result is that of the pictures seen so far.
 * @example
 *   const found = await maximalPatches(net, scenes({ length: 2000 }), ['conv2', 'conv5'], { guided: true })
 *   found.units[0].patches[0].image
 */
export async function maximalPatches(
  net: Network,
  data: PictureSet | readonly Pictured[],
  addresses: string | readonly string[],
  options: PatchesOptions = {},
): Promise<MaximalPatches> {
  const { top = 9, guided = false, units = 12 } = options
  const pictures = pictureSet(data)
  const asked = nameList('unit or layer', addresses).map((address) => findUnit(net, address))
  if (asked.length === 0) throw new RangeError('name at least one layer or unit')
  const placed = asked.find(({ position }) => position)
  if (placed)
    throw new RangeError(
      `'${placed.address}' names one place, but patches are searched in all places; ` +
        `take '${placed.layer.name}:${placed.channel}'`,
    )
  const layers = [...new Map(asked.map((one) => [one.layer.name, one])).values()]
  const { layers: found, seen } = await topUnits(net, pictures, layers, options)
  const chosen = asked.flatMap((one) => channelsOf(net, one, found[one.layer.name]!, units))
  const shown = await cutPatches(net, pictures, chosen, found, {
    guided,
    top,
    quick: seen < pictures.length,
  })
  const activations = {
    data: Float32Array.from(
      chosen.flatMap(({ layer, channel }) => [...rowOf(found[layer.name]!.values, channel)]),
    ),
    shape: [chosen.length, top],
  }
  const origin = provenance(net, 'maximalPatches', pictures.digest, {
    units: chosen.map(({ layer, channel }) => `${layer.name}:${channel}`),
    top,
    guided,
    pictures: pictures.length,
    seen,
  })
  return new MaximalPatches(shown, found, seen, activations, origin, () =>
    draw(
      layers.map((one) => ({
        found: one,
        top: found[one.layer.name]!,
        units: shown.filter(({ layer }) => layer === one.layer.name),
      })),
      { top, guided, seen, length: pictures.length },
    ),
  )
}

interface Chosen extends FoundLayer {
  channel: number
  name: string
}

/** The units that an address and the option `units` mean. */
function channelsOf(
  net: Network,
  unit: FoundUnit,
  { values }: TopUnits,
  wanted: number | readonly (number | string)[],
): Chosen[] {
  const { layer } = unit
  const named = isOfClasses(net, layer)
  const chosen = (channel: number): Chosen => ({
    ...unit,
    channel,
    name: named ? net.className(channel) : String(channel),
  })
  if (unit.channel !== undefined) return [chosen(unit.channel)]
  if (typeof wanted !== 'number')
    return wanted.map((one) => chosen(findUnit(net, layer.name, one).channel!))
  if (!(Number.isInteger(wanted) && wanted > 0))
    throw new RangeError(`the units to show are 1 or more, not ${wanted}`)
  const all = [...Array(layer.shape[0]).keys()]
  const live = all.filter((channel) => rowOf(values, channel)[0] !== 0)
  const from = live.length > 0 ? live : all
  const count = Math.min(wanted, from.length)
  return Array.from({ length: count }, (_, i) =>
    chosen(from[Math.floor((i * from.length) / count)]!),
  )
}

const rowOf = ({ data, shape }: Tensor, row: number): Float32Array =>
  data.subarray(row * shape[1]!, (row + 1) * shape[1]!)

/** Reads the pictures once more that have patches to show, and cuts these out. */
async function cutPatches(
  net: Network,
  data: PictureSet,
  units: readonly Chosen[],
  found: Readonly<Record<string, TopUnits>>,
  { guided, top, quick }: { guided: boolean; top: number; quick: boolean },
): Promise<UnitPatches[]> {
  const wanted = new Map<number, { unit: number; rank: number }[]>()
  units.forEach(({ layer, channel }, unit) => {
    const { pictures } = found[layer.name]!
    for (let rank = 0; rank < top; rank++) {
      const picture = pictures[channel * top + rank]!
      if (picture >= 0) wanted.set(picture, [...(wanted.get(picture) ?? []), { unit, rank }])
    }
  })
  const order = [...wanted.keys()].sort((a, b) => a - b)
  const winners: PictureSet = { length: order.length, get: (i) => data.get(order[i]!) }
  const patches = units.map(() => new Array<Patch | undefined>(top))
  const names = [...new Set(units.map(({ layer }) => layer.name))]
  const size = batchSize(net, winners.length)
  const batches = inputBatches(net, winners, size)
  // After an interrupt what was found is still cut out, with nothing that an interrupt would stop again.
  const loop = quick
    ? batches
    : follow(batches, {
        label: 'Cutting patches',
        unit: 'batches',
        total: Math.ceil(order.length / size),
        transient: true,
      })
  for await (const { first, count, pixels } of loop) {
    const outputs = await net.run(pixels, { layers: names })
    for (let slot = 0; slot < count; slot++)
      for (const { unit, rank } of wanted.get(order[first + slot]!)!) {
        const { layer, channel } = units[unit]!
        const position = strongestPlace(outputs[layer.name]!, slot, channel)
        const [height, width] = pixels.shape.slice(2) as [number, number]
        const whole = { top: 0, left: 0, height, width }
        const field = (position && fieldOf(layer, position)) ?? whole
        const photo = unnormalise(
          { data: part(pixels, slot), shape: pixels.shape.slice(1) },
          net.preprocessing,
        )
        const of = neuron(layer.name, [channel, ...(position ?? [])])
        patches[unit]![rank] = {
          picture: order[first + slot]!,
          activation: found[layer.name]!.values.data[channel * top + rank]!,
          position,
          field,
          image: cropField(photo, field, meanColour(net)),
          ...(guided && {
            guided: signalPicture(
              await net.gradient(alone(net, pixels, slot), { of, rule: 'guided' }),
              field,
            ),
          }),
        }
      }
  }
  return units.map(({ layer, channel, name }, unit) => ({
    layer: layer.name,
    channel,
    name,
    patches: patches[unit]!.filter((patch) => patch !== undefined),
  }))
}

/** Where a channel's map is largest, the first such place; undefined for an element of a vector. */
function strongestPlace(
  output: Tensor,
  image: number,
  channel: number,
): [number, number] | undefined {
  const [, channels, ...places] = output.shape as [number, number, ...number[]]
  if (places.length === 0) return undefined
  const plane = sizeOf(places)
  const from = (image * channels + channel) * plane
  let best = 0
  for (let i = 1; i < plane; i++) if (output.data[from + i]! > output.data[from + best]!) best = i
  return [Math.floor(best / places[1]!), best % places[1]!]
}

/** One picture of a batch; for a network that takes so many at once and no fewer, as often as it must be. */
export function alone(net: Network, pixels: Tensor, slot: number): Tensor {
  const fixed = net.graph.inputs[0]?.shape?.[0]
  const times = typeof fixed === 'number' ? fixed : 1
  const one = part(pixels, slot)
  const data = new Float32Array(times * one.length)
  for (let i = 0; i < times; i++) data.set(one, i * one.length)
  return { data, shape: [times, ...pixels.shape.slice(1)] }
}

/** What the network takes the zeros around an image for. */
function meanColour({ preprocessing }: Network): Rgb {
  const [r, g = r, b = r] = preprocessing.mean as readonly number[] as [number, number?, number?]
  return [r, g, b].map((value) => Math.min(1, Math.max(0, value))) as Rgb
}

/** The part of a signal that belongs to a field, grey being 0. */
export function signalPicture({ data, shape }: Tensor, field: Field): Image {
  const [channels, height, width] = shape.slice(1) as [number, number, number]
  const plane = height * width
  const from = (c: number): number => (channels === 3 ? c : 0) * plane
  const coloured = [0, 1, 2].flatMap((c) => [...data.subarray(from(c), from(c) + plane)])
  // Outside the field there is nothing, which must not set the scale.
  const signal = cropField(new Image(width, height, Float32Array.from(coloured)), field, [0, 0, 0])
  const { high } = colorRange(signal.data, 'diverging', gradientPercentile)
  const bright = signal.data.map((value) => Math.min(1, Math.max(0, value / (2 * high) + 0.5)))
  return new Image(signal.width, signal.height, bright)
}

interface Shown {
  found: FoundLayer
  top: TopUnits
  units: readonly UnitPatches[]
}

interface About {
  top: number
  guided: boolean
  seen: number
  length: number
}

function draw(layers: readonly Shown[], about: About): Figure {
  const { guided, seen, length } = about
  const pictures =
    seen < length
      ? `${seen.toLocaleString('en')} of ${length.toLocaleString('en')} pictures, when it was interrupted`
      : `${length.toLocaleString('en')} pictures`
  const general =
    `Where each unit is most active in ${pictures}; the strongest first, one patch of each picture.` +
    (guided ? ' Right: guided backpropagation from the unit; grey is 0.' : '')
  const width = theme.maxWidth - 2 * theme.padding
  const each = Math.floor((width + theme.gap) / layers.length) - theme.gap
  const figures = layers.map((one) =>
    layerFigure(one, about, layers.length > 1 ? each : width, layers.length > 1 ? '' : general),
  )
  const title = layers.length > 1 ? 'Maximal patches' : undefined
  return figures.length === 1 ? figures[0]! : row(figures, { title, caption: general })
}

function layerFigure(
  { found, top, units }: Shown,
  { top: places }: About,
  width: number,
  general: string,
): Figure {
  const { layer } = found
  const field = layer.receptiveField && layer.shape.length === 3 && layer.receptiveField
  const channels = layer.shape[0]!
  const off = [...Array(channels).keys()].filter((channel) => rowOf(top.values, channel)[0] === 0)
  const caption = [
    field
      ? `A unit sees ${field[0].size}×${field[1].size} pixels.`
      : 'A unit sees the whole image.',
    off.length > 0
      ? `${off.length} of ${channels} units ${off.length === 1 ? 'is' : 'are'} never active.`
      : '',
    general,
  ]
  const single = units.length === 1
  const noun = layer.shape.length === 3 ? 'channel' : 'unit'
  const groups = units.map(({ name, channel, patches }): Mosaic => {
    const values = patches.map(({ activation }) => activation)
    const span =
      values.length > 0
        ? `${formatNumber(values[0]!)}${values.length > 1 ? ` … ${formatNumber(values.at(-1)!)}` : ''}`
        : 'never active'
    return {
      label: single
        ? `activation ${span}`
        : `${name === String(channel) ? channel : name}: ${span}`,
      images: patches.map(({ image }) => image),
      ...(patches.some(({ guided }) => guided) && {
        beside: patches.map(({ guided }) => guided!),
      }),
    }
  })
  const only = units[0]
  const title = single
    ? `${layer.name}, ${noun} ${only!.channel}${only!.name === String(only!.channel) ? '' : ` (${only!.name})`}`
    : `${layer.name}: ${units.length === channels ? '' : `${units.length} of `}${channels} ${noun}s`
  return mosaics(groups, { title, places, width, caption: caption.filter(Boolean).join(' ') })
}
