import type { Box } from './box.js'
import { Figure } from './figure.js'
import { ellipsize, fontOf, lineHeight, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'
import { formatNumber, powerOfTen } from './ticks.js'

/** Numbers of one kind, such as those of a layer. */
export interface Distribution {
  name: string
  /** 0 or more. */
  values: ArrayLike<number>
  /** What stands behind the histogram. */
  note?: string
}

export interface HistogramsOptions {
  distributions: readonly Distribution[]
  /** What the numbers are, with their unit; stands below the axis. */
  label: string
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/** Bins for each power of ten, and the most powers of ten: what is smaller counts as the smallest. */
const [perPower, mostPowers] = [4, 12]

/**
 * Histograms of positive numbers on one logarithmic axis, below each other, a line marking each median. How many
 * numbers are 0, which has no place on such an axis, stands behind its histogram.
 *
 * @throws RangeError where there are none, or a number is negative or not finite.
 * @example histograms({ distributions: [{ name: 'conv1', values: norms }], label: '‖∂L/∂w‖' })
 */
export function histograms(options: HistogramsOptions): Figure {
  const { distributions, label, title, caption } = options
  if (distributions.length === 0) throw new RangeError('there are no numbers to count')
  for (const { name, values } of distributions) {
    const wrong = Array.from(values).find((value) => !(value >= 0 && value < Infinity))
    if (wrong !== undefined)
      throw new RangeError(
        `a histogram on a logarithmic axis takes numbers from 0 up; '${name}' has ${wrong}`,
      )
  }
  const counted = distributions.map(count)
  return new Figure({
    title,
    caption,
    text: [
      `${title ? `${title}: ` : ''}${label}, medians`,
      ...counted.map(
        ({ name, median, note }) =>
          `${formatNumber(median).padStart(10)}  ${name}${note && `, ${note}`}`,
      ),
    ].join('\n'),
    body: () => draw(counted, label),
  })
}

interface Counted {
  name: string
  /** log₁₀ of those above 0, in ascending order. */
  logs: readonly number[]
  median: number
  note: string
}

function count({ name, values, note = '' }: Distribution): Counted {
  const sorted = Array.from(values).sort((a, b) => a - b)
  const logs = sorted.filter((value) => value > 0).map(Math.log10)
  const zeros = sorted.length - logs.length
  const [low = 0, high = 0] = [
    sorted[(sorted.length - 1) >> 1],
    sorted[Math.floor(sorted.length / 2)],
  ]
  const off = zeros === 0 ? '' : zeros === sorted.length ? 'all are 0' : `${zeros} are 0`
  return { name, logs, median: (low + high) / 2, note: [note, off].filter(Boolean).join(', ') }
}

const [axisWidth, rowHeight, gap, longestName] = [264, 26, 4, 110]

function draw(counted: readonly Counted[], label: string): Box {
  const style = textStyles.small
  const all = counted
    .flatMap(({ logs }) => [logs[0], logs.at(-1)])
    .filter((log) => log !== undefined)
  const high = Math.ceil(Math.max(...all, -Infinity) + 1e-9)
  const last = Number.isFinite(high) ? high : 0
  const first = Math.max(
    last - mostPowers,
    Math.min(last - 1, Math.floor(Math.min(...all, last - 1))),
  )
  const bins = (last - first) * perPower
  const bars = counted.map(({ logs }) => {
    const heights = new Array<number>(bins).fill(0)
    for (const log of logs) {
      const bin = Math.floor((log - first) * perPower)
      heights[Math.min(bins - 1, Math.max(0, bin))]! += 1
    }
    return heights
  })
  const names = counted.map(({ name }) => ellipsize(name, longestName, style))
  const nameWidth = Math.max(...names.map((name) => textWidth(name, style)))
  const noteWidth = Math.max(...counted.map(({ note }) => textWidth(note, style)))
  const left = nameWidth + 10
  const axisTop = counted.length * (rowHeight + gap)
  return {
    width: left + axisWidth + 10 + noteWidth,
    height: axisTop + 5 + 2 * lineHeight(style),
    draw(context, x, y) {
      const toX = (log: number): number =>
        x +
        left +
        (axisWidth * (Math.min(last, Math.max(first, log)) - first)) / Math.max(1, last - first)
      context.font = fontOf(style)
      context.textBaseline = 'alphabetic'
      counted.forEach(({ median, note }, i) => {
        const bottom = y + i * (rowHeight + gap) + rowHeight
        context.fillStyle = theme.track
        context.fillRect(x + left, bottom - rowHeight, axisWidth, rowHeight)
        const tallest = Math.max(1, ...bars[i]!)
        context.fillStyle = theme.bar
        bars[i]!.forEach((number, bin) => {
          const height = ((rowHeight - 2) * number) / tallest
          context.fillRect(
            toX(first + bin / perPower),
            bottom - height,
            axisWidth / bins - 1,
            height,
          )
        })
        if (median > 0) {
          context.fillStyle = theme.accent
          context.fillRect(toX(Math.log10(median)) - 0.5, bottom - rowHeight, 1.5, rowHeight)
        }
        context.fillStyle = style.color
        context.textAlign = 'right'
        context.fillText(names[i]!, x + nameWidth, bottom - rowHeight / 2 + 4)
        context.textAlign = 'left'
        context.fillText(note, x + left + axisWidth + 10, bottom - rowHeight / 2 + 4)
      })
      context.fillStyle = style.color
      context.fillRect(x + left, y + axisTop, axisWidth, 1)
      context.textAlign = 'center'
      const every = Math.ceil((last - first) / 6)
      for (let power = last; power >= first; power -= every) {
        context.fillRect(Math.min(x + left + axisWidth - 1, toX(power)), y + axisTop, 1, 4)
        context.fillText(
          power === 0 ? '1' : powerOfTen(power),
          toX(power),
          y + axisTop + 4 + style.size,
        )
      }
      context.fillText(
        label,
        x + left + axisWidth / 2,
        y + axisTop + 5 + lineHeight(style) + style.size,
      )
    },
  }
}
