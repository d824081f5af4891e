/**
 * Values on their way between the submission's process and the tests': what one side writes, the other rebuilds
 * from plain data, so that nothing of a submission (a getter, a `toString`, a proxy) runs among the tests.
 */
import type * as Tf from '@tensorflow/tfjs'
import type { Json, JsonObject } from '../protocol.js'

const TYPED_ARRAYS = {
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
}
type TypedArrayName = keyof typeof TYPED_ARRAYS
type TypedArray = InstanceType<(typeof TYPED_ARRAYS)[TypedArrayName]>

/** How deep values may be nested. */
const DEPTH = 32
/** How large they may be as text, in characters. */
const SIZE = 40e6

/** What stands for a variable of the notebook that both sides have. */
export type NameOf = (value: object) => string | undefined

/**
 * @param what How errors call the value.
 * @param nameOf Of values that both sides have, the name that they have there. Default: there are none.
 * @throws TypeError for what is no data: functions, instances of classes, cycles.
 */
export function encode(value: unknown, what: string, nameOf: NameOf = () => undefined): Json {
  const visit = (inner: unknown, path: string, depth: number): Json => {
    if (depth > DEPTH) throw new TypeError(`${path} is nested deeper than ${DEPTH} levels`)
    if (inner === null || typeof inner === 'boolean' || typeof inner === 'string') return inner
    if (typeof inner === 'number')
      return Number.isFinite(inner) && !Object.is(inner, -0)
        ? inner
        : { number: Object.is(inner, -0) ? '-0' : String(inner) }
    if (inner === undefined) return { undefined: true }
    if (typeof inner !== 'object' && typeof inner !== 'function')
      throw new TypeError(`${path} is a ${typeof inner}, which cannot be handed over`)
    const name = nameOf(inner)
    if (name !== undefined) return { variable: name }
    if (typeof inner === 'function')
      throw new TypeError(`${path} is a function, which cannot be handed over`)
    if (Array.isArray(inner)) return inner.map((one, i) => visit(one, `${path}[${i}]`, depth + 1))
    const typed = typedArray(inner)
    if (typed) return typed
    if (isTensor(inner))
      return {
        tensor: [...inner.shape],
        dtype: inner.dtype,
        values: visit(inner.dataSync(), path, depth + 1),
      }
    const prototype: unknown = Object.getPrototypeOf(inner)
    // A result of the library is known by its numbers.
    const isResult = 'data' in inner && 'shape' in inner
    if (prototype !== Object.prototype && prototype !== null && !isResult)
      throw new TypeError(
        `${path} is an instance of a class; numbers, texts, lists, plain objects, typed arrays and tensors ` +
          'can be handed over',
      )
    const entries = isResult
      ? [['data', inner.data] as const, ['shape', inner.shape] as const]
      : Object.entries(inner)
    return {
      object: entries.map(([key, one]) => [key, visit(one, `${path}.${key}`, depth + 1)]),
    }
  }
  return visit(value, what, 0)
}

/**
 * @param find The value of a variable that both sides have.
 * @throws TypeError for what `encode` does not make, as a forged answer may be.
 */
export function decode(
  json: Json,
  tf: () => typeof Tf,
  find: (name: string) => unknown = unknownVariable,
  depth = 0,
): unknown {
  if (depth > DEPTH) throw new TypeError('the answer is nested too deeply')
  if (json === null || typeof json !== 'object') return json
  const inner = (one: Json) => decode(one, tf, find, depth + 1)
  if (Array.isArray(json)) return json.map(inner)
  if (json.undefined === true) return undefined
  if (typeof json.number === 'string') return Number(json.number)
  if (typeof json.variable === 'string') return find(json.variable)
  if (typeof json.type === 'string') return decodeTyped(json.type, json.base64)
  if (Array.isArray(json.tensor)) return decodeTensor(json, inner(json.values ?? null), tf)
  if (Array.isArray(json.object))
    return Object.fromEntries(
      json.object.map((entry) => {
        if (!Array.isArray(entry) || typeof entry[0] !== 'string') throw malformed()
        return [entry[0], inner(entry[1] ?? null)]
      }),
    )
  throw malformed()
}

/** As text, for messages. @throws RangeError where it is too large. */
export function asText(json: Json): string {
  const text = JSON.stringify(json)
  if (text.length <= SIZE) return text
  throw new RangeError(
    `a value of ${(text.length / 1e6).toFixed(0)} MB is too large to be handed over; at most ${SIZE / 1e6} MB are`,
  )
}

function typedArray(value: object): JsonObject | undefined {
  if (!ArrayBuffer.isView(value)) return undefined
  const type = Object.prototype.toString.call(value).slice(8, -1)
  if (!Object.hasOwn(TYPED_ARRAYS, type)) return undefined
  const { buffer, byteOffset, byteLength } = value
  return { type, base64: Buffer.from(buffer, byteOffset, byteLength).toString('base64') }
}

function decodeTyped(type: string, base64: Json | undefined): TypedArray {
  if (!Object.hasOwn(TYPED_ARRAYS, type) || typeof base64 !== 'string') throw malformed()
  const array = TYPED_ARRAYS[type as TypedArrayName]
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  if (bytes.length % array.BYTES_PER_ELEMENT !== 0) throw malformed()
  return new array(bytes.buffer)
}

interface LiveTensor {
  shape: readonly number[]
  dtype: string
  dataSync(): unknown
}

function isTensor(value: object): value is LiveTensor {
  return 'dataSync' in value && typeof value.dataSync === 'function' && 'dtype' in value
}

const DTYPES = ['float32', 'int32', 'bool'] as const

function decodeTensor(
  { tensor, dtype }: JsonObject,
  values: unknown,
  tf: () => typeof Tf,
): unknown {
  const type = DTYPES.find((known) => known === dtype)
  const isShape = Array.isArray(tensor) && tensor.every((size) => Number.isInteger(size))
  if (!type || !isShape || !ArrayBuffer.isView(values)) throw malformed()
  return tf().tensor(values as Float32Array, tensor as number[], type)
}

function unknownVariable(name: string): never {
  throw new TypeError(`there is no variable '${name}' on this side`)
}

const malformed = () => new TypeError('the answer is not of the form that answers have')
