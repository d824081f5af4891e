/**
 * Zip archives whose entries are stored as they are, as PyTorch writes its checkpoints. Compressed entries
 * are not read, so no archive unfolds to more than its own size; nothing is ever written to disk.
 *
 * Format: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3.
 */
import { crc32 } from 'node:zlib'
import { FormatError } from './format-error.js'

const signature = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
}
/** Sizes of the records without their variable parts. */
const length = { local: 30, central: 46, end: 22, end64: 56, locator64: 20 }

interface Entry {
  name: string
  /** Where its local header begins, where its bytes begin and where they end. */
  header: number
  begin: number
  end: number
  compressed: boolean
  /** 0 where the writer left it out. */
  checksum: number
}

/** An archive in memory. */
export class Zip {
  readonly #bytes: Uint8Array
  readonly #entries: ReadonlyMap<string, Entry>

  /**
   * @throws FormatError where the archive is damaged or encrypted, entries overlap or bear the same name,
   *   or a name leads out of the archive.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#entries = readDirectory(bytes)
  }

  /** Names of the entries, in the order of the archive's directory. */
  get names(): string[] {
    return [...this.#entries.keys()]
  }

  /**
   * The bytes of an entry, a view of the archive's own; undefined where there is none of that name.
   *
   * @throws FormatError where it is compressed, or its bytes do not have the checksum that the archive tells.
   */
  get(name: string): Uint8Array | undefined {
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    if (entry.compressed)
      throw new FormatError(
        `its entry '${name}' is compressed, which PyTorch never does with weights`,
      )
    const content = this.#bytes.subarray(entry.begin, entry.end)
    if (entry.checksum !== 0 && crc32(content) !== entry.checksum)
      throw new FormatError(`its entry '${name}' is damaged: the checksum does not fit`)
    return content
  }
}

function readDirectory(bytes: Uint8Array): Map<string, Entry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { start, end } = findDirectory(view)
  const entries = new Map<string, Entry>()
  for (let at = start; at < end;) {
    if (end - at < length.central || view.getUint32(at, true) !== signature.central)
      throw new FormatError('its zip directory is damaged')
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    const next = at + length.central + nameLength + extraLength + view.getUint16(at + 32, true)
    if (next > end) throw new FormatError('its zip directory is damaged')
    const nameStart = at + length.central
    const name = decoder.decode(bytes.subarray(nameStart, nameStart + nameLength))
    checkName(name)
    if (entries.has(name)) throw new FormatError(`its zip archive has two entries '${name}'`)
    const flags = view.getUint16(at + 8, true)
    const method = view.getUint16(at + 10, true)
    const extra = new DataView(view.buffer, view.byteOffset + nameStart + nameLength, extraLength)
    const sizes = readSizes(view, at, extra)
    if (flags & 1) throw new FormatError(`its entry '${name}' is encrypted`)
    const header = sizes.header
    const outside = new FormatError(
      `its entry '${name}' of ${sizes.stored} bytes does not lie within the file`,
    )
    if (header > start - length.local) throw outside
    if (view.getUint32(header, true) !== signature.local)
      throw new FormatError(`its entry '${name}' is not where the zip directory says`)
    const begin =
      header + length.local + view.getUint16(header + 26, true) + view.getUint16(header + 28, true)
    if (begin + sizes.stored > start) throw outside
    const checksum = view.getUint32(at + 16, true)
    const compressed = method !== 0 || sizes.stored !== sizes.original
    entries.set(name, { name, header, begin, end: begin + sizes.stored, compressed, checksum })
    at = next
  }
  checkOverlap([...entries.values()])
  return entries
}

/** Where the directory begins and ends. */
function findDirectory(view: DataView): { start: number; end: number } {
  const last = view.byteLength - length.end
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) !== signature.end) continue
    if (view.getUint16(at + 20, true) !== last - at) continue // its comment reaches the file's end
    let size = view.getUint32(at + 12, true)
    let start = view.getUint32(at + 16, true)
    let end = at
    const locator = at - length.locator64
    if (locator >= 0 && view.getUint32(locator, true) === signature.locator64) {
      end = readUint64(view, locator + 8)
      if (end > locator - length.end64 || view.getUint32(end, true) !== signature.end64)
        throw new FormatError('its zip directory is damaged')
      size = readUint64(view, end + 40)
      start = readUint64(view, end + 48)
    }
    if (start + size > end) throw new FormatError('its zip directory is damaged')
    return { start, end: start + size }
  }
  throw new FormatError('its zip directory is missing: the file is cut short')
}

/** Sizes and place of an entry; those too large for 32 bits stand in the extra field 1 (zip64). */
function readSizes(
  view: DataView,
  at: number,
  extra: DataView,
): { stored: number; original: number; header: number } {
  let wide: { at: number; end: number } | undefined
  for (let i = 0; i + 4 <= extra.byteLength;) {
    const end = i + 4 + extra.getUint16(i + 2, true)
    if (extra.getUint16(i, true) === 1 && end <= extra.byteLength) wide = { at: i + 4, end }
    i = end
  }
  const field = (offset: number): number => {
    const value = view.getUint32(at + offset, true)
    if (value !== 0xffffffff || !wide) return value
    if (wide.at + 8 > wide.end) throw new FormatError('its zip directory is damaged')
    wide.at += 8
    return readUint64(extra, wide.at - 8)
  }
  // The order of the extra field.
  const original = field(24)
  const stored = field(20)
  return { original, stored, header: field(42) }
}

function checkName(name: string): void {
  if (/^[/\\]|^[a-z]:|(^|[/\\])\.\.([/\\]|$)/i.test(name))
    throw new FormatError(
      `its zip archive has an entry that leads out of it: '${name.slice(0, 100)}'`,
    )
}

function checkOverlap(entries: Entry[]): void {
  let before: Entry | undefined
  for (const entry of entries.sort((a, b) => a.header - b.header)) {
    if (before && entry.header < before.end)
      throw new FormatError(`its entries '${before.name}' and '${entry.name}' overlap`)
    before = entry
  }
}

/** A 64-bit number; beyond 2⁵³ it is rounded, which is beyond every file. */
const readUint64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

const decoder = new TextDecoder()
