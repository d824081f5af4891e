import type { Preprocessing } from '../../image/preprocessing.js'
import {
  channelsOf,
  logitsOf,
  mapChannels,
  normalisedSigmoids,
  type Parametrisation,
  perChannel,
} from './parametrisation.js'

export interface PixelsOptions {
  /**
   * What a pixel's number means, and so how far a step goes and what a norm is: 'normalised' (default), as the
   * network takes them; 'bytes', of 255, less the mean colour, as Caffe does. In both, 0 is the mean colour.
   */
  units?: 'normalised' | 'bytes'
  /**
   * How colours are kept between black and white: 'clamp' (default) after each step; 'sigmoid', pixels being
   * sigmoids of the numbers; or 'free', not at all, as the early papers do.
   */
  range?: 'clamp' | 'sigmoid' | 'free'
}

/**
 * An image made of pixels.
 *
 * @throws RangeError for units or a range that there are not, and for sigmoids of bytes.
 * @example await optimise(net, { of: classScore('wolf'), image: pixels({ range: 'sigmoid' }) })
 */
export function pixels(options: PixelsOptions = {}): Parametrisation {
  const { units = 'normalised', range = 'clamp' } = options
  if (!['normalised', 'bytes'].includes(units))
    throw new RangeError(`pixels are 'normalised' or 'bytes', not '${String(units)}'`)
  if (!['clamp', 'sigmoid', 'free'].includes(range))
    throw new RangeError(`pixels are kept in range by 'clamp', 'sigmoid' or 'free', not '${range}'`)
  if (range === 'sigmoid') {
    if (units !== 'normalised') throw new RangeError('sigmoids have no units: leave them out')
    return sigmoids
  }
  const scalesOf = (preprocessing: Preprocessing, channels: number): number[] =>
    channelsOf(preprocessing, channels).map(({ std }) => (units === 'bytes' ? 255 * std : 1))
  const code = `pixels({ units: '${units}', range: '${range}' })`
  return {
    key: code,
    code,
    isPixels: true,
    start: 'mean',
    encode(picture, preprocessing) {
      const scales = scalesOf(preprocessing, picture.shape[1]!)
      return mapChannels(picture, (value, c) => value * scales[c]!)
    },
    decode(b, numbers, [, channels], preprocessing) {
      if (units === 'normalised') return numbers
      const factors = scalesOf(preprocessing, channels).map((scale) => 1 / scale)
      return b.add('Mul', [numbers, perChannel(b, factors)])
    },
    confine:
      range === 'free'
        ? undefined
        : (b, numbers, preprocessing) => {
            const channels = Number(b.shape(numbers)[1])
            const scales = scalesOf(preprocessing, channels)
            const bounds = (colour: number): string =>
              perChannel(
                b,
                channelsOf(preprocessing, channels).map(
                  ({ mean, std }, c) => ((colour - mean) / std) * scales[c]!,
                ),
              )
            return b.add('Max', [b.add('Min', [numbers, bounds(1)]), bounds(0)])
          },
  }
}

/** Colours come as near to black and white as they like, and never pass them. */
const sigmoids: Parametrisation = {
  key: "pixels({ range: 'sigmoid' })",
  code: "pixels({ range: 'sigmoid' })",
  isPixels: false,
  start: 'mean',
  encode: logitsOf,
  decode: (b, numbers, _, preprocessing) => normalisedSigmoids(b, numbers, preprocessing),
}
