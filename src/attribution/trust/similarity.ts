/** How alike two maps are: the three measures of Adebayo et al., Sanity Checks for Saliency Maps (2018). */
import type { Plane } from '../../figures/range.js'

/**
 * Spearman's rank correlation: 1 where two maps put all pixels in the same order, 0 where the orders have
 * nothing in common, −1 where they are reversed. Equal values share the mean of their ranks.
 *
 * @returns In [−1, 1]; 0 where a map is flat, since it orders nothing.
 * @throws RangeError for maps of different sizes.
 */
export function spearman(a: Float32Array, b: Float32Array): number {
  checkSameSize(a, b)
  return pearson(ranks(a), ranks(b))
}

/** Each value's place in ascending order, from 1; equal values share the mean of their places. */
export function ranks(values: Float32Array): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!)
  const places = new Float64Array(values.length)
  for (let first = 0; first < order.length;) {
    let next = first + 1
    while (next < order.length && values[order[next]!] === values[order[first]!]) next++
    for (let i = first; i < next; i++) places[order[i]!] = (first + 1 + next) / 2
    first = next
  }
  return places
}

/** Pearson's correlation; 0 where either is constant. */
function pearson(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [a[i]! - meanA, b[i]! - meanB]
    ab += da * db
    aa += da * da
    bb += db * db
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb)
}

const [ssimSigma, ssimRadius] = [1.5, 5]

/**
 * Structural similarity (Wang et al. 2004) of two maps, each stretched to [0, 1] first: windows of 11×11
 * weighed by a Gaussian of σ 1.5, constants 0.01 and 0.03, the mean over all windows that fit.
 *
 * @returns In [−1, 1], 1 for equal maps.
 * @throws RangeError for maps of different sizes, or smaller than a window.
 */
export function ssim(a: Plane, b: Plane): number {
  checkSameSize(a.data, b.data)
  const { width, height } = a
  const side = 2 * ssimRadius + 1
  if (width < side || height < side)
    throw new RangeError(
      `structural similarity needs maps of ${side}×${side} or more, not ${height}×${width}`,
    )
  const [x, y] = [stretched(a.data), stretched(b.data)]
  const blurred = (of: (i: number) => number): Float64Array =>
    windowMeans(
      Float64Array.from(x, (_, i) => of(i)),
      width,
      height,
    )
  const [mx, my] = [blurred((i) => x[i]!), blurred((i) => y[i]!)]
  const [xx, yy, xy] = [
    blurred((i) => x[i]! * x[i]!),
    blurred((i) => y[i]! * y[i]!),
    blurred((i) => x[i]! * y[i]!),
  ]
  const [c1, c2] = [0.01 ** 2, 0.03 ** 2]
  let sum = 0
  for (let i = 0; i < mx.length; i++) {
    const [m, n] = [mx[i]!, my[i]!]
    const [vx, vy, cov] = [xx[i]! - m * m, yy[i]! - n * n, xy[i]! - m * n]
    sum += ((2 * m * n + c1) * (2 * cov + c2)) / ((m * m + n * n + c1) * (vx + vy + c2))
  }
  return sum / mx.length
}

/** From 0, the least value, to 1, the largest; a flat map is 0. */
function stretched(values: Float32Array): Float64Array {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return Float64Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0))
}

/** The weighted means of all windows that lie within the plane. */
function windowMeans(plane: Float64Array, width: number, height: number): Float64Array {
  const weights = Array.from({ length: 2 * ssimRadius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - ssimRadius) / ssimSigma) ** 2),
  )
  const total = weights.reduce((a, b) => a + b)
  const columns = width - 2 * ssimRadius
  const rows = height - 2 * ssimRadius
  const along = new Float64Array(columns * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++)
      along[y * columns + x] =
        weights.reduce((sum, w, k) => sum + w * plane[y * width + x + k]!, 0) / total
  const means = new Float64Array(columns * rows)
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      means[y * columns + x] =
        weights.reduce((sum, w, k) => sum + w * along[(y + k) * columns + x]!, 0) / total
  return means
}

/**
 * How alike the edges of two maps are: Pearson's correlation of their histograms of oriented gradients
 * (HOG, Dalal & Triggs 2005), each map stretched to [0, 1] first.
 *
 * @returns In [−1, 1]; 0 where a map is flat.
 * @throws RangeError for maps of different sizes, or smaller than a block of cells.
 */
export function hogSimilarity(a: Plane, b: Plane, cell = 8): number {
  checkSameSize(a.data, b.data)
  const of = (plane: Plane): Float64Array =>
    hog(stretched(plane.data), plane.width, plane.height, cell)
  return pearson(of(a), of(b))
}

const [orientations, blockSide, mostOfBlock, tiny] = [9, 3, 0.2, 1e-5]

/**
 * Histograms of oriented gradients (Dalal & Triggs 2005) as scikit-image computes them by default: 9
 * unsigned orientations, square cells, blocks of 3×3 cells, normalised by L2-Hys.
 *
 * @param cell Side of a cell in pixels.
 * @throws RangeError where not even one block fits.
 */
export function hog(
  plane: Float64Array,
  width: number,
  height: number,
  cell: number,
): Float64Array {
  const [rows, columns] = [Math.floor(height / cell), Math.floor(width / cell)]
  const [down, right] = [rows - blockSide + 1, columns - blockSide + 1]
  if (down < 1 || right < 1)
    throw new RangeError(
      `histograms of gradients need ${blockSide}×${blockSide} cells of ${cell} pixels, ` +
        `but the map is ${height}×${width}`,
    )
  const cells = new Float64Array(rows * columns * orientations)
  for (let y = 0; y < rows * cell; y++)
    for (let x = 0; x < columns * cell; x++) {
      const at = y * width + x
      const gy = y === 0 || y === height - 1 ? 0 : plane[at + width]! - plane[at - width]!
      const gx = x === 0 || x === width - 1 ? 0 : plane[at + 1]! - plane[at - 1]!
      const degrees = ((Math.atan2(gy, gx) * 180) / Math.PI + 180) % 180
      const bin = Math.min(orientations - 1, Math.floor((degrees * orientations) / 180))
      const into = Math.floor(y / cell) * columns + Math.floor(x / cell)
      cells[into * orientations + bin]! += Math.hypot(gx, gy) / (cell * cell)
    }
  const blocks: number[] = []
  for (let r = 0; r < down; r++)
    for (let c = 0; c < right; c++) {
      const block: number[] = []
      for (let y = r; y < r + blockSide; y++) {
        const from = (y * columns + c) * orientations
        block.push(...cells.subarray(from, from + blockSide * orientations))
      }
      const clipped = normalised(block).map((value) => Math.min(mostOfBlock, value))
      blocks.push(...normalised(clipped))
    }
  return Float64Array.from(blocks)
}

function normalised(values: readonly number[]): number[] {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, tiny ** 2))
  return values.map((value) => value / length)
}

function checkSameSize(a: Float32Array, b: Float32Array): void {
  if (a.length !== b.length)
    throw new RangeError(`maps of ${a.length} and ${b.length} pixels cannot be compared`)
}
