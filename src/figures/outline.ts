import type { Rgb } from '../image/colormap.js'
import { Image } from '../image/image.js'

export interface Outline {
  /** 1 inside, else 0; row by row at the size of the image. */
  mask: ArrayLike<number>
  color: Rgb
}

export interface OutlinesOptions {
  /** How bright the picture stays outside the last mask, from 0 to 1. Default 0.45. */
  outside?: number
  /** Pixels of the longer side at least; smaller pictures are enlarged by a whole factor. Default 440. */
  least?: number
}

/** In pixels of the enlarged picture. */
const STROKE = 3

/**
 * A picture with the outlines of masks drawn on it, just inside each, the last on top; what lies outside the last mask
 * is darkened.
 *
 * @throws RangeError for a mask of another size.
 * @example picture(outlined(photo, [{ mask, color: [1, 0.8, 0] }]))
 */
export function outlined(
  image: Image,
  outlines: readonly Outline[],
  options: OutlinesOptions = {},
): Image {
  const { outside = 0.45, least = 440 } = options
  const factor = Math.max(1, Math.ceil(least / Math.max(image.width, image.height)))
  const [width, height] = [image.width * factor, image.height * factor]
  const large = new Image(width, height)
  const [from, to] = [image.width * image.height, width * height]
  for (const { mask } of outlines)
    if (mask.length !== from)
      throw new RangeError(`a mask of ${mask.length} pixels does not fit an ${image.toString()}`)
  const source = (x: number, y: number): number =>
    Math.floor(y / factor) * image.width + Math.floor(x / factor)
  const dimmed = outlines.at(-1)?.mask
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const at = source(x, y)
      const light = dimmed && !dimmed[at] ? outside : 1
      for (let c = 0; c < 3; c++) large.data[c * to + i] = light * image.data[c * from + at]!
      for (const { mask, color } of outlines) {
        if (!mask[at] || !onEdge(mask, x, y)) continue
        for (let c = 0; c < 3; c++) large.data[c * to + i] = color[c]!
      }
    }
  return large

  /** Whether the mask ends within a stroke's width, be it at the picture's edge. */
  function onEdge(mask: ArrayLike<number>, x: number, y: number): boolean {
    for (const [dx, dy] of around) {
      const [u, v] = [x + STROKE * dx, y + STROKE * dy]
      if (u < 0 || u >= width || v < 0 || v >= height || !mask[source(u, v)]) return true
    }
    return false
  }
}

const around = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
  [-0.7, -0.7],
  [0.7, -0.7],
  [-0.7, 0.7],
  [0.7, 0.7],
].map(([x, y]) => [x, y] as [number, number])
