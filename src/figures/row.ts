import { stack, type Box } from './box.js'
import { Figure, type FigureParts } from './figure.js'
import { textBox, textStyles } from './text.js'
import { theme } from './theme.js'

export interface RowOptions {
  /** Above the whole row. */
  title?: string
  /** Small print below the whole row; line breaks are kept. */
  caption?: string
}

/** Pictures side by side are shown between these heights, in CSS pixels. */
const [smallest, largest] = [168, 256]

const available = theme.maxWidth - 2 * theme.padding

/**
 * Several figures side by side, their titles, pictures and captions aligned and their pictures of
 * equal height. What is wider than a notebook goes on in further lines. A row in a row stays together.
 *
 * @throws RangeError when there are no figures.
 * @example row([picture(photo, { title: 'input' }), plain, guided], { title: 'Saliency' })
 */
export function row(figures: readonly Figure[], options: RowOptions = {}): Figure {
  if (figures.length === 0) throw new RangeError('a row needs at least one figure')
  const { title, caption } = options
  const body = arrange(figures)
  const heading = textBox(title ?? '', Math.max(body.width, theme.minWidth), textStyles.heading)
  return new Figure({
    caption,
    beside: title || caption ? undefined : figures,
    text: [...(title ? [title] : []), ...figures.map((figure) => figure.toString())].join('\n'),
    body: () => stack([heading, body], 10),
  }).drawnFrom(...figures.flatMap(({ sources }) => sources))
}

/** As few lines as possible, about equally full, with the largest pictures that fit. */
function arrange(figures: readonly Figure[]): Box {
  const groups = figures.map(inOneLine)
  const heights = groups.flat().map(({ parts }) => parts.pictureHeight ?? 0)
  const tallest = Math.min(largest, Math.max(smallest, ...heights))
  for (let count = 1; count <= groups.length; count++) {
    const perLine = Math.ceil(groups.length / count)
    const lines = Array.from({ length: Math.ceil(groups.length / perLine) }, (_, i) =>
      groups.slice(i * perLine, (i + 1) * perLine).flat(),
    )
    for (let height = tallest; height >= smallest; height--) {
      const boxes = lines.map((line) => lineUp(line, height))
      if (boxes.every(({ width }) => width <= available)) return stack(boxes, theme.gap)
    }
  }
  // Something that is no picture is wider than a notebook, and is shown so.
  return stack(
    figures.map((figure) => lineUp([figure], smallest)),
    theme.gap,
  )
}

/** What stands in a row, where all of it fits into one line; otherwise the figure as it is. */
const inOneLine = (figure: Figure): readonly Figure[] => {
  const parts = figure.parts.beside?.flatMap(inOneLine)
  return parts && lineUp(parts, smallest).width <= available ? parts : [figure]
}

/** A figure's body with its picture at a height, or lower where it would be wider than a notebook. */
function fittingBody({ body, pictureHeight: natural }: FigureParts, pictureHeight: number): Box {
  if (natural === undefined) return body()
  const wanted = body(pictureHeight)
  const shrink = available / wanted.width
  return shrink < 1 ? body(Math.max(1, Math.floor(pictureHeight * shrink))) : wanted
}

/** Figures in one line: titles end at the same height, pictures and captions begin at the same. */
function lineUp(figures: readonly Figure[], pictureHeight: number): Box {
  const columns = figures.map(({ parts }) => {
    const body = fittingBody(parts, pictureHeight)
    const width = Math.max(body.width, theme.minWidth)
    const title = textBox(parts.title ?? '', width, textStyles.title)
    const caption = textBox(parts.caption ?? '', width, textStyles.small)
    return { width, title, body, caption }
  })
  const tallest = (part: 'title' | 'body' | 'caption'): number =>
    Math.max(...columns.map((column) => column[part].height))
  const space = (height: number): number => (height > 0 ? height + theme.smallGap : 0)
  const bodyTop = space(tallest('title'))
  const captionTop = bodyTop + space(tallest('body'))
  return {
    width: columns.reduce((sum, { width }) => sum + width + theme.gap, -theme.gap),
    height: captionTop + tallest('caption') - (tallest('caption') ? 0 : theme.smallGap),
    draw(context, x, y) {
      for (const { width, title, body, caption } of columns) {
        title.draw(context, x, y + tallest('title') - title.height)
        body.draw(context, x, y + bodyTop)
        caption.draw(context, x, y + captionTop)
        x += width + theme.gap
      }
    },
  }
}
