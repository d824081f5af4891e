import { colorMaps } from '../image/colormap.js'
import { Image } from '../image/image.js'
import { resizePlane } from '../image/resize.js'
import { Figure } from './figure.js'
import { colorize, withColorBar, type HeatMapOptions } from './heatmap.js'
import { naturalHeight } from './picture.js'
import { checkPlane, type ColorRange, colorRange } from './range.js'
import { formatNumber } from './ticks.js'

export interface OverlayOptions extends HeatMapOptions {
  /** The photo below the map. The map is enlarged to its size, bilinearly. */
  image: Image
  /**
   * How opaque the map is: a number from 0 to 1 for all of it, or 'strength' (default), where it
   * fades to nothing as the value goes to the weak end of the colours (to 0, if they are diverging).
   */
  alpha?: number | 'strength'
}

/** The strongest value still lets this much of the photo through. */
const strongestAlpha = 0.8

/**
 * A heat map laid over the photo that it explains, with a colour bar.
 *
 * @throws RangeError when the sizes do not belong together or a value is not finite.
 * @example overlay({ image: photo, data, width: 13, height: 13, title: 'Grad-CAM', label: 'logit' })
 */
export function overlay(options: OverlayOptions): Figure {
  const { width, height, title, label, colors = 'sequential' } = options
  const { image, low, high, note } = overlaid(options)
  const colorMap = colorMaps[colors]
  return new Figure({
    title,
    caption: [options.caption, note].filter(Boolean).join('\n'),
    text:
      `${title ? `${title}: ` : ''}heat map of ${width}×${height} values over ${image.toString()}, ` +
      `${label}, from ${formatNumber(low)} to ${formatNumber(high)}`,
    pictureHeight: naturalHeight(image),
    body: (pictureHeight) => withColorBar(image, pictureHeight, { colorMap, low, high, label }),
  })
}

/** The photo with the map on it, and the range that the colours span. */
export function overlaid(
  options: Omit<OverlayOptions, 'label' | 'title' | 'caption'>,
): ColorRange & { image: Image } {
  checkPlane(options)
  const { image, width, height, colors = 'sequential', alpha = 'strength' } = options
  if (alpha !== 'strength' && !(alpha >= 0 && alpha <= 1))
    throw new RangeError(`alpha is a number from 0 to 1 or 'strength', not ${alpha}`)

  const data = resizePlane(options.data, width, height, image.width, image.height)
  const range = colorRange(data, colors, options.percentile, options.range)
  const { low, high } = range
  const enlarged = { data, width: image.width, height: image.height }
  const opacity = data.map((value) => {
    if (alpha !== 'strength') return alpha
    const t = Math.min(1, Math.max(0, (value - low) / (high - low)))
    return strongestAlpha * (colors === 'diverging' ? Math.abs(2 * t - 1) : t)
  })
  return {
    ...range,
    image: blend(image, colorize(enlarged, low, high, colorMaps[colors]), opacity),
  }
}

/** `above` over `below`, one opacity in [0, 1] for each pixel. */
function blend(below: Image, above: Image, opacity: Float32Array): Image {
  const blended = new Image(below.width, below.height)
  for (let i = 0; i < blended.data.length; i++) {
    const a = opacity[i % opacity.length] ?? 0
    blended.data[i] = (1 - a) * (below.data[i] ?? 0) + a * (above.data[i] ?? 0)
  }
  return blended
}
