import { jpeg as reencoded } from '../corruptions/digital.js'
import type { Defence } from './defence.js'

/**
 * Saves the picture as a JPEG file and reads it again: fine noise does not survive (Guo et al. 2018).
 *
 * @param quality 1 to 100. Default 50.
 * @throws RangeError for any other quality.
 * @example viz(net).defences(scenes, { defences: [jpeg(75)] })
 */
export function jpeg(quality = 50): Defence {
  if (!(quality >= 1 && quality <= 100))
    throw new RangeError(`the quality of a JPEG file is 1 to 100, not ${quality}`)
  return {
    name: `JPEG, quality ${quality}`,
    samples: 1,
    apply: (image) => reencoded(image, quality),
  }
}
