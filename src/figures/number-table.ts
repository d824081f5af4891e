import type { Box, Context } from './box.js'
import { Figure } from './figure.js'
import { fontOf, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'

/** What a cell is filled with: a colour, or two, one on each side of its diagonal. */
export type CellColour = string | readonly [string, string]

export interface NumberTableOptions {
  /** Row by row; numbers are written with as many digits as they need, up to two. */
  values: readonly (readonly (number | string)[])[]
  /** The colour of a cell; undefined leaves it white. */
  colour?: (row: number, column: number) => CellColour | undefined
  /** Whether a cell is written in bold. */
  strong?: (row: number, column: number) => boolean
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * A table of a few numbers, its cells in colours, to follow a computation step by step.
 *
 * @throws RangeError when there are no numbers, or rows differ in length.
 * @example numberTable({ values: [[1, -2], [0, 3]], colour: (r, c) => (r === c ? '#ffe08a' : undefined) })
 */
export function numberTable(options: NumberTableOptions): Figure {
  const { values, title, caption } = options
  const [first] = values
  if (!first || first.length === 0) throw new RangeError('a table has a number at least')
  const other = values.find((row) => row.length !== first.length)
  if (other)
    throw new RangeError(`rows are equally long, but they have ${first.length} and ${other.length}`)
  const words = values.map((row) => row.map(written))
  return new Figure({
    title,
    caption,
    text: `${title ? `${title}: ` : ''}${words.map((row) => row.join(' ')).join(' / ')}`,
    body: () => grid(words, options),
  })
}

const written = (value: number | string): string =>
  typeof value === 'string' ? value : String(Math.round(100 * value) / 100).replace('-', '−')

const [cellHeight, leastWidth, margin] = [26, 30, 6]

function grid(words: readonly string[][], { colour, strong }: NumberTableOptions): Box {
  const style = (row: number, column: number) =>
    strong?.(row, column) ? { ...textStyles.normal, weight: 'bold' as const } : textStyles.normal
  const cellWidth = words.reduce(
    (widest, row, r) =>
      row.reduce((w, text, c) => Math.max(w, textWidth(text, style(r, c)) + 2 * margin), widest),
    leastWidth,
  )
  const columns = words[0]!.length
  return {
    width: columns * cellWidth + 1,
    height: words.length * cellHeight + 1,
    draw(context, x, y) {
      context.textBaseline = 'alphabetic'
      context.textAlign = 'center'
      words.forEach((row, r) =>
        row.forEach((text, c) => {
          const [left, top] = [x + c * cellWidth, y + r * cellHeight]
          fill(context, left, top, cellWidth, colour?.(r, c))
          context.strokeStyle = theme.line
          context.lineWidth = 1
          context.strokeRect(left + 0.5, top + 0.5, cellWidth, cellHeight)
          context.font = fontOf(style(r, c))
          context.fillStyle = theme.ink
          context.fillText(text, left + cellWidth / 2 + 0.5, top + cellHeight / 2 + 5)
        }),
      )
    },
  }
}

function fill(
  context: Context,
  left: number,
  top: number,
  width: number,
  colour: CellColour | undefined,
): void {
  if (colour === undefined) return
  const [above, below] = typeof colour === 'string' ? [colour, colour] : colour
  context.fillStyle = above
  context.fillRect(left, top, width, cellHeight)
  if (above === below) return
  context.fillStyle = below
  context.beginPath()
  context.moveTo(left + width, top)
  context.lineTo(left + width, top + cellHeight)
  context.lineTo(left, top + cellHeight)
  context.fill()
}
