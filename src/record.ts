/** What a notebook keeps of a result: where it comes from, and enough of its numbers to tell whether it comes out again. */
import { createHash } from 'node:crypto'
import type { Tensor } from './engine/tensor.js'
import type { Provenance } from './result.js'

export interface ResultRecord extends Provenance {
  data: DataSummary
}

/** Something whose record belongs beside its picture. */
export interface Recorded {
  record(): ResultRecord
}

/** An array in a few numbers. */
export interface DataSummary {
  shape: number[]
  /** SHA-256 of shape and values. */
  sha256: string
  /** Euclidean norm of the finite values. */
  norm: number
  /** Mean of the finite values. */
  mean: number
  /** The finite values, with signs drawn for each, added up in 16 sums. */
  sketch: number[]
  /** How many values are NaN or infinite; left out where none is. */
  notFinite?: number
}

/** How many sums a sketch has. The distance of two arrays is known from them with a standard error of 18 %. */
export const SKETCH = 16

/**
 * Norm, mean and a count sketch (Charikar, Chen, Farach-Colton 2002): every value goes, with a random sign, into one of
 * 16 sums. It is linear, and the expected square of its norm is the array's, so that two sketches tell how far two
 * arrays are apart, see {@link relativeDifference}. Places and signs follow from the index alone.
 *
 * @example summarise({ data: Float32Array.of(3, 4), shape: [2] }).norm // 5
 */
export function summarise({ data, shape }: Tensor): DataSummary {
  const sums = new Float64Array(SKETCH)
  let [sum, squares, notFinite] = [0, 0, 0]
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    if (!Number.isFinite(value)) {
      notFinite++
      continue
    }
    sum += value
    squares += value * value
    const random = scrambled(i)
    sums[random % SKETCH]! += random & SIGN ? value : -value
  }
  return {
    shape: [...shape],
    sha256: digestOf({ data, shape }),
    norm: rounded(Math.sqrt(squares)),
    mean: rounded(sum / Math.max(1, data.length - notFinite)),
    sketch: Array.from(sums, rounded),
    ...(notFinite > 0 && { notFinite }),
  }
}

/**
 * ‖a − b‖ as a share of the larger norm, estimated from two sketches: 0 for equal arrays, ∞ where shapes or the
 * numbers of values that are not finite differ. One estimate in a thousand is less than half of the true difference.
 */
export function relativeDifference(a: DataSummary, b: DataSummary): number {
  if (a.sha256 === b.sha256) return 0
  if (a.shape.join() !== b.shape.join() || (a.notFinite ?? 0) !== (b.notFinite ?? 0))
    return Infinity
  const largest = Math.max(a.norm, b.norm)
  const apart = Math.hypot(...a.sketch.map((value, i) => value - b.sketch[i]!))
  return largest === 0 ? 0 : apart / largest
}

/** SHA-256 of an array and its shape. */
export const digestOf = ({ shape, data }: Tensor): string =>
  createHash('sha256').update(shape.join()).update(data).digest('hex')

/** As many digits as a 32-bit float has, and two more. */
const rounded = (value: number): number => Number(value.toPrecision(9))

const SIGN = 1 << 16

/** The index, its bits well mixed (the finaliser of MurmurHash3). */
function scrambled(index: number): number {
  let bits = index + 1
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
