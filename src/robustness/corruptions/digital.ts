/** What processing does: contrast, elastic deformation, coarse pixels, JPEG (Hendrycks & Dietterich 2019). */
import { Image } from '../../image/image.js'
import { loadImage } from '../../image/load.js'
import type { Random } from '../../image/random.js'
import { clipped, eachChannel, gaussianBlur, mirror, reflect, sampled } from './filters.js'

/** Each colour comes closer to its mean. */
export const contrast = (image: Image, left: number): Image =>
  eachChannel(image, ({ data }) => {
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    return data.map((value) => mean + left * (value - mean))
  })

export interface Deformation {
  /** Pixels that a noise of 1 displaces by; it is blurred, and so far smaller. */
  strength: number
  /** Of that blur, in pixels. */
  sigma: number
  /** How far three points of the picture move at most, in pixels. */
  corners: number
}

/** A random affine map of three points, then a random smooth displacement (Simard et al. 2003). */
export function elastic(
  image: Image,
  { strength, sigma, corners }: Deformation,
  random: Random,
): Image {
  const { width, height } = image
  const plane = width * height
  const [middleX, middleY] = [Math.floor(width / 2), Math.floor(height / 2)]
  const reach = Math.floor(Math.min(width, height) / 3)
  const points: Point[] = [
    [middleX + reach, middleY + reach],
    [middleX + reach, middleY - reach],
    [middleX - reach, middleY - reach],
  ]
  const moved = points.map(([x, y]): Point => [
    x + random.uniform(-corners, corners),
    y + random.uniform(-corners, corners),
  ])
  const source = affine(moved, points)
  const [x, y] = [new Float64Array(plane), new Float64Array(plane)]
  for (let i = 0; i < plane; i++)
    [x[i], y[i]] = source([i % width, Math.floor(i / width)]) as [number, number]
  const mapped = eachChannel(image, (grid) => sampled(grid, x, y, mirror))

  const field = (): Float32Array => {
    const data = Float32Array.from({ length: plane }, () => random.uniform(-1, 1))
    return gaussianBlur({ data, width, height }, sigma, reflect, 3)
  }
  const [across, down] = [field(), field()]
  for (let i = 0; i < plane; i++) {
    x[i] = (i % width) + strength * across[i]!
    y[i] = Math.floor(i / width) + strength * down[i]!
  }
  return clipped(eachChannel(mapped, (grid) => sampled(grid, x, y, reflect)))
}

type Point = readonly [x: number, y: number]

/** The affine map that takes three points to three others. */
export function affine(from: readonly Point[], to: readonly Point[]): (point: Point) => Point {
  const [a, b, c] = from as [Point, Point, Point]
  const [p, q, r] = to as [Point, Point, Point]
  const [[ux, uy], [vx, vy]] = [minus(b, a), minus(c, a)]
  const [u, v] = [minus(q, p), minus(r, p)]
  const area = ux * vy - uy * vx
  return ([x, y]) => {
    const [dx, dy] = [x - a[0], y - a[1]]
    const [s, t] = [(dx * vy - dy * vx) / area, (ux * dy - uy * dx) / area]
    return [p[0] + s * u[0] + t * v[0], p[1] + s * u[1] + t * v[1]]
  }
}

const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1]]

/** Shrunk to a share of its sides by the means of boxes, and enlarged again without interpolation. */
export function pixelate(image: Image, share: number): Image {
  const { width, height } = image
  const [columns, rows] = [width, height].map((side) => Math.max(1, Math.floor(side * share))) as [
    number,
    number,
  ]
  const cell = (i: number): number =>
    Math.floor(((Math.floor(i / width) + 0.5) * rows) / height) * columns +
    Math.floor((((i % width) + 0.5) * columns) / width)
  return eachChannel(image, ({ data }) => {
    const [sums, counts] = [new Float64Array(columns * rows), new Float64Array(columns * rows)]
    data.forEach((value, i) => {
      sums[cell(i)]! += value
      counts[cell(i)]!++
    })
    return data.map((_, i) => sums[cell(i)]! / counts[cell(i)]!)
  })
}

/** Encoded as JPEG, and decoded. Its blocks are 8 pixels wide whatever the size of the picture. */
export const jpeg = (image: Image, quality: number): Promise<Image> =>
  loadImage(image.toCanvas().toBuffer('image/jpeg', quality))
