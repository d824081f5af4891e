/** Pictures whose objects have lost their background, and backgrounds without their object. */
import { Image } from '../../image/image.js'

/** A picture and the pixels of its object: 1 on it, else 0. */
export interface Masked {
  image: Image
  mask: ArrayLike<number>
}

/** The object alone, on one colour. */
export const objectAlone = ({ image, mask }: Masked, colour: readonly number[]): Image =>
  composed(image, mask, (c) => colour[c] ?? colour[0]!)

/** The object on the background of another picture of the same size. */
export function onBackground({ image, mask }: Masked, background: Image): Image {
  if (background.width !== image.width || background.height !== image.height)
    throw new RangeError(`${background.toString()} is no background for an ${image.toString()}`)
  const plane = mask.length
  return composed(image, mask, (c, i) => background.data[c * plane + i]!)
}

/**
 * The background alone: the smallest rectangle around the object is filled with the largest rectangle beside it,
 * repeated by reflection, so that not even the outline remains (Only-BG-T of Xiao et al. 2021).
 *
 * @returns Undefined where the object reaches from edge to edge in both directions: there is nothing to repeat.
 */
export function backgroundAlone({ image, mask }: Masked): Image | undefined {
  const { width, height } = image
  const box = boundingBox(mask, width, height)
  if (!box) return image
  const { left, top, right, bottom } = box
  const sides = [
    { x: 0, y: 0, w: left, h: height },
    { x: right, y: 0, w: width - right, h: height },
    { x: 0, y: 0, w: width, h: top },
    { x: 0, y: bottom, w: width, h: height - bottom },
  ]
  const from = sides.reduce((a, b) => (b.w * b.h > a.w * a.h ? b : a))
  if (from.w * from.h === 0) return undefined
  const filled = new Image(width, height, image.data.slice())
  const plane = width * height
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const source = reflected(y, from.y, from.h) * width + reflected(x, from.x, from.w)
      for (let c = 0; c < 3 * plane; c += plane)
        filled.data[c + y * width + x] = image.data[c + source]!
    }
  return filled
}

/** A place within [start, start + length), reflected at its ends as often as it takes. */
function reflected(at: number, start: number, length: number): number {
  const there = (((at - start) % (2 * length)) + 2 * length) % (2 * length)
  return start + (there < length ? there : 2 * length - 1 - there)
}

/** The smallest rectangle around a mask, `right` and `bottom` exclusive; undefined where the mask is empty. */
function boundingBox(mask: ArrayLike<number>, width: number, height: number) {
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (!mask[i]) continue
      left = Math.min(left, x)
      top = Math.min(top, y)
      right = Math.max(right, x + 1)
      bottom = y + 1
    }
  return right > 0 ? { left, top, right, bottom } : undefined
}

function composed(
  { data, width, height }: Image,
  mask: ArrayLike<number>,
  outside: (channel: number, pixel: number) => number,
): Image {
  const plane = width * height
  if (mask.length !== plane)
    throw new RangeError(`a mask of ${mask.length} pixels does not fit ${width}×${height}`)
  const made = Float32Array.from(data, (value, at) => {
    const i = at % plane
    return mask[i] ? value : outside((at - i) / plane, i)
  })
  return new Image(width, height, made)
}
