/** Exact nearest neighbours among vectors, by matrix products. */
import { steps } from '../work/index.js'
import { type Matrix, Product, rowsOf } from './matrix.js'

/** How far two vectors are apart: ‖a − b‖, or 1 − cos(a, b), which is 1 where one of them is 0. */
export type Metric = 'l2' | 'cosine'

export const metrics = ['l2', 'cosine'] as const

/** The nearest vectors of each query, the nearest first. */
export interface Nearest {
  /** How many there are of each query. */
  count: number
  /** The numbers of the vectors, [queries × count]. */
  indices: Int32Array
  /** How far they are, [queries × count]. */
  distances: Float64Array
}

export interface NearestOptions {
  /** Default 'l2'. */
  metric?: Metric
  /** For each query a vector that is none of its neighbours: itself. Default: none. */
  except?: ArrayLike<number>
  /** For the progress display. Default 'Nearest neighbours'. */
  label?: string
}

/** Queries and vectors in one product: its result, 8 MB, stays in the processor's cache for the most part. */
const [QUERIES, VECTORS] = [256, 8192]

/**
 * The nearest vectors of each query. Candidates come from ‖a‖² + ‖b‖² − 2 a·b in single precision, about the
 * mean vector, so that little cancels; their distances and order from the differences in double precision.
 *
 * @throws RangeError where vectors and queries differ in length; AbortError at an interrupt.
 */
export async function nearest(
  queries: Matrix,
  vectors: Matrix,
  count: number,
  { metric = 'l2', except, label = 'Nearest neighbours' }: NearestOptions = {},
): Promise<Nearest> {
  if (queries.columns !== vectors.columns)
    throw new RangeError(
      `queries have ${queries.columns} elements, but the vectors ${vectors.columns}`,
    )
  const most = vectors.rows - (except ? 1 : 0)
  const kept = Math.min(count, most)
  // Rounding may exchange neighbours that are almost equally far.
  const candidates = Math.min(most, kept + Math.max(8, kept >> 3))
  const prepare = preparation(metric, vectors)
  const base = prepare(vectors)
  const norms = squaredNorms(base)
  // A vector of zeros is at 1 − cos = 1 from all; where it is taken for one of length 1, it seems nearer.
  if (metric === 'cosine')
    squaredNorms(vectors).forEach((norm, j) => (norms[j]! += norm === 0 ? 1 : 0))
  const found: Nearest = {
    count: kept,
    indices: new Int32Array(queries.rows * kept),
    distances: new Float64Array(queries.rows * kept),
  }
  const product = new Product('a·bᵀ')
  const rounds = Math.ceil(queries.rows / QUERIES)
  try {
    for await (const round of steps(rounds, { label, unit: 'blocks', transient: true })) {
      const from = round * QUERIES
      const to = Math.min(queries.rows, from + QUERIES)
      const block = prepare(rowsOf(queries, from, to))
      const heaps = Array.from({ length: to - from }, () => new Smallest(candidates))
      for (let start = 0; start < vectors.rows; start += VECTORS) {
        const end = Math.min(vectors.rows, start + VECTORS)
        const { data } = await product.of(block, rowsOf(base, start, end))
        heaps.forEach((heap, i) => {
          const own = except?.[from + i] ?? -1
          for (let j = start, at = i * (end - start); j < end; j++, at++) {
            const distance = norms[j]! - 2 * data[at]!
            if (distance < heap.limit && j !== own) heap.add(distance, j)
          }
        })
      }
      heaps.forEach((heap, i) => {
        const query = rowsOf(queries, from + i, from + i + 1).data
        const ranked = Array.from(heap.items, (index) => ({
          index,
          distance: distance(metric, query, rowsOf(vectors, index, index + 1).data),
        })).sort((a, b) => a.distance - b.distance || a.index - b.index)
        for (let n = 0; n < kept; n++) {
          found.indices[(from + i) * kept + n] = ranked[n]!.index
          found.distances[(from + i) * kept + n] = ranked[n]!.distance
        }
      })
    }
  } finally {
    await product.release()
  }
  return found
}

