/** The weights of tf.js models: raw numbers in shards, which the manifest in `model.json` divides among names. */
import { Float16Array } from '@petamoriken/float16'
import { sizeOf } from '../../engine/tensor.js'
import { FormatError } from '../format-error.js'
import { type ElementArray, elementTypes, type TypedTensor } from '../graph.js'
import { isJson, quoted } from './json.js'

/** Some weights in the order of their numbers, and the files that hold these, one after the other. */
export interface WeightGroup {
  paths: string[]
  weights: WeightEntry[]
}

export interface WeightEntry {
  name: string
  shape: number[]
  type: PlainType
  /** How the numbers are stored: as they are, in half precision, or as `min + scale · n`. */
  stored: PlainType | Code
  scale?: number
  min?: number
}

type PlainType = 'float32' | 'int32' | 'bool'

const storedBytes = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 } as const

type Code = 'float16' | 'uint16' | 'uint8'

/** The numbers of quantised weights as they are stored. */
const codes: Record<Code, (buffer: ArrayBuffer) => ArrayLike<number>> = {
  float16: (buffer) => new Float16Array(buffer),
  uint16: (buffer) => new Uint16Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
}

const types: readonly PlainType[] = ['float32', 'int32', 'bool']

/**
 * Reads a `weightsManifest`.
 *
 * @throws FormatError where it is malformed, naming the weight.
 */
export function readManifest(json: unknown): WeightGroup[] {
  if (!Array.isArray(json))
    throw new FormatError(`'weightsManifest' is ${quoted(json)}; expected a list`)
  const names = new Set<string>()
  return json.map((group: unknown): WeightGroup => {
    if (!isJson(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights))
      throw new FormatError(`a group of the 'weightsManifest' lacks its 'paths' or 'weights'`)
    const paths = group.paths.map((path: unknown) => {
      if (isInside(path)) return path
      throw new FormatError(
        `${quoted(path)} cannot be a file of weights; expected a name beside model.json`,
      )
    })
    const weights = group.weights.map(readEntry)
    for (const { name } of weights) {
      if (names.has(name)) throw new FormatError(`there are two weights '${name}'`)
      names.add(name)
    }
    return { paths, weights }
  })
}

/** True for a path that stays in its folder. */
const isInside = (path: unknown): path is string =>
  typeof path === 'string' &&
  path !== '' &&
  !/^[\\/]|[:\0?#%]/.test(path) &&
  !path.split(/[\\/]/).includes('..')

function readEntry(json: unknown): WeightEntry {
  if (!isJson(json) || typeof json.name !== 'string')
    throw new FormatError(
      `a weight of the 'weightsManifest' is ${quoted(json)}; expected an object with a 'name'`,
    )
  const { name, shape, dtype, quantization } = json
  const bad = (key: string, value: unknown, expected: string): FormatError =>
    new FormatError(`the ${key} of weight '${name}' is ${quoted(value)}; expected ${expected}`)
  const isShape = (dims: unknown): dims is number[] =>
    Array.isArray(dims) &&
    dims.length <= 8 &&
    dims.every((dim) => Number.isSafeInteger(dim) && Number(dim) >= 0)
  if (!isShape(shape) || !Number.isSafeInteger(sizeOf(shape)))
    throw bad('shape', shape, 'a list of whole numbers')
  const type = types.find((known) => known === dtype)
  if (!type) throw bad('dtype', dtype, types.join(', '))
  if (quantization === undefined || quantization === null)
    return { name, shape, type, stored: type }

  const stored = isJson(quantization) ? quantization.dtype : undefined
  if (!isJson(quantization) || !isCode(stored) || type === 'bool')
    throw bad('quantization', quantization, "a 'dtype' of uint8, uint16 or float16")
  if (stored === 'float16') return { name, shape, type, stored }
  const { scale, min } = quantization
  if (typeof scale !== 'number' || typeof min !== 'number')
    throw bad('quantization', quantization, "numbers as its 'scale' and 'min'")
  return { name, shape, type, stored, scale, min }
}

const isCode = (name: unknown): name is Code =>
  typeof name === 'string' && Object.hasOwn(codes, name)

/** How many bytes the files of a group hold together. */
export const byteLength = (weights: readonly WeightEntry[]): number =>
  weights.reduce((sum, { shape, stored }) => sum + sizeOf(shape) * storedBytes[stored], 0)

/** Divides the bytes of a group among its weights; quantised ones become what they stand for. */
export function decodeWeights(
  weights: readonly WeightEntry[],
  bytes: Uint8Array,
): Map<string, TypedTensor> {
  let at = 0
  return new Map(
    weights.map((entry) => {
      const end = at + byteLength([entry])
      // A typed array starts at a multiple of its element size, a weight anywhere: copy.
      const { buffer } = Uint8Array.from(bytes.subarray(at, end))
      at = end
      return [entry.name, { type: entry.type, shape: entry.shape, data: decode(entry, buffer) }]
    }),
  )
}

function decode(
  { type, stored, scale = 1, min = 0 }: WeightEntry,
  buffer: ArrayBuffer,
): ElementArray {
  if (!isCode(stored)) return elementTypes[type].view(buffer)
  const values = Float32Array.from(codes[stored](buffer), (code) => code * scale + min)
  return type === 'float32' ? values : Int32Array.from(values, Math.round)
}
