import type { Tensor } from '../engine/tensor.js'
import { beside, type Box, type Context, stack } from './box.js'
import { drawMark, legend, markOf } from './class-marks.js'
import { Figure } from './figure.js'
import { fontOf, lineHeight, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'
import { formatTicks, niceTicks } from './ticks.js'

export interface ScatterOptions {
  /** [N, 2]; or [N, 3], which is shown from three sides. */
  points: Tensor
  /** The class of each point, −1 where it has none. Default: all points are alike. */
  labels?: ArrayLike<number>
  /** The names of the classes. */
  classes?: readonly string[]
  /** What stands on the axes. Without, they have no numbers: those of t-SNE mean nothing. */
  axes?: readonly string[]
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * Points in a plane, coloured by class, a unit as long on either axis.
 *
 * @throws RangeError for points that are neither in two nor three dimensions, or not as many as labels.
 * @example scatter({ points, labels, classes: ['cat', 'dog'], title: 't-SNE of fc7' })
 */
export function scatter(options: ScatterOptions): Figure {
  const { points, labels, classes = [], title, caption } = options
  const [count, dimensions] = checkPoints(points)
  if (labels && labels.length !== count)
    throw new RangeError(`${labels.length} labels for ${count} points`)
  const present = [...new Set(Array.from(labels ?? []))].filter((label) => label >= 0)
  const entries = present
    .sort((a, b) => a - b)
    .map((label) => ({ label, name: classes[label] ?? `class ${label}` }))
  return new Figure({
    title,
    caption,
    text:
      `${title ? `${title}: ` : ''}${count.toLocaleString('en')} points in ${dimensions} dimensions` +
      (entries.length > 0 ? `, of ${entries.length} classes` : ''),
    body: () => {
      const charts = dimensions === 2 ? [chart(options, 0, 1, SIDE)] : sides(options)
      const panels = beside(charts, 2 * theme.gap)
      if (entries.length === 0) return panels
      return dimensions === 2 && entries.length <= BESIDE
        ? beside([panels, legend(entries, { width: 0, columns: 1 })], 2 * theme.gap)
        : stack([panels, legend(entries, { width: Math.max(panels.width, WIDE) })], theme.gap)
    },
  })
}

/** The side of a chart in CSS pixels; of each of three; and the width of a legend below. */
const [SIDE, SMALL, WIDE] = [420, 280, 640]
/** So many classes have their names beside the chart. */
const BESIDE = 24

/** @returns How many points, in how many dimensions. @throws RangeError for other shapes. */
export function checkPoints({ data, shape }: Tensor): [count: number, dimensions: 2 | 3] {
  const [count = 0, dimensions] = shape
  if (shape.length !== 2 || count === 0 || (dimensions !== 2 && dimensions !== 3))
    throw new RangeError(`points are [N, 2] or [N, 3], not [${shape.join(', ')}]`)
  const wrong = data.find((value) => !Number.isFinite(value))
  if (wrong !== undefined) throw new RangeError(`points have finite coordinates, not ${wrong}`)
  return [count, dimensions]
}

const sides = (options: ScatterOptions): Box[] =>
  (
    [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const
  ).map(([across, up]) => chart(options, across, up, SMALL))

/** Where points lie in a square, y downwards. */
export function placesIn(
  { data, shape }: Tensor,
  across: number,
  up: number,
): { x: (i: number) => number; y: (i: number) => number; low: number[]; extent: number } {
  const [count, dimensions] = shape as [number, number]
  const rangeOf = (axis: number): [number, number] => {
    let [low, high] = [Infinity, -Infinity]
    for (let i = 0; i < count; i++) {
      const value = data[i * dimensions + axis]!
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    return [low, high]
  }
  const [x0, x1] = rangeOf(across)
  const [y0, y1] = rangeOf(up)
  const extent = Math.max(x1 - x0, y1 - y0) || 1
  const low = [(x0 + x1 - extent) / 2, (y0 + y1 - extent) / 2]
  return {
    x: (i) => (data[i * dimensions + across]! - low[0]!) / extent,
    y: (i) => 1 - (data[i * dimensions + up]! - low[1]!) / extent,
    low,
    extent,
  }
}

function chart(
  { points, labels, axes }: ScatterOptions,
  across: number,
  up: number,
  side: number,
): Box {
  const style = textStyles.small
  const count = points.shape[0]!
  const { x: toX, y: toY, low, extent } = placesIn(points, across, up)
  const radius = Math.min(4.5, Math.max(1.1, 70 / Math.sqrt(count))) * Math.sqrt(side / SIDE)
  const names = axes ?? (side === SMALL ? ['axis 1', 'axis 2', 'axis 3'] : undefined)
  const numbers = axes !== undefined
  const ticks = low.map((start) => niceTicks(start, start + extent, 5))
  const texts = ticks.map((values) => formatTicks(values))
  const left = numbers ? Math.max(...texts[1]!.labels.map((text) => textWidth(text, style))) + 8 : 0
  const line = lineHeight(style)
  const top = names ? line + 4 : 0
  const below = (numbers ? line : 0) + (names ? line : 0)
  const inset = radius + 4
  const name = (axis: number, exponent: number): string =>
    `${names![axis] ?? ''}${numbers && exponent !== 0 ? ` (×10^${exponent})` : ''}`
  return {
    width: left + side,
    height: top + side + below,
    draw(context, x, y) {
      const [x0, y0] = [x + left, y + top]
      const placeX = (place: number): number => x0 + inset + place * (side - 2 * inset)
      const placeY = (place: number): number => y0 + inset + place * (side - 2 * inset)
      context.fillStyle = theme.card
      context.strokeStyle = theme.line
      context.lineWidth = 1
      context.strokeRect(x0 + 0.5, y0 + 0.5, side - 1, side - 1)
      context.font = fontOf(style)
      context.textBaseline = 'alphabetic'
      context.fillStyle = style.color
      if (numbers) {
        context.strokeStyle = theme.track
        context.textAlign = 'center'
        ticks[0]!.forEach((value, i) => {
          const at = placeX((value - low[0]!) / extent)
          grid(context, at, y0 + 1, at, y0 + side - 1)
          context.fillText(texts[0]!.labels[i]!, at, y0 + side + line - 2)
        })
        context.textAlign = 'right'
        ticks[1]!.forEach((value, i) => {
          const at = placeY(1 - (value - low[1]!) / extent)
          grid(context, x0 + 1, at, x0 + side - 1, at)
          context.fillText(texts[1]!.labels[i]!, x0 - 6, at + 4)
        })
      }
      if (names) {
        context.textAlign = 'left'
        context.fillText(name(up, texts[1]!.exponent), x0, y + style.size)
        context.textAlign = 'right'
        const bottom = y0 + side + (numbers ? 2 : 1) * line - 2
        context.fillText(name(across, texts[0]!.exponent), x0 + side, bottom)
      }
      context.save()
      context.globalAlpha = 0.8
      for (let i = 0; i < count; i++)
        drawMark(context, markOf(labels?.[i] ?? -1), placeX(toX(i)), placeY(toY(i)), radius)
      context.restore()
    },
  }
}

function grid(context: Context, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath()
  context.moveTo(x0, y0)
  context.lineTo(x1, y1)
  context.stroke()
}
