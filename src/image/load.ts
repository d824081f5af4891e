import { createCanvas, Image as CanvasImage } from 'canvas'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { described } from '../described.js'
import { isMissing, similarFiles } from './files.js'
import { Image, type CanvasLike } from './image.js'
import { withoutColourProfile } from './png.js'

/** Where an image comes from: a path, an http(s):, data: or file: URL, a file's bytes, a canvas. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | CanvasLike | Image

/**
 * Loads a PNG, JPEG, WebP, GIF (its first frame) or AVIF image.
 *
 * Values are the stored bytes divided by 255, exactly, where a PNG is opaque; transparent parts are
 * laid over white. JPEG and WebP images are turned upright by their EXIF orientation.
 *
 * @throws Error when there is no such file (the nearest names in its folder are listed), when the
 * network fails, or when the bytes are not an image.
 * @example await loadImage('husky.jpg')
 * @example await loadImage('https://example.org/husky.jpg')
 */
export async function loadImage(source: ImageSource): Promise<Image> {
  if (source instanceof Image) return source
  if (typeof source === 'string' || source instanceof URL)
    return decode(await fetchBytes(source), abbreviate(source))
  if (source instanceof Uint8Array || source instanceof ArrayBuffer)
    return decode(new Uint8Array(source), 'these bytes')
  if (isCanvas(source)) return Image.fromCanvas(source)
  throw new TypeError(
    `an image is loaded from a path, a URL, a file's bytes or a canvas, not from ${described(source)}`,
  )
}

const isCanvas = (source: unknown): source is CanvasLike =>
  typeof source === 'object' && source !== null && 'getContext' in source && 'width' in source

/** A data: URL may be megabytes long, too much for a message. */
const abbreviate = (source: string | URL): string => {
  const text = String(source)
  return text.length > 200 ? `${text.slice(0, 60)}…` : text
}

async function fetchBytes(source: string | URL): Promise<Uint8Array> {
  if (/^(https?|data):/i.test(String(source))) return download(source)
  const isUrl = source instanceof URL || /^file:/i.test(source)
  return readImageFile(isUrl ? fileURLToPath(source) : source)
}

async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    if (!isMissing(error))
      throw new Error(`cannot read ${path}: ${reason(error)}`, { cause: error })
    const near = await similarFiles(path)
    const hint = near.length ? `; that folder has ${near.join(', ')}` : ''
    throw new Error(`there is no file ${path} (from ${process.cwd()})${hint}`, { cause: error })
  }
}

async function download(url: string | URL): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetch(url)
  } catch (error) {
    throw new Error(`cannot download ${abbreviate(url)}: ${reason(error)}`, { cause: error })
  }
  if (!response.ok)
    throw new Error(
      `cannot download ${abbreviate(url)}: the server answers ${response.status} ${response.statusText}`,
    )
  return new Uint8Array(await response.arrayBuffer())
}

/** `fetch` says only "fetch failed"; the reason is the cause of that. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

/** Where Pillow, too, takes an image for a decompression bomb: 2 GiB as floats. */
const MOST_PIXELS = 2 * Math.floor(2 ** 30 / 4 / 3)

async function decode(bytes: Uint8Array, name: string): Promise<Image> {
  const unreadable = (cause?: unknown): Error =>
    new Error(`${name} cannot be read as an image: ${contentOf(bytes)}`, { cause })
  const image = new CanvasImage()
  image.src = withoutColourProfile(bytes)
  // The header is read already, so a small file that claims a huge picture is not unfolded.
  if (image.width * image.height > MOST_PIXELS)
    throw new Error(
      `${name} is an image of ${image.width}×${image.height} pixels; at most ` +
        `${Math.floor(MOST_PIXELS / 1e6)} million are read`,
    )
  try {
    await image.decode()
  } catch (error) {
    throw unreadable(error)
  }
  const { width, height } = image
  if (width === 0 || height === 0) throw unreadable() // no bytes at all are decoded without complaint
  const context = createCanvas(width, height).getContext('2d')
  context.drawImage(image, 0, 0)
  return Image.fromRgba(width, height, context.getImageData(0, 0, width, height).data)
}

const signatures: [pattern: RegExp, meaning: string][] = [
  [/^\s*<(!doctype html|html|head|body)/i, 'an HTML page'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself'],
  [/^%PDF/, 'a PDF document'],
  [/^PK/, 'a zip archive'],
  [/^....ftyp(heic|heix|mif1)/s, 'an HEIC image, which is not supported (convert it to JPEG)'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF image, which is not supported (convert it to PNG)'],
  [/^\x89PNG/, 'a PNG image, but damaged or cut short'],
  [/^\xff\xd8\xff/, 'a JPEG image, but damaged or cut short'],
  [/^RIFF....WEBP/s, 'a WebP image, but damaged or cut short'],
  [/^GIF8[79]a/, 'a GIF image, but damaged or cut short'],
  [/^\s*[{[]/, 'JSON or other text'],
]

/** What the first bytes of something that is no image look like. */
function contentOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty'
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  const known = signatures.find(([pattern]) => pattern.test(head))
  if (known) return `it looks like ${known[1]}`
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'))
  return `its ${bytes.length} bytes begin ${hex.join(' ')} (${JSON.stringify(head.slice(0, 8))})`
}
