import type { Regulariser } from './regulariser.js'

/**
 * L2 decay: after every step x ← (1 − d)x, towards the mean colour (Yosinski et al. 2015). The same pull as the
 * penalty λ‖x‖² (Simonyan et al. 2014), whatever the step's length.
 *
 * @param share d, from 0 up to 1.
 * @throws RangeError for any other.
 * @example await optimise(net, { of: classScore('wolf'), regularisers: [decay(0.01)] })
 */
export function decay(share: number): Regulariser {
  if (!(share >= 0 && share < 1)) throw new RangeError(`decay is a share in [0, 1), not ${share}`)
  return {
    key: `decay(${share})`,
    code: `decay(${share})`,
    build: (b, pixels) => b.add('Mul', [pixels, b.scalar(1 - share)]),
  }
}
