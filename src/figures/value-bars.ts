import type { Box } from './box.js'
import { Figure } from './figure.js'
import { ellipsize, fontOf, lineHeight, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'
import { formatNumber, formatTicks, niceTicks } from './ticks.js'

export interface ValueBarsOptions {
  /** One number for each bar, of either sign. */
  values: ArrayLike<number>
  /** What each bar is called. */
  names: readonly string[]
  /** What the lengths mean, with its unit. */
  label: string
  /** The values that the axis spans, in place of those found and 0. */
  range?: [low: number, high: number]
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * Numbers as bars from 0, one below the other, in the order given.
 *
 * @throws RangeError where names and values differ in number, or a value is not finite.
 * @example valueBars({ values: [2.1, -0.4], names: ['unit 17', 'unit 3'], label: 'activation' })
 */
export function valueBars(options: ValueBarsOptions): Figure {
  const { names, label, title, caption } = options
  const values = Array.from(options.values)
  if (values.length !== names.length)
    throw new RangeError(`${values.length} values for ${names.length} names`)
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new RangeError(
      `bars need finite numbers, but that of ${names[wrong]} is ${values[wrong]}`,
    )
  const [low, high] = options.range ?? [Math.min(0, ...values), Math.max(0, ...values)]
  const ends: [number, number] = low < high ? [low, high] : [low, low + 1]
  return new Figure({
    title,
    caption,
    text: [
      `${title ? `${title}: ` : ''}${label}`,
      ...values.map((value, i) => `${formatNumber(value).padStart(8)}  ${names[i]}`),
    ].join('\n'),
    body: () => bars(values, names, label, ends),
  })
}

const [axisWidth, barHeight, pitch, longestName] = [220, 12, 19, 180]

function bars(
  values: readonly number[],
  names: readonly string[],
  label: string,
  [low, high]: [number, number],
): Box {
  const style = textStyles.small
  const shown = names.map((name) => ellipsize(name, longestName, style))
  const numbers = values.map(formatNumber)
  const nameWidth = Math.max(0, ...shown.map((name) => textWidth(name, style)))
  const numberWidth = Math.max(0, ...numbers.map((text) => textWidth(text, style)))
  const left = nameWidth + 10
  const ticks = niceTicks(low, high, 4)
  const { labels, exponent } = formatTicks(ticks)
  const scale = exponent === 0 ? 1 : 10 ** exponent
  const axisTop = values.length * pitch
  return {
    width: left + axisWidth + 10 + numberWidth,
    height: axisTop + 5 + 2 * lineHeight(style),
    draw(context, x, y) {
      const toX = (value: number): number =>
        x + left + (axisWidth * (Math.min(high, Math.max(low, value)) - low)) / (high - low)
      context.textBaseline = 'alphabetic'
      context.font = fontOf(style)
      values.forEach((value, i) => {
        const top = y + i * pitch + (pitch - barHeight) / 2
        context.fillStyle = theme.track
        context.fillRect(x + left, top, axisWidth, barHeight)
        context.fillStyle = theme.bar
        const [from, to] = [Math.min(toX(0), toX(value)), Math.max(toX(0), toX(value))]
        context.fillRect(from, top, Math.max(value === 0 ? 0 : 1, to - from), barHeight)
        context.fillStyle = style.color
        context.textAlign = 'right'
        context.fillText(shown[i]!, x + nameWidth, top + barHeight - 1)
        context.fillText(numbers[i]!, x + left + axisWidth + 10 + numberWidth, top + barHeight - 1)
      })
      context.fillStyle = style.color
      context.fillRect(x + left, y + axisTop, axisWidth, 1)
      context.textAlign = 'center'
      ticks.forEach((tick, i) => {
        context.fillRect(Math.min(x + left + axisWidth - 1, toX(tick)), y + axisTop, 1, 4)
        context.fillText(labels[i]!, toX(tick), y + axisTop + 4 + style.size)
      })
      const unit = scale === 1 ? '' : ` (×${formatNumber(scale)})`
      context.fillText(
        label + unit,
        x + left + axisWidth / 2,
        y + axisTop + 5 + lineHeight(style) + style.size,
      )
    },
  }
}
