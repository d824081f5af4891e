import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import { defaultSeed } from '../image/random.js'
import { resizeShortestSide } from '../image/resize.js'
import type { Network } from '../network/network.js'
import { gramMatrix, style } from '../objectives/gram.js'
import { Optimised } from '../optimise/optimised.js'
import { lbfgs, type LineSearch } from '../optimise/optimisers/lbfgs.js'
import type { Optimiser } from '../optimise/optimisers/optimiser.js'
import { type Start, startCode } from '../optimise/start.js'
import { provenance, type Provenance } from '../result.js'
import { featureMaps, pixelsAtOwnSize, styleLayers } from './feature-layers.js'
import { dropOf, type Loss, percent, type Term, variationTerm } from './losses.js'
import { type Cost, match, type Matched, stopped, wayFigures } from './match.js'

export interface SynthesiseOptions {
  /** Layers whose Gram matrices are matched, or their weights by name. Default: {@link styleLayers}, all of weight 1. */
  layers?: readonly string[] | Readonly<Record<string, number>>
  /** [height, width] of what is made. Default: that of the texture. */
  size?: readonly [height: number, width: number]
  /** The texture's shorter side, to which it is resized first. Default: as it is. */
  sampleSize?: number
  /**
   * Weight of the mean squared difference of neighbouring pixels, in normalised units. Default 0.1; the paper has 0.
   * A network whose first layer has a stride does not see all of the finest patterns, which noise leaves behind then.
   */
  variation?: number
  /** Default 100. */
  steps?: number
  /** Default: {@link lbfgs}, as in the paper. */
  optimiser?: Optimiser | LineSearch
  /** Default: noise of standard deviation 0.5 in normalised pixels. */
  start?: Start
  /** Of the noise. Default: that of `%seed`, or 0. */
  seed?: number
  /** How many times the picture is kept on the way. Default 0. */
  snapshots?: number
  /** Ends it; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** A texture made of noise, normalised pixels [1, C, H, W]. */
export class Texture extends Optimised {
  /** The style loss of each layer, before and after. */
  readonly losses: readonly Loss[]
  /** What a step costs. */
  readonly cost: Cost

  constructor(
    { made, losses, cost }: Matched,
    /** The texture that it is like, at the size at which it was seen. */
    readonly sample: Image,
    origin: Provenance,
  ) {
    super(made, origin, () => textureFigure(this))
    this.losses = losses
    this.cost = cost
  }

  /** What was made, clipped to black and white. */
  get image(): Image {
    return this.images[0]!
  }

  /** By how much the style loss has fallen, as a share of that of the start. */
  get styleDrop(): number {
    return dropOf(this.losses, 'style')
  }
}

/**
 * Neural texture synthesis: noise is changed until its Gram matrices are those of a texture (Gatys, Ecker & Bethge:
 * Texture Synthesis Using Convolutional Neural Networks, 2015).
 *
 * Each layer's loss is Σ (G − Ĝ)² / Σ Ĝ², so that one layer counts as much as another in any network; the paper's
 * ¼ Σ (G − Ĝ)² / (C HW)², of weight 1 each, is the same up to a factor for each layer. The picture may have any
 * size, as only convolutional layers are used.
 *
 * @param texture What it is to be like. Its fine structures should be smaller than what the deepest layer sees.
 * @returns `image` is the new texture; `losses` has each layer's loss, and `styleDrop` how far they have fallen.
 * @throws RangeError for unknown layers, naming the nearest, and for sizes that the network cannot run on. An
 *   interrupt gives what there is.
 * @example (await synthesise(net, brick, { layers: ['relu1', 'relu2'], size: [128, 128] })).image
 */
export async function synthesise(
  net: Network,
  texture: Image,
  options: SynthesiseOptions = {},
): Promise<Texture> {
  const { sampleSize, steps = 100, optimiser = lbfgs(), snapshots, signal } = options
  const { start = { noise: 0.5 }, variation = 0.1, seed = defaultSeed() } = options
  const weights = weightsOf(options.layers ?? styleLayers(net))
  const layers = Object.keys(weights)
  const sample = sampleSize === undefined ? texture : resizeShortestSide(texture, sampleSize)
  const { size = [sample.height, sample.width] } = options
  const seen = pixelsAtOwnSize(net, sample)
  const wanted = await featureMaps(net, seen, layers)
  const terms = layers.map((layer): Term => {
    const gram = gramMatrix(wanted[layer]!)
    const weight = weights[layer]! / sizeOf(gram, layer) / layers.length
    return { kind: 'style', layer, objective: style(layer, gram), weight }
  })
  if (variation !== 0) terms.push(variationTerm(variation, seen.shape[1]! * size[0] * size[1]))
  const label = `Texture by ${layers.join(', ')}`
  const how = { size, steps, optimiser, start, seed, snapshots, label, signal }
  const matched = await match(net, terms, how)
  const origin = provenance(net, 'synthesise', seen, {
    layers: weights,
    variation,
    size,
    steps,
    optimiser: optimiser.code,
    start: startCode(start),
    seed,
    done: matched.made.steps,
  })
  return new Texture(matched, sample, origin)
}

/** Σ Ĝ², to which a loss is relative. */
export function sizeOf(gram: Tensor, layer: string): number {
  const size = gram.data.reduce((sum, value) => sum + value * value, 0)
  if (size > 0) return size
  throw new RangeError(
    `the Gram matrix of '${layer}' is 0: the layer does not answer to this picture`,
  )
}

/** Weights by layer. @throws RangeError where there is none, or one that is no number, 0 or more. */
export function weightsOf(
  layers: readonly string[] | Readonly<Record<string, number>>,
): Record<string, number> {
  const weights = Array.isArray(layers)
    ? Object.fromEntries((layers as readonly string[]).map((layer) => [layer, 1]))
    : { ...(layers as Readonly<Record<string, number>>) }
  for (const [layer, weight] of Object.entries(weights))
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new RangeError(`the weight of '${layer}' is a number, 0 or more, not ${weight}`)
  if (Object.keys(weights).length === 0) throw new RangeError('name a layer, at least')
  return weights
}

function textureFigure(made: Texture): Figure {
  const layers = made.losses.flatMap(({ layer }) => layer ?? []).join(', ')
  return row([picture(made.sample, { title: 'Texture' }), ...wayFigures(made, 'Made of noise')], {
    caption:
      `${made.steps} steps, Gram matrices of ${layers}; the style loss has fallen by ` +
      `${percent(made.styleDrop)}.${stopped(made)}`,
  })
}
