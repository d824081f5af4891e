import type { Image } from '../image/image.js'
import type { Box } from './box.js'
import { Figure } from './figure.js'
import { imageBox } from './picture.js'
import { ellipsize, lineHeight, textLine, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'

export interface PictureCell {
  /** Side by side; a cell may be empty. */
  images: readonly Image[]
  /** A word or number below. */
  note?: string
}

export interface PictureTableOptions {
  columns: readonly string[]
  rows: readonly { label: string; cells: readonly PictureCell[] }[]
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * Pictures in a table: what is the same in a row, and how it differs from column to column. All have one height.
 *
 * @throws RangeError where there are no rows, or a row has another number of cells than there are columns.
 * @example pictureTable({ columns: ['epoch 1'], rows: [{ label: 'conv3:15', cells: [{ images: [patch] }] }] })
 */
export function pictureTable(options: PictureTableOptions): Figure {
  const { columns, rows, title, caption } = options
  const wrong = rows.find(({ cells }) => cells.length !== columns.length)
  if (wrong || rows.length === 0)
    throw new RangeError(
      wrong
        ? `row '${wrong.label}' has ${wrong.cells.length} cells for ${columns.length} columns`
        : 'a table of pictures needs a row at least',
    )
  return new Figure({
    title,
    caption,
    text: [
      `${title ? `${title}: ` : ''}${columns.join(', ')}`,
      ...rows.map(
        ({ label, cells }) => `${label}: ${cells.map(({ note }) => note ?? '').join(', ')}`,
      ),
    ].join('\n'),
    body: () => draw(options),
  })
}

/** In CSS pixels: between pictures of a cell, between cells; the bounds of a picture's height. */
const [within, between, smallest, largest, longestLabel] = [2, 12, 24, 96, 110]

function draw({ columns, rows }: PictureTableOptions): Box {
  const style = textStyles.small
  const line = lineHeight(style)
  const labels = rows.map(({ label }) => ellipsize(label, longestLabel, style))
  const left = Math.max(...labels.map((label) => textWidth(label, style))) + 10
  const cells = rows.flatMap((row) => row.cells)
  const most = Math.max(1, ...cells.map(({ images }) => images.length))
  const wide = Math.max(
    1,
    ...cells.flatMap(({ images }) => images.map(({ width, height }) => width / height)),
  )
  const room = (theme.maxWidth - 2 * theme.padding - left + between) / columns.length - between
  const fit = Math.floor((room - (most - 1) * within) / most / wide)
  const height = Math.max(smallest, Math.min(largest, fit))
  const cellWidth = most * Math.round(height * wide) + (most - 1) * within
  const noted = cells.some(({ note }) => note !== undefined)
  const pitch = height + (noted ? line : 0) + 8
  return {
    width: left + columns.length * (cellWidth + between) - between,
    height: line + 4 + rows.length * pitch - 8,
    draw(context, x, y) {
      const write = (text: string, at: number, baseline: number, width: number): void =>
        textLine(context, text, at, baseline, width, style)
      context.fillStyle = theme.ink
      columns.forEach((column, c) =>
        write(column, x + left + c * (cellWidth + between), y + style.size, cellWidth),
      )
      rows.forEach((row, r) => {
        const top = y + line + 4 + r * pitch
        context.fillStyle = theme.ink
        write(labels[r]!, x, top + height / 2 + 4, longestLabel)
        row.cells.forEach(({ images, note }, c) => {
          let at = x + left + c * (cellWidth + between)
          context.fillStyle = style.color
          if (note !== undefined) write(note, at, top + height + style.size + 1, cellWidth)
          if (images.length === 0) {
            context.fillStyle = theme.track
            context.fillRect(at, top, cellWidth, height)
          }
          for (const image of images) {
            const box = imageBox(image, height)
            box.draw(context, at, top)
            at += box.width + within
          }
        })
      })
    },
  }
}
