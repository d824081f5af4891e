/** The nearest neighbourhoods of a sample, exactly, in typed arrays. */
import { principalComponents } from '../embeddings/components.js'
import type { Matrix } from '../embeddings/matrix.js'

/** One neighbour: where it lies from the pixel in the middle, in the data searched, what it should be, how much it counts. */
export interface Neighbourhood {
  /** Offsets into the data, of the first of three numbers each; those that tell most come first. */
  readonly offsets: Int32Array
  /** Three numbers for each. */
  readonly wanted: Float32Array
  readonly weights: Float32Array
  /** How many of them count. */
  count: number
}

export const neighbourhood = (most: number): Neighbourhood => ({
  offsets: new Int32Array(most),
  wanted: new Float32Array(3 * most),
  weights: new Float32Array(most),
  count: 0,
})

/** Σ w (a − b)² over the neighbours, given up once it exceeds a limit. */
export function distanceAt(
  data: Float32Array,
  at: number,
  around: Neighbourhood,
  limit: number,
): number {
  const { offsets, wanted, weights, count } = around
  let sum = 0
  for (let k = 0, j = 0; k < count; k++, j += 3) {
    const i = at + offsets[k]!
    const r = data[i]! - wanted[j]!
    const g = data[i + 1]! - wanted[j + 1]!
    const b = data[i + 2]! - wanted[j + 2]!
    sum += weights[k]! * (r * r + g * g + b * b)
    if (sum > limit) return sum
  }
  return sum
}

/** How many directions of a sketch. */
export const DIRECTIONS = 12

/**
 * All surroundings of a sample by their places along a few orthonormal directions. Two of them are at least as far from
 * each other as these places are, so that most can be ruled out by few numbers.
 */
export class Sketch {
  readonly #asked = new Float32Array(DIRECTIONS)

  private constructor(
    /** [rows × directions] */
    private readonly scores: Float32Array,
    /** [directions × columns] */
    private readonly directions: Float32Array,
    private readonly mean: Float64Array,
  ) {}

  /** Of rows, more than {@link DIRECTIONS} and not all the same. */
  static async of(rows: Matrix): Promise<Sketch> {
    const { mean, directions, scores } = await principalComponents(rows, DIRECTIONS, 0)
    return new Sketch(scores.data, directions.data, mean)
  }

  /** Chooses what the others are compared with: numbers as a row has them, of one neighbourhood or two. */
  ask(own: Neighbourhood, further?: Neighbourhood): void {
    const columns = this.mean.length
    const first = 3 * own.count
    for (let d = 0; d < DIRECTIONS; d++) {
      let sum = 0
      for (let i = 0; i < columns; i++) {
        const value = i < first ? own.wanted[i]! : further!.wanted[i - first]!
        sum += (value - this.mean[i]!) * this.directions[d * columns + i]!
      }
      this.#asked[d] = sum
    }
  }

  /** Whether a row is surely farther than that; a margin allows for rounding. */
  excludes(row: number, distance: number): boolean {
    const limit = distance * 1.0001 + 1e-6
    let sum = 0
    for (let d = 0, i = row * DIRECTIONS; d < DIRECTIONS; d++, i++) {
      const difference = this.scores[i]! - this.#asked[d]!
      sum += difference * difference
      if (sum > limit) return true
    }
    return false
  }
}
