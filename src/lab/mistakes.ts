/** What a wrong result was probably made by: each usual mistake is undone, and the outcome compared. */
import { difference } from './compare.js'
import type { Numbers } from './numbers.js'

/**
 * The relative error up to which a result counts as explained by a mistake. It is loose beside the tolerances
 * of the checks: a result may be wrong in one way and imprecise in another.
 */
const EXPLAINED = 1e-2

/** @returns A sentence for the student, or undefined where no usual mistake leads from one to the other. */
export function usualMistake(got: Numbers, expected: Numbers): string | undefined {
  const a = Float64Array.from(got.data)
  const b = Float64Array.from(expected.data)
  if (a.length === 0) return undefined
  if (a.some(Number.isNaN))
    return 'NaN comes from 0 / 0, from the root or the logarithm of a negative number, or of ∞ − ∞.'
  if (a.some((x) => !Number.isFinite(x)))
    return '∞ comes from a division by 0 or from exp of a large number.'
  const transposed = transposition(a, got.shape, b, expected.shape)
  if (a.length !== b.length || got.shape.join() !== expected.shape.join()) return transposed
  if (b.some((x) => x !== 0) && a.every((x) => x === 0))
    return 'All zeros: does the gradient reach this far, and is the result written to where it is returned from?'
  if (difference(a, b).relative < EXPLAINED)
    return 'It is nearly right: look for rounding, for an ε, or for a single element that is treated differently.'
  const same = (made: ArrayLike<number>, from: ArrayLike<number> = a): boolean =>
    difference(from, made).relative < EXPLAINED
  const hints: [undone: () => boolean, hint: string][] = [
    [
      () => same(b.map((x) => -x)),
      'The sign is the other way round: + in place of −, or descent in place of ascent.',
    ],
    [() => same(b, a.map(Math.abs)), 'Only signs differ: the absolute value is missing.'],
    [() => same(b.map(Math.abs)), 'Only signs differ: there is an absolute value too many.'],
    [
      () =>
        same(
          b,
          a.map((x) => Math.max(0, x)),
        ),
      'Where it is positive it is right: a rectifier, max(0, x), is missing.',
    ],
    [
      () => same(b.map((x) => Math.max(0, x))),
      'A rectifier, max(0, x), has taken away what is negative.',
    ],
    [
      () =>
        same(
          b,
          a.map((x) => x ** 2),
        ),
      'A square is missing.',
    ],
    [() => same(b.map((x) => x ** 2)), 'There is a square too many, or a root is missing.'],
  ]
  const found = hints.find(([undone]) => undone())?.[1]
  return found ?? transposed ?? scale(a, b, expected.shape) ?? offset(a, b)
}

/** A common factor, and what it may be. */
function scale(a: Float64Array, b: Float64Array, shape: readonly number[]): string | undefined {
  const product = a.reduce((sum, x, i) => sum + x * b[i]!, 0)
  const factor = product / b.reduce((sum, x) => sum + x ** 2, 0)
  // Any two numbers have a factor between them: it tells something only where it is a usual one.
  if (a.length < 2 && factorName(factor, shape) === undefined) return undefined
  if (!Number.isFinite(factor) || factor === 0) return undefined
  if (
    difference(
      a,
      b.map((x) => factor * x),
    ).relative >= EXPLAINED
  )
    return undefined
  if (Math.abs(factor - 1) < EXPLAINED) return undefined
  const times = `Everything is ${Number(factor.toPrecision(4))} times what it should be`
  const norm = Math.sqrt(a.reduce((sum, x) => sum + x ** 2, 0))
  if (a.length > 1 && Math.abs(norm - 1) < EXPLAINED)
    return `${times}: it is normalised to length 1, which was not asked for.`
  const name = factorName(factor, shape)
  return `${times}${name ? `, which is ${name}` : ''}: look for a wrong normalisation or a missing factor.`
}

function factorName(factor: number, shape: readonly number[]): string | undefined {
  const size = shape.reduce((a, b) => a * b, 1)
  const known: [number, string][] = [
    [2, '2'],
    [4, '4'],
    [size, `the number of elements, ${size}`],
    [255, '255'],
  ]
  for (const [value, name] of known) {
    if (value === 1) continue
    if (Math.abs(factor / value - 1) < EXPLAINED) return name
    if (Math.abs(factor * value - 1) < EXPLAINED) return `1 / ${name.replace(/^.*, /, '')}`
  }
  return undefined
}

function offset(a: Float64Array, b: Float64Array): string | undefined {
  if (a.length < 3) return undefined
  const apart = a.map((x, i) => x - b[i]!)
  const mean = apart.reduce((sum, x) => sum + x, 0) / a.length
  const scatter = Math.sqrt(apart.reduce((sum, x) => sum + (x - mean) ** 2, 0))
  if (Math.abs(mean) * Math.sqrt(a.length) * EXPLAINED < scatter || mean === 0) return undefined
  return `Everything is off by the same ${Number(mean.toPrecision(4))}: a mean that is not subtracted, or twice.`
}

/** Axes in another order, with the same numbers. */
function transposition(
  a: Float64Array,
  from: readonly number[],
  b: Float64Array,
  to: readonly number[],
): string | undefined {
  if (a.length !== b.length || from.length !== to.length || from.length < 2 || from.length > 4)
    return from.join() === to.join() ||
      a.length !== b.length ||
      difference(a, b).relative >= EXPLAINED
      ? undefined
      : `The numbers are right, but the shape is not: reshape them to [${to.join(', ')}].`
  for (const axes of permutations(from.map((_, axis) => axis))) {
    if (axes.every((axis, i) => axis === i) || axes.some((axis, i) => from[axis] !== to[i]))
      continue
    if (difference(transpose(a, from, axes), b).relative < EXPLAINED)
      return `The axes are in another order: transpose by [${axes.join(', ')}].`
  }
  if (from.join() !== to.join() && difference(a, b).relative < EXPLAINED)
    return `The numbers are right, but the shape is not: reshape them to [${to.join(', ')}].`
  return undefined
}

function transpose(
  data: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
): Float64Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((x, y) => x * y, 1))
  const sizes = axes.map((axis) => shape[axis]!)
  const result = new Float64Array(data.length)
  const index = sizes.map(() => 0)
  for (let i = 0; i < data.length; i++) {
    result[i] = data[index.reduce((at, k, axis) => at + k * strides[axes[axis]!]!, 0)]!
    for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === sizes[axis]; axis--)
      index[axis] = 0
  }
  return result
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  )
}
