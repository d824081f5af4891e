/** Pictures of two runs, by their pixels. */
import { createCanvas, loadImage } from 'canvas'

/**
 * The root mean square of the differences of their pixels' four channels, as a share of the range: 0 for equal
 * pictures, 1 for black and transparent white, ∞ where the sizes differ.
 *
 * @param a A PNG or JPEG file in base64.
 * @throws Error where one is no picture.
 */
export async function pictureDifference(a: string, b: string): Promise<number> {
  if (a === b) return 0
  const [left, right] = await Promise.all([pixels(a), pixels(b)])
  if (left.width !== right.width || left.height !== right.height) return Infinity
  let squares = 0
  for (let i = 0; i < left.data.length; i++) squares += (left.data[i]! - right.data[i]!) ** 2
  return Math.sqrt(squares / left.data.length) / 255
}

async function pixels(base64: string) {
  const image = await loadImage(Buffer.from(base64, 'base64'))
  const context = createCanvas(image.width, image.height).getContext('2d')
  context.drawImage(image, 0, 0)
  return context.getImageData(0, 0, image.width, image.height)
}
