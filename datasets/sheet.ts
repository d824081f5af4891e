/** Contact sheets: some items of a data set in a grid. */
import type { Figure } from '../src/figures/figure.js'
import { tiles } from '../src/figures/tiles.js'
import { Image } from '../src/image/image.js'
import { resize } from '../src/image/resize.js'

/** A picture in a sheet, and the words below it. */
export interface SheetEntry {
  image: Image
  words: string
}

/** The picture of an item and what it is called, where it has a picture. */
export function sheetEntry(item: unknown): SheetEntry | undefined {
  if (item instanceof Image) return { image: thumbnail(item), words: '' }
  if (typeof item !== 'object' || item === null || !('image' in item)) return undefined
  if (!(item.image instanceof Image)) return undefined
  const { className, name } = item as { className?: unknown; name?: unknown }
  const words = [className, name].find((one) => typeof one === 'string') ?? ''
  return { image: thumbnail(item.image), words: words }
}

/** Pixels of a tile's longer side, at most: what it is drawn with. */
const LARGEST = 192

const thumbnail = (image: Image): Image => {
  const shrink = LARGEST / Math.max(image.width, image.height)
  if (shrink >= 1) return image
  const side = (pixels: number): number => Math.max(1, Math.round(pixels * shrink))
  return resize(image, side(image.width), side(image.height))
}

/** Pictures in a grid, each whole, with its words below. */
export function sheet(entries: readonly SheetEntry[], title: string, caption: string): Figure {
  const width = Math.max(...entries.map(({ image }) => image.width))
  const height = Math.max(...entries.map(({ image }) => image.height))
  return tiles(
    entries.map(({ image }) => centred(image, width, height)),
    {
      title,
      caption,
      columns: Math.min(9, Math.ceil(Math.sqrt(1.8 * entries.length))), // more would cut names short
      gutter: 6,
      ...(entries.some(({ words }) => words) && { labels: entries.map(({ words }) => words) }),
    },
  )
}

/** An image in the middle of white, as large as fits. */
function centred(image: Image, width: number, height: number): Image {
  if (image.width === width && image.height === height) return image
  const scale = Math.min(width / image.width, height / image.height)
  const side = (pixels: number, limit: number): number =>
    Math.min(limit, Math.max(1, Math.round(pixels * scale)))
  const fitted = resize(image, side(image.width, width), side(image.height, height))
  const whole = new Image(width, height, new Float32Array(3 * width * height).fill(1))
  const left = Math.floor((width - fitted.width) / 2)
  const top = Math.floor((height - fitted.height) / 2)
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < fitted.height; y++) {
      const row = (c * fitted.height + y) * fitted.width
      whole.data.set(
        fitted.data.subarray(row, row + fitted.width),
        (c * height + top + y) * width + left,
      )
    }
  return whole
}

/** Of so many items at most are the classes looked at. */
const LOOKED_AT = 10_000

/** So many tiles that every class is there, if it can be. */
export const usualCount = (classes: number): number =>
  classes === 0 ? 24 : Math.min(100, classes * Math.max(1, Math.round(24 / classes)))

/** Indices from the whole length of a data set, as far apart as they can be. */
export const evenly = (length: number, count: number): number[] =>
  Array.from({ length: Math.min(length, count) }, (_, i) =>
    Math.floor((i * length) / Math.min(length, count)),
  )

/** Indices of about as many items of each class, class by class. */
export function fromEveryClass(
  length: number,
  labelAt: (index: number) => number,
  count: number,
): number[] {
  const members = new Map<number, number[]>()
  for (const index of evenly(length, LOOKED_AT)) {
    const label = labelAt(index)
    const others = members.get(label)
    if (others) others.push(index)
    else members.set(label, [index])
  }
  const classes = [...members].sort(([a], [b]) => a - b).map(([, indices]) => indices)
  const shown = evenly(classes.length, count).map((i) => classes[i]!)
  const taken = shown.map(() => 0)
  let left = Math.min(
    count,
    shown.reduce((sum, indices) => sum + indices.length, 0),
  )
  for (let k = 0; left > 0; k = (k + 1) % shown.length)
    if (taken[k]! < shown[k]!.length) {
      taken[k]!++
      left--
    }
  return shown.flatMap((indices, k) => indices.slice(0, taken[k]))
}

/** The names of a few classes, or of the first of many. */
export function classList(classes: readonly string[]): string {
  const few = classes.slice(0, 40).join(', ')
  return classes.length > 40 ? `${few} …` : few
}
