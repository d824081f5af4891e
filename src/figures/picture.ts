import type { Image } from '../image/image.js'
import { resize } from '../image/resize.js'
import type { Box } from './box.js'
import { Figure } from './figure.js'
import { theme } from './theme.js'

export interface PictureOptions {
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * A photograph or any other image, with a title. Small ones are enlarged, every pixel a sharp
 * square.
 *
 * @example picture(photo, { title: 'Husky', caption: '224×224 pixels, as the network sees it' })
 */
export function picture(image: Image, options: PictureOptions = {}): Figure {
  const { title, caption } = options
  return new Figure({
    title,
    caption,
    text: [title, image.toString()].filter(Boolean).join(': '),
    pictureHeight: naturalHeight(image),
    body: (height) => imageBox(image, height),
  })
}

/** The height, in CSS pixels, at which an image of this size is shown by itself. */
export function naturalHeight({ width, height }: { width: number; height: number }): number {
  const [smallest, largest] = [220, 480]
  const longest = Math.max(width, height)
  // A whole number of device pixels to the pixel, wherever an image is to be enlarged.
  const factor = Math.max(1, Math.ceil((smallest * theme.resolution) / longest))
  const scale = Math.min(factor / theme.resolution, largest / longest)
  return Math.max(1, Math.round(height * scale))
}

/** An image, shown at a height in CSS pixels, a hairline around it. */
export function imageBox(image: Image, height = naturalHeight(image)): Box {
  const width = Math.max(1, Math.round((height * image.width) / image.height))
  return {
    width,
    height,
    draw(context, x, y) {
      const [columns, rows] = [width * theme.resolution, height * theme.resolution]
      const factor = columns / image.width
      const crisp = factor >= 3 || Number.isInteger(factor)
      const pixels = resize(image, columns, rows, { filter: crisp ? 'nearest' : 'bilinear' })
      context.imageSmoothingEnabled = false
      context.drawImage(pixels.toCanvas(), x, y, width, height)
      context.strokeStyle = theme.line
      context.lineWidth = 0.5
      context.strokeRect(x - 0.25, y - 0.25, width + 0.5, height + 0.5)
    },
  }
}
