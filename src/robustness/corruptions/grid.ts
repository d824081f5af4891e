/** How pictures are laid out by corruption and severity. */
import type { Box } from '../../figures/box.js'
import { Figure } from '../../figures/figure.js'
import { imageBox } from '../../figures/picture.js'
import { fontOf, lineHeight, textStyles, textWidth } from '../../figures/text.js'
import { theme } from '../../figures/theme.js'
import type { Image } from '../../image/image.js'

/** A corruption's pictures, the original first, then by severity. */
export interface GridRow {
  name: string
  images: readonly Image[]
}

/** In CSS pixels: the height of a picture, and between two. */
const [TILE, GUTTER] = [84, 3]

export function corruptionGrid(rows: readonly GridRow[], title = 'Corruptions'): Figure {
  return new Figure({
    title,
    caption:
      'Left: the original; then the severities. After Hendrycks & Dietterich (2019); the frost is grown from noise.',
    text: `${title}: ${rows.map(({ name }) => name).join(', ')}, each in 5 severities`,
    body: () => grid(rows),
  })
}

function grid(rows: readonly GridRow[]): Box {
  const style = textStyles.small
  const boxes = rows.map(({ images }) => images.map((image) => imageBox(image, TILE)))
  const pitch = boxes[0]![0]!.width + GUTTER
  const left = Math.max(...rows.map(({ name }) => textWidth(name, style))) + 10
  const top = lineHeight(style) + 2
  const columns = Math.max(...boxes.map(({ length }) => length))
  return {
    width: left + columns * pitch - GUTTER,
    height: top + rows.length * (TILE + GUTTER) - GUTTER,
    draw(context, x, y) {
      const words = (text: string, atX: number, atY: number): void => {
        context.font = fontOf(style)
        context.fillStyle = theme.ink
        context.textBaseline = 'alphabetic'
        context.fillText(text, atX, atY)
      }
      context.textAlign = 'center'
      for (let i = 0; i < columns; i++)
        words(i === 0 ? 'original' : String(i), x + left + (i + 0.5) * pitch, y + style.size)
      rows.forEach(({ name }, r) => {
        const lineTop = y + top + r * (TILE + GUTTER)
        context.textAlign = 'right'
        words(name, x + left - 10, lineTop + TILE / 2 + style.size / 3)
        boxes[r]!.forEach((box, i) => box.draw(context, x + left + i * pitch, lineTop))
      })
    },
  }
}
