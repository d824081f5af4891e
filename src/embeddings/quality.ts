/** How well neighbourhoods agree: with the classes, and with those of another space. */
import { type Matrix, Product, rowsOf } from './matrix.js'
import { less, meanOf, type Metric, nearest } from './nearest.js'

const itself = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => i)

/**
 * Of the nearest neighbours of each vector, the share that is of its class, on average: 1 where classes lie
 * apart, the share of a class among all where they lie mixed.
 *
 * @param labels The class of each vector.
 * @param count How many neighbours.
 */
export async function purity(
  vectors: Matrix,
  labels: ArrayLike<number>,
  count: number,
  metric: Metric = 'l2',
): Promise<number> {
  const options = { metric, except: itself(vectors.rows) }
  const found = await nearest(vectors, vectors, count, options)
  const same = found.indices.reduce(
    (sum, j, at) => sum + Number(labels[j] === labels[Math.floor(at / found.count)]),
    0,
  )
  return same / found.indices.length
}

/**
 * Trustworthiness (Venna & Kaski 2001): whether the neighbours of each point in a map are neighbours of its
 * vector. 1 where all are among its nearest; what is not costs by its rank r(i, j):
 *
 *     1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_j∈map neighbours max(0, r(i, j) − k)
 *
 * @param count k, less than half the number of points.
 */
export async function trustworthiness(
  vectors: Matrix,
  points: Matrix,
  count: number,
): Promise<number> {
  const { rows } = vectors
  if (!(Number.isInteger(count) && count > 0 && count < rows / 2))
    throw new RangeError(
      `trustworthiness looks at 1 neighbour or more, less than half of ${rows}, not ${count}`,
    )
  const { indices } = await nearest(points, points, count, { except: itself(rows) })
  const x = less(vectors, meanOf(vectors))
  const norms = Float64Array.from({ length: rows }, (_, i) =>
    rowsOf(x, i, i + 1).data.reduce((sum, value) => sum + value * value, 0),
  )
  const product = new Product('a·bᵀ')
  let penalty = 0
  const BLOCK = 256
  for (let from = 0; from < rows; from += BLOCK) {
    const to = Math.min(rows, from + BLOCK)
    const { data } = await product.of(rowsOf(x, from, to), x)
    for (let i = from; i < to; i++) {
      const far = (j: number): number => norms[j]! - 2 * data[(i - from) * rows + j]!
      const limits = Array.from(indices.subarray(i * count, (i + 1) * count), far)
      const ranks = limits.map(() => 1)
      for (let j = 0; j < rows; j++) {
        if (j === i) continue
        const distance = far(j)
        for (let k = 0; k < count; k++) if (distance < limits[k]!) ranks[k]!++
      }
      for (const rank of ranks) penalty += Math.max(0, rank - count)
    }
  }
  await product.release()
  return 1 - (2 * penalty) / (rows * count * (2 * rows - 3 * count - 1))
}
