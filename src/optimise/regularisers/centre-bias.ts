import type { Regulariser } from './regulariser.js'

export interface CentreBiasOptions {
  /** σ of the window at first, in halves of the picture's shorter side. Default 0.3. */
  from?: number
  /** And at the end of its growth. Default 2: nearly all of the picture. */
  to?: number
  /** The share of the steps over which it grows. Default 0.8. */
  over?: number
}

/**
 * Centre bias: gradients count in the middle first, and then farther and farther out, so that one object grows
 * instead of many at once (Nguyen, Yosinski & Clune 2016). The window is a Gaussian whose σ grows geometrically;
 * the paper enlarges the picture in stages instead.
 *
 * @throws RangeError where 0 < from ≤ to or 0 < over ≤ 1 does not hold.
 * @example await optimise(net, { of: classScore('wolf'), regularisers: [centreBias()] })
 */
export function centreBias(options: CentreBiasOptions = {}): Regulariser {
  const { from = 0.3, to = 2, over = 0.8 } = options
  if (!(from > 0 && to >= from && Number.isFinite(to)))
    throw new RangeError(`the window grows from above 0, not from ${from} to ${to}`)
  if (!(over > 0 && over <= 1))
    throw new RangeError(`the window grows over a share of the steps, not over ${over}`)
  return {
    key: 'centreBias()',
    code: `centreBias({ from: ${from}, to: ${to}, over: ${over} })`,
    mask(step, steps, height, width) {
      const grown = Math.min(1, step / Math.max(1, over * (steps - 1)))
      const sigma = (from * (to / from) ** grown * Math.min(height, width)) / 2
      const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2]
      return Float32Array.from({ length: height * width }, (_, i) => {
        const [y, x] = [Math.floor(i / width) - middleY, (i % width) - middleX]
        return Math.exp((-0.5 * (x * x + y * y)) / sigma ** 2)
      })
    },
  }
}
