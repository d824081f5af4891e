/** Blur: out of focus, through frosted glass, in motion, while zooming (Hendrycks & Dietterich 2019). */
import { Image } from '../../image/image.js'
import type { Random } from '../../image/random.js'
import {
  eachChannel,
  filtered,
  gaussianBlur,
  type Grid,
  mirror,
  nearest,
  zoomed,
} from './filters.js'

/** A lens out of focus: every point becomes a disk. */
export function defocusBlur(image: Image, radius: number, edge: number): Image {
  const kernel = diskKernel(radius, edge)
  return eachChannel(image, (plane) => filtered(plane, kernel, mirror))
}

/** A disk whose weights add up to 1, its edge softened by a Gaussian of σ `edge` over 3 (above radius 8, 5) pixels. */
export function diskKernel(radius: number, edge: number): Float64Array {
  const soft = radius <= 8 ? 1 : 2
  const reach = Math.ceil(radius) + soft
  const side = 2 * reach + 1
  const at = (i: number): [x: number, y: number] => [
    (i % side) - reach,
    Math.floor(i / side) - reach,
  ]
  const disk = Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = at(i)
    return x * x + y * y <= radius * radius ? 1 : 0
  })
  const softened = gaussianBlur(
    { data: disk, width: side, height: side },
    edge,
    nearest,
    soft / edge,
  )
  const sum = softened.reduce((a, b) => a + b)
  return Float64Array.from(softened, (weight) => weight / sum)
}

/**
 * Frosted glass: blurred, its pixels swapped with others close by, and blurred again. In a smaller picture (scale
 * below 1) pixels move by the same random numbers, scaled, and rounded up or down by chance.
 *
 * In the authors' code the swap overwrites one of the two pixels with the other, since both are views of one
 * array; here they are swapped, as the paper has it.
 */
export function glassBlur(
  image: Image,
  { sigma, reach, rounds, scale }: { sigma: number; reach: number; rounds: number; scale: number },
  random: Random,
): Image {
  const blur = (picture: Image): Image =>
    eachChannel(picture, (plane) => gaussianBlur(plane, sigma * scale, nearest, 4))
  const { width, height, data } = blur(image)
  const plane = width * height
  const margin = Math.ceil(reach * scale)
  const move = (): number =>
    Math.floor((random.integer(2 * reach) - reach) * scale + random.uniform())
  for (let round = 0; round < rounds; round++)
    for (let y = height - margin - 1; y >= margin; y--)
      for (let x = width - margin - 1; x >= margin; x--) {
        const here = y * width + x
        const there = here + move() + move() * width
        for (let at = 0; at < 3 * plane; at += plane) {
          const value = data[here + at]!
          data[here + at] = data[there + at]!
          data[there + at] = value
        }
      }
  return blur(new Image(width, height, data))
}

/** How the camera moved: half the length of the trail, σ of its fading, and its direction in radians. */
export interface Motion {
  radius: number
  sigma: number
  angle: number
}

/** A camera in motion. */
export const motionBlur = (image: Image, motion: Motion): Image =>
  eachChannel(image, (plane) => trailed(plane, motion))

/**
 * Every value becomes the mean of those along a line that begins at it, weighted by the falling half of a
 * Gaussian; the edge is repeated. The authors use ImageMagick's motion blur, which takes the nearest pixels
 * where this interpolates.
 */
export const trailed = (plane: Grid, motion: Motion): Float32Array =>
  filtered(plane, trailKernel(motion), nearest)

/** The weights of the line as a square kernel; between pixels they are shared out bilinearly. */
function trailKernel({ radius, sigma, angle }: Motion): Float64Array {
  const length = Math.round(2 * radius)
  const side = 2 * length + 3
  const kernel = new Float64Array(side * side)
  for (let step = 0; step <= length; step++) {
    const weight = Math.exp(-0.5 * (step / sigma) ** 2)
    const [x, y] = [step * Math.cos(angle), step * Math.sin(angle)]
    const [left, top] = [Math.floor(x), Math.floor(y)]
    const [u, v] = [x - left, y - top]
    const at = (top + length + 1) * side + left + length + 1
    kernel[at]! += weight * (1 - u) * (1 - v)
    kernel[at + 1]! += weight * u * (1 - v)
    kernel[at + side]! += weight * (1 - u) * v
    kernel[at + side + 1]! += weight * u * v
  }
  const sum = kernel.reduce((a, b) => a + b)
  return kernel.map((weight) => weight / sum)
}

/** Moving closer: the mean of the picture and of it enlarged by 1, 1 + step, … below `end`. */
export function zoomBlur(image: Image, end: number, step: number): Image {
  const factors = Array.from({ length: Math.ceil((end - 1) / step) }, (_, i) => 1 + i * step)
  return eachChannel(image, (plane) => {
    const sum = Float64Array.from(plane.data)
    for (const factor of factors) {
      const enlarged = zoomed(plane, factor)
      for (let i = 0; i < sum.length; i++) sum[i]! += enlarged[i]!
    }
    return Float32Array.from(sum, (value) => value / (factors.length + 1))
  })
}
