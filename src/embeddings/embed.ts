import { findLayer } from '../activations/address.js'
import {
  imageOf,
  inputBatches,
  batchSize,
  type Pictured,
  type PictureSet,
  pictureSet,
} from '../activations/stream.js'
import { part } from '../attribution/batch.js'
import { sizeOf, type Tensor } from '../engine/tensor.js'
import type { Network } from '../network/network.js'
import { provenance } from '../result.js'
import { unnormalise } from '../image/preprocessing.js'
import { follow } from '../work/index.js'
import { Embedding } from './embedding.js'
import { Thumbnails } from './thumbnails.js'

export interface EmbedOptions {
  /**
   * What becomes of feature maps [C, h, w]: 'average' (default) takes the mean of each, C features, which does
   * not depend on where in the picture something is; 'flatten' keeps all C·h·w. Vectors are taken as they are.
   */
  spatial?: 'average' | 'flatten'
  /** How many pictures run at once. Default: by the size of the network's input. */
  batch?: number
}

/** An item of a data set with a class, or any other. */
type Item = Pictured & { readonly label?: unknown }

/** A data set of pictures, with the names of their classes where it has them. */
export type EmbedSource =
  (PictureSet & { readonly classes?: readonly string[] }) | readonly Pictured[]

/**
 * What a layer makes of every picture of a data set: a matrix with one row for each. Pictures are streamed; what
 * stays in memory is the row, and a thumbnail of 7 kB.
 *
 * An interrupt ends it with the rows that are done.
 *
 * @param data A data set of pictures or a list of them. Where items have a `label`, maps are coloured by it.
 * @param layer Such as 'fc7'. What a layer gives is taken before the rectifier that follows it; name the
 *   rectifier, 'relu7', for what Krizhevsky et al. (2012) compare.
 * @returns [N, D].
 * @throws RangeError for an unknown layer, naming the nearest, and for options that there cannot be; AbortError at
 *   an interrupt before the first batch is done.
 * @example
 *   const features = await embed(net, scenes({ length: 500 }), 'fc7')
 *   await features.tsne()
 */
export async function embed(
  net: Network,
  data: EmbedSource,
  layer: string,
  options: EmbedOptions = {},
): Promise<Embedding> {
  const { spatial = 'average' } = options
  if (!['average', 'flatten'].includes(spatial))
    throw new RangeError(`feature maps become features by 'average' or 'flatten', not '${spatial}'`)
  const set = pictureSet(data)
  if (set.length === 0) throw new RangeError('there is nothing to embed: the data set is empty')
  findLayer(net, layer) // an unknown one is refused before any picture is read
  const labels = new Int32Array(set.length).fill(-1)
  const size = batchSize(net, set.length, options.batch)
  const thumbnails = new Thumbnails(set.length, net.preprocessing.size)
  let features: Float32Array | undefined
  let width = 0
  let done = 0

  const batches = inputBatches(net, noting(set, labels), size)
  const loop = follow(batches, {
    label: `Features of ${layer}`,
    unit: 'batches',
    total: Math.ceil(set.length / size),
    partial: true,
    transient: true,
  })
  for await (const { first, count, pixels } of loop) {
    const output = (await net.run(pixels, { layers: [layer] }))[layer]!
    const rows = spatial === 'average' ? averaged(output) : output
    width = rows.data.length / rows.shape[0]!
    features ??= new Float32Array(set.length * width)
    features.set(rows.data.subarray(0, count * width), first * width)
    for (let slot = 0; slot < count; slot++) {
      const seen = { data: part(pixels, slot), shape: pixels.shape.slice(1) }
      thumbnails.set(first + slot, unnormalise(seen, net.preprocessing))
    }
    done = first + count
  }
  if (!features) throw loop.work.stopped()
  const matrix = { data: features.subarray(0, done * width), shape: [done, width] }
  const classes = Array.isArray(data)
    ? []
    : ((data as { classes?: readonly string[] }).classes ?? [])
  return new Embedding(
    {
      net,
      layer,
      pictures: set,
      labels: labels.subarray(0, done),
      classes,
      thumbnails,
      interrupted: loop.interrupted,
    },
    matrix,
    provenance(net, 'embed', set.digest, { layer, spatial, pictures: done }),
  )
}

/** The data set; labels are written down as its items go by. */
function noting(set: PictureSet, labels: Int32Array): PictureSet {
  const note = (item: Pictured, index: number): Pictured => {
    const { label } = item as Item
    if (typeof label === 'number') labels[index] = label
    return imageOf(item)
  }
  return {
    length: set.length,
    get: (index) => {
      const item = set.get(index)
      return item instanceof Promise ? item.then((read) => note(read, index)) : note(item, index)
    },
  }
}

/** The mean of each feature map; vectors as they are. */
export function averaged(output: Tensor): Tensor {
  const [images, channels, ...places] = output.shape as [number, number, ...number[]]
  const plane = sizeOf(places)
  if (plane === 1) return { data: output.data, shape: [images, channels] }
  const data = new Float32Array(images * channels)
  for (let i = 0; i < data.length; i++) {
    let sum = 0
    for (let k = i * plane; k < (i + 1) * plane; k++) sum += output.data[k]!
    data[i] = sum / plane
  }
  return { data, shape: [images, channels] }
}
