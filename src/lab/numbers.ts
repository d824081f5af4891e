/** Numbers in whatever form a student hands them over, as one flat list with a shape. */
import { described } from '../described.js'
import { sizeOf } from '../engine/tensor.js'

export interface Numbers {
  readonly data: ArrayLike<number>
  readonly shape: readonly number[]
}

/** A number, nested lists of numbers, a typed array, a tensor of tf.js, or anything with `data` and `shape`. */
export type NumbersLike = number | readonly NumbersLike[] | ArrayLike<number> | Numbers | LiveTensor

/** A tensor of tf.js. */
export interface LiveTensor {
  readonly shape: readonly number[]
  dataSync(): ArrayLike<number>
}

/**
 * @param what How an error calls the value.
 * @throws TypeError for a value that is none of {@link NumbersLike}: `undefined` of a function that returns nothing,
 *   a promise that nobody awaits, lists of unequal lengths.
 * @example toNumbers([[1, 2], [3, 4]], 'the matrix').shape // [2, 2]
 */
export function toNumbers(value: unknown, what: string): Numbers {
  if (typeof value === 'number') return { data: [value], shape: [] }
  if (isTypedArray(value)) return { data: value, shape: [value.length] }
  if (Array.isArray(value)) return ofLists(value, what)
  if (isObject(value)) {
    const data = isLiveTensor(value) ? value.dataSync() : value.data
    if (isTypedArray(data) && isShape(value.shape)) {
      if (sizeOf(value.shape) === data.length) return { data, shape: value.shape }
      throw new TypeError(
        `${what} has the shape ${shapeText(value.shape)}, but ${data.length} numbers`,
      )
    }
  }
  if (value === undefined)
    throw new TypeError(`${what} is undefined: is a 'return' missing, or an 'await'?`)
  throw new TypeError(`${what} is ${described(value)}; numbers were expected`)
}

export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single number' : `[${shape.join(', ')}]`
}

function ofLists(list: readonly unknown[], what: string): Numbers {
  const parts = list.map((inner, i) => toNumbers(inner, `${what}[${i}]`))
  const [first] = parts
  if (!first) return { data: [], shape: [0] }
  const odd = parts.findIndex(({ shape }) => shape.join() !== first.shape.join())
  if (odd > 0)
    throw new TypeError(
      `${what}[${odd}] has the shape ${shapeText(parts[odd]!.shape)}, but ${what}[0] ${shapeText(first.shape)}`,
    )
  const size = first.data.length
  const data = new Float64Array(parts.length * size)
  parts.forEach((part, i) => data.set(Array.from(part.data), i * size))
  return { data, shape: [parts.length, ...first.shape] }
}

function isTypedArray(value: unknown): value is ArrayLike<number> {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array)
  )
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0)
}

function isLiveTensor(value: object): value is LiveTensor {
  return 'dataSync' in value && typeof value.dataSync === 'function'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
