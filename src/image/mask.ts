/** Which pixels of a picture show an object. */
import { Image } from './image.js'
import { type Preprocessing, view } from './preprocessing.js'

/**
 * A mask as a network sees its picture: resized and cropped alike.
 *
 * @param mask What is not 0 counts; row by row at the size of the image.
 * @returns 1 or 0 for each pixel of the network's input.
 * @throws RangeError for a mask of another size.
 */
export function viewMask(
  mask: ArrayLike<number>,
  image: Image,
  preprocessing: Preprocessing,
): Uint8Array {
  const { width, height } = image
  const plane = width * height
  if (mask.length !== plane)
    throw new RangeError(`a mask of ${mask.length} pixels does not fit an ${image.toString()}`)
  const white = Float32Array.from({ length: 3 * plane }, (_, i) => (mask[i % plane] ? 1 : 0))
  const seen = view(new Image(width, height, white), preprocessing)
  return Uint8Array.from(seen.data.subarray(0, seen.width * seen.height), (v) => Number(v >= 0.5))
}
