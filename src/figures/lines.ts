import type { Box } from './box.js'
import { Figure } from './figure.js'
import { lineHeight, textStyles, textWidth } from './text.js'
import { checkLine, polyline, valueAxis } from './plot.js'
import { theme } from './theme.js'
import { formatNumber, formatTicks, niceTicks } from './ticks.js'

export interface Line {
  /** One number for each place of the axis below. */
  values: ArrayLike<number>
  /** Faint lines lie behind and give the spread; others are drawn dark. Default false. */
  faint?: boolean
}

export interface LineChartOptions {
  /** The places on the axis below, in increasing order. */
  x: readonly number[]
  lines: readonly Line[]
  /** What stands on the axes, with units. */
  xLabel: string
  yLabel: string
  /** Places on the axis below to mark by an upright line, each with a word. */
  marks?: readonly { x: number; label: string }[]
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * Lines over an axis, from 0 up.
 *
 * @throws RangeError where a line has another number of values than the axis, or one that is not finite.
 * @example lineChart({ x: [0, 1, 2], lines: [{ values: [3, 1, 2] }], xLabel: 'step', yLabel: 'loss' })
 */
export function lineChart(options: LineChartOptions): Figure {
  const { x, lines, title, caption, yLabel, xLabel } = options
  for (const { values } of lines) checkLine('a line', values, x.length)
  const high = Math.max(0, ...lines.flatMap(({ values }) => Array.from(values)))
  return new Figure({
    title,
    caption,
    text:
      `${title ? `${title}: ` : ''}${lines.length} ${lines.length === 1 ? 'line' : 'lines'}, ${yLabel} ` +
      `by ${xLabel}, up to ${formatNumber(high)}`,
    body: () => chart(options, high > 0 ? high : 1),
  })
}

const [WIDTH, HEIGHT] = [340, 200]

function chart(
  { x: places, lines, xLabel, yLabel, marks = [] }: LineChartOptions,
  high: number,
): Box {
  const style = textStyles.small
  const [first, last] = [places[0]!, places.at(-1)!]
  const axis = valueAxis({ low: 0, high, width: WIDTH, height: HEIGHT })
  const xTicks = niceTicks(first, last, 6)
  const { labels: xLabels } = formatTicks(xTicks)
  const { left, unit } = axis
  const top = lineHeight(style) + theme.smallGap
  return {
    width: left + WIDTH + 8,
    height: top + HEIGHT + 2 * lineHeight(style) + 8,
    draw(context, x, y) {
      const toX = (value: number): number =>
        x + left + (WIDTH * (value - first)) / (last - first || 1)
      const toY = axis.draw(context, x + left, y + top)
      context.textAlign = 'left'
      context.fillText(yLabel + unit, x, y + style.size)
      context.textAlign = 'center'
      const below = y + top + HEIGHT + lineHeight(style)
      xTicks.forEach((tick, i) => context.fillText(xLabels[i]!, toX(tick), below))
      context.fillText(xLabel, x + left + WIDTH / 2, below + lineHeight(style) + 2)

      for (const { values, faint = false } of [...lines].sort(
        (a, b) => Number(b.faint ?? false) - Number(a.faint ?? false),
      )) {
        context.strokeStyle = faint ? theme.line : theme.ink
        context.globalAlpha = faint ? 0.5 : 1
        context.lineWidth = faint ? 0.75 : 2
        polyline(
          context,
          places.map((place, i) => [toX(place), toY(values[i]!)]),
        )
      }
      context.globalAlpha = 1
      context.fillStyle = theme.accent
      context.strokeStyle = theme.accent
      context.lineWidth = 1
      for (const { x: place, label } of marks) {
        polyline(context, [
          [toX(place), y + top],
          [toX(place), y + top + HEIGHT],
        ])
        const fitsRight = toX(place) + textWidth(label, style) + 6 < x + left + WIDTH
        context.textAlign = fitsRight ? 'left' : 'right'
        context.fillText(label, toX(place) + (fitsRight ? 5 : -5), y + top + style.size)
      }
    },
  }
}
