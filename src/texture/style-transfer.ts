import type { Figure } from '../figures/figure.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { Image } from '../image/image.js'
import { defaultSeed } from '../image/random.js'
import { resizeShortestSide } from '../image/resize.js'
import type { Network } from '../network/network.js'
import type { Optimised, Snapshot } from '../optimise/optimised.js'
import type { LineSearch } from '../optimise/optimisers/lbfgs.js'
import type { Optimiser } from '../optimise/optimisers/optimiser.js'
import { startCode } from '../optimise/start.js'
import { provenance, type Provenance, Result } from '../result.js'
import { withColoursOf } from './colours.js'
import { pixelsAtOwnSize } from './feature-layers.js'
import { dropOf, type Loss, percent, sumOf, variationTerm } from './losses.js'
import { type Cost, match, stopped, wayFigures } from './match.js'
import { type LayerWeights, type StylePreset, stylePreset } from './style-presets.js'
import {
  blended,
  contentTerms,
  regionOf,
  resizedMask,
  type StyleImage,
  styleTerms,
} from './style-targets.js'
import { weightsOf } from './synthesise.js'

export interface StyleTransferOptions {
  /**
   * Published settings, of which what is given here takes the place: 'relative' (default), whose weights mean the same
   * in every network, 'cs231n', 'cs231n-composition', 'gatys' or 'johnson'.
   */
  preset?: StylePreset
  /** Multiplies the weights of all style layers. Default 1. */
  weight?: number
  /** Weights of the content layers by name; {} for none. Default: the preset's. */
  content?: LayerWeights
  /** Weights of the style layers by name, or their names. Default: the preset's. */
  layers?: LayerWeights | readonly string[]
  /** Weight of the total variation. Default: the preset's. */
  variation?: number
  /** Shorter side of the result in pixels. Default: the preset's, or that of the network's input. */
  size?: number
  /** The shorter side of the style pictures as a multiple of it. */
  scale?: number
  /** Whose colours the result has: those of the 'style' (default) or, its brightness apart, of the 'content'. */
  colours?: 'style' | 'content'
  /** The content picture, noise of a standard deviation in normalised pixels, or another picture. */
  start?: 'content' | 'mean' | { noise: number } | Image
  /** Default: the preset's, 100 for 'relative'. */
  steps?: number
  /** Default: the preset's, L-BFGS but for CS231n's. */
  optimiser?: Optimiser | LineSearch
  /** Of the noise. Default: that of `%seed`, or 0. */
  seed?: number
  /** How many times the picture is kept on the way. Default 0. */
  snapshots?: number
  /** Ends it; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** A picture, or what has one. */
export type StyleSource = Image | StyleImage

/** A picture painted like another: normalised pixels [1, C, H, W], as they are shown. */
export class StyleTransfer extends Result {
  /** The loss before every step. */
  readonly history: readonly number[]
  /** The pictures as the optimiser had them on the way. */
  readonly snapshots: readonly Snapshot[]
  readonly steps: number
  readonly interrupted: boolean

  constructor(
    net: Network,
    readonly image: Image,
    /** The content at the size of the result. */
    readonly content: Image,
    readonly styles: readonly StyleImage[],
    /** Each term of the loss with its weight, before and after. */
    readonly losses: readonly Loss[],
    /** What a step costs. */
    readonly cost: Cost,
    made: Optimised,
    origin: Provenance,
  ) {
    super(pixelsAtOwnSize(net, image), origin, () => transferFigure(this, made))
    this.history = made.history[0]!
    this.snapshots = made.snapshots
    this.steps = made.steps
    this.interrupted = made.interrupted
  }

