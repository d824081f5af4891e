/** Images that a class, a unit or anything else answers to most strongly, found by gradient ascent. */
import type { Image } from '../image/image.js'
import { jitter } from '../image/transforms/jitter.js'
import { rotate } from '../image/transforms/rotate.js'
import { scale } from '../image/transforms/scale.js'
import type { Transform } from '../image/transforms/transform.js'
import type { DenoiseOptions } from '../image/denoise.js'
import type { Network } from '../network/network.js'
import { diversity } from '../objectives/diversity.js'
import {
  l2,
  pNorm,
  totalVariation,
  type TotalVariationOptions,
} from '../objectives/image-priors.js'
import type { Objective } from '../objectives/objective.js'
import { crossEntropy } from '../objectives/scores.js'
import { fourier, type FourierOptions } from '../optimise/images/fourier.js'
import { pixels, type PixelsOptions } from '../optimise/images/pixels.js'
import { optimise } from '../optimise/optimise.js'
import type { Optimised } from '../optimise/optimised.js'
import { adam, type AdamOptions } from '../optimise/optimisers/adam.js'
import { ascent, type AscentOptions } from '../optimise/optimisers/ascent.js'
import type { LineSearch } from '../optimise/optimisers/lbfgs.js'
import type { Optimiser, Rate } from '../optimise/optimisers/optimiser.js'
import { blurEvery } from '../optimise/regularisers/blur-every.js'
import { centreBias, type CentreBiasOptions } from '../optimise/regularisers/centre-bias.js'
import { clipSmallContribution, clipSmallNorm } from '../optimise/regularisers/clip.js'
import { decay } from '../optimise/regularisers/decay.js'
import { denoise } from '../optimise/regularisers/denoise.js'
import type { Regulariser } from '../optimise/regularisers/regulariser.js'
import type { Start } from '../optimise/start.js'
import { preset, type PresetName, type Recipe } from './presets.js'
import { centredContrast } from './contrast.js'
import { judge, Visualisation } from './visualisation.js'

export interface MaximiseOptions {
  /** A recipe by its paper; what is given beside it, or chained to it, comes on top. Default 'none'. */
  preset?: PresetName
  /** Default 256, or the recipe's. */
  steps?: number
  /** How many images of each. Default 1. More differ by their noise, or by {@link Maximisation.diverse}. */
  images?: number
  /** [height, width] in pixels. Default: the network's input. */
  size?: readonly [height: number, width: number]
  /** Decides noise and transforms. Default: that of `%seed`, or 0. */
  seed?: number
  /** How many times the images are kept on the way. Default 0. */
  snapshots?: number
}

/** What is to be maximised. */
export interface Asked {
  /** For how many images: each has its own part of the objective. */
  of: Objective
  count: number
  /** The class that each image is to show, by index, where it is one. */
  targets: readonly (number | undefined)[]
}

/**
 * An ascent that is still being described. Every verb gives a new one; awaited, or as the last expression of a cell,
 * it runs.
 *
 * @example
 *   await viz(net).unit('fc8', 'cat').maximize({ steps: 256 }).l2(1e-3).blur(0.5, { every: 10 }).jitter(8)
 */
export class Maximisation implements PromiseLike<Visualisation> {
  #made: Promise<Visualisation> | undefined

  constructor(
    private readonly net: Network | Promise<Network>,
    private readonly ask: (net: Network, images: number) => Asked,
    private readonly options: MaximiseOptions = {},
    private readonly changes: readonly ((recipe: Recipe) => Recipe)[] = [],
  ) {}

