import type { Regulariser } from './regulariser.js'

/**
 * Keeps normalised pixels between −limit and limit after a step, until a number of steps is done: CS231n's style
 * transfer does so with 1.5, until step 190 of 200.
 *
 * @param limit Above 0.
 * @param options How long.
 * @param options.until Steps, or a share of them below 1. Default: all.
 * @throws RangeError for a limit, or an end, that is not above 0.
 * @example await optimise(net, { of, direction: 'descend', image: pixels({ range: 'free' }), regularisers: [clamp(1.5)] })
 */
export function clamp(limit: number, { until = Infinity }: { until?: number } = {}): Regulariser {
  if (!(limit > 0) || !(until > 0))
    throw new RangeError(`a limit and its end are above 0, not ${limit} and ${until}`)
  // float32's largest: no limit.
  const none = 3e38
  return {
    key: 'clamp()',
    code: `clamp(${limit}${until < Infinity ? `, { until: ${until} }` : ''})`,
    numbers: (step, steps) => [step + 1 < (until < 1 ? until * steps : until) ? limit : none],
    build: (b, pixels, [bound]) => {
      const low = b.add('Neg', [bound!])
      return b.add('Min', [b.add('Max', [pixels, low]), bound!])
    },
  }
}
