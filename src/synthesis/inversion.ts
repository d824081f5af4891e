/** Feature inversion: a picture of what a layer still knows of an image. */
import { findLayer } from '../activations/address.js'
import type { Tensor } from '../engine/tensor.js'
import { Image } from '../image/image.js'
import { unnormalise } from '../image/preprocessing.js'
import { defaultSeed } from '../image/random.js'
import type { Network } from '../network/network.js'
import { content } from '../objectives/content.js'
import { pNorm, totalVariation } from '../objectives/image-priors.js'
import type { Objective } from '../objectives/objective.js'
import { optimise } from '../optimise/optimise.js'
import type { LineSearch } from '../optimise/optimisers/lbfgs.js'
import type { Optimiser } from '../optimise/optimisers/optimiser.js'
import { type Start, startCode } from '../optimise/start.js'
import { type Provenance, provenance, Result } from '../result.js'
import { follow, quietly } from '../work/index.js'
import { errorCurve, inversionFigure } from './inversion-figures.js'
import {
  inversionPreset,
  type InversionPresetName,
  type InversionPriors,
} from './inversion-presets.js'
import { judge, type Judgement } from './visualisation.js'

export interface InversionOptions extends Partial<InversionPriors> {
  /** A recipe; what is given beside it comes on top. Default 'adam'; also 'l-bfgs' and 'ozbulak'. */
  preset?: InversionPresetName
  /** Default 200, or the recipe's. */
  steps?: number
  /** Default: the recipe's. */
  optimiser?: Optimiser | LineSearch
  /** Where it begins: 'mean', { noise }, another image. A list compares them. Default: a little noise. */
  start?: Start | readonly Start[]
  /** One picture that has the features of all layers at once, in place of one for each. Default false. */
  together?: boolean
  /** Of the noise. Default: that of `%seed`, or 0. */
  seed?: number
  /** Ends it; what there is by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** A picture that has the features of an image. */
export interface Inverted {
  /** The layers whose features it was made from. */
  layers: readonly string[]
  /** Where it began, in words. */
  start: string
  image: Image
  /** Peak signal-to-noise ratio to the image, in dB, for colours from 0 to 1. */
  psnr: number
  /** ‖φ(x) − φ₀‖ / ‖φ₀‖ in each of its layers: 0 where they cannot tell it from the image. */
  featureErrors: readonly number[]
  /** Loss before each step, priors included. */
  history: readonly number[]
  /** What the network takes it for; none where it does not classify. */
  judgement: Judgement | undefined
}

/** Pictures that have the features of an image in a layer, [layers · starts, C, H, W], layer after layer. */
export class Inversion extends Result {
  constructor(
    /** The image, as the network sees it. */
    readonly original: Image,
    readonly inverted: readonly Inverted[],
    /** By what, in words. */
    readonly how: string,
    /** Whether an interrupt ended it early. */
    readonly interrupted: boolean,
    pixels: Tensor,
    origin: Provenance,
  ) {
    super(pixels, origin, () => inversionFigure(this))
  }

  get images(): Image[] {
    return this.inverted.map(({ image }) => image)
  }

