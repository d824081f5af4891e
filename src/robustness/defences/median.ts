import { Image } from '../../image/image.js'
import type { Defence } from './defence.js'

/**
 * Every colour becomes the median of its neighbourhood: feature squeezing (Xu et al. 2018). At the edges the
 * picture is mirrored.
 *
 * @param side Of the neighbourhood in pixels, odd. Default 3.
 * @throws RangeError for a side that is no odd number, 3 or more.
 * @example viz(net).defences(scenes, { defences: [medianFilter(5)] })
 */
export function medianFilter(side = 3): Defence {
  if (!(Number.isInteger(side) && side >= 3 && side % 2 === 1))
    throw new RangeError(`the side of a median filter is an odd number, 3 or more, not ${side}`)
  return {
    name: `median ${side}×${side}`,
    samples: 1,
    apply: (image) => filtered(image, (side - 1) / 2),
  }
}

function filtered({ width, height, data }: Image, reach: number): Image {
  const image = new Image(width, height)
  const plane = width * height
  const rows = mirroredPlaces(height, reach)
  const columns = mirroredPlaces(width, reach)
  const window = new Float32Array((2 * reach + 1) ** 2)
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let n = 0
        for (let dy = -reach; dy <= reach; dy++) {
          const line = c * plane + rows[y + dy + reach]! * width
          for (let dx = -reach; dx <= reach; dx++) {
            // Inserted in order: for so few numbers faster than sorting them.
            const value = data[line + columns[x + dx + reach]!]!
            let at = n++
            for (; at > 0 && window[at - 1]! > value; at--) window[at] = window[at - 1]!
            window[at] = value
          }
        }
        image.data[c * plane + y * width + x] = window[(n - 1) / 2]!
      }
  return image
}

/** The places −reach … length + reach − 1, those beyond an edge as seen in its mirror. */
const mirroredPlaces = (length: number, reach: number): number[] =>
  Array.from({ length: length + 2 * reach }, (_, i) => mirrored(i - reach, length))

/** A place beyond an edge, seen in a mirror that stands on it. */
function mirrored(at: number, length: number): number {
  const period = 2 * length
  const folded = ((at % period) + period) % period
  return folded < length ? folded : period - 1 - folded
}
