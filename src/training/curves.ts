/** Learning curves: loss and accuracy over the steps of a training. */
import { beside, type Box, type Context, stack } from '../figures/box.js'
import { Figure } from '../figures/figure.js'
import { polyline, valueAxis } from '../figures/plot.js'
import { fontOf, lineHeight, textStyles, textWidth } from '../figures/text.js'
import { theme } from '../figures/theme.js'
import { niceTicks } from '../figures/ticks.js'
import { type History, smoothed } from './history.js'

/** More points than this along a curve could not be told apart. */
const POINTS = 600
/** The smooth curve is a mean over so large a part of the training. */
const SMOOTHING = 1 / 40

const HEIGHT = 180
const WIDTH = 340

/**
 * Loss and accuracy by step: each batch's value faint, their running mean over it, and the accuracy on
 * validation data as dots.
 *
 * @param steps How many steps the training has in all: the width of the figure. Default: those so far.
 */
export function learningCurves(history: History, steps = history.losses.length): Figure {
  const { losses, accuracies, validation } = history
  const over = Math.max(10, Math.round(steps * SMOOTHING))
  // A batch that lost a thousand times as much as the others would hide them from the mean for long.
  const high = topOf(losses)
  const loss = smoothed(
    losses.map((value) => Math.min(value, high)),
    over,
  )
  const accuracy = smoothed(accuracies, over)
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
  const last = validation.at(-1)
  const text = [
    `after ${losses.length.toLocaleString('en')} of ${steps.toLocaleString('en')} steps: ` +
      `loss ${loss.at(-1)?.toFixed(3) ?? '–'}, accuracy ${percent(accuracy.at(-1) ?? 0)}`,
    last ? `validation accuracy ${percent(last.accuracy)}` : '',
  ]
    .filter(Boolean)
    .join(', ')
  const range = Math.max(1, steps)
  return new Figure({
    title: 'Training',
    caption: `${text[0]!.toUpperCase()}${text.slice(1)}. Faint: each batch. Dark: running mean.${
      last ? ' Dots: validation data.' : ''
    }`,
    text,
    body: () =>
      beside(
        [
          panel({ title: 'loss', raw: losses, smooth: loss, range, high }),
          panel({
            title: 'accuracy',
            raw: accuracies,
            smooth: accuracy,
            range,
            high: 1,
            dots: validation.map(({ step, accuracy }) => [step, accuracy]),
            label: (value) => `${Math.round(100 * value)} %`,
          }),
        ],
        2 * theme.gap,
      ),
  })
}

/**
 * The loss and its parts by step, whatever they are called: each batch's value faint, their running mean over it.
 *
 * @param steps How many steps the training has in all. Default: those so far.
 */
export function lossCurves(
  history: Readonly<Record<string, readonly number[]>>,
  steps = history.loss?.length ?? 0,
): Figure {
  const over = Math.max(10, Math.round(steps * SMOOTHING))
  const done = history.loss?.length ?? 0
  const parts = Object.entries(history).map(([title, raw]) => {
    const high = topOf(raw)
    const clipped = raw.map((value) => Math.min(value, high))
    return { title, raw, smooth: smoothed(clipped, over), high, range: Math.max(1, steps) }
  })
  const text =
    `after ${done.toLocaleString('en')} of ${steps.toLocaleString('en')} steps: ` +
    parts.map(({ title, smooth }) => `${title} ${smooth.at(-1)?.toFixed(3) ?? '–'}`).join(', ')
  return new Figure({
    title: 'Training',
    caption: `${text[0]!.toUpperCase()}${text.slice(1)}. Faint: each batch. Dark: running mean.`,
    text,
    body: () => {
      const panels = parts.map(panel)
      const rows = panels.flatMap((one, i) =>
        i % 2 === 0 ? [beside(panels.slice(i, i + 2), 2 * theme.gap)] : [],
      )
      return stack(rows, theme.gap)
    },
  })
}

/** A few early batches may lose much more than all others; they may leave the picture. */
function topOf(losses: readonly number[]): number {
  if (losses.length === 0) return 1
  const sorted = [...losses].sort((a, b) => a - b)
  return Math.max(1e-6, sorted[Math.floor(0.99 * (sorted.length - 1))]! * 1.05)
}

interface Panel {
  title: string
  raw: readonly number[]
  smooth: readonly number[]
  range: number
  high: number
  dots?: readonly (readonly [step: number, value: number])[]
  label?: (value: number) => string
}

function panel({ title, raw, smooth, range, high, dots = [], label }: Panel): Box {
  const axis = valueAxis({ low: 0, high, width: WIDTH, height: HEIGHT, format: label })
  const style = textStyles.small
  const { left } = axis
  const top = lineHeight(textStyles.normal) + theme.smallGap
  const bottom = lineHeight(style) + 4
  const stepTicks = niceTicks(0, range, 4)
  return {
    width: left + WIDTH,
    height: top + HEIGHT + bottom,
    draw(context, x, y) {
      const toX = (step: number): number => x + left + (WIDTH * step) / range
      context.textBaseline = 'alphabetic'
      context.textAlign = 'left'
      context.font = fontOf(textStyles.normal)
      context.fillStyle = theme.ink
      context.fillText(title + axis.unit, x + left, y + lineHeight(textStyles.normal) - 4)
      const toY = axis.draw(context, x + left, y + top)
      for (const step of stepTicks) {
        const text = step.toLocaleString('en')
        const half = textWidth(text, style) / 2
        context.textAlign = 'center'
        context.fillText(
          text,
          Math.min(toX(step), x + left + WIDTH - half),
          y + top + HEIGHT + lineHeight(style),
        )
      }
      curve(context, raw, toX, toY, theme.line, 0.8)
      curve(context, smooth, toX, toY, theme.ink, 2)
      context.fillStyle = theme.accent
      for (const [step, value] of dots) {
        context.beginPath()
        context.arc(toX(step), toY(value), 3.5, 0, 2 * Math.PI)
        context.fill()
      }
      context.textAlign = 'left'
    },
  }
}

function curve(
  context: Context,
  values: readonly number[],
  toX: (step: number) => number,
  toY: (value: number) => number,
  color: string,
  width: number,
): void {
  const stride = Math.max(1, Math.floor(values.length / POINTS))
  context.strokeStyle = color
  context.lineWidth = width
  polyline(
    context,
    Array.from(values.keys())
      .filter((i) => i % stride === 0 || i === values.length - 1)
      .map((i) => [toX(i + 1), toY(values[i]!)]),
  )
}
