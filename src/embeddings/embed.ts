import { findLayer } from '../activations/address.js'
import {
  batchSize,
  inputBatches,
  type Pictured,
  type PictureSet,
  pictureSet,
} from '../activations/stream.js'
import type { Network } from '../network/network.js'
import { provenance } from '../result.js'
import { passOver } from '../scale/index.js'
import { isScaled, type ScaleOptions } from '../scale/options.js'
import type { Range } from '../scale/pass.js'
import { follow, type Work } from '../work/index.js'
import { Embedding } from './embedding.js'
import { Rows, type Spatial } from './rows.js'

export interface EmbedOptions extends ScaleOptions {
  /**
   * What becomes of feature maps [C, h, w]: 'average' (default) takes the mean of each, C features, which does
   * not depend on where in the picture something is; 'flatten' keeps all C·h·w. Vectors are taken as they are.
   */
  spatial?: Spatial
  /** How many pictures run at once. Default: by the size of the network's input. */
  batch?: number
}

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
  const size = batchSize(net, set.length, options.batch)
  const rows = new Rows(net, layer, spatial, set.length)
  const { work, done } = await (isScaled(options) ? shared : alone)(rows, set, size, options)
  if (done === 0) throw work.stopped()
  const matrix = rows.matrix(done)
  const classes = Array.isArray(data)
    ? []
    : ((data as { classes?: readonly string[] }).classes ?? [])
  return new Embedding(
    {
      net,
      layer,
      pictures: set,
      labels: rows.labels.subarray(0, done),
      classes,
      thumbnails: rows.thumbnails,
      interrupted: work.interrupted,
    },
    matrix,
    provenance(net, 'embed', set.digest, { layer, spatial, pictures: done }),
  )
}

/** What came of going through the pictures: `done` rows from the first on. */
interface Passed {
  work: Work
  done: number
}

async function alone(rows: Rows, set: PictureSet, size: number): Promise<Passed> {
  const loop = follow(inputBatches(rows.net, rows.noting(set), size), {
    label: `Features of ${rows.layer}`,
    unit: 'batches',
    total: Math.ceil(set.length / size),
    partial: true,
    transient: true,
  })
  let done = 0
  for await (const batch of loop) {
    await rows.add(batch)
    done = batch.first + batch.count
  }
  return { work: loop.work, done }
}

/** The same by workers; after an interrupt, the rows before the first that is missing. */
async function shared(
  rows: Rows,
  set: PictureSet,
  batch: number,
  options: EmbedOptions,
): Promise<Passed> {
  const { net, layer, spatial } = rows
  const ranges: Range[] = []
  const work = await passOver(
    { pass: 'features', options: { layer, spatial, batch }, networks: [net], data: set, batch },
    { label: `Features of ${layer}`, ...options },
    (part, range) => {
      rows.put(part, range.first)
      ranges.push(range)
    },
  )
  let done = 0
  for (const { first, count } of ranges.sort((a, b) => a.first - b.first))
    if (first === done) done += count
  return { work, done }
}
