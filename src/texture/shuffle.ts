import { part } from '../attribution/batch.js'
import { joined, type Tensor } from '../engine/tensor.js'
import { heatMap } from '../figures/heatmap.js'
import { matrixMap } from '../figures/matrix-map.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import { defaultSeed, mixSeeds, Random } from '../image/random.js'
import type { Network } from '../network/network.js'
import { gramMatrix } from '../objectives/gram.js'
import { provenance, type Provenance, Result } from '../result.js'
import { featureMaps, pixelsAtOwnSize } from './feature-layers.js'

/**
 * Feature maps with their places shuffled: each place keeps its channels and goes somewhere else.
 *
 * @param features [N, C, H, W]
 * @param order Which place comes to each, H · W of them.
 * @throws RangeError for what are no feature maps, and for another number of places.
 */
export function movePlaces({ data, shape }: Tensor, order: ArrayLike<number>): Tensor {
  const [images = 0, channels = 0, height = 0, width = 0] = shape
  const places = height * width
  if (shape.length !== 4 || order.length !== places)
    throw new RangeError(`${order.length} places to move for feature maps [${shape.join(', ')}]`)
  const moved = new Float32Array(data.length)
  for (let map = 0; map < images * channels; map++)
    for (let i = 0; i < places; i++) moved[map * places + i] = data[map * places + order[i]!]!
  return { data: moved, shape: [...shape] }
}

/** Feature maps before and after their places were shuffled, [2, C, H, W], and the Gram matrices of both. */
export class Shuffled extends Result {
  constructor(
    maps: Tensor,
    /** [2, C, C], divided by CHW. */
    readonly grams: Tensor,
    /** The largest difference of the matrices as a share of the largest number: rounding alone. */
    readonly difference: number,
    origin: Provenance,
    draw: () => ReturnType<typeof row>,
  ) {
    super(maps, origin, draw)
  }
}

/**
 * What a Gram matrix forgets: the places of a layer's feature maps are shuffled, all channels alike. Nothing is left
 * of the picture, and the Gram matrix stays the same, since a sum does not depend on the order of what is added.
 *
 * @param seed Of the new order. Default: that of `%seed`, or 0.
 * @throws RangeError for an unknown layer, naming the nearest, and for one without feature maps.
 * @example (await shufflePlaces(net, texture, 'conv2')).difference // below 1e-6
 */
export async function shufflePlaces(
  net: Network,
  image: Image,
  layer: string,
  { seed = defaultSeed() }: { seed?: number } = {},
): Promise<Shuffled> {
  const pixels = pixelsAtOwnSize(net, image)
  const features = (await featureMaps(net, pixels, [layer]))[layer]!
  const [, channels, height, width] = features.shape as [number, number, number, number]
  const order = new Random(mixSeeds(seed, 68)).permutation(height * width)
  const moved = movePlaces(features, order)
  const both = [features, moved].map((maps) => gramMatrix(maps))
  const [before, after] = both.map(({ data }) => data) as [Float32Array, Float32Array]
  const largest = before.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const difference = before.reduce((most, v, i) => Math.max(most, Math.abs(v - after[i]!)), 0)
  const origin = provenance(net, 'shufflePlaces', pixels, { layer, seed })
  const strongest = channelOfMostVariance(features)
  return new Shuffled(
    joined([features, moved]),
    joined(both),
    largest > 0 ? difference / largest : 0,
    origin,
    () => {
      const map = (maps: Tensor, title: string) => {
        const data = part(channel(maps), strongest)
        return heatMap({ data, width, height, title, label: `${layer}:${strongest}` })
      }
      const matrix = (data: Float32Array, title: string) =>
        matrixMap(
          { name: title, data, size: channels },
          { label: 'Σ F F′ / CHW', axis: 'channel', percentile: 99, colors: signOf(before) },
        )
      return row(
        [
          map(features, 'As it is'),
          matrix(before, 'Its Gram matrix'),
          map(moved, 'Places shuffled'),
          matrix(after, 'Its Gram matrix'),
        ],
        {
          title: `What the Gram matrix of ${layer} forgets`,
          caption:
            `${height * width} places, ${channels} channels. The matrices differ by ` +
            `${largest > 0 ? (difference / largest).toExponential(1) : '0'} of their largest number: ` +
            `by the rounding of sums in another order, if at all.`,
        },
      )
    },
  )
}

const signOf = (values: Float32Array) =>
  values.some((value) => value < 0) ? ('diverging' as const) : ('sequential' as const)

/** The maps of the first image, one to each channel. */
const channel = ({ data, shape }: Tensor): Tensor => ({ data, shape: shape.slice(1) })

/** The channel with the most to see. */
function channelOfMostVariance({ data, shape }: Tensor): number {
  const places = shape[2]! * shape[3]!
  const variances = Array.from({ length: shape[1]! }, (_, c) => {
    const own = data.subarray(c * places, (c + 1) * places)
    const mean = own.reduce((sum, value) => sum + value, 0) / places
    return own.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  })
  return variances.indexOf(Math.max(...variances))
}
