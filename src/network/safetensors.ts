/** Reading and writing weights as safetensors: a JSON header, then the raw numbers. */
import { sizeOf } from '../engine/tensor.js'
import { type ElementType, elementTypes, type TypedTensor } from './graph.js'

const types = new Map<string, ElementType>([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
])
const codes = new Map([...types].map(([code, type]) => [type, code]))

/** What a safetensors file holds. */
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
 * @param file What messages call it: its path.
 * @throws Error where the file is damaged: a header that is no JSON, a shape that does not fit its bytes,
 *   tensors that overlap, leave bytes between them or lie outside the file, an element type that is not
 *   supported.
 * @example const { tensors } = readSafeTensors(await readFile('weights.safetensors'))
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
  if (!isRecord(header)) throw bad('its header is no JSON object')
  const { __metadata__: metadata = {}, ...entries } = header
  if (!isRecordOfStrings(metadata)) throw bad('its __metadata__ is no record of strings')

  const ranges: { name: string; begin: number; end: number }[] = []
  const tensors = new Map<string, TypedTensor>()
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry))
      throw bad(`the entry of '${name}' lacks dtype, shape or data_offsets, or they are malformed`)
    const { dtype, shape } = entry
    const type = types.get(dtype)
    if (!type) throw bad(`'${name}' is of type ${dtype}, which is not supported`)
    const [begin, end] = entry.data_offsets
    const size = sizeOf(shape) * elementTypes[type].bytes
    if (end > bytes.length - start || end - begin !== size)
      throw bad(
        `'${name}' of shape [${shape.join(', ')}] needs ${size} bytes, at ${begin} … ${end}`,
      )
    ranges.push({ name, begin, end })
    // A typed array starts at a multiple of its element size, an entry anywhere: copy.
    const data = Uint8Array.from(bytes.subarray(start + begin, start + end)).buffer
    tensors.set(name, { type, shape, data: elementTypes[type].view(data) })
  }

  let at = 0
  for (const { name, begin, end } of ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw bad(`'${name}' begins at ${begin}, but the tensor before it ends at ${at}`)
    at = end
  }
  if (at !== bytes.length - start) throw bad(`${bytes.length - start - at} bytes are no tensor's`)
  return { tensors, metadata }
}

/** Writes a safetensors file. `metadata` is a flat record of strings, as the format has it. */
export function writeSafeTensors(
  tensors: ReadonlyMap<string, TypedTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  let offset = 0
  const entries = [...tensors].map(([name, { type, shape, data }]) => {
    const data_offsets = [offset, (offset += data.byteLength)]
    return [name, { dtype: codes.get(type), shape, data_offsets }]
  })
  let json = JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries]))
  json += ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8) // the numbers start aligned
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)))
  const parts = [...tensors.values()].map(
    ({ data }) => new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  )
  return Buffer.concat([length, Buffer.from(json), ...parts])
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isRecordOfStrings = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((item) => typeof item === 'string')

function isEntry(entry: unknown): entry is Entry {
  const { dtype, shape, data_offsets } = (entry ?? {}) as Partial<Entry>
  const whole = (list: unknown): boolean =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0)
  return (
    typeof dtype === 'string' && whole(shape) && whole(data_offsets) && data_offsets?.length === 2
  )
}
