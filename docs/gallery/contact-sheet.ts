/** Rows of panels, one for each method, under the photos that they are of. */
import { type Box, stack } from '../../src/figures/box.js'
import { colorize } from '../../src/figures/heatmap.js'
import { overlaid } from '../../src/figures/overlay.js'
import { imageBox } from '../../src/figures/picture.js'
import { colorRange, gradientPercentile } from '../../src/figures/range.js'
import { textBox, textStyles } from '../../src/figures/text.js'
import { colorMaps, Figure, Image, resize, resizePlane, type Tensor } from '../../src/index.js'

export interface Panel {
  image: Image
  /** Below the panel, a line each. */
  lines?: readonly string[]
}

export interface Row {
  title: string
  /** Below the title, in small print. */
  note?: string
  panels: readonly Panel[]
}

/** In CSS pixels: a panel's usual side, and the column of titles. */
const [side, titleWidth, gap] = [96, 128, 6]

/** All rows as a figure. @param panelSide In CSS pixels. */
export function contactSheet(
  title: string,
  rows: readonly Row[],
  caption?: string,
  panelSide = side,
): Figure {
  return new Figure({
    title,
    caption,
    text: `${title}: ${rows.map((row) => row.title).join(', ')}`,
    body: () =>
      stack(
        rows.map((one) => rowBox(one, panelSide)),
        gap,
      ),
  })
}

function rowBox({ title, note, panels }: Row, side: number): Box {
  const heading = stack(
    [
      textBox(title, titleWidth, textStyles.title),
      textBox(note ?? '', titleWidth, textStyles.small),
    ],
    2,
  )
  const boxes = panels.map(({ image, lines = [] }) =>
    stack(
      [
        imageBox(resize(image, 2 * side, 2 * side), side),
        ...lines.map((line) => textBox(line, side, textStyles.small)),
      ],
      2,
    ),
  )
  return {
    width: titleWidth + boxes.length * (side + gap),
    height: Math.max(heading.height, ...boxes.map(({ height }) => height)),
    draw(context, x, y) {
      heading.draw(context, x, y)
      boxes.forEach((box, i) => box.draw(context, x + titleWidth + gap + i * (side + gap), y))
    },
  }
}

/** Of signed maps of pixels: neighbours of either sign grow pale where a panel is smaller than the map. */
const signedPercentile = 97

/** A map [1, H, W] in colours that end at the 99.5th percentile; at the 97th in red and blue, where it has signs. */
export function mapPanel({ data, shape }: Tensor, colors: 'sequential' | 'diverging'): Image {
  const [, height, width] = shape as [number, number, number]
  const percentile = colors === 'diverging' ? signedPercentile : gradientPercentile
  const { low, high } = colorRange(data, colors, percentile)
  return colorize({ data, width, height }, low, high, colorMaps[colors])
}

/** A map [1, h, w] over the photo. */
export function overPanel(
  image: Image,
  { data, shape }: Tensor,
  colors: 'sequential' | 'diverging' = 'sequential',
): Image {
  const [, height, width] = shape as [number, number, number]
  return overlaid({ image, data, width, height, colors }).image
}

/** A signal [1, 3, H, W] in colours: grey is 0. */
export function colourPanel({ data, shape }: Tensor): Image {
  const [, , height, width] = shape as [number, number, number, number]
  const { high } = colorRange(data, 'diverging', gradientPercentile)
  const shown = data.map((value) => Math.min(1, Math.max(0, value / (2 * high) + 0.5)))
  return new Image(width, height, shown)
}

/** One map of many, [C, h, w], enlarged smoothly to a square. */
export function channelPanel(map: Float32Array, width: number, height: number): Image {
  const large = resizePlane(map, width, height, 2 * side, 2 * side)
  return mapPanel({ data: large, shape: [1, 2 * side, 2 * side] }, 'sequential')
}
