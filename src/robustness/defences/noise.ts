import { Image } from '../../image/image.js'
import { positive, wholeNumber } from '../../options.js'
import { clip, PIXELS } from '../attacks/problem.js'
import type { Defence } from './defence.js'

/**
 * Averages what the network says of noisy copies: randomised smoothing (Cohen et al. 2019), with the mean of the
 * probabilities in place of a vote.
 *
 * @param sigma Standard deviation of the noise, for pixels in [0, 1]. Default 0.05.
 * @param samples How many copies. Default 16.
 * @throws RangeError where either is not above 0.
 * @example viz(net).defences(scenes, { defences: [noiseAveraging(0.1)] })
 */
export function noiseAveraging(sigma = 0.05, samples = 16): Defence {
  positive('the deviation of the noise', sigma)
  wholeNumber('samples', samples)
  return {
    name: `noise σ ${sigma}, ${samples} copies`,
    samples,
    apply(image, random) {
      const data = image.data.map((value) => value + random.normal(0, sigma))
      clip(data, PIXELS)
      return new Image(image.width, image.height, data)
    },
  }
}
