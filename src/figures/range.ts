import type { ColorScheme } from '../image/colormap.js'
import { formatNumber } from './ticks.js'

/** One number per place: rows of `width` numbers, `height` of them. */
export interface Plane {
  data: Float32Array
  width: number
  height: number
}

/** The percentile at which the colours of pixel gradients usefully end: a few pixels dwarf the rest. */
export const gradientPercentile = 99.5

export interface ColorRange {
  low: number
  high: number
  /** What a reader must know about the range, or nothing. */
  note: string
}

/**
 * Checks that a plane holds width × height finite numbers.
 *
 * @throws RangeError that says what is wrong, and where.
 */
export function checkPlane({ data, width, height }: Plane, name = 'a heat map', planes = 1): void {
  if (data.length !== planes * width * height)
    throw new RangeError(
      `${name} of ${width}×${height} holds ${planes * width * height} values, but ${data.length} were given`,
    )
  const first = data.findIndex((value) => !Number.isFinite(value))
  if (first < 0) return
  const count = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0)
  const [row, column] = [Math.floor(first / width) % height, first % width]
  throw new RangeError(
    `${name} needs finite numbers, but ${count} of ${data.length} are not; ` +
      `the first is ${data[first]} at row ${row}, column ${column}`,
  )
}

/**
 * The range of values that the colours span. Sequential: from 0 (or the least value, if negative) to
 * the largest. Diverging: symmetric about 0. A percentile below 100 lets the extremes share the end
 * colours, and the note says so.
 */
export function colorRange(
  data: Float32Array,
  colors: ColorScheme,
  percentile = 100,
  fixed?: readonly [low: number, high: number],
): ColorRange {
  if (!(percentile > 50 && percentile <= 100))
    throw new RangeError(`a percentile lies above 50 and up to 100, not at ${percentile}`)
  const diverging = colors === 'diverging'
  const values = diverging ? data.map(Math.abs) : data.slice()
  values.sort()
  const ends = (percent: number): [low: number, high: number] => {
    const high = quantile(values, percent / 100)
    return diverging ? [-high, high] : [Math.min(0, quantile(values, 1 - percent / 100)), high]
  }
  const [lowest, highest] = ends(100)
  const named = (low: number, high: number, end: string, least = lowest): ColorRange => {
    if (low <= least && high >= highest) return { low, high, note: '' }
    const extremes =
      diverging || (least >= 0 && low <= least)
        ? `the largest ${diverging ? '|value|' : 'value'} is ${formatNumber(highest)}`
        : `the values reach from ${formatNumber(least)} to ${formatNumber(highest)}`
    return { low, high, note: `Colours end at ${end}; ${extremes}.` }
  }

  if (fixed) {
    checkFixed(fixed, diverging)
    return named(...fixed, 'the range given', diverging ? lowest : values[0])
  }
  const [low, high] = ends(percentile)
  if (high > low) {
    const below = lowest < 0 && !diverging ? `${ordinal(100 - percentile)} and ` : ''
    return named(low, high, `the ${below}${ordinal(percentile)} percentile`)
  }
  // So few values differ from 0 that the percentile is 0 too; or none at all.
  if (highest > lowest) return { low: lowest, high: highest, note: '' }
  if (highest < 0) return { low: highest, high: 0, note: '' }
  return { low: diverging ? -1 : 0, high: 1, note: 'All values are 0.' }
}

function checkFixed([low, high]: readonly [number, number], diverging: boolean): void {
  if (!(low < high))
    throw new RangeError(`a range goes from low to high, not from ${low} to ${high}`)
  if (diverging && low !== -high)
    throw new RangeError(
      `diverging colours need a range symmetric about 0, such as [${-high}, ${high}], not [${low}, ${high}]`,
    )
}

/** The q-quantile of sorted numbers, interpolated between neighbours as numpy does. */
function quantile(sorted: Float32Array, q: number): number {
  const position = q * (sorted.length - 1)
  const index = Math.floor(position)
  const low = sorted[index] ?? 0
  return low + (position - index) * ((sorted[index + 1] ?? low) - low)
}

function ordinal(n: number): string {
  if (!Number.isInteger(n)) return `${n}th`
  const suffixes: Record<number, string> = { 1: 'st', 2: 'nd', 3: 'rd' }
  return `${n}${(n % 100 > 10 && n % 100 < 14 ? undefined : suffixes[n % 10]) ?? 'th'}`
}
