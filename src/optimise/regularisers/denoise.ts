import { checkDenoise, type DenoiseOptions, denoisePlane } from '../../image/denoise.js'
import { type Rate, rateAt, rateCode } from '../optimisers/optimiser.js'
import { checkEvery } from './every.js'
import type { Regulariser } from './regulariser.js'

/**
 * Total variation denoising of each colour after a step ({@link denoisePlane}): flat parts become flatter, and edges
 * stay, where a blur takes both (Nguyen, Yosinski & Clune 2016, whose weights are for `pixels({ units: 'bytes' })`).
 *
 * @param weight The smaller, the smoother; a number above 0, or a function of the step and of how many there are.
 *   In units of the image's numbers: for pixels of another scale, which is s times as large, it is 1/s of it.
 * @param options How often, and of {@link DenoiseOptions}.
 * @param options.every Steps from one to the next. Default 1.
 * @throws RangeError for a weight that is not above 0, when it is used if it is a function; and for iterations, a
 *   tolerance or a number of steps that there cannot be.
 * @example await optimise(net, { of: classScore('wolf'), regularisers: [denoise(10)] })
 */
export function denoise(
  weight: Rate,
  { every = 1, ...options }: { every?: number } & DenoiseOptions = {},
): Regulariser {
  checkEvery(every)
  checkDenoise(typeof weight === 'number' ? weight : 1, options)
  const told = { ...(every !== 1 && { every }), ...options }
  const more = Object.entries(told).map(([name, value]) => `${name}: ${value}`)
  return {
    key: 'denoise()',
    code: `denoise(${rateCode(weight)}${more.length > 0 ? `, { ${more.join(', ')} }` : ''})`,
    every,
    apply({ pixels, shape: [images, channels, height, width], step, steps }) {
      const now = rateAt(weight, step, steps)
      const plane = height * width
      for (let map = 0; map < images * channels; map++) {
        const own = pixels.subarray(map * plane, (map + 1) * plane)
        own.set(denoisePlane(own, width, height, now, options))
      }
    },
  }
}
