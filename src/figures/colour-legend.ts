import type { Box } from './box.js'
import { fontOf, lineHeight, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'

const SIDE = 11

/** What colours mean, in one line, with a note behind them. */
export function colourLegend(
  entries: readonly { colour: string; text: string }[],
  note: string,
): Box {
  const style = textStyles.small
  const widths = entries.map(({ text }) => SIDE + 5 + textWidth(text, style) + 16)
  return {
    width: widths.reduce((a, b) => a + b, 0) + textWidth(note, style),
    height: lineHeight(style),
    draw(context, x, y) {
      context.font = fontOf(style)
      context.textBaseline = 'alphabetic'
      context.textAlign = 'left'
      const top = y + (lineHeight(style) - SIDE) / 2
      let left = x
      entries.forEach(({ colour, text }, i) => {
        context.fillStyle = colour
        context.fillRect(left, top, SIDE, SIDE)
        context.strokeStyle = theme.line
        context.lineWidth = 0.5
        context.strokeRect(left, top, SIDE, SIDE)
        context.fillStyle = style.color
        context.fillText(text, left + SIDE + 5, y + style.size + 2)
        left += widths[i]!
      })
      context.fillText(note, left, y + style.size + 2)
    },
  }
}
