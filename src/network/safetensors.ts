/** Reading and writing weights as safetensors: a JSON header, then the raw numbers. */
import { sizeOf } from '../engine/tensor.js'
import { type ElementType, elementTypes, type TypedTensor } from './graph.js'

const types: Record<string, ElementType> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  I64: 'int64',
  I32: 'int32',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}
const codes = new Map(Object.entries(types).map(([code, type]) => [type, code]))

export interface SafeTensors {
  tensors: Map<string, TypedTensor>
  metadata: Record<string, string>
}

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/**
 * Reads a safetensors file.
 *
 * @throws Error where the file is damaged: a header that is no JSON, offsets outside the file, a shape
 *   that does not fit its bytes, an element type that is not supported.
 */
export function readSafeTensors(bytes: Uint8Array, file = 'the file'): SafeTensors {
  const bad = (why: string): Error => new Error(`${file} is not a valid safetensors file: ${why}`)
  if (bytes.length < 8) throw bad(`it has ${bytes.length} bytes`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > BigInt(bytes.length - 8)) throw bad('its header is longer than the file')
  const start = 8 + Number(length)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)))
  } catch {
    throw bad('its header is no JSON')
  }
  if (typeof header !== 'object' || header === null) throw bad('its header is no JSON object')
  const result: SafeTensors = { tensors: new Map(), metadata: {} }
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      result.metadata = entry as Record<string, string>
      continue
    }
    if (!isEntry(entry)) throw bad(`the entry of '${name}' lacks dtype, shape or data_offsets`)
    const type = types[entry.dtype]
    if (!type) throw bad(`'${name}' is of type ${entry.dtype}, which is not supported`)
    const [begin, end] = entry.data_offsets
    const size = sizeOf(entry.shape) * elementTypes[type].bytes
    if (begin < 0 || end > bytes.length - start || end - begin !== size)
      throw bad(
        `'${name}' of shape [${entry.shape.join(', ')}] needs ${size} bytes, at ${begin} … ${end}`,
      )
    // A typed array starts at a multiple of its element size, an entry anywhere: copy.
    const data = Uint8Array.from(bytes.subarray(start + begin, start + end)).buffer
    result.tensors.set(name, {
      type,
      shape: entry.shape,
      data: elementTypes[type].view(data),
    })
  }
  return result
}

/** Writes a safetensors file. `metadata` is a flat record of strings, as the format has it. */
export function writeSafeTensors(
  tensors: ReadonlyMap<string, TypedTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: metadata }
  for (const [name, { type, shape, data }] of tensors) {
    header[name] = {
      dtype: codes.get(type),
      shape,
      data_offsets: [offset, (offset += data.byteLength)],
    }
  }
  let json = JSON.stringify(header)
  json += ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8) // the numbers start aligned
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)))
  const parts = [...tensors.values()].map(
    ({ data }) => new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  )
  return Buffer.concat([length, Buffer.from(json), ...parts])
}

function isEntry(entry: unknown): entry is Entry {
  const { dtype, shape, data_offsets } = (entry ?? {}) as Partial<Entry>
  const whole = (list: unknown): boolean =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0)
  return (
    typeof dtype === 'string' && whole(shape) && whole(data_offsets) && data_offsets?.length === 2
  )
}