  then<A = Visualisation, B = never>(
    fulfilled?: ((value: Visualisation) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#made ??= this.#make()
    return this.#made.then(fulfilled, rejected)
  }

  /** Less λ‖x‖² of the normalised pixels (Simonyan et al. 2014). */
  l2(weight: number): Maximisation {
    return this.less(l2().times(weight))
  }

  /** Less λ Σ|x|^p (Mahendran & Vedaldi 2015). @param p Default 6. */
  pNorm(weight: number, p = 6): Maximisation {
    return this.less(pNorm(p).times(weight))
  }

  /** Less the total variation times λ. */
  tv(weight: number, options: TotalVariationOptions = {}): Maximisation {
    return this.less(totalVariation(options).times(weight))
  }

  /** Less any objective. */
  less(penalty: Objective): Maximisation {
    return this.#with((recipe) => ({
      ...recipe,
      penalties: [...(recipe.penalties ?? []), penalty],
    }))
  }

  /** After every step x ← (1 − d)x (Yosinski et al. 2015). */
  decay(share: number): Maximisation {
    return this.regularise(decay(share))
  }

  /** Blurs the image every few steps. @param sigma In pixels. @param options.every Default 4. */
  blur(sigma: number, options: { every?: number } = {}): Maximisation {
    return this.regularise(blurEvery(sigma, options))
  }

  /** Pixels whose norm is below a percentile become the mean colour (Yosinski et al. 2015). */
  clipNorm(percentile: number, options: { every?: number } = {}): Maximisation {
    return this.regularise(clipSmallNorm(percentile, options))
  }

  /** Pixels whose contribution is below a percentile become the mean colour (Yosinski et al. 2015). */
  clipContribution(percentile: number, options: { every?: number } = {}): Maximisation {
    return this.regularise(clipSmallContribution(percentile, options))
  }

  /**
   * Total variation denoising after every step (Nguyen et al. 2016). @param weight The smaller, the smoother; or a
   * function of the step. @param options.every Default 1.
   */
  denoise(weight: Rate, options: { every?: number } & DenoiseOptions = {}): Maximisation {
    return this.regularise(denoise(weight, options))
  }

  /** The middle first, then farther out (Nguyen et al. 2016). */
  centre(options: CentreBiasOptions = {}): Maximisation {
    return this.regularise(centreBias(options))
  }

  /** Any regulariser. */
  regularise(...more: Regulariser[]): Maximisation {
    return this.#with((recipe) => ({
      ...recipe,
      regularisers: [...(recipe.regularisers ?? []), ...more],
    }))
  }

  /** Moves the image by up to so many pixels, anew in every step (Mordvintsev et al. 2015). */
  jitter(most: number): Maximisation {
    return this.transform(jitter(most))
  }

  /** Scales the image by a random factor in every step. */
  scale(low: number, high: number): Maximisation {
    return this.transform(scale(low, high))
  }

  /** Turns the image by up to so many degrees in every step. */
  rotate(degrees: number): Maximisation {
    return this.transform(rotate(degrees))
  }

  /** Any transforms, after those that are there. */
  transform(...more: Transform[]): Maximisation {
    return this.#with((recipe) => ({
      ...recipe,
      transforms: [...(recipe.transforms ?? []), ...more],
    }))
  }

  /** Images of pixels. */
  pixels(options: PixelsOptions = {}): Maximisation {
    return this.#with((recipe) => ({ ...recipe, image: pixels(options) }))
  }

  /** Images of Fourier coefficients in decorrelated colours (Olah et al. 2017). */
  fourier(options: FourierOptions = {}): Maximisation {
    return this.#with((recipe) => ({ ...recipe, image: fourier(options) }))
  }

  /** Begins with the mean colour, noise, or a picture. */
  start(start: Start | { image: Image }): Maximisation {
    return this.#with((recipe) => ({
      ...recipe,
      start: typeof start === 'object' && 'image' in start ? start.image : start,
    }))
  }

  /** Plain, normalised or momentum ascent. */
  ascent(options: AscentOptions): Maximisation {
    return this.by(ascent(options))
  }

  /** Adam. */
  adam(options: AdamOptions = {}): Maximisation {
    return this.by(adam(options))
  }

  /** Shows images in their 'true' colours, or with differences from the mean colour 'scaled'. They stay the same. */
  contrast(contrast: 'true' | 'scaled'): Maximisation {
    return this.#with((recipe) => ({ ...recipe, contrast }))
  }

  /** Any optimiser. */
  by(optimiser: Optimiser | LineSearch): Maximisation {
    return this.#with((recipe) => ({ ...recipe, optimiser }))
  }

  /** Makes several images of the same differ, by their Gram matrices in a layer (Olah et al. 2017). */
  diverse(layer: string, weight = 1): Maximisation {
    const reward = diversity(layer).times(weight)
    return this.#with((recipe) => ({ ...recipe, rewards: [...(recipe.rewards ?? []), reward] }))
  }

  #with(change: (recipe: Recipe) => Recipe): Maximisation {
    return new Maximisation(this.net, this.ask, this.options, [...this.changes, change])
  }

  async #make(): Promise<Visualisation> {
    const { preset: name = 'none', ...given } = this.options
    const net = await this.net
    const size = given.size ?? net.preprocessing.size
    const { source, ...basis } = preset(name, Math.min(...size))
    const asGiven = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    )
    const recipe = this.changes.reduce<Recipe>((one, change) => change(one), {
      ...basis,
      ...asGiven,
    })
    const { penalties = [], rewards = [], climbs = 'score', images = 1, ...rest } = recipe
    const { contrast = 'true', ...options } = rest
    const { of: asked, count, targets } = this.ask(net, images)
    const names = Array.from({ length: count }, (_, i) => asked.describe(net, i))
    const classes = targets.filter((target) => target !== undefined)
    const of =
      climbs === 'log-probability' && classes.length === count
        ? crossEntropy(classes).times(-1)
        : asked
    const made = await optimise(net, {
      ...options,
      of: penalties.reduce((sum, penalty) => sum.minus(penalty), of.plus(...rewards)),
      images: count,
      label: `Maximising ${names.slice(0, 3).join(', ')}${count > 3 ? ', …' : ''}`,
    })
    const origin = made.provenance
    const how = this.changes.length === 0 ? source : `${source}${describeChanges(made)}`
    const parameters = { ...origin.parameters, preset: name }
    return new Visualisation(
      made,
      names,
      await judge(net, made),
      targets,
      { ...origin, method: 'maximise', parameters },
      contrast === 'true' ? how : `${how}; shown in scaled contrast`,
      contrast === 'true' ? made.images : centredContrast(made, net.preprocessing),
    )
  }
}

/** What was chained to a recipe, in words. */
function describeChanges(made: Optimised): string {
  const { of, transforms, regularisers } = made.provenance.parameters
  const parts = [...(transforms as string[]), ...(regularisers as string[])]
  const list = parts.length > 0 ? `; ${parts.join(', ')}` : ''
  return `; objective ${String(of)}${list}`
}
