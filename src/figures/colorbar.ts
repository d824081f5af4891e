import type { ColorMap } from '../image/colormap.js'
import { Image } from '../image/image.js'
import { stack, type Box } from './box.js'
import { fontOf, lineHeight, textBox, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'
import { formatTicks, niceTicks, powerOfTen } from './ticks.js'

export interface ColorBarOptions {
  colorMap: ColorMap
  low: number
  high: number
  /** What the colours mean, with its unit. */
  label: string
  width: number
}

const barHeight = 12
const tickLength = 4

/** The legend of a heat map: its colours from low to high, round numbers below, then their meaning. */
export function colorBar({ colorMap, low, high, label, width }: ColorBarOptions): Box {
  const { ticks, labels, exponent } = ticksThatFit(low, high, width)
  const unit = exponent === 0 ? '' : ` (×${powerOfTen(exponent)})`
  const style = textStyles.small

  const bar: Box = {
    width,
    height: barHeight + tickLength + lineHeight(style),
    draw(context, x, y) {
      const pixels = gradient(colorMap, width * theme.resolution, barHeight * theme.resolution)
      context.imageSmoothingEnabled = false
      context.drawImage(pixels.toCanvas(), x, y, width, barHeight)
      context.strokeStyle = theme.line
      context.lineWidth = 0.5
      context.strokeRect(x - 0.25, y - 0.25, width + 0.5, barHeight + 0.5)

      context.font = fontOf(style)
      context.fillStyle = style.color
      context.textAlign = 'left'
      context.textBaseline = 'alphabetic'
      ticks.forEach((tick, i) => {
        const text = labels[i] ?? ''
        const at = place(tick, low, high, width, textWidth(text, style))
        context.fillRect(x + Math.min(width - 1, at.tick), y + barHeight, 1, tickLength)
        context.fillText(text, x + at.left, y + barHeight + tickLength + style.size)
      })
    },
  }
  return stack([bar, textBox(label + unit, width, style, 'center')], 0)
}

/** The colours from left to right. */
function gradient(colorMap: ColorMap, width: number, height: number): Image {
  const image = new Image(width, height)
  for (let column = 0; column < width; column++) {
    const color = colorMap(column / (width - 1))
    color.forEach((value, c) => {
      for (let row = 0; row < height; row++) image.data[(c * height + row) * width + column] = value
    })
  }
  return image
}

/** As many ticks as can stand without their labels touching. */
function ticksThatFit(low: number, high: number, width: number) {
  for (const count of [5, 4, 3, 2, 1]) {
    const ticks = niceTicks(low, high, count)
    const { labels, exponent } = formatTicks(ticks)
    const ends = ticks.map((tick, i) => {
      const size = textWidth(labels[i] ?? '', textStyles.small)
      const { left } = place(tick, low, high, width, size)
      return { left, right: left + size }
    })
    const apart = ends.every(({ left }, i) => left >= (ends[i - 1]?.right ?? -Infinity) + 8)
    if (apart && ticks.length > 0) return { ticks, labels, exponent }
  }
  return { ticks: [low], ...formatTicks([low]) }
}

/** Where a tick stands, and the left end of its label, which is centred below but not beyond the bar. */
function place(tick: number, low: number, high: number, width: number, textSize: number) {
  const at = Math.round(((tick - low) / (high - low)) * width)
  return { tick: at, left: Math.max(0, Math.min(width - textSize, Math.round(at - textSize / 2))) }
}
