import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { namedLines } from '../figures/named-lines.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { tiles } from '../figures/tiles.js'
import { formatNumber } from '../figures/ticks.js'
import type { Image } from '../image/image.js'
import { type Provenance, Result } from '../result.js'

/** The images as they were before a step. */
export interface Snapshot {
  /** Steps taken until then. */
  step: number
  images: readonly Image[]
}

/** What an optimisation has come to. */
export interface Progress {
  /** What each image shows, for titles. */
  names: readonly string[]
  /** What is optimised, for the curve's axis. */
  objective: string
  images: readonly Image[]
  /** For each image the objective before every step. */
  history: readonly (readonly number[])[]
  snapshots: readonly Snapshot[]
}

/** Normalised pixels [N, C, H, W], and how an optimisation came to them. */
export interface Outcome extends Tensor {
  /** What the pixels show, clipped to black and white. */
  images: readonly Image[]
  /** The objective of each image at the end, transforms standing still. */
  values: readonly number[]
  /** For each image, the objective before every step, under that step's transforms. */
  history: readonly (readonly number[])[]
  snapshots: readonly Snapshot[]
  /** The steps that were taken. */
  steps: number
  /** Whether an interrupt, or a search that found nothing better, ended it early. */
  interrupted: boolean
}

/** What an optimisation has made: normalised pixels [N, C, H, W], and how it came to them. */
export class Optimised extends Result implements Outcome {
  /** What the pixels show, clipped to black and white. */
  readonly images: readonly Image[]
  /** The objective of each image at the end, transforms standing still. */
  readonly values: readonly number[]
  /** For each image, the objective before every step, under that step's transforms. */
  readonly history: readonly (readonly number[])[]
  readonly snapshots: readonly Snapshot[]
  /** The steps that were taken. */
  readonly steps: number
  /** Whether an interrupt, or a search that found nothing better, ended it early. */
  readonly interrupted: boolean

  constructor(made: Outcome, origin: Provenance, draw: () => Figure) {
    super(made, origin, draw)
    this.images = made.images
    this.values = made.values
    this.history = made.history
    this.snapshots = made.snapshots
    this.steps = made.steps
    this.interrupted = made.interrupted
  }
}

/** Points beyond which a curve shows no more. */
const POINTS = 300

/** The objective over the steps, a line for each image, up to eight. */
export function objectiveCurve({ history, names, objective }: Progress): Figure {
  const length = history[0]?.length ?? 0
  const stride = Math.max(1, Math.ceil(length / POINTS))
  const x = Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride)
  return namedLines({
    title: 'Objective',
    lines: history.slice(0, 8).map((values, i) => ({
      name: history.length === 1 ? formatNumber(values.at(-1) ?? 0) : (names[i] ?? String(i)),
      values: x.map((step) => values[step]!),
    })),
    x,
    xLabel: 'step',
    yLabel: objective,
  })
}

/** The images, snapshots before them, and the curve. */
export function optimisationFigure(
  progress: Progress,
  { title, caption }: { title?: string; caption?: string } = {},
): Figure {
  const { images, names, history, snapshots } = progress
  const curve = (history[0]?.length ?? 0) > 1 ? [objectiveCurve(progress)] : []
  if (images.length === 1) {
    const earlier = snapshots.map(({ step, images: [image] }) =>
      picture(image!, { title: step === 0 ? 'start' : `after ${step} steps` }),
    )
    return row([...earlier, picture(images[0]!, { title: names[0] }), ...curve], { title, caption })
  }
  const sheet = tiles(images, { labels: names, title: snapshots.length ? 'at the end' : undefined })
  const earlier = snapshots.map((shot) =>
    tiles(shot.images, { title: shot.step === 0 ? 'start' : `after ${shot.step} steps` }),
  )
  return row([...earlier, sheet, ...curve], { title, caption })
}
