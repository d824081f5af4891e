/**
 * IDX files, the format of MNIST: arrays of numbers, big-endian, their type and shape before them
 * (LeCun, Cortes & Burges, "The MNIST database of handwritten digits", section "File formats").
 */
import { promisify } from 'node:util'
import { constants, gunzip, gunzipSync } from 'node:zlib'
import { FormatError } from '../src/network/format-error.js'
import { LARGEST_FILE, messageOf, readWhole } from './files.js'

export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array

/** An array of numbers, the last axis contiguous. */
export interface IdxArray {
  shape: number[]
  data: IdxData
}

interface NumberType {
  name: string
  bytes: number
  make(length: number): IdxData
  read(view: DataView, offset: number): number
}

const types: Readonly<Record<number, NumberType>> = {
  0x08: {
    name: 'unsigned bytes',
    bytes: 1,
    make: (n) => new Uint8Array(n),
    read: (view, at) => view.getUint8(at),
  },
  0x09: {
    name: 'signed bytes',
    bytes: 1,
    make: (n) => new Int8Array(n),
    read: (view, at) => view.getInt8(at),
  },
  0x0b: {
    name: '16-bit integers',
    bytes: 2,
    make: (n) => new Int16Array(n),
    read: (view, at) => view.getInt16(at),
  },
  0x0c: {
    name: '32-bit integers',
    bytes: 4,
    make: (n) => new Int32Array(n),
    read: (view, at) => view.getInt32(at),
  },
  0x0d: {
    name: '32-bit floats',
    bytes: 4,
    make: (n) => new Float32Array(n),
    read: (view, at) => view.getFloat32(at),
  },
  0x0e: {
    name: '64-bit floats',
    bytes: 8,
    make: (n) => new Float64Array(n),
    read: (view, at) => view.getFloat64(at),
  },
}

/**
 * Reads an IDX file, as it is or compressed by gzip.
 *
 * @throws Error when it is missing; FormatError, which names the file, when it is no IDX file, is cut short,
 *   holds more than it says, or unfolds to more than 2 GiB.
 * @example const { shape, data } = await readIdx('train-images-idx3-ubyte.gz') // shape [60000, 28, 28]
 */
export async function readIdx(path: string): Promise<IdxArray> {
  const file = await readWhole(path)
  try {
    return parseIdx(isGzip(file) ? await unfold(file) : file)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new FormatError(`${path} cannot be read as an IDX file: ${error.message}`, {
      cause: error.cause,
    })
  }
}

/**
 * The array that the bytes of an IDX file hold.
 *
 * @throws FormatError when they are none.
 */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const { type, shape, start, end } = readHeader(bytes)
  if (bytes.length < end)
    throw new FormatError(
      `it is cut short: ${shapeInWords(shape)} ${type.name} take ${end} bytes with the header, ` +
        `but there are ${bytes.length}`,
    )
  if (bytes.length > end)
    throw new FormatError(
      `it holds more than its header says: ${shapeInWords(shape)} ${type.name} take ${end} bytes with ` +
        `the header, but there are ${bytes.length}`,
    )
  const data = type.make((end - start) / type.bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (type.bytes === 1) data.set(bytes.subarray(start, end))
  else for (let i = 0; i < data.length; i++) data[i] = type.read(view, start + i * type.bytes)
  return { shape, data }
}

interface Header {
  type: NumberType
  shape: number[]
  /** Where the numbers begin and where they should end, in bytes. */
  start: number
  end: number
}

/** The first bytes of a file are enough. */
function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 4) throw new FormatError(`it has only ${bytes.length} bytes`)
  const type = types[bytes[2]!]
  const axes = bytes[3]!
  if (bytes[0] !== 0 || bytes[1] !== 0 || !type || axes === 0) {
    const found = Buffer.from(bytes.subarray(0, 4)).toString('hex').replace(/..\B/g, '$& ')
    throw new FormatError(
      `it begins with ${found}, where an IDX file has 00 00, a type (08, 09, 0b to 0e) and ` +
        'the number of axes, 1 or more',
    )
  }
  const start = 4 + 4 * axes
  if (bytes.length < start) throw new FormatError('it is cut short within its header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i))
  // Beyond every file, the product is rounded or infinite, and infinity times 0 would be no number.
  const numbers = shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1)
  return { type, shape, start, end: start + numbers * type.bytes }
}

const shapeInWords = (shape: readonly number[]): string => shape.join('×')

const isGzip = (file: Uint8Array): boolean => file[0] === 0x1f && file[1] === 0x8b

/** Unfolds no more than the header inside asks for, so that a small file cannot fill the memory. */
async function unfold(file: Uint8Array): Promise<Uint8Array> {
  const { end } = readHeader(firstBytes(file))
  if (end > LARGEST_FILE)
    throw new FormatError(`it would unfold to ${end} bytes, more than the 2 GiB that are read`)
  // Deflate makes at most 1032 bytes of one.
  if (end > 1032 * file.length)
    throw new FormatError(
      `it is cut short: its header asks for ${end} bytes, more than ${file.length} compressed ones can hold`,
    )
  try {
    return await promisify(gunzip)(file, { maxOutputLength: end })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new FormatError(`it holds more than the ${end} bytes that its header says`)
    throw damaged(error)
  }
}

/** As many of the unfolded bytes as the longest header has, or somewhat more. */
function firstBytes(file: Uint8Array): Uint8Array {
  try {
    // A flush in place of the end: the rest of the file is missing on purpose.
    return gunzipSync(file.subarray(0, 8192), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    throw damaged(error)
  }
}

const damaged = (error: unknown): FormatError =>
  new FormatError(`its gzip data is damaged or cut short (${messageOf(error)})`, { cause: error })
