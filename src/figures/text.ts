import { createCanvas, GlobalFonts } from 'canvas'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Box, Context } from './box.js'
import { theme } from './theme.js'

// Figures bring their own font (DejaVu, which has the symbols of mathematics), so that they look the
// same everywhere, on machines without any fonts too.
const family = 'Fovea Sans'
const fontFolder = join(
  dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')),
  'ttf',
)
for (const file of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'])
  if (!GlobalFonts.registerFromPath(join(fontFolder, file), family))
    throw new Error(`cannot read the font ${join(fontFolder, file)}`)

export interface TextStyle {
  size: number
  weight: 'normal' | 'bold'
  color: string
}

/** The few kinds of text in figures. Nothing is smaller than 12 CSS pixels. */
export const textStyles = {
  heading: { size: 15, weight: 'bold', color: theme.ink },
  title: { size: 13, weight: 'bold', color: theme.ink },
  normal: { size: 13, weight: 'normal', color: theme.ink },
  strong: { size: 13, weight: 'bold', color: theme.accent },
  small: { size: 12, weight: 'normal', color: theme.quietInk },
} satisfies Record<string, TextStyle>

export const fontOf = ({ size, weight }: TextStyle): string => `${weight} ${size}px "${family}"`

export const lineHeight = ({ size }: TextStyle): number => Math.round(size * 1.35)

const ruler = createCanvas(1, 1).getContext('2d')

/** The width of one line of text in CSS pixels. */
export function textWidth(text: string, style: TextStyle): number {
  ruler.font = fontOf(style)
  const { width, actualBoundingBoxLeft, actualBoundingBoxRight } = ruler.measureText(text)
  // Slanted or wide letters may reach beyond their advance.
  return Math.ceil(Math.max(width, actualBoundingBoxRight) + Math.max(0, actualBoundingBoxLeft))
}

/** The text, its end replaced by an ellipsis where it would be wider than `width`. */
export function ellipsize(text: string, width: number, style: TextStyle): string {
  if (textWidth(text, style) <= width) return text
  const letters = [...text]
  while (letters.length > 1 && textWidth(`${letters.join('').trimEnd()}…`, style) > width)
    letters.pop()
  return `${letters.join('').trimEnd()}…`
}

/** One line of text in the context's colour, cut off at `width`. @param baseline The y of its letters' feet. */
export function textLine(
  context: Context,
  text: string,
  x: number,
  baseline: number,
  width: number,
  style: TextStyle,
): void {
  context.font = fontOf(style)
  context.textAlign = 'left'
  context.textBaseline = 'alphabetic'
  context.fillText(ellipsize(text, width, style), x, baseline)
}

/**
 * Breaks text into lines no wider than `width`: between words, after a dot, slash or underscore of a
 * layer's name, and anywhere in what is still too long for one line.
 */
export function wrap(text: string, width: number, style: TextStyle): string[] {
  const fits = (line: string) => textWidth(line.trimEnd(), style) <= width
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    const flush = () => {
      lines.push(line.trimEnd())
      line = ''
    }
    // After a space or within a long name, but not within a number, nor before its %.
    for (const piece of paragraph.split(/(?<=[\s_/])(?![\s%])|(?<=\.)(?![\s\d])/)) {
      if (!fits(line + piece)) flush()
      for (const part of fits(piece) ? [piece] : piece) {
        if (!fits(line + part)) flush()
        line += part
      }
    }
    flush()
  }
  return lines.filter(Boolean)
}

/** Text broken into lines to fit `width`. The box is as wide as given, so that text aligns with it. */
export function textBox(
  text: string,
  width: number,
  style: TextStyle,
  align: 'left' | 'center' = 'left',
): Box {
  const lines = wrap(text, width, style)
  const pitch = lineHeight(style)
  return {
    width,
    height: lines.length * pitch,
    draw(context, x, y) {
      context.font = fontOf(style)
      context.fillStyle = style.color
      context.textBaseline = 'alphabetic'
      context.textAlign = align
      const anchor = align === 'left' ? x : x + width / 2
      lines.forEach((line, i) => {
        context.fillText(line, anchor, y + i * pitch + Math.round((pitch + 0.73 * style.size) / 2))
      })
    },
  }
}
