import { colorMaps, type ColorMap, type ColorScheme } from '../image/colormap.js'
import { Image } from '../image/image.js'
import { stack } from './box.js'
import { colorBar } from './colorbar.js'
import { Figure } from './figure.js'
import { imageBox, naturalHeight } from './picture.js'
import { checkPlane, colorRange, type Plane } from './range.js'
import { theme } from './theme.js'
import { formatNumber } from './ticks.js'

export interface HeatMapOptions extends Plane {
  /** What the colours mean, with its unit; stands below the colour bar. */
  label: string
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
  /** 'sequential' for values from 0 up (default), 'diverging' for values on both sides of 0. */
  colors?: ColorScheme
  /**
   * The percentile at which the colours end, so that a few extreme values do not darken all others;
   * the caption then says so. Default 100: the whole range. For pixel gradients take
   * {@link gradientPercentile}, 99.5.
   */
  percentile?: number
  /** The values that the colours span, in place of those found. Diverging: symmetric about 0. */
  range?: [low: number, high: number]
}

/**
 * A map of numbers in perceptually uniform colours, with a colour bar.
 *
 * @throws RangeError when the sizes do not belong together or a value is not finite.
 * @example heatMap({ data, width: 13, height: 13, title: 'Grad-CAM', label: 'Σ α A (logit)' })
 */
export function heatMap(options: HeatMapOptions): Figure {
  checkPlane(options)
  const { data, width, height, title, label, colors = 'sequential' } = options
  const { low, high, note } = colorRange(data, colors, options.percentile, options.range)
  const colorMap = colorMaps[colors]
  const image = colorize({ data, width, height }, low, high, colorMap)
  return new Figure({
    title,
    caption: [options.caption, note].filter(Boolean).join('\n'),
    text:
      `${title ? `${title}: ` : ''}heat map of ${width}×${height} values, ` +
      `${label}, from ${formatNumber(low)} to ${formatNumber(high)}`,
    pictureHeight: naturalHeight(image),
    body: (pictureHeight) => withColorBar(image, pictureHeight, { colorMap, low, high, label }),
  })
}

/** An image and below it the colour bar, as wide as the image, unless that is very narrow. */
export function withColorBar(
  image: Image,
  pictureHeight: number | undefined,
  legend: { colorMap: ColorMap; low: number; high: number; label: string },
) {
  const shown = imageBox(image, pictureHeight)
  return stack([shown, colorBar({ ...legend, width: Math.max(shown.width, theme.minWidth) })], 8)
}

/** The colour of every value, the map spanning low to high. */
export function colorize(
  { data, width, height }: Plane,
  low: number,
  high: number,
  colorMap: ColorMap,
): Image {
  const image = new Image(width, height)
  const plane = width * height
  data.forEach((value, i) => {
    const [r, g, b] = colorMap((value - low) / (high - low))
    image.data[i] = r
    image.data[plane + i] = g
    image.data[2 * plane + i] = b
  })
  return image
}
