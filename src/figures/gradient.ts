import { Image } from '../image/image.js'
import { Figure } from './figure.js'
import { imageBox, naturalHeight, type PictureOptions } from './picture.js'
import { checkPlane, colorRange, gradientPercentile } from './range.js'
import { formatNumber } from './ticks.js'

export interface GradientPictureOptions extends PictureOptions {
  /** Planar, the red plane first: 3 × height × width numbers of either sign. */
  data: Float32Array
  width: number
  height: number
  /** Shows the positive part alone, on black. Default false: both signs, grey is 0. */
  positive?: boolean
  /** The percentile of |value| at which the colours end. Default 99.5; 100 for the whole range. */
  percentile?: number
}

/**
 * The gradient by the pixels as a colour picture, as papers on guided backpropagation show it
 * (Springenberg et al. 2015): value / (2 max|value|) + ½ in every channel, so that 0 is grey.
 *
 * @throws RangeError when the sizes do not belong together or a value is not finite.
 * @example gradientPicture({ data, width: 224, height: 224, title: 'Guided backpropagation' })
 */
export function gradientPicture(options: GradientPictureOptions): Figure {
  const { data, width, height, title, positive = false } = options
  checkPlane(options, 'a gradient picture', 3)
  const shown = positive ? data.map((value) => Math.max(0, value)) : data
  const range = colorRange(shown, 'diverging', options.percentile ?? gradientPercentile)
  const scale = positive
    ? (value: number) => value / range.high
    : (value: number) => value / (2 * range.high) + 0.5
  const image = new Image(
    width,
    height,
    shown.map((value) => Math.min(1, Math.max(0, scale(value)))),
  )
  const meaning = positive
    ? `Black is 0 or less, full colour ${formatNumber(range.high)}.`
    : `Grey is 0, full colour ±${formatNumber(range.high)}.`
  return new Figure({
    title,
    caption: [options.caption, meaning, range.note].filter(Boolean).join('\n'),
    text: `${title ? `${title}: ` : ''}gradient by ${width}×${height} pixels. ${meaning}`,
    pictureHeight: naturalHeight(image),
    body: (pictureHeight) => imageBox(image, pictureHeight),
  })
}
