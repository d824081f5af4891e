/** Blurring and resampling of planes, with a choice of what lies beyond the edge. */
import { Image } from '../../image/image.js'

/** Where a place outside of 0 … size − 1 takes its value from. */
export type Border = (index: number, size: number) => number

/** a a | a b c d | d d */
export const nearest: Border = (index, size) => Math.max(0, Math.min(size - 1, index))

/** b a | a b c d | d c */
export const reflect: Border = (index, size) => {
  const there = positive(index, 2 * size)
  return there < size ? there : 2 * size - 1 - there
}

/** c b | a b c d | c b */
export const mirror: Border = (index, size) => {
  if (size === 1) return 0
  const there = positive(index, 2 * size - 2)
  return there < size ? there : 2 * size - 2 - there
}

const positive = (index: number, period: number): number => ((index % period) + period) % period

/** A plane of numbers, row by row. */
export interface Grid {
  data: Float32Array
  width: number
  height: number
}

/** Each colour by itself. */
export function eachChannel(image: Image, change: (plane: Grid) => Float32Array): Image {
  const { width, height, data } = image
  const size = width * height
  const changed = new Image(width, height)
  for (let c = 0; c < 3; c++) {
    const plane = data.subarray(c * size, (c + 1) * size)
    changed.data.set(change({ data: plane, width, height }), c * size)
  }
  return changed
}

/** Values below 0 become 0, above 1 they become 1; in place. */
export function clipped(image: Image): Image {
  const { data } = image
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, data[i]!))
  return image
}

/**
 * A Gaussian blur, cut off at `truncate` σ. The σ may be larger than the plane; what is beyond the edge counts
 * however far it is.
 */
export function gaussianBlur(
  { data, width, height }: Grid,
  sigma: number,
  border: Border,
  truncate: number,
): Float32Array {
  const radius = Math.floor(truncate * sigma + 0.5)
  if (radius === 0) return data.slice()
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  )
  const sum = weights.reduce((a, b) => a + b)
  const kernel = weights.map((weight) => weight / sum)
  const [columns, rows] = [width, height].map((size) => folded(kernel, size, border)) as [
    Taps[],
    Taps[],
  ]
  const wide = new Float32Array(data.length)
  for (let y = 0; y < height; y++)
    columns.forEach(({ start, weights }, x) => {
      let sum = 0
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * data[y * width + start + k]!
      wide[y * width + x] = sum
    })
  const blurred = new Float32Array(data.length)
  rows.forEach(({ start, weights }, y) => {
    const into = blurred.subarray(y * width, (y + 1) * width)
    weights.forEach((weight, k) => {
      const from = (start + k) * width
      for (let x = 0; x < width; x++) into[x]! += weight * wide[from + x]!
    })
  })
  return blurred
}

/** What a place takes of `start`, `start + 1`, … */
interface Taps {
  start: number
  weights: Float64Array
}

/** A kernel at each place of an axis, what reaches beyond the edges folded back to where it is taken from. */
function folded(kernel: Float64Array, size: number, border: Border): Taps[] {
  const radius = (kernel.length - 1) / 2
  return Array.from({ length: size }, (_, i) => {
    const start = Math.max(0, i - radius)
    const weights = new Float64Array(Math.min(size - 1, i + radius) - start + 1)
    kernel.forEach((weight, k) => (weights[border(i + k - radius, size) - start]! += weight))
    return { start, weights }
  })
}

/** Correlation with a square kernel of odd side. */
export function filtered(
  { data, width, height }: Grid,
  kernel: Float64Array,
  border: Border,
): Float32Array {
  const side = Math.sqrt(kernel.length)
  const radius = (side - 1) / 2
  // Padded, so that the inner loop asks for no border.
  const wide = width + 2 * radius
  const padded = new Float32Array(wide * (height + 2 * radius))
  for (let y = 0; y < height + 2 * radius; y++)
    for (let x = 0; x < wide; x++)
      padded[y * wide + x] = data[border(y - radius, height) * width + border(x - radius, width)]!
  const sums = new Float32Array(data.length)
  kernel.forEach((weight, k) => {
    if (weight === 0) return
    const shift = Math.floor(k / side) * wide + (k % side)
    for (let y = 0; y < height; y++) {
      const from = y * wide + shift
      for (let x = 0; x < width; x++) sums[y * width + x]! += weight * padded[from + x]!
    }
  })
  return sums
}

/** The plane at any places, bilinear. `x` and `y` have one number for each pixel of the result. */
export function sampled(
  { data, width, height }: Grid,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  border: Border,
): Float32Array {
  const values = new Float32Array(x.length)
  for (let i = 0; i < values.length; i++) {
    const [left, top] = [Math.floor(x[i]!), Math.floor(y[i]!)]
    const [u, v] = [x[i]! - left, y[i]! - top]
    const [x0, x1] = [border(left, width), border(left + 1, width)]
    const [y0, y1] = [border(top, height) * width, border(top + 1, height) * width]
    const above = data[y0 + x0]! * (1 - u) + data[y0 + x1]! * u
    const below = data[y1 + x0]! * (1 - u) + data[y1 + x1]! * u
    values[i] = above * (1 - v) + below * v
  }
  return values
}

/**
 * The middle of a plane, enlarged to its size, bilinear: corners of what is cut out lie on corners of what it
 * becomes, which is then trimmed.
 */
export function zoomed({ data, width, height }: Grid, factor: number): Float32Array {
  const [columns, rows] = [zoomedAxis(width, factor), zoomedAxis(height, factor)]
  const enlarged = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    const [upper, lower] = [rows.first[y]! * width, rows.second[y]! * width]
    const v = rows.weight[y]!
    for (let x = 0; x < width; x++) {
      const [x0, x1] = [columns.first[x]!, columns.second[x]!]
      const u = columns.weight[x]!
      const above = data[upper + x0]! * (1 - u) + data[upper + x1]! * u
      const below = data[lower + x0]! * (1 - u) + data[lower + x1]! * u
      enlarged[y * width + x] = above * (1 - v) + below * v
    }
  }
  return enlarged
}

/** Between which two pixels each of an enlarged axis lies, and the weight of the second. */
function zoomedAxis(
  size: number,
  factor: number,
): { first: Int32Array; second: Int32Array; weight: Float64Array } {
  const cut = Math.ceil(size / factor)
  const start = Math.floor((size - cut) / 2)
  const enlarged = Math.round(cut * factor)
  const trim = Math.floor((enlarged - size) / 2)
  const step = enlarged > 1 ? (cut - 1) / (enlarged - 1) : 0
  const places = Float64Array.from({ length: size }, (_, i) => start + (i + trim) * step)
  const first = Int32Array.from(places, Math.floor)
  return {
    first,
    second: first.map((i) => Math.min(size - 1, i + 1)),
    weight: places.map((place, i) => place - first[i]!),
  }
}
