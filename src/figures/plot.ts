/** What charts of lines have in common: the axis of the values, and lines. */
import type { Context } from './box.js'
import { fontOf, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'
import { formatTicks, niceTicks, powerOfTen } from './ticks.js'

/** The axis at the left of a plot. */
export interface ValueAxis {
  /** Room that its numbers take at the left. */
  left: number
  /** The power of ten that the numbers are multiples of, to stand behind the label: '' or ' (×10⁻⁴)'. */
  unit: string
  /**
   * Draws the numbers and a faint line across the plot at each, with the plot's corner at `x` and `y`.
   *
   * @returns Where a value lies; what is beyond the ends lies at them.
   */
  draw(context: Context, x: number, y: number): (value: number) => number
}

export interface ValueAxisOptions {
  low: number
  high: number
  /** Of the plot. */
  width: number
  height: number
  /** How the numbers are written. Default: as short as tells them apart. */
  format?: (value: number) => string
}

/** An axis with about five round numbers from `low` to `high`. */
export function valueAxis({ low, high, width, height, format }: ValueAxisOptions): ValueAxis {
  const style = textStyles.small
  const ticks = niceTicks(low, high, 5)
  const short = formatTicks(ticks)
  const labels = format ? ticks.map(format) : short.labels
  return {
    left: Math.max(...labels.map((text) => textWidth(text, style))) + 8,
    unit: format || short.exponent === 0 ? '' : ` (×${powerOfTen(short.exponent)})`,
    draw(context, x, y) {
      const toY = (value: number): number =>
        y + height * (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low))
      context.font = fontOf(style)
      context.fillStyle = style.color
      context.textBaseline = 'alphabetic'
      context.textAlign = 'right'
      context.lineWidth = 1
      ticks.forEach((tick, i) => {
        context.strokeStyle = tick === 0 && low < 0 ? theme.line : theme.track
        polyline(context, [
          [x, toY(tick)],
          [x + width, toY(tick)],
        ])
        context.fillText(labels[i]!, x - 6, toY(tick) + style.size / 3)
      })
      return toY
    },
  }
}

/** A line through points. */
export function polyline(
  context: Context,
  points: readonly (readonly [x: number, y: number])[],
): void {
  context.lineJoin = 'round'
  context.beginPath()
  points.forEach(([x, y], i) => {
    if (i === 0) context.moveTo(x, y)
    else context.lineTo(x, y)
  })
  context.stroke()
}

/**
 * Checks the values of a line.
 *
 * @throws RangeError where they are not as many as the places of the axis, or one is not finite.
 */
export function checkLine(name: string, values: ArrayLike<number>, places: number): void {
  if (values.length !== places)
    throw new RangeError(`${name} has ${values.length} values for ${places} places on the axis`)
  const wrong = Array.from(values).find((value) => !Number.isFinite(value))
  if (wrong !== undefined) throw new RangeError(`${name} needs finite numbers, not ${wrong}`)
}
