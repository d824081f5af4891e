/** Writes zip archives and pickles piece by piece, so that tests can write wrong ones. */
import { crc32 } from 'node:zlib'

export interface ZipPart {
  name: string
  content: Uint8Array
  /** 0 stored (default), 8 deflated. */
  method?: number
  /** What the directory says of it, where that is not the truth. */
  size?: number
  original?: number
  checksum?: number
  flags?: number
  /** Where it says the entry lies. */
  header?: number
}

/** An archive of these parts; `zip64` writes every size and place in the fields for large files. */
export function zip(parts: ZipPart[], { zip64 = false, comment = '' } = {}): Buffer {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  const add = (piece: Buffer): void => {
    pieces.push(piece)
    at += piece.length
  }
  for (const part of parts) {
    const { content, method = 0, flags = 0, header = at, size = content.length } = part
    const { original = size, checksum = crc32(content) } = part
    const name = Buffer.from(part.name)
    const wide = zip64 || Math.max(size, original) > 0xffffffff
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(name.length, 26)
    const extra = Buffer.alloc(wide ? 28 : 0)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(flags, 8)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(checksum, 16)
    central.writeUInt32LE(wide ? 0xffffffff : size, 20)
    central.writeUInt32LE(wide ? 0xffffffff : original, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt16LE(extra.length, 30)
    central.writeUInt32LE(wide ? 0xffffffff : header, 42)
    if (wide) {
      extra.writeUInt16LE(1, 0)
      extra.writeUInt16LE(24, 2)
      for (const [i, value] of [original, size, header].entries())
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i)
    }
    directory.push(central, name, extra)
    for (const piece of [local, name, Buffer.from(content)]) add(piece)
  }
  const start = at
  for (const piece of directory) add(piece)
  const size = at - start
  if (zip64) {
    const end64 = Buffer.alloc(56)
    end64.writeUInt32LE(0x06064b50, 0)
    end64.writeBigUInt64LE(BigInt(size), 40)
    end64.writeBigUInt64LE(BigInt(start), 48)
    const locator = Buffer.alloc(20)
    locator.writeUInt32LE(0x07064b50, 0)
    locator.writeBigUInt64LE(BigInt(at), 8)
    add(end64)
    add(locator)
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12)
  end.writeUInt32LE(zip64 ? 0xffffffff : start, 16)
  end.writeUInt16LE(comment.length, 20)
  add(end)
  add(Buffer.from(comment))
  return Buffer.concat(pieces)
}

/** A zip checkpoint of one storage, `data/0`, and this pickle. */
export const checkpoint = (pickle: Buffer, numbers = new Float32Array(8)): Buffer =>
  zip([
    { name: 'archive/data.pkl', content: pickle },
    { name: 'archive/data/0', content: new Uint8Array(numbers.buffer) },
  ])

/** A checkpoint before PyTorch 1.6, of this pickle and these storages. */
export const oldCheckpoint = (
  pickle: Buffer,
  storages: Record<string, Float32Array>,
  { count = (numbers: Float32Array) => numbers.length, machine = p.dict({}) } = {},
): Buffer =>
  Buffer.concat([
    Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'), // its magic number
    p.whole(p.integer(1001)),
    p.whole(machine),
    pickle,
    p.whole(p.list(...Object.keys(storages).map(p.text))),
    ...Object.values(storages).flatMap((numbers) => [
      p.integer(count(numbers)).subarray(2),
      Buffer.from(numbers.buffer),
    ]),
  ])

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** The operations of pickles, as their bytes. */
export const p = {
  none: Buffer.from('N'),
  false: Buffer.from([0x89]),
  stop: Buffer.from('.'),
  text: (text: string) => Buffer.concat([Buffer.from('X'), uint32(text.length), Buffer.from(text)]),
  /** As Python 2 wrote it. */
  oldText: (text: string) =>
    Buffer.concat([Buffer.from('U'), Buffer.from([text.length]), Buffer.from(text)]),
  integer: (value: number | bigint) => {
    const bytes = Buffer.from([0x8a, 8, ...new Array<number>(8).fill(0)])
    bytes.writeBigInt64LE(BigInt(value), 2)
    return bytes
  },
  fraction: (value: number) => {
    const bytes = Buffer.from([0x47, ...new Array<number>(8).fill(0)])
    bytes.writeDoubleBE(value, 1)
    return bytes
  },
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  tuple: (...items: Buffer[]) => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]),
  list: (...items: Buffer[]) => Buffer.concat([Buffer.from(']('), ...items, Buffer.from('e')]),
  dict: (items: Record<string, Buffer>) =>
    Buffer.concat([
      Buffer.from('}('),
      ...Object.entries(items).flatMap(([name, value]) => [p.text(name), value]),
      Buffer.from('u'),
    ]),
  call: (callee: Buffer, ...args: Buffer[]) =>
    Buffer.concat([callee, p.tuple(...args), Buffer.from('R')]),
  put: (key: number) => Buffer.concat([Buffer.from('r'), uint32(key)]),
  get: (key: number) => Buffer.concat([Buffer.from('j'), uint32(key)]),
  storage: (size: number | bigint, type = 'FloatStorage', key = '0', ...part: Buffer[]) =>
    Buffer.concat([
      p.tuple(
        p.text('storage'),
        p.global('torch', type),
        p.text(key),
        p.text('cpu'),
        p.integer(size),
        ...part,
      ),
      Buffer.from('Q'),
    ]),
  tensor: (storage: Buffer, offset: Buffer, shape: Buffer, strides: Buffer, ...rest: Buffer[]) =>
    p.call(
      p.global('torch._utils', '_rebuild_tensor_v2'),
      storage,
      offset,
      shape,
      strides,
      ...rest,
    ),
  whole: (...pieces: Buffer[]) => Buffer.concat([Buffer.from([0x80, 2]), ...pieces, p.stop]),
}

/** `count` times the same bytes. */
export const repeat = (bytes: Buffer | string, count: number): Buffer =>
  Buffer.alloc(count * bytes.length, bytes)
