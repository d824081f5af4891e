import { type Transform, transform } from './transform.js'

export interface PadOptions {
  /** What is around the picture: the 'mean' colour (default), its 'edge' repeated, or its reflection. */
  mode?: 'mean' | 'edge' | 'reflect'
}

/**
 * Surrounds the picture, so that {@link jitter}, {@link scale} and {@link rotate} behind it move a border into it.
 * After all transforms the network sees the middle, at the size of the picture.
 *
 * @param pixels On each side.
 * @throws RangeError for what is no whole number, 1 or more, and for a mode that there is not.
 * @example await optimise(net, { of: classScore('wolf'), transforms: [pad(12), jitter(8)] })
 */
export function pad(pixels: number, { mode = 'mean' }: PadOptions = {}): Transform {
  if (!Number.isInteger(pixels) || pixels < 1)
    throw new RangeError(
      `a picture is padded by a whole number of pixels, 1 or more, not ${pixels}`,
    )
  if (!['mean', 'edge', 'reflect'].includes(mode))
    throw new RangeError(
      `a picture is padded by 'mean', 'edge' or 'reflect', not '${String(mode)}'`,
    )
  return transform({
    key: `pad(${pixels}, { mode: '${mode}' })`,
    shape: ([images, channels, height, width]) => [
      images,
      channels,
      height + 2 * pixels,
      width + 2 * pixels,
    ],
    build(b, picture) {
      const sides = b.integers([pixels, pixels, pixels, pixels])
      // Normalised, the mean colour is 0.
      const inputs = [picture, sides, b.scalar(0), b.integers([2, 3])]
      return b.add('Pad', inputs, { mode: mode === 'mean' ? 'constant' : mode })
    },
  })
}
