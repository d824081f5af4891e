import type { Tensor } from '../engine/tensor.js'
import { pictures } from '../attribution/batch.js'
import { colorRange, gradientPercentile } from '../figures/range.js'
import type { Image } from '../image/image.js'
import type { Preprocessing } from '../image/preprocessing.js'

/**
 * Pictures of normalised pixels [N, C, H, W], each with its differences from the mean colour scaled: the 99.5th
 * percentile of their magnitudes becomes two standard deviations of the pictures that the network was trained on,
 * nearly black or white. Yosinski et al.'s code saves its images in this way, by the largest difference.
 */
export function centredContrast({ data, shape }: Tensor, preprocessing: Preprocessing): Image[] {
  const [images = 0] = shape
  const size = data.length / images
  const scaled = new Float32Array(data.length)
  for (let at = 0; at < data.length; at += size) {
    const own = data.subarray(at, at + size)
    const { high } = colorRange(own, 'diverging', gradientPercentile)
    scaled.set(
      own.map((value) => (2 * value) / high),
      at,
    )
  }
  return pictures({ data: scaled, shape: [...shape] }, preprocessing)
}
