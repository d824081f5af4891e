import type { Random } from '../../../src/image/random.js'

interface Cell {
  /** Random in [0, 1], the same all over a cell. */
  tone: number
  /** How much farther the second-nearest centre is: 0 at the border between two cells. */
  edge: number
}

const period = 16

/** Cells around points scattered on a grid, `count` across (Worley 1996). The answer is reused. */
export function cells(random: Random, count: number): (x: number, y: number) => Cell {
  const centres = Float32Array.from({ length: 3 * period * period }, () => random.uniform())
  const cell: Cell = { tone: 0, edge: 0 }
  return (x, y) => {
    const [u, v] = [x * count, y * count]
    const [column, row] = [Math.floor(u), Math.floor(v)]
    let [nearest, second] = [Infinity, Infinity]
    for (let r = row - 1; r <= row + 1; r++)
      for (let c = column - 1; c <= column + 1; c++) {
        const i = 3 * ((r & (period - 1)) * period + (c & (period - 1)))
        const distance = Math.hypot(
          c + 0.15 + 0.7 * centres[i]! - u,
          r + 0.15 + 0.7 * centres[i + 1]! - v,
        )
        if (distance < nearest) {
          second = nearest
          nearest = distance
          cell.tone = centres[i + 2]!
        } else if (distance < second) second = distance
      }
    cell.edge = second - nearest
    return cell
  }
}
