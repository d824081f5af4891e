import type { Builder } from '../../network/builder.js'
import { type Optimiser, ownAxes, type Rate, rateAt, rateCode } from './optimiser.js'

/** By what a gradient is divided: its norm, the root of its mean square, or the mean of its magnitudes. */
export type Normalisation = 'none' | 'l2' | 'rms' | 'mean'

export interface AscentOptions {
  /** η. */
  rate: Rate
  /**
   * 'none' (default): Δ = ηg. 'l2': Δ = ηg/‖g‖₂, of that length whatever the gradient (CS231n). 'rms': the same
   * whatever the picture's size. 'mean': Δ = ηg/mean|g| (DeepDream).
   */
  normalise?: Normalisation
  /** μ of v ← μv + g, the step being along v. Default 0. */
  momentum?: number
}

/**
 * Gradient ascent: x ← x + ηg, normalised if wanted, each image of a batch by itself, with momentum if wanted.
 *
 * @throws RangeError for a normalisation that there is not, and a momentum outside [0, 1).
 * @example ascent({ rate: 25, normalise: 'l2' })
 */
export function ascent(options: AscentOptions): Optimiser {
  const { rate, normalise = 'none', momentum = 0 } = options
  if (!['none', 'l2', 'rms', 'mean'].includes(normalise))
    throw new RangeError(
      `a gradient is normalised by 'none', 'l2', 'rms' or 'mean', not '${String(normalise)}'`,
    )
  if (!(momentum >= 0 && momentum < 1))
    throw new RangeError(`momentum lies in [0, 1), not ${momentum}`)
  const code =
    `ascent({ rate: ${rateCode(rate)}, normalise: '${normalise}'` +
    `${momentum > 0 ? `, momentum: ${momentum}` : ''} })`
  return {
    key: `ascent ${normalise} ${momentum > 0}`,
    code,
    memory: momentum > 0 ? 1 : 0,
    numbers: (step, steps) => [rateAt(rate, step, steps), ...(momentum > 0 ? [momentum] : [])],
    build(b, gradient, [velocity], [length, inertia]) {
      const scaled = (direction: string): string =>
        b.add('Mul', [direction, factorOf(b, gradient, normalise, length!)])
      if (velocity === undefined) return { change: scaled(gradient), memory: [] }
      const unit = scaled(gradient)
      const next = b.add('Add', [b.add('Mul', [velocity, inertia!]), unit])
      return { change: next, memory: [next] }
    },
  }
}

/** The step's length over the gradient's. */
function factorOf(b: Builder, gradient: string, by: Normalisation, length: string): string {
  if (by === 'none') return length
  const axes = ownAxes(b, gradient)
  const keep = { keepdims: 1 }
  const size = b
    .shape(gradient)
    .slice(1)
    .reduce<number>((product, dim) => product * Number(dim), 1)
  let norm: string
  if (by === 'mean') norm = b.add('ReduceMean', [b.add('Abs', [gradient]), axes], keep)
  else {
    norm = b.add('ReduceL2', [gradient, axes], keep)
    if (by === 'rms') norm = b.add('Mul', [norm, b.scalar(1 / Math.sqrt(size))])
  }
  // A gradient of 0 is no direction: it stays 0.
  return b.add('Div', [length, b.add('Max', [norm, b.scalar(1e-30)])])
}

export interface ByProgressOptions {
  /** By how much the objective is to rise in a step, to first order. Default 2. */
  progress?: number
  /** The largest rate. Default: none. */
  most?: number
}

/**
 * Gradient ascent whose rate is chosen for a given progress: η = progress / ‖g‖², at most `most`, so that to first
 * order the objective rises by as much in each step (the policy `progress` of Yosinski et al.'s code, 2015).
 *
 * @throws RangeError for a progress or a largest rate that is not above 0.
 * @example byProgress({ progress: 2, most: 100 })
 */
export function byProgress(options: ByProgressOptions = {}): Optimiser {
  const { progress = 2, most = Infinity } = options
  if (!(progress > 0 && Number.isFinite(progress)) || !(most > 0))
    throw new RangeError(`progress and the largest rate are above 0, not ${progress} and ${most}`)
  return {
    key: 'byProgress',
    code: `byProgress({ progress: ${progress}, most: ${most} })`,
    memory: 0,
    numbers: () => [progress, Math.min(most, 3e38)],
    build(b, gradient, _, [wanted, largest]) {
      const square = b.add('ReduceSumSquare', [gradient, ownAxes(b, gradient)], { keepdims: 1 })
      const rate = b.add('Div', [wanted!, b.add('Max', [square, b.scalar(1e-30)])])
      const change = b.add('Mul', [gradient, b.add('Min', [rate, largest!])])
      return { change, memory: [] }
    },
  }
}