  /** By how much the style loss has fallen, as a share of that of the start. */
  get styleDrop(): number {
    return dropOf(this.losses, 'style')
  }
}

/**
 * Neural style transfer: a picture that has the features of one picture, and the Gram matrices of others (Gatys, Ecker
 * & Bethge: Image Style Transfer Using Convolutional Neural Networks, 2016).
 *
 *     loss = Σ_l w_l ‖F_l − P_l‖² + weight · Σ_l v_l ‖G_l − Ĝ_l‖² + u TV
 *
 * Several styles are mixed by the mean of their Gram matrices (Johnson's code), each by its weight; one with a `mask`
 * is wanted in that region alone, by the Gram matrix of the features there (Gatys et al. 2017, EECS 498). Where every
 * style has a region, pixels outside of all of them stay those of the content, as a layer sees beyond the edge.
 *
 * Weights are those of the network they were found for: with another one, or another size, start with 'relative'.
 *
 * @param content What is to be seen. @param styles How it is to be painted: a picture, or several.
 * @returns `image` is the picture; `losses` has each term before and after, and `cost` what a step takes.
 * @throws RangeError for an unknown preset or layer, naming the nearest, for weights below 0, and masks that do not fit.
 *   An interrupt gives what there is.
 * @example
 *   await styleTransfer(net, photo, painting, { weight: 2 })
 *   await styleTransfer(net, photo, [{ image: a, weight: 3 }, { image: b, weight: 7 }], { colours: 'content' })
 */
export async function styleTransfer(
  net: Network,
  content: Image,
  styles: StyleSource | readonly StyleSource[],
  options: StyleTransferOptions = {},
): Promise<StyleTransfer> {
  const told = settings(net, styles, options)
  const { painted, recipe, weight, colours, seed, steps, optimiser, regularisers } = told
  const side = recipe.size ?? Math.min(...net.preprocessing.size)
  const small = resizeShortestSide(content, side)
  const seen = pixelsAtOwnSize(net, small)
  const { scale, styleScale, variation } = recipe
  const layers = Object.fromEntries(
    Object.entries(recipe.layers).map(([layer, one]) => [layer, weight * one]),
  )
  const fitting = painted.map((one) => fittedMask(one, content, small))
  const terms = [
    ...(await contentTerms(net, seen, recipe.content, scale)),
    ...(await styleTerms(net, fitting, small, seen, { layers, scale, styleScale })),
  ]
  if (variation !== 0)
    terms.push(variationTerm(variation, scale === 'relative' ? seen.data.length : 1))
  const start =
    recipe.start === 'content' ? confined(seen, regularisers ? 1.5 : Infinity) : recipe.start
  const { made, losses, cost } = await match(net, terms, {
    size: [small.height, small.width],
    steps,
    optimiser,
    regularisers,
    start,
    seed,
    snapshots: options.snapshots,
    signal: options.signal,
    label: 'Style transfer',
  })
  const coloured = (one: Image): Image => (colours === 'content' ? withColoursOf(one, small) : one)
  const region = regionOf(fitting, small)
  const whole = coloured(made.images[0]!)
  const image = region ? blended(whole, small, region) : whole
  const origin = provenance(net, 'styleTransfer', seen, {
    ...{ preset: options.preset ?? 'relative', weight, colours },
    ...{ losses: scale, content: recipe.content, layers: recipe.layers, variation },
    ...{ size: [small.height, small.width], styles: described(painted, styleScale) },
    ...{
      steps,
      optimiser: optimiser.code,
      start: recipe.start === 'content' ? 'content' : startCode(recipe.start),
    },
    ...{ seed, done: made.steps },
  })
  return new StyleTransfer(net, image, small, painted, losses, cost, made, origin)
}

/** What is done, with its defaults. */
function settings(
  net: Network,
  styles: StyleSource | readonly StyleSource[],
  options: StyleTransferOptions,
) {
  const list = Array.isArray(styles) ? (styles as readonly StyleSource[]) : [styles as StyleSource]
  if (list.length === 0) throw new RangeError('name a style, at least')
  const painted = list.map((one): StyleImage => (one instanceof Image ? { image: one } : one))
  const usual = stylePreset(options.preset ?? 'relative', net)
  const { weight = 1, colours = 'style', steps = usual.steps, seed = defaultSeed() } = options
  if (colours !== 'style' && colours !== 'content')
    throw new RangeError(
      `the colours are those of the 'style' or the 'content', not '${String(colours)}'`,
    )
  const scales = painted.flatMap((one) => one.scale ?? [])
  const weights = painted.map((one) => one.weight ?? 1)
  for (const [what, value] of [
    ...[options.scale ?? 1, ...scales].map((one) => ['the scale of a style', one] as const),
    ...(options.size === undefined ? [] : [['the size', options.size] as const]),
  ])
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${what} is a number above 0, not ${value}`)
  for (const value of [weight, ...weights])
    if (!(value >= 0 && Number.isFinite(value)))
      throw new RangeError(`the weight of a style is a number, 0 or more, not ${value}`)
  if (!weights.some((value) => value > 0)) throw new RangeError('all styles have weight 0')
  const recipe = {
    ...usual,
    content: options.content ? { ...options.content } : usual.content,
    layers: options.layers ? weightsOf(options.layers) : usual.layers,
    variation: options.variation ?? usual.variation,
    size: options.size ?? usual.size,
    styleScale: options.scale ?? usual.styleScale,
    start: options.start ?? usual.start,
  }
  if (Object.keys(recipe.content).length > 0) weightsOf(recipe.content)
  const optimiser = options.optimiser ?? usual.optimiser(steps)
  const regularisers = options.optimiser ? undefined : usual.regularisers?.(steps)
  return { painted, recipe, weight, colours, seed, steps, optimiser, regularisers }
}

/** A style whose mask fits the content at the size at which it is worked on. */
function fittedMask(style: StyleImage, content: Image, small: Image): StyleImage {
  const { mask } = style
  if (!mask || content === small) return style
  const { width, height } = content
  if (mask.length !== width * height) return style // which says so itself
  const whole = { data: Float32Array.from(mask), width, height }
  const { data } = resizedMask(whole, small.height, small.width)
  return { ...style, mask: data.map((value) => Math.min(1, Math.max(0, value))) }
}

/** Pixels that a clamp lets stand. */
const confined = (pixels: { data: Float32Array; shape: number[] }, limit: number) => ({
  data: pixels.data.map((value) => Math.min(limit, Math.max(-limit, value))),
  shape: pixels.shape,
})

const described = (styles: readonly StyleImage[], usual: number) =>
  styles.map(({ image, weight = 1, scale = usual, mask, from }) => ({
    image: image.toString(),
    weight,
    scale,
    mask: Boolean(mask),
    from: Boolean(from),
  }))

function transferFigure(made: StyleTransfer, way: Optimised): Figure {
  const { content, styles, losses } = made
  const paintings = styles.map(({ image, weight }, i) =>
    picture(image, {
      title: styles.length === 1 ? 'Style' : `Style ${i + 1}`,
      caption: weight === undefined ? undefined : `weight ${weight}`,
    }),
  )
  const kinds = (['content', 'style', 'variation'] as const).flatMap((kind) => {
    const { before, after } = sumOf(losses, kind)
    return before === 0 && after === 0 ? [] : [`${kind} ${short(before)} → ${short(after)}`]
  })
  return row(
    [
      picture(content, { title: 'Content' }),
      ...paintings,
      ...wayFigures(way, 'Stylised', made.image),
    ],
    {
      caption:
        `${made.steps} steps. Losses with their weights: ${kinds.join(', ')}. ` +
        `The style loss has fallen by ${percent(made.styleDrop)}.${stopped(made)}`,
    },
  )
}

const short = (value: number): string => String(Number(value.toPrecision(3)))
