import { type Box, stack } from './box.js'
import { Figure } from './figure.js'
import { fontOf, lineHeight, textBox, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'

export interface ComparisonColumn {
  /** Short; broken into lines. */
  title: string
  /** Which end is the better one: the cells are shaded towards it. Undefined: none. */
  better?: 'low' | 'high'
  /** Default: two decimals. */
  format?: (value: number) => string
}

export interface ComparisonRow {
  name: string
  /** One for each column; NaN where there is none. */
  values: readonly number[]
  /** Set apart below: what the others are compared with, and no candidate for the best. Default false. */
  control?: boolean
}

export interface ComparisonOptions {
  columns: readonly ComparisonColumn[]
  rows: readonly ComparisonRow[]
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * A table that compares: every column is shaded by itself, the better the greener, the best in bold.
 *
 * @throws RangeError where a row has another number of values than there are columns.
 * @example comparison({ columns: [{ title: 'error', better: 'low' }], rows: [{ name: 'a', values: [0.1] }] })
 */
export function comparison(options: ComparisonOptions): Figure {
  const { columns, rows, title, caption } = options
  const wrong = rows.find(({ values }) => values.length !== columns.length)
  if (wrong || rows.length === 0)
    throw new RangeError(
      wrong
        ? `row '${wrong.name}' has ${wrong.values.length} values for ${columns.length} columns`
        : 'a comparison needs a row at least',
    )
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(24), ...cells.map((cell) => cell.padStart(14))].join('')
  const headings = columns.map((column) => column.title.replaceAll('\n', ' ').slice(0, 13))
  return new Figure({
    title,
    caption,
    text: [
      title ?? 'comparison',
      line('', headings),
      ...rows.map(({ name, values }) =>
        line(
          name,
          values.map((value, i) => written(value, columns[i]!)),
        ),
      ),
    ].join('\n'),
    body: () =>
      table(columns, [...rows.filter(isCandidate), ...rows.filter(({ control }) => control)]),
  })
}

const isCandidate = ({ control }: ComparisonRow): boolean => !control

const written = (value: number, { format = (v) => v.toFixed(2) }: ComparisonColumn): string =>
  Number.isFinite(value)
    ? format(value)
        .replace(/^-(?=[0.]*$)/, '')
        .replace('-', '−')
    : '–'

const [cellWidth, cellHeight, leftGap] = [92, 26, 12]

function table(columns: readonly ComparisonColumn[], rows: readonly ComparisonRow[]): Box {
  const style = textStyles.normal
  const nameWidth = Math.max(...rows.map(({ name }) => textWidth(name, style))) + leftGap
  const headings = columns.map(({ title }) =>
    textBox(title, cellWidth - 8, textStyles.small, 'center'),
  )
  const headHeight = Math.max(...headings.map(({ height }) => height))
  const head: Box = {
    width: nameWidth + columns.length * cellWidth,
    height: headHeight,
    draw(context, x, y) {
      headings.forEach((box, i) =>
        box.draw(context, x + nameWidth + i * cellWidth + 4, y + headHeight - box.height),
      )
    },
  }
  const firstControl = rows.findIndex(({ control }) => control)
  const gapBefore = (row: number): number => (firstControl > 0 && row >= firstControl ? 8 : 0)
  const body: Box = {
    width: head.width,
    height: rows.length * cellHeight + gapBefore(rows.length),
    draw(context, x, y) {
      context.textBaseline = 'alphabetic'
      rows.forEach(({ name, values, control }, r) => {
        const top = y + r * cellHeight + gapBefore(r)
        const baseline = top + cellHeight / 2 + style.size / 3
        context.font = fontOf(style)
        context.fillStyle = control ? theme.quietInk : theme.ink
        context.textAlign = 'left'
        context.fillText(name, x, baseline)
        context.textAlign = 'center'
        values.forEach((value, c) => {
          const column = columns[c]!
          const quality = qualityOf(
            value,
            column,
            rows.filter(isCandidate).map((row) => row.values[c]!),
          )
          const left = x + nameWidth + c * cellWidth
          context.fillStyle = shade(control ? undefined : quality)
          context.fillRect(left + 1, top + 1, cellWidth - 2, cellHeight - 2)
          context.fillStyle = control ? theme.quietInk : theme.ink
          context.font = fontOf({ ...style, weight: quality === 1 && !control ? 'bold' : 'normal' })
          context.fillText(written(value, column), left + cellWidth / 2, baseline)
        })
      })
    },
  }
  return stack([head, body], lineHeight(style) / 4)
}

/** From 0, the worst of the column, to 1, the best. */
function qualityOf(
  value: number,
  { better }: ComparisonColumn,
  all: readonly number[],
): number | undefined {
  const known = all.filter(Number.isFinite)
  const [low, high] = [Math.min(...known), Math.max(...known)]
  if (better === undefined || !Number.isFinite(value) || low === high) return undefined
  const place = (value - low) / (high - low)
  return better === 'high' ? place : 1 - place
}

/** White to green; text stays legible on all of it. */
function shade(quality: number | undefined): string {
  if (quality === undefined) return theme.track
  const mix = (worst: number, best: number): number => Math.round(worst + quality * (best - worst))
  return `rgb(${mix(250, 134)}, ${mix(250, 203)}, ${mix(250, 146)})`
}
