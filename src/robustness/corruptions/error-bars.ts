/** mCE and relative mCE of several networks, as bars. */
import { type Box, stack } from '../../figures/box.js'
import { colourLegend } from '../../figures/colour-legend.js'
import { Figure } from '../../figures/figure.js'
import { fontOf, textStyles, textWidth } from '../../figures/text.js'
import { theme } from '../../figures/theme.js'

export interface CorruptionBar {
  name: string
  /** As shares: 1 is 100 %. */
  clean: number
  meanCE: number
  /** NaN where it is not known. */
  relativeMeanCE: number
}

export interface CorruptionBarsOptions {
  title?: string
  /** Small print below; line breaks are kept. */
  caption?: string
}

const percent = (share: number): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–'

/**
 * For each network its clean error, and mCE and relative mCE as bars; a line marks the baseline's 100 %.
 *
 * @throws RangeError where there are no networks.
 * @example corruptionBars(publishedCorruptionErrors, { title: 'ImageNet-C' })
 */
export function corruptionBars(
  networks: readonly CorruptionBar[],
  { title, caption }: CorruptionBarsOptions = {},
): Figure {
  if (networks.length === 0) throw new RangeError('there are no networks to draw')
  return new Figure({
    title,
    caption,
    text: [
      title ?? 'corruption errors',
      ...networks.map(
        ({ name, clean, meanCE, relativeMeanCE }) =>
          `${name}: clean error ${percent(clean)}, mCE ${percent(meanCE)}, relative mCE ${percent(relativeMeanCE)}`,
      ),
    ].join('\n'),
    body: () => {
      const legend = colourLegend(
        NAMES.map((text, i) => ({ text, colour: COLOURS[i]! })),
        'line: the baseline, 100 %',
      )
      return stack([legend, bars(networks)], theme.gap)
    },
  })
}

const COLOURS = ['#4269d0', '#efb118'] as const
const NAMES = ['mCE: errors', 'relative mCE: what is lost to corruption'] as const
const [WIDTH, BAR, PITCH] = [400, 12, 38]

function bars(networks: readonly CorruptionBar[]): Box {
  const [style, small] = [textStyles.normal, textStyles.small]
  const values = networks.map(({ meanCE, relativeMeanCE }) => [meanCE, relativeMeanCE])
  const high = Math.max(1, ...values.flat().filter(Number.isFinite))
  const clean = networks.map((network) => `clean error ${percent(network.clean)}`)
  const left =
    12 +
    Math.max(
      ...networks.map(({ name }) => textWidth(name, style)),
      ...clean.map((text) => textWidth(text, small)),
    )
  return {
    width: left + WIDTH + textWidth(' 1000.0 %', small) + 6,
    height: networks.length * PITCH + 2,
    draw(context, x, y) {
      context.textBaseline = 'alphabetic'
      const toX = (value: number): number => x + left + (WIDTH * value) / high
      const numbers: { text: string; left: number; baseline: number }[] = []
      networks.forEach(({ name }, i) => {
        const top = y + i * PITCH
        context.textAlign = 'right'
        context.font = fontOf(style)
        context.fillStyle = theme.ink
        context.fillText(name, x + left - 12, top + 15)
        context.font = fontOf(small)
        context.fillStyle = theme.quietInk
        context.fillText(clean[i]!, x + left - 12, top + 30)
        context.textAlign = 'left'
        values[i]!.forEach((value, k) => {
          const barTop = top + 4 + k * (BAR + 3)
          if (Number.isFinite(value)) {
            context.fillStyle = COLOURS[k]!
            context.fillRect(x + left, barTop, toX(Math.max(0, value)) - x - left, BAR)
          }
          const end = toX(Number.isFinite(value) ? Math.max(0, value) : 0)
          numbers.push({ text: percent(value), left: end + 6, baseline: barTop + BAR - 1 })
        })
      })
      context.fillStyle = theme.ink
      context.fillRect(toX(1), y, 1, networks.length * PITCH)
      numbers.forEach(({ text, left: at, baseline }) => {
        // The line would run through a number just before it.
        context.fillStyle = theme.card
        context.fillRect(at - 2, baseline - BAR + 2, textWidth(text, small) + 4, BAR)
        context.fillStyle = theme.quietInk
        context.fillText(text, at, baseline)
      })
    },
  }
}
