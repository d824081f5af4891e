/** Which cell of a grid each point of a map takes. */
import { linearSumAssignment } from 'linear-sum-assignment'
import type { Tensor } from '../engine/tensor.js'

/**
 * 'optimal': the squares of the distances to the cells add up to the least (Jonker & Volgenant 1987), O(N³).
 * 'greedy': one point after the other, in the order of the data set, takes the nearest cell that is free.
 */
export type Assignment = 'optimal' | 'greedy'

/** More points than these take seconds to assign in the best way. */
const OPTIMAL = 1024

export interface Cells {
  columns: number
  rows: number
  /** The cell of each point, row by row. */
  cells: Int32Array
}

/**
 * A cell for each point of a map [N, 2], no two in the same; the grid is as square as it can be.
 *
 * @throws RangeError for an assignment that there is not.
 */
export function assignCells(
  { data, shape }: Tensor,
  assignment: Assignment = shape[0]! <= OPTIMAL ? 'optimal' : 'greedy',
): Cells {
  if (!['optimal', 'greedy'].includes(assignment))
    throw new RangeError(`cells are assigned 'optimal' or 'greedy', not '${String(assignment)}'`)
  const count = shape[0]!
  const columns = Math.ceil(Math.sqrt(count))
  const rows = Math.ceil(count / columns)
  const x = spread(data, count, 0, columns)
  // The second axis of a map points up, the rows of a grid go down.
  const y = spread(data, count, 1, rows).map((place) => rows - 1 - place)
  const cost = (point: number, cell: number): number =>
    (x[point]! - (cell % columns)) ** 2 + (y[point]! - Math.floor(cell / columns)) ** 2
  const cells = (assignment === 'optimal' ? optimal : greedy)(count, columns * rows, cost)
  return { columns, rows, cells }
}

/** One coordinate of all points, from 0 to cells − 1. */
function spread(data: Float32Array, count: number, axis: number, cells: number): Float64Array {
  const values = Float64Array.from({ length: count }, (_, i) => data[2 * i + axis]!)
  const low = values.reduce((a, b) => Math.min(a, b), Infinity)
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity)
  return values.map((value) => ((value - low) / (high - low || 1)) * (cells - 1))
}

type Cost = (point: number, cell: number) => number

function optimal(points: number, cells: number, cost: Cost): Int32Array {
  const costs = Array.from({ length: points }, (_, i) =>
    Float64Array.from({ length: cells }, (_, j) => cost(i, j)),
  )
  const { rowAssignments } = linearSumAssignment(costs, { maximaze: false }) // the library's spelling
  return Int32Array.from(rowAssignments)
}

function greedy(points: number, cells: number, cost: Cost): Int32Array {
  const free = new Set(Array(cells).keys())
  const found = new Int32Array(points)
  for (let point = 0; point < points; point++) {
    let [best, least] = [-1, Infinity]
    for (const cell of free) {
      const price = cost(point, cell)
      if (price < least) [best, least] = [cell, price]
    }
    found[point] = best
    free.delete(best)
  }
  return found
}
