/** Approximate nearest neighbours among very many vectors, by a package that is installed where it is wanted. */
import { createRequire } from 'node:module'
import { type Matrix, rowsOf } from './matrix.js'
import { distance, type Metric, type Nearest } from './nearest.js'

/** Up to so many vectors are compared one by one. */
export const EXACT = 100_000

/** What is used of usearch. */
interface Usearch {
  Index: new (config: { metric: string; dimensions: number; connectivity: number }) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void
    search(vectors: Float32Array, count: number, threads: number): { keys: BigUint64Array }
  }
}

export interface VectorIndex {
  /** As {@link nearest}, but some neighbours may be missed: about 1 in 200 of the ten nearest. */
  nearest(queries: Matrix, count: number, except: readonly number[]): Nearest
}

const PACKAGE = 'usearch'

/** Whether there is a package that makes an index. */
export function hasVectorIndex(): boolean {
  try {
    createRequire(import.meta.url).resolve(PACKAGE)
    return true
  } catch {
    return false
  }
}

/** What has been indexed, while it is in use. */
const made = new WeakMap<Float32Array, Map<Metric, VectorIndex>>()

/**
 * An index of vectors: navigable small worlds (Malkov & Yashunin 2016), by usearch. It is made once for the same
 * vectors.
 *
 * @throws Error where the package is not installed, saying how it is.
 */
export function vectorIndex(vectors: Matrix, metric: Metric): VectorIndex {
  const known = made.get(vectors.data) ?? new Map<Metric, VectorIndex>()
  made.set(vectors.data, known)
  const index = known.get(metric) ?? makeIndex(vectors, metric)
  known.set(metric, index)
  return index
}

function makeIndex(vectors: Matrix, metric: Metric): VectorIndex {
  const { Index } = loadUsearch()
  const { rows, columns, data } = vectors
  const index = new Index({
    metric: metric === 'l2' ? 'l2sq' : 'cos',
    dimensions: columns,
    connectivity: 16,
  })
  const keys = BigUint64Array.from({ length: rows }, (_, i) => BigInt(i))
  index.add(keys, data.subarray(0, rows * columns), 0) // on all cores
  return {
    nearest(queries, count, except) {
      // More than asked for: one may be the query itself, and the order is that of approximate distances.
      const wanted = Math.min(rows, 2 * count + 10)
      const found = index.search(queries.data, wanted, 1)
      const indices = new Int32Array(queries.rows * count)
      const distances = new Float64Array(queries.rows * count)
      for (let i = 0; i < queries.rows; i++) {
        const own = rowsOf(queries, i, i + 1).data
        Array.from(found.keys.subarray(i * wanted, (i + 1) * wanted), Number)
          .filter((j) => j !== except[i])
          .map((j) => ({ j, far: distance(metric, own, rowsOf(vectors, j, j + 1).data) }))
          .sort((a, b) => a.far - b.far || a.j - b.j)
          .slice(0, count)
          .forEach(({ j, far }, rank) => {
            indices[i * count + rank] = j
            distances[i * count + rank] = far
          })
      }
      return { count, indices, distances }
    },
  }
}

function loadUsearch(): Usearch {
  try {
    return createRequire(import.meta.url)(PACKAGE) as Usearch
  } catch (error) {
    throw new Error(
      `an approximate search needs the package ${PACKAGE}: npm install ${PACKAGE}. ` +
        `The exact search, { search: 'exact' }, needs nothing`,
      { cause: error },
    )
  }
}
