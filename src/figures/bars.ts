import type { Box } from './box.js'
import { Figure } from './figure.js'
import { ellipsize, fontOf, lineHeight, textStyles, textWidth } from './text.js'
import { theme } from './theme.js'

export interface PredictionBarsOptions {
  /** One probability per class, each in [0, 1]. */
  probabilities: ArrayLike<number>
  /** The names of the classes, in the same order. */
  classes: readonly string[]
  /** How many of the most probable classes to show. Default 5. */
  top?: number
  /** The index of a class to highlight; it is shown even if it is not among the most probable. */
  target?: number
  title?: string
  caption?: string
}

/**
 * The most probable classes, a bar for each.
 *
 * @throws RangeError when names and probabilities differ in number, a probability is not in [0, 1],
 * or there is no class `target`.
 * @example predictionBars({ probabilities, classes: net.classes, top: 5, target: 243 })
 */
export function predictionBars(options: PredictionBarsOptions): Figure {
  const { classes, top = 5, target, title, caption } = options
  const probabilities = Array.from(options.probabilities)
  if (probabilities.length !== classes.length)
    throw new RangeError(`${probabilities.length} probabilities for ${classes.length} classes`)
  const wrong = probabilities.findIndex((p) => !(p >= 0 && p <= 1 + 1e-5))
  if (wrong >= 0)
    throw new RangeError(
      `a probability lies in [0, 1], but that of class ${wrong} (${classes[wrong]}) is ${probabilities[wrong]}`,
    )
  if (target !== undefined && classes[target] === undefined)
    throw new RangeError(`there is no class ${target}; there are ${classes.length}, from 0`)

  const ranked = probabilities
    .map((probability, index) => ({ probability, index, name: classes[index] ?? '', gap: false }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index)
  const shown = ranked.slice(0, top)
  if (target !== undefined && !shown.some(({ index }) => index === target))
    shown.push(
      ...ranked.filter(({ index }) => index === target).map((row) => ({ ...row, gap: true })),
    )
  const rows = shown.map((row) => ({ ...row, strong: row.index === target }))

  return new Figure({
    title,
    caption,
    text: [
      title ?? 'most probable classes',
      ...rows.map(({ name, probability }) => `${formatPercent(probability).padStart(8)}  ${name}`),
    ].join('\n'),
    body: () => bars(rows),
  })
}

/** A probability for readers: 43.0 %, and never a 0 or a 100 that is none. */
export function formatPercent(probability: number): string {
  if (probability > 0 && probability < 0.0005) return '<0.1 %'
  if (probability < 1 && probability >= 0.9995) return '>99.9 %'
  return `${(100 * probability).toFixed(1)} %`
}

interface Row {
  name: string
  probability: number
  /** Set off from the row above, as classes between them are left out. */
  gap: boolean
  strong: boolean
}

const [barWidth, barHeight, pitch, gapHeight, longestName] = [170, 16, 26, 12, 200]

function bars(rows: readonly Row[]): Box {
  const style = (row: Row) => (row.strong ? textStyles.strong : textStyles.normal)
  const names = rows.map((row) => ellipsize(row.name, longestName, style(row)))
  const percents = rows.map((row) => formatPercent(row.probability))
  const nameWidth = Math.max(0, ...rows.map((row, i) => textWidth(names[i] ?? '', style(row))))
  const percentWidth = Math.max(
    0,
    ...rows.map((row, i) => textWidth(percents[i] ?? '', style(row))),
  )
  const barLeft = nameWidth + 10
  const tops = rows.map(
    (_, i) => i * pitch + gapHeight * rows.slice(0, i + 1).filter((r) => r.gap).length,
  )
  const axisTop = (tops.at(-1) ?? -pitch) + pitch

  return {
    width: barLeft + barWidth + 8 + percentWidth,
    height: axisTop + 5 + 2 * lineHeight(textStyles.small),
    draw(context, x, y) {
      context.textBaseline = 'alphabetic'
      rows.forEach((row, i) => {
        const top = y + (tops[i] ?? 0)
        const left = x + barLeft
        context.fillStyle = theme.track
        context.fillRect(left, top + (pitch - barHeight) / 2, barWidth, barHeight)
        context.fillStyle = row.strong ? theme.accent : theme.bar
        const length = Math.max(
          row.probability > 0 ? 1 : 0,
          Math.min(1, row.probability) * barWidth,
        )
        context.fillRect(left, top + (pitch - barHeight) / 2, length, barHeight)

        context.font = fontOf(style(row))
        context.fillStyle = style(row).color
        const baseline = top + pitch / 2 + 5
        context.textAlign = 'right'
        context.fillText(names[i] ?? '', x + nameWidth, baseline)
        context.fillText(percents[i] ?? '', left + barWidth + 8 + percentWidth, baseline)
        if (row.gap) {
          context.fillStyle = theme.quietInk
          context.textAlign = 'center'
          context.fillText('⋯', left + barWidth / 2, top - gapHeight / 2 + 5)
        }
      })

      const { small } = textStyles
      context.font = fontOf(small)
      context.fillStyle = small.color
      context.fillRect(x + barLeft, y + axisTop, barWidth, 1)
      context.textAlign = 'center'
      for (const percent of [0, 50, 100]) {
        const at = x + barLeft + Math.min(barWidth - 1, (percent / 100) * barWidth)
        context.fillRect(at, y + axisTop, 1, 4)
        context.fillText(String(percent), at, y + axisTop + 4 + small.size)
      }
      const labelTop = y + axisTop + 5 + lineHeight(small)
      context.fillText('probability (%)', x + barLeft + barWidth / 2, labelTop + small.size)
    },
  }
}
