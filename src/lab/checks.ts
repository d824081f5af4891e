/** Checks for exercises: they say what was expected, what came, where, and what usually leads there. */
import { inspect, isDeepStrictEqual } from 'node:util'
import { difference, indexOf } from './compare.js'
import { usualMistake } from './mistakes.js'
import { type Numbers, type NumbersLike, shapeText, toNumbers } from './numbers.js'

/** What a check finds wrong. Its lines are the ones that the student reads. */
export class CheckError extends Error {
  override readonly name = 'CheckError'
}

export interface CloseOptions {
  /** What is compared, for the message: 'the saliency of class 5'. Default 'the result'. */
  what?: string
  /**
   * The largest error. Default 1e-4: float32 computed in another order differs by 1e-7 to 1e-6, and a network in
   * which one rectifier or one maximum decides otherwise by a little more.
   */
  tolerance?: number
  /**
   * 'relative' (default): ‖got − expected‖ / ‖expected‖, which one odd pixel does not spoil; 'absolute': the
   * largest difference of two elements, for values near 0.
   */
  error?: 'relative' | 'absolute'
  /** What a known mistake would give: the message names the mistake whose result it was. */
  mistakes?: Readonly<Record<string, NumbersLike>>
  /** Said where the check fails and no usual mistake explains it. */
  hint?: string
}

/**
 * Compares numbers: shape first, then every element. NaN is never close to anything.
 *
 * @param got Numbers in any form: a number, nested lists, a typed array, a tensor of tf.js, a result of `viz`.
 * @throws CheckError that says what differs, where most, and what usually leads there.
 * @example viz.check.close([1, 2.00001], [1, 2], { what: 'the gradient' })
 */
export function close(got: unknown, expected: NumbersLike, options: CloseOptions = {}): void {
  const { what = 'the result', tolerance = 1e-4, error = 'relative', mistakes = {}, hint } = options
  const right = toNumbers(expected, `what is expected of ${what}`)
  const given = numbersOf(got, what, hint)
  const known = Object.entries(mistakes).find(([, wrong]) => isLike(given, wrong))?.[0]
  const advice = known ? `this is what one gets by ${known}.` : usualMistake(given, right)
  const fail = (lines: string[]): never => failed(what, lines, advice ?? hint)

  if (given.shape.join() !== right.shape.join())
    fail([`expected  the shape ${shapeText(right.shape)}`, `got       ${shapeText(given.shape)}`])
  const { relative, largest, worst } = difference(given.data, right.data)
  const measured = error === 'relative' ? relative : largest
  if (measured <= tolerance) return passed(what, `${error} error ${measured.toPrecision(2)}`)
  const where = right.shape.length === 0 ? '' : ` at [${indexOf(worst, right.shape).join(', ')}]`
  fail([
    `expected  ${text(right.data[worst]!)}${where}`,
    `got       ${text(given.data[worst]!)}${where && ', where they differ most'}`,
    `${error} error ${measured.toPrecision(3)}, at most ${tolerance} is allowed`,
  ])
}

export interface EqualOptions {
  /** What is compared, for the message. Default 'the result'. */
  what?: string
  /** Said where the check fails. */
  hint?: string
}

/**
 * Compares values that are the same or not: a class, a word, a list of indices.
 *
 * @throws CheckError
 * @example viz.check.equal([2, 0, 1], [2, 0, 1], { what: 'the order of the classes' })
 */
export function equal(got: unknown, expected: unknown, options: EqualOptions = {}): void {
  const { what = 'the result', hint } = options
  if (isDeepStrictEqual(got, expected)) return passed(what)
  failed(what, [`expected  ${inspect(expected)}`, `got       ${inspect(got)}`], hint)
}

/**
 * The shape alone.
 *
 * @throws CheckError
 * @example viz.check.shape([[1, 2], [3, 4]], [2, 2], { what: 'the Gram matrix' })
 */
export function shape(got: unknown, expected: readonly number[], options: EqualOptions = {}): void {
  const { what = 'the result', hint } = options
  const given = numbersOf(got, what, hint)
  if (given.shape.join() === expected.join()) return passed(what, `shape ${shapeText(expected)}`)
  const lines = [
    `expected  the shape ${shapeText(expected)}`,
    `got       ${shapeText(given.shape)}`,
  ]
  failed(what, lines, hint)
}

export interface ThatOptions {
  /** What came, for the message. */
  got?: unknown
  /** Said where the check fails. */
  hint?: string
}

/**
 * Whether something holds.
 *
 * @param statement What should hold, as a sentence.
 * @param holds Only `true` passes.
 * @throws CheckError
 * @example viz.check.that('the map is nowhere negative', [0, 1].every((x) => x >= 0))
 */
export function that(statement: string, holds: boolean, options: ThatOptions = {}): void {
  if (holds === true) return passed(statement)
  const lines = 'got' in options ? [`got       ${inspect(options.got)}`] : []
  failed(`it does not hold that ${statement}`, lines, options.hint, '')
}

/** The checks, as `viz.check` has them. */
export const check = { close, equal, shape, that }

function numbersOf(got: unknown, what: string, hint?: string): Numbers {
  try {
    return toNumbers(got, what)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return failed(error.message, [], hint, '')
  }
}

function isLike(given: Numbers, wrong: NumbersLike): boolean {
  const { data, shape: wrongShape } = toNumbers(wrong, 'the result of a mistake')
  return given.shape.join() === wrongShape.join() && difference(given.data, data).relative < 1e-3
}

/** On stdout: nbgrader takes anything on stderr for a failure. */
function passed(what: string, detail?: string): void {
  console.log(`✓ ${what}${detail ? ` (${detail})` : ''}`)
}

function failed(what: string, lines: string[], hint?: string, verdict = ' is not right'): never {
  const advice = hint === undefined ? [] : [`hint      ${hint}`]
  throw new CheckError(
    [`${what}${verdict}`, ...[...lines, ...advice].map((line) => `  ${line}`)].join('\n'),
  )
}

const text = (value: number): string => String(Number(value.toPrecision(6)))
