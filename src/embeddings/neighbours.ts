import { imageOf, type Pictured } from '../activations/stream.js'
import { neighbourSheet, type SheetLine } from '../figures/neighbour-sheet.js'
import { Image } from '../image/image.js'
import { provenance, Result } from '../result.js'
import type { Embedding } from './embedding.js'
import type { Matrix } from './matrix.js'
import { type Metric, metrics, type Nearest, nearest } from './nearest.js'
import { EXACT, hasVectorIndex, vectorIndex } from './vector-index.js'

/** A picture, or the number of one in the data set. */
export type Query = number | Pictured

export interface NeighboursOptions {
  /** How many neighbours. Default 5. */
  count?: number
  /** 'l2' (default): ‖a − b‖; or 'cosine': 1 − cos(a, b), which does not see how strong features are. */
  metric?: Metric
  /**
   * 'exact' compares with every vector. 'approximate' asks an index of small worlds (HNSW, Malkov & Yashunin
   * 2016), for which the package usearch must be installed. Default: 'exact' up to 100 000 vectors, and beyond
   * where usearch is not installed.
   */
  search?: 'exact' | 'approximate'
}

/** Queries that the figure shows; of more, their distances and indices are there all the same. */
const SHOWN = 24

/** Distances to the nearest pictures, [queries, count], the nearest first. */
export class Neighbours extends Result {
  constructor(
    /** The numbers of the nearest pictures by features, [queries × count]. */
    readonly indices: Int32Array,
    /** The same by pixels. */
    readonly pixels: { readonly indices: Int32Array; readonly distances: Float64Array },
    ...result: ConstructorParameters<typeof Result>
  ) {
    super(...result)
  }
}

/**
 * Nearest neighbours: the pictures whose features are nearest to those of a query, beside those whose pixels are
 * (Krizhevsky, Sutskever & Hinton 2012, figure 4).
 *
 * @see Embedding.neighbours
 */
export async function neighbours(
  embedding: Embedding,
  query: Query | readonly Query[] = someOf(embedding),
  options: NeighboursOptions = {},
): Promise<Neighbours> {
  const { count = 5, metric = 'l2' } = options
  const pictures = embedding.shape[0]!
  const many = pictures > EXACT && hasVectorIndex()
  const { search = many ? 'approximate' : 'exact' } = options
  const queries = Array.isArray(query) ? (query as readonly Query[]) : [query as Query]
  if (queries.length === 0) throw new RangeError('ask for the neighbours of at least one picture')
  if (!(Number.isInteger(count) && count > 0 && count < pictures))
    throw new RangeError(`there are 1 to ${pictures - 1} neighbours, not ${count}`)
  if (!metrics.includes(metric))
    throw new RangeError(`vectors are compared by 'l2' or 'cosine', not '${String(metric)}'`)
  if (!['exact', 'approximate'].includes(search))
    throw new RangeError(`neighbours are searched 'exact' or 'approximate', not '${search}'`)
  for (const one of queries)
    if (typeof one === 'number' && !(Number.isInteger(one) && one >= 0 && one < pictures))
      throw new RangeError(`there are the pictures 0 … ${pictures - 1}, and no picture ${one}`)

  const find = async (space: Embedding): Promise<Nearest> => {
    const vectors = await vectorsOf(space, queries)
    const except = queries.map((one) => (typeof one === 'number' ? one : -1))
    return search === 'exact'
      ? nearest(vectors, space.matrix, count, { metric, except })
      : vectorIndex(space.matrix, metric).nearest(vectors, count, except)
  }
  const byFeatures = await find(embedding)
  const byPixels = await find(embedding.pixels)

  const asked = queries.map((one) => (typeof one === 'number' ? one : 'picture'))
  const origin = provenance(embedding.source.net, 'neighbours', embedding.provenance.input, {
    ...embedding.provenance.parameters,
    queries: asked,
    count,
    metric,
    search,
  })
  const shown = queries.slice(0, SHOWN)
  const lines = await Promise.all(
    shown.map((one, i): Promise<SheetLine> => lineOf(embedding, one, i, byFeatures, byPixels)),
  )
  const notes = [
    metric === 'l2'
      ? 'By the length of the difference, ‖a − b‖; the nearest first.'
      : 'By 1 − cos(a, b); the nearest first.',
    shown.length < queries.length ? `The first ${SHOWN} of ${queries.length} queries.` : '',
  ]
  return new Neighbours(
    byFeatures.indices,
    byPixels,
    { data: Float32Array.from(byFeatures.distances), shape: [queries.length, count] },
    origin,
    () =>
      neighbourSheet({
        lines,
        title: `Nearest pictures by ${embedding.layer} and by pixels`,
        names: [`nearest by ${embedding.layer}`, 'nearest by pixels'],
        caption: notes.filter(Boolean).join(' '),
      }),
  )
}

/** Five pictures from all over the data set. */
function someOf({ shape }: Embedding): number[] {
  const [pictures] = shape as [number]
  const count = Math.min(5, pictures)
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * pictures) / count))
}

async function vectorsOf(space: Embedding, queries: readonly Query[]): Promise<Matrix> {
  const columns = space.shape[1]!
  const data = new Float32Array(queries.length * columns)
  for (const [i, one] of queries.entries())
    data.set(
      typeof one === 'number'
        ? space.data.subarray(one * columns, (one + 1) * columns)
        : await space.featuresOf(one),
      i * columns,
    )
  return { data, rows: queries.length, columns }
}

/** A query and its neighbours as pictures, read from the data set once more. */
async function lineOf(
  { source, labels, classes }: Embedding,
  query: Query,
  line: number,
  ...found: Nearest[]
): Promise<SheetLine> {
  const { net, pictures } = source
  const picture = async (index: number) => ({
    image: net.view(imageOf(await pictures.get(index))),
    name: classes[labels[index]!],
  })
  const own =
    typeof query === 'number'
      ? await picture(query)
      : { image: net.view(imageOf(query)), name: classNameOf(query) }
  const groups = await Promise.all(
    found.map(({ indices, count }) =>
      Promise.all(Array.from(indices.subarray(line * count, (line + 1) * count), picture)),
    ),
  )
  return { query: own, groups }
}

function classNameOf(item: Pictured): string | undefined {
  const { className } = item instanceof Image ? {} : (item as { className?: unknown })
  return typeof className === 'string' ? className : undefined
}
