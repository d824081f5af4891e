import { blurPlane } from '../../image/blur.js'
import { checkEvery } from './every.js'
import type { Regulariser } from './regulariser.js'

/**
 * Blurs the image by a Gaussian every few steps, which takes away the fine patterns that gradients prefer (Yosinski
 * et al. 2015: σ 0.5 or 1, every 4 steps; CS231n: σ 0.5, every 10).
 *
 * @param sigma In pixels, above 0.
 * @param options How often.
 * @param options.every Steps from one to the next. Default 4.
 * @throws RangeError for a σ or a number of steps that there cannot be.
 * @example await optimise(net, { of: classScore('wolf'), regularisers: [blurEvery(0.5, { every: 10 })] })
 */
export function blurEvery(sigma: number, { every = 4 }: { every?: number } = {}): Regulariser {
  if (!(sigma > 0 && Number.isFinite(sigma)))
    throw new RangeError(`a blur has a standard deviation above 0 pixels, not ${sigma}`)
  checkEvery(every)
  return {
    key: 'blurEvery()',
    code: `blurEvery(${sigma}, { every: ${every} })`,
    every,
    apply({ pixels, shape: [images, channels, height, width] }) {
      const plane = height * width
      for (let map = 0; map < images * channels; map++) {
        const own = pixels.subarray(map * plane, (map + 1) * plane)
        own.set(blurPlane(own, width, height, sigma))
      }
    },
  }
}
