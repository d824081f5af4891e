import { schemeObservable10 } from 'd3-scale-chromatic'
import { Image } from '../image/image.js'
import { type Box, stack } from './box.js'
import { Figure } from './figure.js'
import { imageBox, naturalHeight } from './picture.js'
import { checkPlane, type Plane } from './range.js'
import { lineHeight, textLine, textStyles } from './text.js'
import { theme } from './theme.js'

export interface CategoryMapOptions extends Plane {
  /** What a number of the map stands for. */
  name: (index: number) => string
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/** The less frequent categories beyond these share one colour. */
const mostColours = 8
const otherColour = '#aab2bd'

/**
 * A map of categories, such as classes, each in a colour of its own, with a legend that begins with the
 * most frequent one and says how much of the map it takes.
 *
 * @throws RangeError when the sizes do not belong together or a value is not finite.
 * @example categoryMap({ data, width: 13, height: 13, name: (i) => net.className(i), title: 'Class' })
 */
export function categoryMap(options: CategoryMapOptions): Figure {
  checkPlane(options, 'a map of categories')
  const { data, width, height, name, title, caption } = options
  const counts = new Map<number, number>()
  for (const index of data) counts.set(index, (counts.get(index) ?? 0) + 1)
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || a - b)
  const share = (count: number): string => `${Math.round((100 * count) / data.length)} %`
  const shown = ranked.length > mostColours ? ranked.slice(0, mostColours - 1) : ranked
  const rest = ranked.slice(shown.length)
  const colours = new Map(shown.map(([index], i) => [index, schemeObservable10[i]!]))
  const entries = shown.map(([index, count]) => ({
    colour: colours.get(index)!,
    text: `${name(index)} · ${share(count)}`,
  }))
  if (rest.length > 0) {
    const together = rest.reduce((sum, [, count]) => sum + count, 0)
    entries.push({ colour: otherColour, text: `${rest.length} others · ${share(together)}` })
  }

  const image = new Image(width, height)
  const plane = width * height
  data.forEach((index, i) => {
    const colour = Number.parseInt((colours.get(index) ?? otherColour).slice(1), 16)
    for (let c = 0; c < 3; c++) image.data[c * plane + i] = ((colour >> (8 * (2 - c))) & 255) / 255
  })
  return new Figure({
    title,
    caption,
    text:
      `${title ? `${title}: ` : ''}map of ${width}×${height} categories: ` +
      entries.map(({ text }) => text).join(', '),
    pictureHeight: naturalHeight(image),
    body: (pictureHeight) => {
      const picture = imageBox(image, pictureHeight)
      return stack([picture, legend(entries, Math.max(picture.width, theme.minWidth))], 8)
    },
  })
}

const [swatch, pitch] = [12, 18]

function legend(entries: readonly { colour: string; text: string }[], width: number): Box {
  const style = textStyles.small
  const left = swatch + 6
  return {
    width,
    height: entries.length * pitch,
    draw(context, x, y) {
      entries.forEach(({ colour, text }, i) => {
        const top = y + i * pitch
        context.fillStyle = colour
        context.fillRect(x, top + (pitch - swatch) / 2, swatch, swatch)
        context.fillStyle = style.color
        const baseline = top + (pitch - lineHeight(style)) / 2 + style.size
        textLine(context, text, x + left, baseline, width - left, style)
      })
    },
  }
}
