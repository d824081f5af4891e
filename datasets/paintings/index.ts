import { createCanvas } from 'canvas'
import { Image } from '../../src/image/image.js'
import { defaultSeed, mixSeeds, Random } from '../../src/image/random.js'
import { unknownName } from '../../src/network/names.js'
import { candy, ink, mosaic, shards } from './shapes.js'
import { dots, embers, starry, wave } from './strokes.js'
import type { Painter } from './painter.js'

const painters = { starry, wave, mosaic, ink, candy, dots, embers, shards } satisfies Record<
  string,
  Painter
>

/** A way of painting, such as 'mosaic'. */
export type PaintingName = keyof typeof painters

/** Their names. */
export const paintings = Object.keys(painters) as readonly PaintingName[]

export interface PaintingOptions {
  /** Side in pixels. Default 256. */
  size?: number
  /** How coarse the strokes are: twice as large at 2. Default 1. */
  scale?: number
  /** Which one of its kind. Default: that of `%seed`, or 0. */
  seed?: number
}

/**
 * A picture in a style of its own, drawn by code: something to paint like, where no museum is at hand. Its strokes have
 * the same size in pixels in a picture of any size.
 *
 * @throws RangeError for an unknown name, naming the nearest, and for sizes that there cannot be.
 * @example painting('mosaic', { size: 128, seed: 3 })
 */
export function painting(
  name: PaintingName,
  { size = 256, scale = 1, seed = defaultSeed() }: PaintingOptions = {},
): Image {
  if (!Object.hasOwn(painters, name)) throw unknownName('painting', name, paintings)
  if (!Number.isInteger(size) || size < 1 || size > 4096)
    throw new RangeError(`a painting has a whole side of 1 to 4096 pixels, not ${size}`)
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new RangeError(`the scale of a painting is a number above 0, not ${scale}`)
  const canvas = createCanvas(size, size)
  const context = canvas.getContext('2d')
  context.scale(scale, scale)
  context.lineCap = 'round'
  context.lineJoin = 'round'
  painters[name](context, size / scale, new Random(mixSeeds(seed, paintings.indexOf(name))))
  return Image.fromCanvas(canvas)
}
