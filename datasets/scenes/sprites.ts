import { createCanvas, Image as Picture } from 'canvas'
import { Work } from '../../src/work/work.js'
import { type ClassName, classNames } from './catalogue.js'
import { drawing, type Drawing, type Style, styles } from './packs.js'
import { keepSprites, keptSprites } from './sprite-cache.js'

/**
 * A drawing as pixels: RGBA bytes, row by row, the colours multiplied by alpha so that they
 * interpolate correctly. It is trimmed to what is drawn, with a transparent border of one pixel.
 */
export interface Sprite {
  width: number
  height: number
  /** Width ÷ height of what is drawn, before it was rounded to pixels. */
  aspectRatio: number
  pixels: Uint8ClampedArray
}

/** Longer sides, in pixels, at which drawings are rasterised: few, yet none much too fine. */
const sides = [24, 32, 48, 64, 96, 128, 192, 256] as const
/** Up to here all classes are rasterised together and kept on disk. */
const largestKept = 128

const sprites = new Map<string, Sprite>()

/**
 * A style's drawing of a class, rasterised so that its longer side has at least `side` pixels (256
 * at most). The first use of a resolution on a machine renders all drawings, with a progress bar, into
 * the user's cache; those of large pictures are rendered one by one.
 */
export function sprite(style: Style, className: ClassName, side: number): Sprite {
  const resolution = sides.find((s) => s >= side) ?? 256
  const key = keyOf(style, className, resolution)
  if (!sprites.has(key))
    if (resolution <= largestKept) loadAll(style, resolution)
    else sprites.set(key, rasterise(trim(style, className), resolution))
  return sprites.get(key)!
}

const keyOf = (style: Style, className: ClassName, resolution: number): string =>
  `${style} ${className} ${resolution}`

function loadAll(style: Style, resolution: number): void {
  const remember = (of: Style, found: ReadonlyMap<ClassName, Sprite>): void =>
    found.forEach((one, className) => sprites.set(keyOf(of, className, resolution), one))

  const kept = keptSprites(style, resolution)
  if (kept) return remember(style, kept)

  const work = new Work({
    label: `Rendering drawings of ${resolution} pixels`,
    total: styles.length * classNames.length,
    unit: 'drawings',
    transient: true,
  })
  for (const each of styles) {
    const rendered = new Map<ClassName, Sprite>()
    for (const className of classNames) {
      rendered.set(className, rasterise(trim(each, className), resolution))
      work.report(work.done + 1)
    }
    remember(each, rendered)
    keepSprites(each, resolution, rendered)
  }
  work.end()
}

const trimmed = new Map<string, Drawing>()

/** The drawing without the empty margin, which differs from pack to pack. */
function trim(style: Style, className: ClassName): Drawing {
  const key = `${style} ${className}`
  let found = trimmed.get(key)
  if (!found) {
    const whole = drawing(style, className)
    found = { body: whole.body, viewBox: drawnPart(whole) }
    trimmed.set(key, found)
  }
  return found
}

/** The rectangle that holds every pixel of the drawing that is not transparent. */
function drawnPart(whole: Drawing): Drawing['viewBox'] {
  const { width, height, pixels } = rasterise(whole, 128)
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if ((pixels[4 * (y * width + x) + 3] ?? 0) > 8) {
        left = Math.min(left, x)
        right = Math.max(right, x + 1)
        top = Math.min(top, y)
        bottom = Math.max(bottom, y + 1)
      }
  const { viewBox } = whole
  const unit = viewBox.width / (width - 2) // of the drawing, per pixel
  return {
    left: viewBox.left + (left - 1) * unit,
    top: viewBox.top + (top - 1) * unit,
    width: (right - left) * unit,
    height: (bottom - top) * unit,
  }
}

function rasterise({ body, viewBox }: Drawing, longerSide: number): Sprite {
  const scale = longerSide / Math.max(viewBox.width, viewBox.height)
  const innerWidth = Math.max(1, Math.round(viewBox.width * scale))
  const innerHeight = Math.max(1, Math.round(viewBox.height * scale))

  const picture = new Picture()
  picture.src = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `width="${innerWidth}" height="${innerHeight}" preserveAspectRatio="none" ` +
      `viewBox="${viewBox.left} ${viewBox.top} ${viewBox.width} ${viewBox.height}">${body}</svg>`,
  )
  const [width, height] = [innerWidth + 2, innerHeight + 2]
  const context = createCanvas(width, height).getContext('2d')
  context.drawImage(picture, 1, 1)
  const pixels = context.getImageData(0, 0, width, height).data
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = (pixels[i + 3] ?? 0) / 255
    for (let c = 0; c < 3; c++) pixels[i + c] = (pixels[i + c] ?? 0) * alpha
  }
  return { width, height, aspectRatio: viewBox.width / viewBox.height, pixels }
}
