import type { Image } from '../image/image.js'
import { resize } from '../image/resize.js'
import type { Box } from './box.js'
import { Figure } from './figure.js'
import { fontOf, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'

/** Small pictures of equal size that belong together, and what they are called. */
export interface Bracket {
  label: string
  images: readonly Image[]
}

export interface BracketsOptions {
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * Groups of small pictures, each in brackets behind its label: the filters of a deeper layer, one tile for
 * each of the maps that a filter reads. Short groups stand side by side, long ones go on in further lines.
 *
 * @throws RangeError when there are no pictures, or they differ in size.
 * @example brackets([{ label: '0', images: kernelsOfFilter0 }], { title: 'conv2' })
 */
export function brackets(groups: readonly Bracket[], options: BracketsOptions = {}): Figure {
  const { title, caption } = options
  const images = groups.flatMap((group) => group.images)
  const [first] = images
  if (!first) throw new RangeError('brackets need at least one image')
  const other = images.find(({ width, height }) => width !== first.width || height !== first.height)
  if (other)
    throw new RangeError(
      `pictures in brackets have one size, but there are ${first.toString()} and ${other.toString()}`,
    )
  return new Figure({
    title,
    caption,
    text:
      `${title ? `${title}: ` : ''}${groups.length} groups of up to ` +
      `${Math.max(...groups.map((group) => group.images.length))} tiles of ${first.width}×${first.height} pixels: ` +
      groups.map(({ label }) => label).join(', '),
    body: () => layout(groups, first),
  })
}

/** In CSS pixels: the smallest tile, between tiles, between lines, between groups, for a bracket. */
const [smallest, gutter, leading, between, bracket] = [12, 2, 5, 16, 4]
const available = theme.maxWidth - 2 * theme.padding

function layout(groups: readonly Bracket[], { width, height }: Image): Box {
  const style = textStyles.small
  const factor = Math.max(1, Math.ceil((smallest * theme.resolution) / Math.min(width, height)))
  const tileWidth = (width * factor) / theme.resolution
  const tileHeight = (height * factor) / theme.resolution
  const pitch = tileWidth + gutter
  const labelWidth = Math.max(...groups.map(({ label }) => textWidth(label, style))) + 6
  const longest = Math.max(...groups.map(({ images }) => images.length))
  const around = labelWidth + 2 * (bracket + gutter)
  const perLine = Math.min(longest, Math.max(1, Math.floor((available - around) / pitch)))
  const linesPerGroup = Math.ceil(longest / perLine)
  const groupWidth = Math.ceil(around + perLine * pitch)
  const linePitch = Math.max(tileHeight, style.size) + leading
  const groupHeight = Math.ceil(linesPerGroup * linePitch - leading)
  const columns = Math.max(1, Math.floor((available + between) / (groupWidth + between)))
  const used = Math.min(columns, groups.length)
  const rows = Math.ceil(groups.length / columns)
  const gap = linesPerGroup > 1 ? 2 * leading : leading
  return {
    width: used * (groupWidth + between) - between,
    height: rows * (groupHeight + gap) - gap,
    draw(context, x, y) {
      context.imageSmoothingEnabled = false
      groups.forEach(({ label, images }, i) => {
        const left = x + (i % columns) * (groupWidth + between)
        const top = y + Math.floor(i / columns) * (groupHeight + gap)
        context.font = fontOf(style)
        context.fillStyle = style.color
        context.textAlign = 'right'
        context.textBaseline = 'alphabetic'
        context.fillText(
          label,
          left + labelWidth - 4,
          top + Math.min(linePitch, tileHeight) / 2 + 4,
        )
        images.forEach((image, k) => {
          const enlarged = resize(image, width * factor, height * factor, { filter: 'nearest' })
          const tileLeft = left + labelWidth + bracket + gutter + (k % perLine) * pitch
          const tileTop = top + Math.floor(k / perLine) * linePitch
          context.drawImage(enlarged.toCanvas(), tileLeft, tileTop, tileWidth, tileHeight)
          context.strokeStyle = theme.line // a white tile on the white card
          context.lineWidth = 0.5
          context.strokeRect(tileLeft - 0.25, tileTop - 0.25, tileWidth + 0.5, tileHeight + 0.5)
        })
        const right =
          left + labelWidth + 2 * (bracket + gutter) + Math.min(perLine, images.length) * pitch
        const bottom = top + Math.ceil(images.length / perLine) * linePitch - leading
        context.strokeStyle = style.color
        context.lineWidth = 1
        for (const [edge, inwards] of [
          [left + labelWidth, 1],
          [right - gutter, -1],
        ] as const) {
          context.beginPath()
          context.moveTo(edge + inwards * bracket, top)
          context.quadraticCurveTo(edge, top, edge, top + bracket)
          context.lineTo(edge, bottom - bracket)
          context.quadraticCurveTo(edge, bottom, edge + inwards * bracket, bottom)
          context.stroke()
        }
      })
    },
  }
}
