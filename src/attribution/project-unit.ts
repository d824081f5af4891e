import { cropField, type Field, fieldOf } from '../activations/field.js'
import { findUnit, type FoundUnit } from '../activations/address.js'
import { sizeOf, type Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { gradientPicture } from '../figures/gradient.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { formatNumber } from '../figures/ticks.js'
import type { Unpooling } from '../gradient/unpooling.js'
import { Image } from '../image/image.js'
import { int64 } from '../network/graph.js'
import type { Network } from '../network/network.js'
import { Objective } from '../objectives/objective.js'
import { provenance, Result } from '../result.js'
import { eachImage, part, pictures } from './batch.js'
import { coloured } from './pixel-gradient.js'
import { type Input, pixelsOf } from './question.js'

export interface UnitProjectionOptions {
  /**
   * What is kept of a channel where the address names no place: its 'strongest' activation (default, as in the
   * paper), each image's own; or the whole 'map'.
   */
  keep?: 'strongest' | 'map'
  /**
   * What happens where pooling windows overlap and share a maximum: signals are added ('add', default), or
   * the last window overwrites the others ('overwrite'). Taken at its word, unpooling overwrites; but then a
   * neighbour that was set to zero puts its 0 over what was kept, and of the strongest unit nothing may be left.
   */
  unpooling?: Unpooling
}

/** What was kept of one image. */
export interface Kept {
  /** Row and column of the strongest activation; undefined in a vector. */
  y?: number
  x?: number
  /** The strongest activation that was kept. */
  activation: number
}

/** The signal at the pixels [N, C, H, W], and where it began. */
export class UnitProjection extends Result {
  constructor(
    /** What was kept of each image. */
    readonly kept: readonly Kept[],
    ...[signal, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(signal, origin, draw)
  }
}

/**
 * DeconvNet's projection of one unit: all other activations of its layer are set to zero, and what is left,
 * with its own strength, goes down to the pixels: unpooling puts values back where the switches say,
 * rectifiers rectify the signal, convolutions are transposed.
 *
 * Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2014), section 2.1. This is
 * DeconvNet in its full sense; {@link deconvnet} of a class score is the rectifier's rule alone.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param address `conv3:15`, or `conv3:15@4,7` (channel @ row, column) for a certain place.
 * @returns [N, C, H, W], signed, 0 outside of the unit's receptive field, and 0 everywhere where a
 *   rectified unit is not active.
 * @throws RangeError for an unknown layer, naming the nearest, for a unit that it does not have, for pixels
 *   that are not finite and unknown options.
 * @example
 *   const { kept } = await projectUnit(net, photo, 'conv3:15')
 *   kept[0] // { y: 4, x: 7, activation: 3.1 }
 */
export async function projectUnit(
  net: Network,
  input: Input,
  address: string,
  options: UnitProjectionOptions = {},
): Promise<UnitProjection> {
  const { keep = 'strongest', unpooling = 'add' } = options
  if (!['strongest', 'map'].includes(keep))
    throw new RangeError(`of a channel the 'strongest' or the 'map' is kept, not '${String(keep)}'`)
  const unit = findUnit(net, address)
  const layer = unit.layer.name
  const pixels = pixelsOf(net, input)
  const { [layer]: maps } = await net.run(pixels, { layers: [layer] })
  const places = placesOf(maps!, unit, keep)
  const of = keptOf(layer, places)
  const signal = await net.gradient(pixels, { of, rule: 'deconvnet', unpooling })

  const kept = places.map((list, i) => strongest(maps!, i, list))
  const told = { unit: unit.address, keep, unpooling }
  const images = pictures(pixels, net.preprocessing)
  return new UnitProjection(kept, signal, provenance(net, 'projectUnit', pixels, told), () =>
    eachImage(images.length, (i) => {
      const one = kept[i]!
      const whole = places[i]!.length > 1
      const { y, x } = one
      const somewhere = !whole && y !== undefined && x !== undefined
      const seen = somewhere ? fieldOf(unit.layer, [y, x]) : undefined
      return beside(images[i]!, part(signal, i), seen, {
        title: `DeconvNet: ${layer}:${unit.channel}`,
        caption:
          (whole
            ? `All of the map kept; strongest at row ${y}, column ${x}: `
            : somewhere
              ? `Kept at row ${y}, column ${x}: `
              : 'Kept: ') +
          `${formatNumber(one.activation)}.` +
          (one.activation <= 0 ? ' Not active: nothing is projected of a rectified unit.' : ''),
      })
    }),
  )
}

/**
 * Where what is kept lies in each image's activations, flat.
 *
 * @throws RangeError where the address names no channel.
 */
function placesOf(
  maps: Tensor,
  { channel, position, address }: FoundUnit,
  keep: string,
): number[][] {
  if (channel === undefined)
    throw new RangeError(
      `a projection keeps one channel of '${address}': give '${address}:0' or alike`,
    )
  const [count, , ...positions] = maps.shape as [number, number, ...number[]]
  const plane = sizeOf(positions)
  const start = channel * plane
  const all = Array.from({ length: plane }, (_, i) => start + i)
  return Array.from({ length: count }, (_, image) => {
    if (position) return [start + position[0] * positions[1]! + position[1]]
    if (keep === 'map') return all
    const values = part(maps, image)
    return [all.reduce((best, i) => (values[i]! > values[best]! ? i : best))]
  })
}

/**
 * ½ Σ a² of the activations at some places: its gradient by the layer is the activations themselves there,
 * and 0 elsewhere.
 */
function keptOf(layer: string, places: readonly number[][]): Objective {
  const count = places[0]!.length
  return new Objective({
    key: `kept(${JSON.stringify(layer)}, ${count})`,
    code: `kept(${JSON.stringify(layer)}, ${count})`,
    describe: () => `what is kept of ${layer}`,
    parameters: [() => int64(places.flat(), [places.length, count])],
    build(b, subject, [at]) {
      const flat = b.add('Flatten', [subject.value(layer)], { axis: 1 })
      const kept = b.add('GatherElements', [flat, at!], { axis: 1 })
      return b.add('Mul', [b.sum(b.add('Mul', [kept, kept]), [1]), b.scalar(0.5)])
    },
  })
}

function strongest(maps: Tensor, image: number, places: readonly number[]): Kept {
  const values = part(maps, image)
  const at = places.reduce((best, i) => (values[i]! > values[best]! ? i : best))
  const [, , , width] = maps.shape
  const activation = values[at]!
  if (width === undefined) return { activation }
  const position = at % (maps.shape[2]! * width)
  return { y: Math.floor(position / width), x: position % width, activation }
}

/** What the unit sees, and its projection, side by side. */
function beside(
  image: Image,
  signal: Float32Array,
  seen: Field | undefined,
  words: { title: string; caption: string },
): Figure {
  const { width, height } = image
  const field = seen ?? { top: 0, left: 0, width, height }
  const rgb = new Image(width, height, coloured(signal, width * height))
  const size = `${field.height}×${field.width} pixels`
  return row([
    picture(cropField(image, field, grey), {
      title: 'What the unit sees',
      caption: seen
        ? `${size} at row ${formatNumber(field.top)}, column ${formatNumber(field.left)}.`
        : 'The whole image.',
    }),
    gradientPicture({ ...field, data: cropField(rgb, field, [0, 0, 0]).data, ...words }),
  ])
}

/** Beside the image. */
const grey: [number, number, number] = [0.5, 0.5, 0.5]
