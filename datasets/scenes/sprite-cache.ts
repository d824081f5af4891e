/** Rendered drawings in the user's cache: a file per style and resolution. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { cacheFolder } from '../../src/network/weights.js'
import { type ClassName, namesInPacks } from './catalogue.js'
import type { Style } from './packs.js'
import type { Sprite } from './sprites.js'

/** Raised when drawings are rendered or stored in another way. */
const format = 1

/** A file holds, compressed: the length of the index, the index, the pixels of all sprites. */
type Index = (Pick<Sprite, 'width' | 'height' | 'aspectRatio'> & { className: ClassName })[]

/** The sprites that were kept, undefined where there are none, or none that can be read. */
export function keptSprites(
  style: Style,
  resolution: number,
  folder?: string,
): Map<ClassName, Sprite> | undefined {
  try {
    // A damaged file does not pass gzip's checksum.
    const bytes = gunzipSync(readFileSync(fileOf(style, resolution, folder)))
    let end = 4 + bytes.readUInt32LE(0)
    const index = JSON.parse(bytes.toString('utf8', 4, end)) as Index
    return new Map(
      index.map(({ className, ...size }) => {
        const start = end
        end += 4 * size.width * size.height
        const pixels = new Uint8ClampedArray(bytes.buffer, bytes.byteOffset + start, end - start)
        return [className, { ...size, pixels }]
      }),
    )
  } catch {
    return undefined
  }
}

/** Keeps sprites for other processes. Where that is not possible, they render their own. */
export function keepSprites(
  style: Style,
  resolution: number,
  sprites: ReadonlyMap<ClassName, Sprite>,
  folder?: string,
): void {
  const entries = [...sprites]
  const index: Index = entries.map(([className, { width, height, aspectRatio }]) => ({
    className,
    width,
    height,
    aspectRatio,
  }))
  const head = Buffer.from(JSON.stringify(index))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  const bytes = Buffer.concat([length, head, ...entries.map(([, { pixels }]) => bytesOf(pixels))])
  try {
    const file = fileOf(style, resolution, folder)
    const part = `${file}.${process.pid}-${performance.now()}`
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(part, gzipSync(bytes, { level: 1 }))
    renameSync(part, file) // whole or not at all, whoever else writes it
  } catch {
    // no folder that can be written
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8ClampedArray): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

/** Names what the pixels depend on: the pack's and the rasteriser's version, the drawings chosen. */
function fileOf(style: Style, resolution: number, folder = cacheFolder()): string {
  const parts = [format, version(`@iconify-json/${style}`), version('canvas'), namesInPacks]
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
  return join(folder, 'scenes', `${style}-${resolution}-${digest}.sprites`)
}

const require = createRequire(import.meta.url)

const version = (name: string): string =>
  (require(`${name}/package.json`) as { version: string }).version
