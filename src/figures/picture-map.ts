/** Maps of pictures: at the places of their points, or in a grid. */
import type { Tensor } from '../engine/tensor.js'
import type { Image } from '../image/image.js'
import { resize } from '../image/resize.js'
import type { Context } from './box.js'
import { Figure } from './figure.js'
import { checkPoints, placesIn } from './scatter.js'
import { theme } from './theme.js'

/** Pictures by number, all of one size. */
export interface Pictures {
  count: number
  get(index: number): Image
}

export interface PicturesAtOptions {
  images: Pictures
  /** Where each stands, [N, 2]. */
  points: Tensor
  title?: string
  caption?: string
}

/** The side of such a map in CSS pixels. */
const SIDE = 900

/**
 * Pictures at the places of their points; later ones cover earlier ones.
 *
 * @throws RangeError for points that are not in a plane.
 */
export function picturesAt({ images, points, title, caption }: PicturesAtOptions): Figure {
  const [count, dimensions] = checkPoints(points)
  if (dimensions !== 2) throw new RangeError('pictures stand in a plane, at points [N, 2]')
  const side = Math.round(Math.min(48, Math.max(12, (0.8 * SIDE) / Math.sqrt(count))))
  const { x: toX, y: toY } = placesIn(points, 0, 1)
  return new Figure({
    title,
    caption,
    text: `${title ? `${title}: ` : ''}map of ${count.toLocaleString('en')} pictures`,
    body: () => ({
      width: SIDE,
      height: SIDE,
      draw(context, x, y) {
        for (let i = 0; i < count; i++) {
          const left = x + toX(i) * (SIDE - side)
          drawPicture(context, images.get(i), left, y + toY(i) * (SIDE - side), side)
        }
      },
    }),
  })
}

export interface PictureGridOptions {
  images: Pictures
  /** The cell of each picture, row by row. */
  cells: ArrayLike<number>
  columns: number
  rows: number
  title?: string
  caption?: string
}

/** Pictures in the cells of a grid; cells that are no picture's stay empty. */
export function pictureGrid(options: PictureGridOptions): Figure {
  const { images, cells, columns, rows, title, caption } = options
  const side = Math.round(Math.min(48, Math.max(8, SIDE / columns)))
  return new Figure({
    title,
    caption,
    text: `${title ? `${title}: ` : ''}${columns}×${rows} pictures`,
    body: () => ({
      width: columns * side,
      height: rows * side,
      draw(context, x, y) {
        for (let i = 0; i < images.count; i++) {
          const cell = cells[i]!
          const top = y + Math.floor(cell / columns) * side
          drawPicture(context, images.get(i), x + (cell % columns) * side, top, side)
        }
      },
    }),
  })
}

/** A picture in the middle of a square, whole. */
function drawPicture(context: Context, image: Image, x: number, y: number, side: number): void {
  const scale = side / Math.max(image.width, image.height)
  const [width, height] = [image.width * scale, image.height * scale]
  const pixels = [width, height].map((one) => Math.max(1, Math.round(one * theme.resolution)))
  const shown = resize(image, pixels[0]!, pixels[1]!).toCanvas()
  context.drawImage(shown, x + (side - width) / 2, y + (side - height) / 2, width, height)
}
