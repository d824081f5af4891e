import { Random } from '../image/random.js'
import type { Matrix } from './matrix.js'

/** Groups of rows about their means. */
export interface Clusters {
  /** The group of each row. */
  labels: Int32Array
  /** The mean of each group, [groups, columns]. */
  centres: Matrix
}

const [ROUNDS, RESTARTS] = [100, 10]

/**
 * k-means: groups of least squared distance to their means, by Lloyd's iteration from starts that lie apart (Lloyd
 * 1982; k-means++, Arthur & Vassilvitskii 2007), the best of ten starts.
 *
 * @throws RangeError where there are not as many rows as groups.
 */
export function kmeans(rows: Matrix, groups: number, seed: number): Clusters {
  if (!Number.isInteger(groups) || groups < 1 || groups > rows.rows)
    throw new RangeError(`${rows.rows} vectors make 1 to ${rows.rows} groups, not ${groups}`)
  const random = new Random(seed)
  let best: (Clusters & { cost: number }) | undefined
  for (let start = 0; start < RESTARTS; start++) {
    const found = descend(rows, distantRows(rows, groups, random))
    if (!best || found.cost < best.cost) best = found
  }
  return best!
}

/** Rows of which each is likely to lie far from those before it. */
function distantRows({ data, rows, columns }: Matrix, groups: number, random: Random): Matrix {
  const centres = new Float32Array(groups * columns)
  const nearest = new Float64Array(rows).fill(Infinity)
  let row = random.integer(rows)
  for (let group = 0; group < groups; group++) {
    const centre = data.subarray(row * columns, (row + 1) * columns)
    centres.set(centre, group * columns)
    let total = 0
    for (let i = 0; i < rows; i++) {
      nearest[i] = Math.min(nearest[i]!, squared(data, i * columns, centre, 0, columns))
      total += nearest[i]!
    }
    let left = random.uniform(0, total)
    row = 0
    while (row < rows - 1 && left >= nearest[row]!) left -= nearest[row++]!
  }
  return { data: centres, rows: groups, columns }
}

function descend({ data, rows, columns }: Matrix, centres: Matrix): Clusters & { cost: number } {
  const labels = new Int32Array(rows).fill(-1)
  let cost = 0
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false
    cost = 0
    for (let i = 0; i < rows; i++) {
      let [group, least] = [0, Infinity]
      for (let g = 0; g < centres.rows; g++) {
        const distance = squared(data, i * columns, centres.data, g * columns, columns)
        if (distance < least) [group, least] = [g, distance]
      }
      cost += least
      moved ||= labels[i] !== group
      labels[i] = group
    }
    if (!moved) break
    const counts = new Int32Array(centres.rows)
    const sums = new Float64Array(centres.rows * columns)
    for (let i = 0; i < rows; i++) {
      const group = labels[i]!
      counts[group]!++
      for (let c = 0; c < columns; c++) sums[group * columns + c]! += data[i * columns + c]!
    }
    // A group that has lost all its rows keeps its mean.
    sums.forEach((sum, at) => {
      const count = counts[Math.floor(at / columns)]!
      if (count > 0) centres.data[at] = sum / count
    })
  }
  return { labels, centres, cost }
}

function squared(
  a: Float32Array,
  fromA: number,
  b: Float32Array,
  fromB: number,
  count: number,
): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += (a[fromA + i]! - b[fromB + i]!) ** 2
  return sum
}
