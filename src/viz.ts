/** The fluent API: every verb is one line into a folder beside this file. */
import { deconvnet } from './attribution/deconvnet.js'
import { gradcam, type GradCamOptions } from './attribution/gradcam.js'
import { guided } from './attribution/guided.js'
import { predict, type Prediction, type PredictOptions } from './attribution/predict.js'
import { saliency, type SaliencyOptions } from './attribution/saliency.js'
import { type Scenes, scenes, type ScenesOptions } from '../datasets/scenes/index.js'
import { Figure } from './figures/figure.js'
import { picture } from './figures/picture.js'
import { row } from './figures/row.js'
import { Image } from './image/image.js'
import { type ImageSource, loadImage } from './image/load.js'
import { loadNetwork, type LoadOptions } from './network/load.js'
import type { Network } from './network/network.js'
import type { Result } from './result.js'

/** A picture, or something that has one: a scene. */
export type Picture = Image | { image: Image }

const imageOf = (shown: Picture): Image => (shown instanceof Image ? shown : shown.image)

/** A network, and what to look at in it. */
export class View {
  constructor(readonly net: Network) {}

  /** Looks at what the network does with one image. */
  on(image: Picture): ImageView {
    return new ImageView(this.net, imageOf(image))
  }
}

/** A network and an image. Verbs explain the class that it is taken for, unless `target` names one. */
export class ImageView {
  #top: Promise<number> | undefined

  constructor(
    readonly net: Network,
    readonly image: Image,
    private readonly chosen?: number,
  ) {}

  /**
   * Explains another class than the most probable one.
   *
   * @param target Index or name. @throws RangeError for an unknown class, naming the nearest.
   */
  target(target: number | string): ImageView {
    return new ImageView(this.net, this.image, this.net.classIndex(target))
  }

  /** The most probable classes; see {@link predict}. */
  predict(options: PredictOptions = {}): Promise<Prediction> {
    return predict(this.net, this.image, { target: this.chosen, ...options })
  }

  /** How strongly each pixel acts on the score; see {@link saliency}. */
  async saliency(options: Partial<SaliencyOptions> = {}): Promise<Result> {
    return saliency(this.net, this.image, { target: await this.#target(), ...options })
  }

  /** Guided backpropagation to the pixels; see {@link guided}. */
  async guided(): Promise<Result> {
    return guided(this.net, this.image, { target: await this.#target() })
  }

  /** DeconvNet's signal at the pixels; see {@link deconvnet}. */
  async deconvnet(): Promise<Result> {
    return deconvnet(this.net, this.image, { target: await this.#target() })
  }

  /**
   * Where the feature maps of a layer speak for the class; see {@link gradcam}.
   *
   * @param layer Default: the last feature maps before the classifier.
   */
  async gradcam(layer?: string, options: Partial<GradCamOptions> = {}): Promise<Result> {
    return gradcam(this.net, this.image, { target: await this.#target(), layer, ...options })
  }

  async #target(): Promise<number> {
    if (this.chosen !== undefined) return this.chosen
    this.#top ??= predict(this.net, this.image).then((prediction) => prediction.top(1)[0]!.index)
    return this.#top
  }
}

/** What stands side by side in a row. */
export type Showable = Result | Figure | Picture

const figureOf = (shown: Showable): Figure => {
  if (shown instanceof Figure) return shown
  return 'figure' in shown ? shown.figure : picture(imageOf(shown), { title: 'Image' })
}

/** Looks inside a network: `viz(net).on(photo).saliency()`. */
export interface Viz {
  (net: Network): View
  /** A network by name, from a file, from a graph; see {@link loadNetwork}. */
  model: (...source: Parameters<typeof loadNetwork>) => Promise<Network>
  /** A picture from a path, URL, buffer or canvas; see {@link loadImage}. */
  image(source: ImageSource): Promise<Image>
  /** The embedded data set; see {@link scenes}. */
  scenes(options?: ScenesOptions): Scenes
  /** Results, figures and pictures side by side, awaited. */
  row(...shown: (Showable | Promise<Showable>)[]): Promise<Figure>
}

/**
 * Looks inside a network.
 *
 * @example
 *   const net = await viz.model('scenes')
 *   const photo = await viz.image('husky.jpg')
 *   await viz(net).on(photo).gradcam()
 */
export const viz: Viz = Object.assign((net: Network) => new View(net), {
  model: (source: Parameters<typeof loadNetwork>[0], options?: LoadOptions) =>
    loadNetwork(source, options),
  image: loadImage,
  scenes,
  row: async (...shown: (Showable | Promise<Showable>)[]) =>
    row((await Promise.all(shown)).map(figureOf)),
})
