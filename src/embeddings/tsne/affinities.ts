/** P: how alike the vectors are that t-SNE places. */
import { type Matrix } from '../matrix.js'
import { nearest, type Nearest } from '../nearest.js'

/** A symmetric matrix of affinities, row by row, of which only these are not 0; they add up to 1. */
export interface Affinities {
  /** How many points there are. */
  points: number
  /** Where in `columns` and `values` each row begins; one more than there are rows. */
  starts: Int32Array
  columns: Int32Array
  values: Float64Array
}

/**
 * The affinities of vectors: Gaussians of widths that give each vector the same perplexity,
 *
 *     p(j|i) = exp(−β_i ‖x_i − x_j‖²) / Σ_k exp(−β_i ‖x_i − x_k‖²)        P_ij = (p(j|i) + p(i|j)) / 2N
 *
 * among its 3 × perplexity nearest neighbours (van der Maaten 2014), or among all others (van der Maaten &
 * Hinton 2008).
 *
 * @param neighbours How many: 'all' for the exact method.
 */
export async function affinities(
  vectors: Matrix,
  perplexity: number,
  neighbours: number | 'all',
): Promise<Affinities> {
  const count = neighbours === 'all' ? vectors.rows - 1 : Math.min(neighbours, vectors.rows - 1)
  const except = Int32Array.from({ length: vectors.rows }, (_, i) => i)
  const near = await nearest(vectors, vectors, count, { except, label: 'Nearest neighbours' })
  return symmetric(near, conditional(near, perplexity))
}

const TOLERANCE = 1e-5
const ATTEMPTS = 200

/** p(j|i) of the neighbours of each point, by bisection for the perplexity. */
function conditional({ count, distances }: Nearest, perplexity: number): Float64Array {
  const wanted = Math.log(perplexity)
  const p = new Float64Array(distances.length)
  for (let start = 0; start < distances.length; start += count) {
    const nearest = distances[start]! ** 2
    const squares = Float64Array.from(
      { length: count },
      (_, j) => distances[start + j]! ** 2 - nearest,
    )
    // In units of the data: β is about 1 over the mean square.
    const scale = squares.reduce((a, b) => a + b, 0) / count || 1
    let [beta, low, high] = [1 / scale, 0, Infinity]
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let [sum, weighted] = [0, 0]
      for (let j = 0; j < count; j++) {
        const value = Math.exp(-beta * squares[j]!)
        p[start + j] = value
        sum += value
        weighted += value * squares[j]!
      }
      for (let j = 0; j < count; j++) p[start + j]! /= sum
      const excess = Math.log(sum) + (beta * weighted) / sum - wanted
      if (Math.abs(excess) < TOLERANCE) break
      if (excess > 0) [low, beta] = [beta, high === Infinity ? 2 * beta : (beta + high) / 2]
      else [high, beta] = [beta, (low + beta) / 2]
    }
  }
  return p
}

/** (p(j|i) + p(i|j)) / 2N */
function symmetric({ count, indices }: Nearest, p: Float64Array): Affinities {
  const points = indices.length / count
  // Who has point i among its neighbours, and with what p(i|k).
  const begins = new Int32Array(points + 1)
  for (const j of indices) begins[j + 1]!++
  for (let i = 0; i < points; i++) begins[i + 1]! += begins[i]!
  const ends = begins.slice(0, points)
  const sources = new Int32Array(indices.length)
  indices.forEach((j, at) => (sources[ends[j]!++] = at))

  const starts = new Int32Array(points + 1)
  const columns = new Int32Array(2 * indices.length)
  const values = new Float64Array(2 * indices.length)
  const place = new Int32Array(points).fill(-1)
  let end = 0
  const add = (row: number, column: number, value: number): void => {
    if (place[column]! < starts[row]!) {
      place[column] = end
      columns[end++] = column
    }
    values[place[column]!]! += value / (2 * points)
  }
  for (let i = 0; i < points; i++) {
    starts[i] = end
    for (let at = i * count; at < (i + 1) * count; at++) add(i, indices[at]!, p[at]!)
    for (let k = begins[i]!; k < begins[i + 1]!; k++)
      add(i, Math.floor(sources[k]! / count), p[sources[k]!]!)
  }
  starts[points] = end
  return { points, starts, columns: columns.slice(0, end), values: values.slice(0, end) }
}
