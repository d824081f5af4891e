import { Image } from './image.js'

/** How new pixels are made of old ones. */
export type Filter = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos'

export interface ResizeOptions {
  /** Default 'bilinear'. */
  filter?: Filter
  /**
   * Whether the filter widens with the scale when the picture shrinks, so that every old pixel
   * counts and none aliases. Default true. Without it, pixels are interpolated between their
   * nearest neighbours whatever the scale, edges repeated outwards.
   */
  antialias?: boolean
}

interface Kernel {
  /** The kernel is zero beyond this distance, in pixels of the coarser of both pictures. */
  radius: number
  weight: (distance: number) => number
}

const kernels: Record<Exclude<Filter, 'nearest'>, (antialias: boolean) => Kernel> = {
  bilinear: () => ({ radius: 1, weight: (x) => 1 - Math.abs(x) }),
  // Keys 1981. As in PyTorch: a = −½, the exact one, when antialiased (as in Pillow), else −¾.
  bicubic: (antialias) => ({
    radius: 2,
    weight: (x) => keys(Math.abs(x), antialias ? -0.5 : -0.75),
  }),
  lanczos: () => ({ radius: 3, weight: (x) => sinc(x) * sinc(x / 3) }),
}

const keys = (x: number, a: number): number =>
  x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** The old pixels that one new pixel is made of: weights of `start`, `start + 1`, … */
interface Taps {
  start: number
  weights: Float64Array
}

/**
 * Where each of `to` new pixels lies among `from` old ones and what it takes from each. Pixel
 * centres lie at half-integers, so the corners of both pictures coincide (align_corners = false).
 */
function tapsAlong(from: number, to: number, filter: Filter, antialias: boolean): Taps[] {
  const scale = from / to
  if (filter === 'nearest')
    return Array.from({ length: to }, (_, i) => ({
      start: Math.min(from - 1, Math.floor((i + 0.5) * scale)),
      weights: Float64Array.of(1),
    }))

  const { radius, weight } = kernels[filter](antialias)
  const stretch = antialias ? Math.max(1, scale) : 1
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale
    const first = Math.floor(centre - radius * stretch + 0.5)
    const last = Math.ceil(centre + radius * stretch - 0.5) - 1
    const start = clamp(first, 0, from - 1)
    const weights = new Float64Array(clamp(last, 0, from - 1) - start + 1)
    let sum = 0
    for (let j = first; j <= last; j++) {
      const inside = clamp(j, 0, from - 1)
      // The antialiasing filter ends at the picture's edge; plain interpolation repeats the edge.
      if (antialias && j !== inside) continue
      const w = weight((j + 0.5 - centre) / stretch)
      weights[inside - start] = (weights[inside - start] ?? 0) + w
      sum += w
    }
    return { start, weights: weights.map((w) => w / sum) }
  })
}

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x))

/**
 * Resizes one plane of numbers, such as a Grad-CAM map: a filter along the rows, then one along the
 * columns, in floating point throughout. Agrees with PyTorch's `interpolate(…, antialias=…,
 * align_corners=False)`, 'nearest' with its 'nearest-exact', and with Pillow up to its rounding.
 *
 * @param data rows of `width` numbers, `height` of them
 * @returns rows of `newWidth` numbers, `newHeight` of them; 'bicubic' and 'lanczos' may overshoot
 * the range of the data
 * @throws RangeError when the sides are not whole and positive or do not belong to the data
 * @example resizePlane(map, 13, 13, 224, 224)
 */
export function resizePlane(
  data: Float32Array,
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
  options: ResizeOptions = {},
): Float32Array {
  const { filter = 'bilinear', antialias = true } = options
  if (filter !== 'nearest' && !Object.hasOwn(kernels, filter))
    throw new RangeError(
      `unknown filter '${String(filter)}'; use one of nearest, ${Object.keys(kernels).join(', ')}`,
    )
  for (const side of [width, height, newWidth, newHeight])
    if (!Number.isInteger(side) || side < 1)
      throw new RangeError(
        `cannot resize ${width}×${height} to ${newWidth}×${newHeight}: sides are whole and positive`,
      )
  if (data.length !== width * height)
    throw new RangeError(`a plane of ${width}×${height} does not hold ${data.length} numbers`)

  const columns = tapsAlong(width, newWidth, filter, antialias)
  const rows = tapsAlong(height, newHeight, filter, antialias)

  const wide = new Float32Array(newWidth * height)
  for (let y = 0; y < height; y++)
    columns.forEach(({ start, weights }, x) => {
      let sum = 0
      const offset = y * width + start
      for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * (data[offset + k] ?? 0)
      wide[y * newWidth + x] = sum
    })

  const resized = new Float32Array(newWidth * newHeight)
  const sums = new Float64Array(newWidth)
  rows.forEach(({ start, weights }, y) => {
    sums.fill(0)
    weights.forEach((weight, k) => {
      const offset = (start + k) * newWidth
      for (let x = 0; x < newWidth; x++) sums[x] = (sums[x] ?? 0) + weight * (wide[offset + x] ?? 0)
    })
    resized.set(sums, y * newWidth)
  })
  return resized
}

/**
 * Resizes an image to exactly `width` × `height`, whatever its proportions, as torchvision and
 * Pillow do. Overshoots of the sharper filters are clipped to [0, 1].
 *
 * @throws RangeError when a side is not whole and positive or the filter is unknown
 * @example resize(photo, 224, 224, { filter: 'bicubic' })
 */
export function resize(
  image: Image,
  width: number,
  height: number,
  options: ResizeOptions = {},
): Image {
  const resized = new Image(width, height)
  const [from, to] = [image.width * image.height, width * height]
  for (let c = 0; c < 3; c++) {
    const plane = image.data.subarray(c * from, (c + 1) * from)
    resized.data.set(resizePlane(plane, image.width, image.height, width, height, options), c * to)
  }
  if (options.filter === 'bicubic' || options.filter === 'lanczos')
    resized.data.forEach((value, i) => (resized.data[i] = clamp(value, 0, 1)))
  return resized
}

/**
 * Resizes an image so that its shorter side has `size` pixels, proportions kept. The longer side is
 * rounded down, as torchvision's `Resize(size)` does.
 */
export function resizeShortestSide(image: Image, size: number, options: ResizeOptions = {}): Image {
  const { width, height } = image
  const short = Math.min(width, height)
  if (short === size) return image
  const long = Math.floor((size * Math.max(width, height)) / short)
  return width <= height ? resize(image, size, long, options) : resize(image, long, size, options)
}
