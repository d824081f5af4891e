import { Image } from './image.js'

/**
 * A rectangle of an image, its top left corner at (x, y).
 *
 * @throws RangeError when the rectangle does not lie within the image.
 */
export function crop(image: Image, x: number, y: number, width: number, height: number): Image {
  const inside = x >= 0 && y >= 0 && x + width <= image.width && y + height <= image.height
  if (!inside || ![x, y, width, height].every(Number.isInteger))
    throw new RangeError(
      `a crop of ${width}×${height} at (${x}, ${y}) does not lie within ${image.toString()}`,
    )
  const cropped = new Image(width, height)
  for (let c = 0; c < 3; c++)
    for (let row = 0; row < height; row++) {
      const start = (c * image.height + y + row) * image.width + x
      cropped.data.set(image.data.subarray(start, start + width), (c * height + row) * width)
    }
  return cropped
}

/**
 * The middle of an image, at torchvision's offsets: half of what is left over, a half rounded to
 * the nearest even number.
 *
 * @throws RangeError when the image is smaller than the crop.
 */
export function centerCrop(image: Image, width: number, height: number): Image {
  const x = roundHalfEven((image.width - width) / 2)
  const y = roundHalfEven((image.height - height) / 2)
  return crop(image, x, y, width, height)
}

/** Python's `round`. */
function roundHalfEven(x: number): number {
  const rounded = Math.round(x)
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}
