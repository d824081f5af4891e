import { schemeObservable10 } from 'd3-scale-chromatic'
import type { Box } from './box.js'
import { Figure } from './figure.js'
import { checkLine, polyline, valueAxis } from './plot.js'
import { lineHeight, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'
import { formatNumber, formatTicks, niceTicks } from './ticks.js'

export interface NamedLine {
  name: string
  /** One number for each place of the axis below. */
  values: readonly number[]
  /** Drawn grey and dashed: what others are to be compared with. Default false. */
  control?: boolean
}

export interface NamedLinesOptions {
  lines: readonly NamedLine[]
  /** Names of the places on the axis below, or their numbers, in increasing order. */
  x: readonly string[] | readonly number[]
  /** What stands on the axes, with units. */
  xLabel: string
  yLabel: string
  /** The ends of the axis at the left. Default: all values, and 0. */
  range?: readonly [low: number, high: number]
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * Lines to be compared with each other, each in a colour of its own, with a legend that begins with the line
 * that ends highest.
 *
 * @throws RangeError where there are no lines, a line has another number of values than the axis, or one that
 *   is not finite.
 * @example namedLines({ lines: [{ name: 'a', values: [1, .5] }], x: [0, 1], xLabel: 'step', yLabel: 'loss' })
 */
export function namedLines(options: NamedLinesOptions): Figure {
  const { lines, x, xLabel, yLabel, title, caption } = options
  if (lines.length === 0 || x.length === 0)
    throw new RangeError('a chart needs a line, and a place on its axis, at least')
  for (const { name, values } of lines) checkLine(`line '${name}'`, values, x.length)
  const ends = lines.map(({ name, values }) => `${name} ${formatNumber(values.at(-1)!)}`)
  return new Figure({
    title,
    caption,
    text: `${title ? `${title}: ` : ''}${yLabel} by ${xLabel}; at the end ${ends.join(', ')}`,
    body: () => chart(options),
  })
}

const dashes = [
  [5, 3],
  [2, 2],
]
const [HEIGHT, PITCH, STROKE] = [190, 17, 18]
/** The axis below is as wide as its names need, within these bounds. */
const [NARROWEST, WIDEST] = [260, 460]

function chart({ lines, x: places, xLabel, yLabel, range }: NamedLinesOptions): Box {
  const style = textStyles.small
  const all = lines.flatMap(({ values }) => values)
  const [low, high] = range ?? [Math.min(0, ...all), Math.max(0, ...all) || 1]
  const numbers = places.every((place) => typeof place === 'number')
    ? places.map(Number)
    : undefined
  const widest = numbers ? 0 : Math.max(...places.map((name) => textWidth(String(name), style)))
  const needed = (places.length - 1) * (widest + 8)
  const plot = Math.min(WIDEST, Math.max(NARROWEST, needed))
  const axis = valueAxis({ low, high, width: plot, height: HEIGHT })
  const { left } = axis
  const top = lineHeight(style) + theme.smallGap
  const colours = new Map(
    lines
      .filter(({ control }) => !control)
      .map((line, i) => [line, schemeObservable10[i % schemeObservable10.length]!]),
  )
  const controls = lines.filter(({ control }) => control)
  const legend = [...lines].sort((a, b) => b.values.at(-1)! - a.values.at(-1)!)
  const legendWidth = STROKE + 6 + Math.max(...legend.map(({ name }) => textWidth(name, style)))
  return {
    width: left + plot + theme.gap + legendWidth,
    height: Math.max(top + HEIGHT + 2 * lineHeight(style) + 8, top + legend.length * PITCH),
    draw(context, x, y) {
      const [from, to] = numbers ? [numbers[0]!, numbers.at(-1)!] : [0, places.length - 1]
      const toPlace = (value: number): number =>
        x + left + (plot * (value - from)) / (to - from || 1)
      const toX = (i: number): number => toPlace(numbers ? numbers[i]! : i)
      const toY = axis.draw(context, x + left, y + top)
      context.textAlign = 'left'
      context.fillText(yLabel + axis.unit, x, y + style.size)
      const below = y + top + HEIGHT + lineHeight(style)
      let free = -Infinity
      context.textAlign = 'center'
      const marked: (readonly [at: number, text: string])[] = numbers
        ? ticksOf(numbers).map(([value, text]) => [toPlace(value), text])
        : places.map((place, i) => [toX(i), String(place)])
      for (const [place, text] of marked) {
        const half = textWidth(text, style) / 2
        const at = Math.min(Math.max(place, x + left + half - 8), x + left + plot - half + 8)
        if (at - half < free) continue
        context.fillText(text, at, below)
        free = at + half + 4
      }
      context.fillText(xLabel, x + left + plot / 2, below + lineHeight(style) + 2)

      legend.forEach((line, i) => {
        const colour = colours.get(line) ?? theme.quietInk
        context.strokeStyle = colour
        context.lineWidth = 2
        context.setLineDash(line.control ? dashes[controls.indexOf(line) % dashes.length]! : [])
        polyline(
          context,
          line.values.map((value, at) => [toX(at), toY(value)]),
        )
        const [right, middle] = [x + left + plot + theme.gap, y + top + i * PITCH + PITCH / 2]
        polyline(context, [
          [right, middle],
          [right + STROKE, middle],
        ])
        context.setLineDash([])
        context.textAlign = 'left'
        context.fillStyle = style.color
        context.fillText(line.name, right + STROKE + 6, middle + style.size / 3)
      })
    },
  }
}

/** Round numbers along the axis, and how they are written. */
function ticksOf(places: readonly number[]): [value: number, text: string][] {
  const ticks = niceTicks(places[0]!, places.at(-1)!, 5)
  const { labels } = formatTicks(ticks)
  return ticks.map((tick, i) => [tick, labels[i]!])
}
