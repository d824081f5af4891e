import { Image } from '../../image/image.js'
import type { Defence } from './defence.js'

/**
 * Rounds every colour to fewer levels: feature squeezing (Xu et al. 2018).
 *
 * @param bits 1 to 8; there are 2 to the power of it levels. Default 3.
 * @throws RangeError for any other number.
 * @example viz(net).defences(scenes, { defences: [bitDepth(4)] })
 */
export function bitDepth(bits = 3): Defence {
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= 8))
    throw new RangeError(`a bit depth is a whole number, 1 to 8, not ${bits}`)
  const levels = 2 ** bits - 1
  return {
    name: bits === 1 ? '1 bit' : `${bits} bits`,
    samples: 1,
    apply: ({ width, height, data }) =>
      new Image(
        width,
        height,
        data.map((value) => Math.round(value * levels) / levels),
      ),
  }
}
