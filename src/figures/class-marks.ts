/** How points of many classes are told apart: by colour, and where there are more than colours by shape. */
import { schemeObservable10 } from 'd3-scale-chromatic'
import type { Box, Context } from './box.js'
import { ellipsize, fontOf, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'

/** As corners about the middle, of area π like the circle. */
const polygon = (corners: number, turn: number): (readonly [number, number])[] => {
  const radius = Math.sqrt((2 * Math.PI) / (corners * Math.sin((2 * Math.PI) / corners)))
  return Array.from({ length: corners }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / corners
    return [radius * Math.sin(angle), -radius * Math.cos(angle)] as const
  })
}

const cross: readonly (readonly [number, number])[] = (
  [
    [1, 3],
    [1, 1],
    [3, 1],
    [3, -1],
    [1, -1],
    [1, -3],
    [-1, -3],
    [-1, -1],
    [-3, -1],
    [-3, 1],
    [-1, 1],
    [-1, 3],
  ] as const
).map(([x, y]) => [x * 0.4, y * 0.4] as const)

const turned = (corners: readonly (readonly [number, number])[]): (readonly [number, number])[] =>
  corners.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2] as const)

/** A circle first; then shapes by their corners. */
const shapes: readonly (readonly (readonly [number, number])[] | undefined)[] = [
  undefined,
  polygon(3, 0),
  polygon(4, Math.PI / 4),
  cross,
  polygon(4, 0),
  polygon(3, Math.PI),
  turned(cross),
  polygon(5, 0),
]

/** The same as plotly.js calls them. */
const symbols = [
  'circle',
  'triangle-up',
  'square',
  'cross',
  'diamond',
  'triangle-down',
  'x',
  'pentagon',
]

export interface Mark {
  colour: string
  shape: number
  symbol: string
}

/** The mark of a class; grey where there is none. */
export function markOf(label: number): Mark {
  const shape = label < 0 ? 0 : Math.floor(label / schemeObservable10.length) % shapes.length
  const colour = label < 0 ? theme.bar : schemeObservable10[label % schemeObservable10.length]!
  return { colour, shape, symbol: symbols[shape]! }
}

/** Draws a mark of an area like that of a circle of this radius. */
export function drawMark(context: Context, mark: Mark, x: number, y: number, radius: number): void {
  context.fillStyle = mark.colour
  context.beginPath()
  const corners = shapes[mark.shape]
  if (corners) for (const [dx, dy] of corners) context.lineTo(x + dx * radius, y + dy * radius)
  else context.arc(x, y, radius, 0, 2 * Math.PI)
  context.closePath()
  context.fill()
}

const [pitch, radius, gap, longest] = [18, 4.5, 16, 150]

/** Marks with the names of their classes, in as many columns as fit into a width. */
export function legend(
  entries: readonly { label: number; name: string }[],
  { width, columns }: { width: number; columns?: number },
): Box {
  const style = textStyles.small
  const names = entries.map(({ name }) => ellipsize(name, longest, style))
  const column = Math.max(0, ...names.map((name) => textWidth(name, style))) + 2 * radius + 8
  const count = columns ?? Math.max(1, Math.floor((width + gap) / (column + gap)))
  const rows = Math.ceil(entries.length / count)
  return {
    width: Math.min(count, entries.length) * (column + gap) - gap,
    height: rows * pitch,
    draw(context, x, y) {
      entries.forEach(({ label }, i) => {
        const left = x + Math.floor(i / rows) * (column + gap)
        const top = y + (i % rows) * pitch
        drawMark(context, markOf(label), left + radius, top + pitch / 2, radius)
        context.font = fontOf(style)
        context.textAlign = 'left'
        context.textBaseline = 'alphabetic'
        context.fillStyle = style.color
        context.fillText(names[i]!, left + 2 * radius + 8, top + pitch / 2 + 4)
      })
    },
  }
}
