/** Changing a picture until its features, or their statistics, are those of others. */
import type { Figure } from '../figures/figure.js'
import { picture } from '../figures/picture.js'
import { mixSeeds } from '../image/random.js'
import type { PictureShape } from '../image/transforms/transform.js'
import type { Network } from '../network/network.js'
import { pixels } from '../optimise/images/pixels.js'
import { optimise } from '../optimise/optimise.js'
import { objectiveCurve, type Optimised } from '../optimise/optimised.js'
import type { LineSearch } from '../optimise/optimisers/lbfgs.js'
import type { Optimiser } from '../optimise/optimisers/optimiser.js'
import type { Regulariser } from '../optimise/regularisers/regulariser.js'
import { type Start, startNumbers } from '../optimise/start.js'
import { multiplyAdds } from './feature-layers.js'
import { type Loss, type Term, totalOf, valuesOf } from './losses.js'

export interface MatchOptions {
  size: readonly [height: number, width: number]
  steps: number
  optimiser: Optimiser | LineSearch
  start: Start
  seed: number
  snapshots: number | undefined
  regularisers?: readonly Regulariser[]
  label: string
  signal: AbortSignal | undefined
}

/** What a step costs. */
export interface Cost {
  /**
   * Multiplications (each with an addition) of one evaluation of loss and gradient: twice the network's as far as it
   * is used. A step of L-BFGS takes one evaluation or a few.
   */
  multiplyAdds: number
  /** By the clock of the machine that made it, with the compilation before the first: in no figure, and in no provenance. */
  millisecondsPerStep: number
}

export interface Matched {
  made: Optimised
  losses: Loss[]
  cost: Cost
}

/** Descends the sum of the terms. */
export async function match(
  net: Network,
  terms: readonly Term[],
  options: MatchOptions,
): Promise<Matched> {
  const { size, steps, optimiser, seed, snapshots, regularisers, label, signal } = options
  // What the optimiser itself asks for in between may not be clipped.
  const image = pixels({ range: 'kind' in optimiser || regularisers ? 'free' : 'clamp' })
  const channels = Number(net.graph.inputs[0]!.shape![1])
  const shape: PictureShape = [1, channels, size[0], size[1]]
  const start = startNumbers(net, image, options.start, shape, mixSeeds(seed, 0))
  const before = await valuesOf(net, terms, start)
  const told = { of: totalOf(terms), direction: 'descend', size, image, start, seed } as const
  const begin = performance.now()
  const made = await optimise(net, {
    ...told,
    steps,
    optimiser,
    regularisers,
    snapshots,
    label,
    signal,
  })
  const milliseconds = performance.now() - begin
  const after = await valuesOf(net, terms, made)
  const losses = terms.map(({ kind, layer, weight }, i): Loss => {
    const [[was], [is]] = [before[i]!, after[i]!]
    return { kind, ...(layer !== undefined && { layer }), weight, before: was!, after: is! }
  })
  const layers = terms.flatMap(({ layer }) => layer ?? [])
  const cost = {
    multiplyAdds: 2 * multiplyAdds(net, layers, size),
    millisecondsPerStep: milliseconds / Math.max(1, made.steps),
  }
  return { made, losses, cost }
}

/** Pictures on the way, the last one, and the curve of the loss. */
export function wayFigures(made: Optimised, title: string, image = made.images[0]!): Figure[] {
  const { snapshots, images, history } = made
  const earlier = snapshots.map(({ step, images: [one] }) =>
    picture(one!, { title: step === 0 ? 'Start' : `After ${step} steps` }),
  )
  const progress = { names: [title], objective: 'loss', images, history, snapshots }
  const curve = (history[0]?.length ?? 0) > 1 ? [objectiveCurve(progress)] : []
  return [...earlier, picture(image, { title }), ...curve]
}

/** For captions: that it was ended early. */
export const stopped = ({ interrupted }: { interrupted: boolean }): string =>
  interrupted ? ' Interrupted: this is what there was by then.' : ''
