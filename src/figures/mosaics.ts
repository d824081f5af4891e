import type { Image } from '../image/image.js'
import type { Box } from './box.js'
import { Figure } from './figure.js'
import { imageBox } from './picture.js'
import { lineHeight, textLine, textStyles } from './text.js'
import { theme } from './theme.js'

/** Pictures that belong together, in a square of their own. */
export interface Mosaic {
  label: string
  /** Row by row, from the top left. */
  images: readonly Image[]
  /** As many again, such as the gradients by them, in a second square to the right. */
  beside?: readonly Image[]
}

export interface MosaicsOptions {
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
  /** Pictures that a mosaic has room for; what it lacks stays empty. Default: as many as the largest has. */
  places?: number
  /** The width to fill, in CSS pixels. Default: that of a notebook. */
  width?: number
}

/** In CSS pixels: between mosaics, between pictures, between a square and the one beside it. */
const [gap, gutter, middle] = [14, 2, 6]
/** The size that pictures are to have, and their bounds: in a mosaic by itself, among others. */
const [wanted, largestAlone, largest, smallest] = [46, 112, 64, 16]

/**
 * Mosaics: for each unit of a layer its patches in a square, as in Zeiler & Fergus 2014.
 *
 * @throws RangeError when there are no mosaics.
 * @example mosaics([{ label: '17', images: patches }], { title: 'conv4' })
 */
export function mosaics(groups: readonly Mosaic[], options: MosaicsOptions = {}): Figure {
  const { title, caption, width = theme.maxWidth - 2 * theme.padding } = options
  const sizes = groups.flatMap(({ images }) => images.map((image) => image.height / image.width))
  if (groups.length === 0) throw new RangeError('there are no mosaics to draw')
  const places = options.places ?? Math.max(1, ...groups.map(({ images }) => images.length))
  return new Figure({
    title,
    caption,
    text:
      `${title ? `${title}: ` : ''}${groups.length} mosaics of up to ${places} pictures: ` +
      groups.map(({ label }) => label).join(', '),
    body: () => layout(groups, places, sizes.length > 0 ? Math.max(...sizes) : 1, width),
  })
}

function layout(groups: readonly Mosaic[], places: number, tallness: number, width: number): Box {
  const side = Math.ceil(Math.sqrt(places))
  const lines = Math.ceil(places / side)
  const squares = groups.some(({ beside }) => beside) ? 2 : 1
  const across = side * squares
  const fixed = (across - squares) * gutter + (squares - 1) * middle
  const fit = Math.floor((width + gap) / (across * wanted + fixed + gap))
  const columns = Math.max(1, Math.min(groups.length, fit))
  const room = (width + gap) / columns - gap - fixed
  const most = groups.length === 1 ? largestAlone : largest
  const pictureWidth = Math.max(smallest, Math.min(most, Math.floor(room / across)))
  const pictureHeight = Math.max(1, Math.round(pictureWidth * tallness))
  const squareWidth = side * pictureWidth + (side - 1) * gutter
  const groupWidth = squares * squareWidth + (squares - 1) * middle
  const style = textStyles.small
  const labelHeight = lineHeight(style) + 3
  const groupHeight = labelHeight + lines * (pictureHeight + gutter) - gutter
  const rows = Math.ceil(groups.length / columns)
  return {
    width: columns * (groupWidth + gap) - gap,
    height: rows * (groupHeight + gap) - gap,
    draw(context, x, y) {
      groups.forEach(({ label, images, beside }, i) => {
        const left = x + (i % columns) * (groupWidth + gap)
        const top = y + Math.floor(i / columns) * (groupHeight + gap)
        context.fillStyle = theme.ink
        textLine(context, label, left, top + style.size, groupWidth, style)
        ;[images, beside].forEach((square, s) => {
          if (!square) return
          for (let k = 0; k < places; k++) {
            const cellLeft =
              left + s * (squareWidth + middle) + (k % side) * (pictureWidth + gutter)
            const cellTop = top + labelHeight + Math.floor(k / side) * (pictureHeight + gutter)
            const image = square[k]
            if (image) imageBox(image, pictureHeight).draw(context, cellLeft, cellTop)
            else {
              context.fillStyle = theme.track
              context.fillRect(cellLeft, cellTop, pictureWidth, pictureHeight)
            }
          }
        })
      })
    },
  }
}
