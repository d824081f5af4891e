/** Queries and their neighbours, a line for each. */
import type { Image } from '../image/image.js'
import { resize } from '../image/resize.js'
import type { Box } from './box.js'
import { Figure } from './figure.js'
import { lineHeight, textLine, textStyles } from './text.js'
import { theme } from './theme.js'

export interface NamedImage {
  image: Image
  /** Its class, where it has one. */
  name?: string
}

export interface SheetLine {
  query: NamedImage
  /** Its neighbours in one space, then in another, the nearest first. */
  groups: readonly (readonly NamedImage[])[]
}

export interface NeighbourSheetOptions {
  lines: readonly SheetLine[]
  /** What each group of neighbours is called. */
  names: readonly string[]
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * The pictures of queries, and beside each its neighbours in several spaces. Neighbours of the query's class have
 * its name in black, others in red.
 *
 * @throws RangeError where there are no lines.
 */
export function neighbourSheet(options: NeighbourSheetOptions): Figure {
  const { lines, names, title, caption } = options
  if (lines.length === 0) throw new RangeError('a sheet of neighbours needs at least one query')
  const named = lines.some(({ query }) => query.name !== undefined)
  const colours = named ? ' Names in red: of another class than the query.' : ''
  return new Figure({
    title,
    caption: `${caption ?? ''}${colours}`.trim() || undefined,
    text: [
      title ?? 'nearest neighbours',
      ...lines.map(
        ({ query, groups }) =>
          `${query.name ?? 'picture'}: ` +
          groups
            .map((group, i) => `${names[i]}: ${group.map(({ name }) => name ?? '?').join(', ')}`)
            .join('; '),
      ),
    ].join('\n'),
    body: () => sheet(options),
  })
}

/** Between the query and its neighbours, and between those by one space and by another. */
const APART = 22

function sheet({ lines, names }: NeighbourSheetOptions): Box {
  const style = textStyles.small
  const counts = names.map((_, g) => Math.max(...lines.map(({ groups }) => groups[g]!.length)))
  const tiles = 1 + counts.reduce((a, b) => a + b, 0)
  const room = theme.maxWidth - 2 * theme.padding - counts.length * APART
  const side = Math.max(36, Math.min(96, Math.floor(room / tiles) - 4))
  const pitch = side + 4
  const line = lineHeight(style)
  const named = lines.some(({ query, groups }) =>
    [query, ...groups.flat()].some(({ name }) => name !== undefined),
  )
  const height = side + (named ? line : 0) + 6
  const starts = counts.map(
    (_, g) => pitch + APART + counts.slice(0, g).reduce((sum, n) => sum + n * pitch + APART, 0),
  )
  return {
    width: starts.at(-1)! + counts.at(-1)! * pitch - 4,
    height: line + 4 + lines.length * height,
    draw(context, x, y) {
      const write = (text: string, left: number, baseline: number, width: number): void =>
        textLine(context, text, left, baseline, width, style)
      context.fillStyle = textStyles.small.color
      write('query', x, y + style.size, side + APART)
      names.forEach((name, g) =>
        write(name, x + starts[g]!, y + style.size, counts[g]! * pitch + APART - 8),
      )
      lines.forEach(({ query, groups }, i) => {
        const top = y + line + 4 + i * height
        const put = ({ image, name }: NamedImage, left: number): void => {
          const scale = side / Math.max(image.width, image.height)
          const [w, h] = [image.width * scale, image.height * scale]
          const [columns, rows] = [w, h].map((one) =>
            Math.max(1, Math.round(one * theme.resolution)),
          ) as [number, number]
          const shown = resize(image, columns, rows).toCanvas()
          context.drawImage(shown, left + (side - w) / 2, top + (side - h) / 2, w, h)
          if (name === undefined) return
          const same = query.name === undefined || name === query.name
          context.fillStyle = same ? theme.ink : theme.accent
          write(name, left, top + side + style.size + 1, side)
        }
        put(query, x)
        groups.forEach((group, g) =>
          group.forEach((one, k) => put(one, x + starts[g]! + k * pitch)),
        )
      })
    },
  }
}
