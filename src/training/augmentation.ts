/** Random changes to training images that leave their class as it is. */
import { Image } from '../image/image.js'
import type { Random } from '../image/random.js'

export interface Augmentation {
  /** The furthest shift in either direction, as a share of the image's side; edges are repeated. Default 0. */
  shift?: number
  /** Whether half of the images are mirrored. Default false. */
  flip?: boolean
  /** The smallest share of the area that is cut out and enlarged, above 0 to 1. Default 1: all of it. */
  crop?: number
  /** How far brightness, contrast and saturation vary, each by a factor in [1 − c, 1 + c]. Default 0. */
  colour?: number
}

/**
 * Checks what an augmentation is told.
 *
 * @throws RangeError for numbers out of range, saying which.
 */
export function checkAugmentation({ shift = 0, crop = 1, colour = 0 }: Augmentation): void {
  if (!(shift >= 0 && shift <= 1))
    throw new RangeError(`shift is a share from 0 to 1, not ${shift}`)
  if (!(crop > 0 && crop <= 1)) throw new RangeError(`crop is a share above 0 to 1, not ${crop}`)
  if (!(colour >= 0 && colour <= 1)) throw new RangeError(`colour is from 0 to 1, not ${colour}`)
}

/** One image, changed by chance: the same stream of random numbers gives the same change. */
export function augment(image: Image, options: Augmentation, random: Random): Image {
  const { shift = 0, flip = false, crop = 1, colour = 0 } = options
  const { width, height } = image
  const mirrored = flip && random.uniform() < 0.5
  const scale = Math.sqrt(random.uniform(crop, 1))
  const room = (1 - scale) / 2
  const [down, across] = [0, 1].map(() => random.uniform(-room - shift, room + shift)) as [
    number,
    number,
  ]
  const moved =
    mirrored || scale < 1 || shift > 0
      ? resampled(
          image,
          { scale: mirrored ? -scale : scale, offset: across * width },
          { scale, offset: down * height },
        )
      : image
  if (colour === 0) return moved
  const factor = (): number => random.uniform(1 - colour, 1 + colour)
  return recoloured(moved, factor(), factor(), factor())
}

/** Where along one axis the pixels come from: offset + scale · (distance from the middle). */
interface Line {
  scale: number
  offset: number
}

/** Bilinear; beyond the edge is what is at the edge. */
function resampled(image: Image, across: Line, down: Line): Image {
  const { width, height, data } = image
  const columns = sources(across, width)
  const rows = sources(down, height)
  const result = new Float32Array(data.length)
  const plane = width * height
  for (let c = 0, i = 0; c < 3; c++)
    for (let y = 0; y < height; y++) {
      const top = c * plane + rows.first[y]! * width
      const bottom = c * plane + rows.second[y]! * width
      const v = rows.weight[y]!
      for (let x = 0; x < width; x++, i++) {
        const [left, right, u] = [columns.first[x]!, columns.second[x]!, columns.weight[x]!]
        const above = data[top + left]! + u * (data[top + right]! - data[top + left]!)
        const below = data[bottom + left]! + u * (data[bottom + right]! - data[bottom + left]!)
        result[i] = above + v * (below - above)
      }
    }
  return new Image(width, height, result)
}

function sources(
  { scale, offset }: Line,
  size: number,
): { first: Int32Array; second: Int32Array; weight: Float32Array } {
  const middle = (size - 1) / 2
  const first = new Int32Array(size)
  const second = new Int32Array(size)
  const weight = new Float32Array(size)
  for (let i = 0; i < size; i++) {
    const at = Math.min(size - 1, Math.max(0, middle + offset + scale * (i - middle)))
    first[i] = Math.floor(at)
    second[i] = Math.min(size - 1, first[i]! + 1)
    weight[i] = at - first[i]!
  }
  return { first, second, weight }
}

/** Luma by ITU-R 601, as saturation and contrast are usually taken. */
const LUMA = [0.299, 0.587, 0.114] as const

function recoloured(image: Image, brightness: number, contrast: number, saturation: number): Image {
  const { width, height, data } = image
  const plane = width * height
  const result = new Float32Array(data.length)
  let mean = 0
  for (let i = 0; i < plane; i++) mean += grey(data, i, plane)
  mean *= brightness / plane
  for (let i = 0; i < plane; i++) {
    const luma = grey(data, i, plane)
    for (let c = 0; c < 3; c++) {
      const saturated = luma + saturation * (data[c * plane + i]! - luma)
      const value = mean + contrast * (brightness * saturated - mean)
      result[c * plane + i] = Math.min(1, Math.max(0, value))
    }
  }
  return new Image(width, height, result)
}

const grey = (data: Float32Array, i: number, plane: number): number =>
  LUMA[0] * data[i]! + LUMA[1] * data[i + plane]! + LUMA[2] * data[i + 2 * plane]!