  /** PSNR and feature error by depth, a line for each start. */
  get curve() {
    return errorCurve(this).drawnFrom(this)
  }
}

/**
 * Feature inversion: x* = argmin ‖φ(x) − φ₀‖² / ‖φ₀‖² + λ_V Σ (dx² + dy²)^(β/2) + λ_α Σ |x|^α, the picture that a
 * layer cannot tell from the image. What differs from the image is what the layer has forgotten.
 *
 * Mahendran, Vedaldi: Understanding Deep Image Representations by Inverting Them (2015). The loss is divided by the
 * features' own norm, so that layers can be compared by the same λ. The recipe 'ozbulak' has the constants of much used
 * code for it; 'adam', the default, has none of a paper: it converges in fewer steps and keeps colours between black and
 * white.
 *
 * @param layers Names, in the order of the network for the curve to be one of depth.
 * @throws RangeError for unknown layers and presets, naming the nearest, and options that do not go together. An
 *   interrupt gives what there is by then.
 * @example (await invert(net, photo, ['conv1', 'conv3', 'conv5'])).curve
 */
export async function invert(
  net: Network,
  image: Image,
  layers: string | readonly string[],
  options: InversionOptions = {},
): Promise<Inversion> {
  const names = [layers].flat().map((name) => findLayer(net, name).layer.name)
  if (names.length === 0) throw new RangeError('name a layer to invert')
  const { preset = 'adam', together = false, seed = defaultSeed(), signal } = options
  const input = net.preprocess(image)
  const { source, ...basis } = inversionPreset(preset, input.data.length)
  const { steps, optimiser, start, tv, beta, alpha, pNorm: norm } = { ...basis, ...given(options) }
  const starts = (Array.isArray(start) ? start : [start]) as readonly Start[]
  if (starts.length === 0) throw new RangeError('name a start at least')
  for (const [name, weight] of Object.entries({ tv, pNorm: norm }))
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new RangeError(`the weight of ${name} is 0 or more, not ${weight}`)
  if (!(beta >= 1 && beta <= 2)) throw new RangeError(`beta lies from 1 to 2, not ${beta}`)

  const features = await net.run(input, { layers: names })
  const groups = together ? [names] : names.map((name) => [name])
  const rounds = groups.flatMap((group) => starts.map((begin) => ({ group, begin })))
  const loop = follow(rounds, {
    label: 'Inverting features',
    unit: 'pictures',
    partial: true,
    transient: true,
    signal,
  })
  const inverted: Inverted[] = []
  const parts: Float32Array[] = []
  let interrupted = false
  for await (const { group, begin } of loop) {
    let of: Objective = group
      .map((name) => content(name, features[name]!, { relative: true }))
      .reduce((sum, one) => sum.plus(one))
    if (basis.loss !== 1) of = of.times(basis.loss)
    if (tv > 0) of = of.plus(totalVariation({ form: 'isotropic', beta }).times(tv))
    if (norm > 0) of = of.plus(pNorm(alpha).times(norm))
    const made = await quietly(() =>
      optimise(net, {
        of,
        direction: 'descend',
        steps,
        image: basis.image,
        start: begin,
        optimiser,
        seed,
        signal,
      }),
    )
    interrupted ||= made.interrupted
    const shown = unnormalise(made, net.preprocessing)
    const own = await net.run(made, { layers: group })
    const [judgement] = await judge(net, made)
    inverted.push({
      layers: group,
      start: startWords(begin),
      image: shown,
      psnr: psnr(shown, unnormalise(input, net.preprocessing)),
      featureErrors: group.map((name) => relativeDistance(own[name]!, features[name]!)),
      history: made.history[0]!,
      judgement,
    })
    parts.push(made.data)
    loop.show(() =>
      inversionFigure({ original: net.view(image), inverted, how: source, interrupted }),
    )
  }
  if (inverted.length === 0) throw loop.work.stopped()
  const size = input.data.length
  const data = new Float32Array(parts.length * size)
  parts.forEach((part, i) => data.set(part, i * size))
  const origin = provenance(net, 'invert', input, {
    layers: names,
    together,
    preset,
    steps,
    start: starts.map(startCode),
    image: basis.image.code,
    optimiser: optimiser.code,
    loss: basis.loss,
    tv,
    beta,
    pNorm: norm,
    alpha,
    seed,
    done: inverted.length,
  })
  return new Inversion(
    unnormalise(input, net.preprocessing),
    inverted,
    source,
    interrupted || loop.interrupted,
    { data, shape: [parts.length, ...input.shape.slice(1)] },
    origin,
  )
}

/** What is not undefined. */
const given = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T

const startWords = (start: Start): string => {
  if (start === 'mean') return 'mean colour'
  if (start instanceof Image) return 'another image'
  return 'noise' in start ? `noise of ${start.noise}` : 'given pixels'
}

/** 10 log₁₀ of 1 / the mean squared difference, in dB. */
export function psnr(a: Image, b: Image): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new RangeError(`${a.toString()} cannot be compared with ${b.toString()}`)
  const squares = a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0)
  return 10 * Math.log10(a.data.length / squares)
}

function relativeDistance(a: Tensor, b: Tensor): number {
  let [apart, whole] = [0, 0]
  b.data.forEach((value, i) => {
    apart += (a.data[i]! - value) ** 2
    whole += value ** 2
  })
  return Math.sqrt(apart / whole)
}
