/** What stands for the absence of a picture, or of a part of it. */
import { createHash } from 'node:crypto'
import type { Tensor } from '../engine/tensor.js'
import { blurPlane } from '../image/blur.js'
import { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { pixelsOf } from './question.js'

const shades = { black: 0, grey: 0.5, white: 1 } as const

/**
 * The picture that stands for nothing:
 *
 * - a number: every value of the network's *normalised* input. 0, Captum's default, is the mean colour of
 *   the training pictures where the preprocessing subtracts it, a grey, and black where it does not;
 * - 'black', 'grey' or 'white': that colour of the picture, whatever the preprocessing;
 * - 'mean': the mean colour of the image itself;
 * - 'blur': the image itself blurred, σ 10 pixels where its shorter side has 224 (Fong & Vedaldi 2017);
 * - any image, or normalised pixels, for all images or one for each.
 */
export type Baseline = number | keyof typeof shades | 'mean' | 'blur' | Image | Tensor

/**
 * The baseline of each image, in the shape of the images.
 *
 * @param pixels Normalised, [N, C, H, W].
 * @throws RangeError for an unknown baseline, and for one of another shape or that is not finite.
 */
export function baselinePixels(net: Network, pixels: Tensor, baseline: Baseline): Tensor {
  const { data, shape } = pixels
  const [, channels, height, width] = shape as [number, number, number, number]
  const plane = height * width
  const eachPlane = (make: (pixels: Float32Array, channel: number) => number | Float32Array) => {
    const made = new Float32Array(data.length)
    for (let start = 0; start < data.length; start += plane) {
      const values = make(data.subarray(start, start + plane), (start / plane) % channels)
      if (typeof values === 'number') made.fill(values, start, start + plane)
      else made.set(values, start)
    }
    return { data: made, shape }
  }

  if (typeof baseline === 'object') return matching(pixelsOf(net, baseline), shape)
  if (typeof baseline === 'number') {
    if (Number.isFinite(baseline)) return eachPlane(() => baseline)
    throw new RangeError(`a baseline is a finite number, not ${baseline}`)
  }
  if (baseline === 'mean')
    return eachPlane((values) => values.reduce((sum, value) => sum + value, 0) / plane)
  if (baseline === 'blur') {
    const sigma = (10 / 224) * Math.min(height, width)
    return eachPlane((values) => blurPlane(values, width, height, sigma))
  }
  if (Object.hasOwn(shades, baseline)) {
    const { mean, std } = net.preprocessing
    return eachPlane((_, c) => (shades[baseline] - (mean[c] ?? mean[0])) / (std[c] ?? std[0]))
  }
  const known = [...Object.keys(shades), 'mean', 'blur'].join("', '")
  throw new RangeError(
    `no baseline '${String(baseline)}'; it is a number, '${known}', an image or normalised pixels`,
  )
}

/** A baseline for each image, or one for all of them. */
function matching(baseline: Tensor, shape: readonly number[]): Tensor {
  const [count, ...rest] = shape as [number, ...number[]]
  const [given, ...each] = baseline.shape
  if (each.join() !== rest.join() || !(given === count || given === 1))
    throw new RangeError(
      `a baseline has the shape of the input, [${shape.join(', ')}], not [${baseline.shape.join(', ')}]`,
    )
  if (given === count) return baseline
  const data = new Float32Array(count * baseline.data.length)
  for (let i = 0; i < count; i++) data.set(baseline.data, i * baseline.data.length)
  return { data, shape: [...shape] }
}

/** For provenance. */
export function baselineParameter(baseline: Baseline, pixels: Tensor): number | string {
  if (typeof baseline !== 'object') return baseline
  return `pixels, SHA-256 ${createHash('sha256').update(pixels.data).digest('hex')}`
}

/** For captions. */
export function baselineName(baseline: Baseline): string {
  if (typeof baseline === 'object') return 'a picture of its own'
  if (baseline === 'mean') return "the image's mean colour"
  if (baseline === 'blur') return 'the image blurred'
  return typeof baseline === 'number' ? `${baseline} in normalised pixels` : baseline
}
