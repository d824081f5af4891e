/** Texts with numbers in them. */

const NUMBER = /(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/gi

/**
 * Whether two texts are equal but for the last digits of their numbers. A number may differ by the tolerance, as a
 * share of it, and by one unit of its last printed decimal, where a rounding tips over; whole numbers count things,
 * and are equal or not.
 *
 * @example sameText('p = 0.731, 3 of 8', 'p = 0.732, 3 of 8', 1e-4) // true
 */
export function sameText(a: string, b: string, tolerance: number): boolean {
  if (a === b) return true
  const [left, right] = [a.split(NUMBER), b.split(NUMBER)]
  return (
    left.length === right.length &&
    left.every((part, i) => {
      const other = right[i]!
      return part === other || (i % 2 === 1 && sameNumber(part, other, tolerance))
    })
  )
}

function sameNumber(a: string, b: string, tolerance: number): boolean {
  const [unitA, unitB] = [lastDecimal(a), lastDecimal(b)]
  if (unitA === undefined || unitB === undefined) return false
  const [x, y] = [Number(a), Number(b)]
  const unit = Math.max(unitA, unitB) * 1.000001
  return Math.abs(x - y) <= unit + tolerance * Math.max(Math.abs(x), Math.abs(y))
}

/** What one more in the last printed digit adds; undefined for whole numbers. */
function lastDecimal(text: string): number | undefined {
  const [digits = '', exponent] = text.toLowerCase().split('e')
  const point = digits.indexOf('.')
  if (point < 0 && exponent === undefined) return undefined
  const decimals = point < 0 ? 0 : digits.length - point - 1
  return 10 ** (Number(exponent ?? 0) - decimals)
}

/** The first line in which they differ, of each. */
export function firstDifferentLines(a: string, b: string): [string, string] {
  const [left, right] = [a.split('\n'), b.split('\n')]
  const at = left.findIndex((line, i) => line !== right[i])
  const line = at < 0 ? left.length : at
  return [shortened(left[line]), shortened(right[line])]
}

const WIDTH = 100

function shortened(line: string | undefined): string {
  if (line === undefined) return '(nothing)'
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line
}
