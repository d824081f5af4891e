/** How the results of {@link shapeTexture} are shown. */
import { stack, type Box } from '../figures/box.js'
import { comparison } from '../figures/comparison.js'
import { colourLegend } from '../figures/colour-legend.js'
import { Figure } from '../figures/figure.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { fontOf, textStyles, textWidth } from '../figures/text.js'
import { theme } from '../figures/theme.js'
import { type CueCounts, shapeBias } from './shape-bias.js'
import type { ShapeBiasFindings } from './shape-texture.js'

/** Shape, texture, neither. */
const COLOURS = ['#4269d0', '#efb118', theme.track] as const
const NAMES = ['shape', 'texture', 'neither'] as const

const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–'

/** A bar for each network, divided by what it decided for. */
export function biasFigure({ networks, images }: ShapeBiasFindings): Figure {
  return cueBars(networks, {
    title: `Shape or texture? ${images} pictures where they disagree`,
    caption:
      'Bars: the share of all pictures. Shape bias: of the decisions for one of the two, the share for the shape ' +
      '(Geirhos et al. 2019); in brackets its 95 % interval.',
  })
}

export interface CueBarsOptions {
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

/**
 * For each row, how often the shape was named, how often the texture, and how often neither, with the shape bias.
 *
 * @throws RangeError where there are no rows.
 * @example cueBars(publishedShapeBias, { title: 'Geirhos et al. (2019)' })
 */
export function cueBars(
  rows: readonly (Pick<CueCounts, 'shape' | 'texture'> & { name: string; neither?: number })[],
  { title, caption }: CueBarsOptions = {},
): Figure {
  if (rows.length === 0) throw new RangeError('there are no decisions to draw')
  const lines = rows.map((counts) => {
    const { share, low, high } = shapeBias(counts)
    const interval = Number.isFinite(share)
      ? ` (${(100 * low).toFixed(0)} … ${(100 * high).toFixed(0)})`
      : ''
    return { ...counts, neither: counts.neither ?? 0, bias: percent(share), interval }
  })
  return new Figure({
    title,
    caption,
    text: [
      title ?? 'shape or texture',
      ...lines.map(
        ({ name, shape, texture, neither, bias }) =>
          `${name}: shape ${shape}, texture ${texture}, neither ${neither}; shape bias ${bias}`,
      ),
    ].join('\n'),
    body: () => {
      const legend = colourLegend(
        NAMES.map((name, i) => ({ text: `decided for ${name}`, colour: COLOURS[i]! })),
        'at the right: shape bias',
      )
      return stack([legend, bars(lines)], theme.gap)
    },
  })
}

interface Line extends CueCounts {
  name: string
  bias: string
  interval: string
}

const [WIDTH, HEIGHT, PITCH] = [380, 18, 28]

function bars(lines: readonly Line[]): Box {
  const style = textStyles.normal
  const widest = (of: (line: Line) => string): number =>
    Math.max(...lines.map((line) => textWidth(of(line), style)))
  const left = widest(({ name }) => name) + 12
  const bias = widest((line) => line.bias)
  return {
    width: left + WIDTH + 12 + bias + widest(({ interval }) => interval) + 6,
    height: lines.length * PITCH,
    draw(context, x, y) {
      context.textBaseline = 'alphabetic'
      lines.forEach((line, i) => {
        const top = y + i * PITCH + (PITCH - HEIGHT) / 2
        const baseline = top + HEIGHT / 2 + style.size / 3
        const all = line.shape + line.texture + line.neither
        let from = x + left
        NAMES.forEach((cue, k) => {
          const length = (WIDTH * line[cue]) / (all || 1)
          context.fillStyle = COLOURS[k]!
          context.fillRect(from, top, length, HEIGHT)
          from += length
        })
        context.font = fontOf(style)
        context.fillStyle = theme.ink
        context.textAlign = 'right'
        context.fillText(line.name, x + left - 12, baseline)
        context.fillText(line.bias, x + left + WIDTH + 12 + bias, baseline)
        context.textAlign = 'left'
        context.fillStyle = theme.quietInk
        context.fillText(line.interval, x + left + WIDTH + 12 + bias, baseline)
      })
    },
  }
}

/** What the colours mean, and the number at the right. */

/** Some pictures with all decisions. */
export function exampleFigure({ examples }: ShapeBiasFindings): Figure {
  if (examples.length === 0) throw new RangeError('no examples were kept')
  return row(
    examples.map(({ image, shape, texture, decisions }) =>
      picture(image, {
        title: `${shape}, filled with ${texture}`,
        caption: decisions
          .map(({ name, decision }) => {
            const cue = decision === shape ? ' (shape)' : decision === texture ? ' (texture)' : ''
            return `${name}: ${decision}${cue}`
          })
          .join('\n'),
      }),
    ),
  )
}

/** The shape bias by the class of the shape; for each network a column. */
export function classFigure({ networks, categories, images }: ShapeBiasFindings): Figure {
  const present = categories.filter((name) => networks.some(({ perClass }) => perClass.has(name)))
  return comparison({
    title: `Shape bias by class of the shape: ${images} pictures`,
    columns: networks.map(({ name }) => ({ title: name, format: percent })),
    rows: present.map((category) => ({
      name: category,
      values: networks.map(({ perClass }) => {
        const counts = perClass.get(category)
        return counts ? shapeBias(counts).share : NaN
      }),
    })),
    caption: '–: neither its shape nor the texture was ever named.',
  })
}
