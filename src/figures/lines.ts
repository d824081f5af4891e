import type { Box } from './box.js'
import { Figure } from './figure.js'
import { fontOf, lineHeight, textStyles, textWidth } from './text.js'
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
  for (const { values } of lines) {
    if (values.length !== x.length)
      throw new RangeError(`a line of ${values.length} values over an axis of ${x.length} places`)
    const wrong = Array.from(values).find((value) => !Number.isFinite(value))
    if (wrong !== undefined) throw new RangeError(`lines need finite numbers, not ${wrong}`)
  }
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
  const yTicks = niceTicks(0, high, 5)
  const xTicks = niceTicks(first, last, 6)
  const { labels: yLabels, exponent } = formatTicks(yTicks)
  const { labels: xLabels } = formatTicks(xTicks)
  const left = Math.max(...yLabels.map((text) => textWidth(text, style))) + 8
  const top = lineHeight(style) + theme.smallGap
  const unit = exponent === 0 ? '' : ` (×${formatNumber(10 ** exponent)})`
  return {
    width: left + WIDTH + 8,
    height: top + HEIGHT + 2 * lineHeight(style) + 8,
    draw(context, x, y) {
      const toX = (value: number): number =>
        x + left + (WIDTH * (value - first)) / (last - first || 1)
      const toY = (value: number): number => y + top + HEIGHT * (1 - value / high)
      context.font = fontOf(style)
      context.fillStyle = style.color
      context.textBaseline = 'alphabetic'
      context.textAlign = 'left'
      context.fillText(yLabel + unit, x, y + style.size)
      context.lineWidth = 1
      context.strokeStyle = theme.track
      context.textAlign = 'right'
      yTicks.forEach((tick, i) => {
        context.beginPath()
        context.moveTo(toX(first), toY(tick))
        context.lineTo(toX(last), toY(tick))
        context.stroke()
        context.fillText(yLabels[i]!, x + left - 6, toY(tick) + style.size / 3)
      })
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
        context.beginPath()
        places.forEach((place, i) => {
          if (i === 0) context.moveTo(toX(place), toY(values[i]!))
          else context.lineTo(toX(place), toY(values[i]!))
        })
        context.stroke()
      }
      context.globalAlpha = 1
      context.fillStyle = theme.accent
      context.strokeStyle = theme.accent
      context.lineWidth = 1
      for (const { x: place, label } of marks) {
        context.beginPath()
        context.moveTo(toX(place), y + top)
        context.lineTo(toX(place), y + top + HEIGHT)
        context.stroke()
        const fitsRight = toX(place) + textWidth(label, style) + 6 < x + left + WIDTH
        context.textAlign = fitsRight ? 'left' : 'right'
        context.fillText(label, toX(place) + (fitsRight ? 5 : -5), y + top + style.size)
      }
    },
  }
}