/** How far two vectors are apart. */
export function distance(metric: Metric, a: Float32Array, b: Float32Array): number {
  if (metric === 'l2') {
    let sum = 0
    for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
    return Math.sqrt(sum)
  }
  let [dot, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!
    aa += a[i]! * a[i]!
    bb += b[i]! * b[i]!
  }
  return aa === 0 || bb === 0 ? 1 : Math.max(0, 1 - dot / Math.sqrt(aa * bb))
}

/** The mean of the rows. */
export function meanOf({ data, rows, columns }: Matrix): Float64Array {
  const mean = new Float64Array(columns)
  for (let row = 0, at = 0; row < rows; row++)
    for (let i = 0; i < columns; i++, at++) mean[i]! += data[at]!
  return mean.map((sum) => sum / rows)
}

/** The matrix with `mean` taken from each of its rows. */
export function less({ data, rows, columns }: Matrix, mean: ArrayLike<number>): Matrix {
  const centred = new Float32Array(data.length)
  for (let row = 0, at = 0; row < rows; row++)
    for (let i = 0; i < columns; i++, at++) centred[at] = data[at]! - mean[i]!
  return { data: centred, rows, columns }
}

/**
 * Takes the mean vector from vectors, by cosine after they got the length 1: then ‖a − b‖² = 2 (1 − cos), and
 * differences stay large beside what is rounded.
 */
function preparation(metric: Metric, vectors: Matrix): (matrix: Matrix) => Matrix {
  const scales = (matrix: Matrix): Float64Array =>
    metric === 'l2'
      ? new Float64Array(matrix.rows).fill(1)
      : squaredNorms(matrix).map((norm) => (norm > 0 ? 1 / Math.sqrt(norm) : 0))
  const own = scales(vectors)
  const mean = new Float64Array(vectors.columns)
  for (let row = 0, at = 0; row < vectors.rows; row++)
    for (let i = 0; i < mean.length; i++, at++)
      mean[i]! += (vectors.data[at]! * own[row]!) / vectors.rows
  return (matrix) => {
    const { data, rows, columns } = matrix
    const scale = matrix === vectors ? own : scales(matrix)
    const prepared = new Float32Array(data.length)
    for (let row = 0, at = 0; row < rows; row++)
      for (let i = 0; i < columns; i++, at++) prepared[at] = data[at]! * scale[row]! - mean[i]!
    return { data: prepared, rows, columns }
  }
}

function squaredNorms({ data, rows, columns }: Matrix): Float64Array {
  const norms = new Float64Array(rows)
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0
    for (let i = 0; i < columns; i++, at++) sum += data[at]! * data[at]!
    norms[row] = sum
  }
  return norms
}

/** The items of the smallest values, in a heap with the largest of them on top. */
class Smallest {
  /** Nothing as large as this is among them. */
  limit = Infinity
  readonly #values: Float64Array
  readonly #items: Int32Array
  #size = 0

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity)
    this.#items = new Int32Array(capacity)
    if (capacity === 0) this.limit = -Infinity
  }

  get items(): Int32Array {
    return this.#items.subarray(0, this.#size)
  }

  add(value: number, item: number): void {
    const [values, items] = [this.#values, this.#items]
    if (this.#size < values.length) {
      let at = this.#size++
      for (; at > 0; at = (at - 1) >> 1) {
        const parent = (at - 1) >> 1
        if (values[parent]! >= value) break
        values[at] = values[parent]!
        items[at] = items[parent]!
      }
      values[at] = value
      items[at] = item
    } else {
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= values.length) break
        if (child + 1 < values.length && values[child + 1]! > values[child]!) child++
        if (values[child]! <= value) break
        values[at] = values[child]!
        items[at] = items[child]!
        at = child
      }
      values[at] = value
      items[at] = item
    }
    if (this.#size === values.length) this.limit = values[0]!
  }
}
