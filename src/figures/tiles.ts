import type { Image } from '../image/image.js'
import { resize } from '../image/resize.js'
import type { Box } from './box.js'
import { Figure } from './figure.js'
import { ellipsize, fontOf, lineHeight, textStyles } from './text.js'
import { theme } from './theme.js'

export interface TilesOptions {
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
  /** One short label below each tile, each of its lines shortened to the tile's width. */
  labels?: readonly string[]
  /** Tiles in a row. By default the grid is somewhat wider than high. */
  columns?: number
  /** Between tiles, in CSS pixels. Default 2. */
  gutter?: number
}

/**
 * A grid of small pictures of equal size, such as filters or feature maps, row by row. All are
 * enlarged by the same whole factor, every pixel a sharp square.
 *
 * @throws RangeError when there are no tiles, they differ in size, or labels are too few or many.
 * @example tiles(filters, { title: 'conv1', columns: 16 })
 */
export function tiles(images: readonly Image[], options: TilesOptions = {}): Figure {
  const { title, caption, labels, gutter = 2 } = options
  const [first] = images
  if (!first) throw new RangeError('a grid of tiles needs at least one image')
  const { width, height } = first
  const other = images.find((image) => image.width !== width || image.height !== height)
  if (other)
    throw new RangeError(
      `tiles have one size, but there are ${first.toString()} and ${other.toString()}`,
    )
  if (labels && labels.length !== images.length)
    throw new RangeError(`${labels.length} labels for ${images.length} tiles`)
  const columns = options.columns ?? Math.ceil(Math.sqrt(1.8 * images.length))
  if (!Number.isInteger(columns) || columns < 1)
    throw new RangeError(`columns are a whole, positive number, not ${columns}`)

  return new Figure({
    title,
    caption,
    text: `${title ? `${title}: ` : ''}${images.length} tiles of ${width}×${height} pixels`,
    body: () => grid(images, Math.min(columns, images.length), gutter, labels),
  })
}

function grid(
  images: readonly Image[],
  columns: number,
  gutter: number,
  labels: readonly string[] | undefined,
): Box {
  const { width = 1, height = 1 } = images[0] ?? {}
  const style = textStyles.small
  const lines = labels?.map((label) => label.split('\n')) ?? []
  const longest = Math.max(0, ...lines.map(({ length }) => length))
  const labelHeight = labels ? longest * lineHeight(style) + 2 : 0
  // Legible tiles, if they fit side by side; without labels they may be small.
  const widest = (theme.maxWidth - 2 * theme.padding - (columns - 1) * gutter) / columns
  const wanted = Math.min(widest, labels ? 96 : Math.max(24, 640 / columns))
  const factor = Math.max(1, Math.floor((wanted * theme.resolution) / width))
  const [tileWidth, tileHeight] = [width, height].map((side) => (side * factor) / theme.resolution)
  const pitchX = Math.ceil(tileWidth ?? 1) + gutter
  const pitchY = Math.ceil(tileHeight ?? 1) + labelHeight + gutter
  const rows = Math.ceil(images.length / columns)

  return {
    width: columns * pitchX - gutter,
    height: rows * pitchY - gutter,
    draw(context, x, y) {
      context.imageSmoothingEnabled = false
      context.font = fontOf(style)
      context.fillStyle = style.color
      context.textAlign = 'center'
      context.textBaseline = 'alphabetic'
      images.forEach((image, i) => {
        const left = x + (i % columns) * pitchX
        const top = y + Math.floor(i / columns) * pitchY
        const enlarged = resize(image, width * factor, height * factor, { filter: 'nearest' })
        context.drawImage(enlarged.toCanvas(), left, top, tileWidth ?? 1, tileHeight ?? 1)
        lines[i]?.forEach((line, k) => {
          const shown = ellipsize(line, pitchX - gutter, style)
          const below = (longest - 1 - k) * lineHeight(style)
          context.fillText(shown, left + (pitchX - gutter) / 2, top + pitchY - gutter - 5 - below)
        })
      })
    },
  }
}
