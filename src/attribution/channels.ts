/** From a number for each channel of each pixel to one number for each pixel. */
import type { Tensor } from '../engine/tensor.js'

const reductions = {
  max: { words: 'max |', add: (sum: number, v: number) => Math.max(sum, Math.abs(v)) },
  sum: { words: 'Σ |', add: (sum: number, v: number) => sum + Math.abs(v) },
  signed: { words: 'Σ ', add: (sum: number, v: number) => sum + v },
} as const

/**
 * How the channels of a pixel become one number: 'max', the largest magnitude (Simonyan et al. 2014); 'sum',
 * the sum of the magnitudes; or 'signed', the sum with its signs, of which Captum's `visualize_image_attr`
 * shows the magnitude.
 */
export type Channels = keyof typeof reductions

/**
 * One number for each pixel.
 *
 * @param signal [N, C, H, W].
 * @returns [N, H, W]; ≥ 0 but for 'signed'.
 * @throws RangeError for an unknown way.
 */
export function reduceChannels({ data, shape }: Tensor, channels: Channels): Tensor {
  const { add } = reductions[checkChannels(channels)]
  const [count, depth, height, width] = shape as [number, number, number, number]
  const plane = height * width
  const map = new Float32Array(count * plane)
  for (let n = 0; n < count; n++)
    for (let c = 0; c < depth; c++)
      for (let i = 0; i < plane; i++) {
        const at = n * plane + i
        map[at] = add(map[at]!, data[(n * depth + c) * plane + i]!)
      }
  return { data: map, shape: [count, height, width] }
}

/** @throws RangeError for an unknown way. */
export function checkChannels(channels: Channels): Channels {
  if (Object.hasOwn(reductions, channels)) return channels
  const known = Object.keys(reductions).join("', '")
  throw new RangeError(`channels become one number by '${known}', not by '${String(channels)}'`)
}

/** For the legends of figures: `max |gradient|`. */
export function reductionLabel(channels: Channels, quantity: string): string {
  const { words } = reductions[channels]
  return `${words}${quantity}${words.endsWith('|') ? '|' : ' over channels'}`
}
