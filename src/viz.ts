/** The fluent API: every verb is one line into a folder beside this file. */
import { deconvnet } from './attribution/deconvnet.js'
import { gradcam, type GradCamOptions } from './attribution/gradcam.js'
import { guided } from './attribution/guided.js'
import {
  type IntegratedGradients,
  integratedGradients,
  type IntegratedGradientsOptions,
} from './attribution/integrated-gradients.js'
import { type Occlusion, occlusion, type OcclusionOptions } from './attribution/occlusion.js'
import { predict, type Prediction, type PredictOptions } from './attribution/predict.js'
import type { Explained } from './attribution/question.js'
import { saliency, type SaliencyOptions } from './attribution/saliency.js'
import { type Scenes, scenes, type ScenesOptions } from '../datasets/scenes/index.js'
import type { Engine } from './engine/engine.js'
import { engineByName, type EngineName } from './engine/engines.js'
import { onnx } from './engine/onnx.js'
import { Figure } from './figures/figure.js'
import { picture } from './figures/picture.js'
import { row } from './figures/row.js'
import { Image } from './image/image.js'
import { type ImageSource, loadImage } from './image/load.js'
import { loadNetwork, type LoadOptions, type NetworkSource } from './network/load.js'
import { Network } from './network/network.js'
import type { LayersModelLike } from './network/tfjs/index.js'
import { Objective } from './objectives/objective.js'
import type { Result } from './result.js'
import { chooseSignal, currentSignal } from './work/signal.js'

/** A picture, or something that has one: a scene. */
export type Picture = Image | { image: Image }

const imageOf = (shown: Picture): Image => (shown instanceof Image ? shown : shown.image)

/** A network, or one that is still being made of a live model. */
type Net = Network | Promise<Network>

/** A network, and what to look at in it. */
export class View {
  constructor(readonly net: Net) {}

  /**
   * Looks at what the network does with one image.
   *
   * @param image Of any size; the network's own preprocessing resizes, crops and normalises it.
   * @example viz(net).on(photo).predict()
   */
  on(image: Picture): ImageView {
    return new ImageView(this.net, imageOf(image))
  }
}

/** A network and an image. Verbs explain the class that it is taken for, unless `target` says otherwise. */
export class ImageView {
  #top: Promise<number> | undefined

  constructor(
    readonly net: Net,
    readonly image: Image,
    private readonly chosen?: number | string | Objective,
  ) {}

  /**
   * Explains something else than the most probable class: another class, or any objective. The view
   * itself stays as it is; a new one is returned.
   *
   * @param target Index or name of a class; or an objective: a neuron, a channel, a difference of scores.
   * @throws RangeError for an unknown class, naming the nearest.
   * @example
   *   viz(net).on(photo).target('wolf').gradcam()
   *   viz(net).on(photo).target(neuron('conv5', [17, 3, 3])).guided()
   *   viz(net).on(photo).target(classScore('wolf').minus(classScore('dog'))).gradcam()
   */
  target(target: number | string | Objective): ImageView {
    const known = !(target instanceof Objective || this.net instanceof Promise)
    return new ImageView(this.net, this.image, known ? this.net.classIndex(target) : target)
  }

  /**
   * What the network takes the image for: a bar for each of the most probable classes.
   *
   * @param options.top How many classes. Default 5.
   * @returns The probabilities of all classes, [1, classes].
   * @example (await viz(net).on(photo).predict()).top(3)
   */
  async predict(options: PredictOptions = {}): Promise<Prediction> {
    const target = this.chosen instanceof Objective ? undefined : this.chosen
    return predict(await this.net, this.image, { target, ...options })
  }

  /**
   * How strongly each pixel acts on the score: |∂ score / ∂ pixel| (Simonyan et al. 2014).
   *
   * @param options.rule How the signal passes rectifiers: 'plain' (default), 'guided' or 'deconvnet'.
   * @param options.channels Colours by their 'max' (default) or 'sum'.
   * @returns One number per pixel, [1, H, W], ≥ 0.
   * @example viz(net).on(photo).saliency({ channels: 'sum' })
   */
  async saliency(options: SaliencyOptions = {}): Promise<Result> {
    return saliency(await this.net, this.image, { ...options, ...(await this.#explained()) })
  }

  /**
   * Guided backpropagation to the pixels (Springenberg et al. 2015): a sharp picture of what excites the
   * class or neuron. It is not a gradient.
   *
   * @returns [1, 3, H, W], signed.
   * @example viz(net).on(photo).target(neuron('conv5', [17, 3, 3])).guided()
   */
  async guided(): Promise<Result> {
    return guided(await this.net, this.image, await this.#explained())
  }

  /**
   * DeconvNet's signal at the pixels (Zeiler & Fergus 2014). It is not a gradient.
   *
   * @returns [1, 3, H, W], signed.
   * @example viz(net).on(photo).deconvnet()
   */
  async deconvnet(): Promise<Result> {
    return deconvnet(await this.net, this.image, await this.#explained())
  }

  /**
   * Where the feature maps of a layer speak for the class: Grad-CAM (Selvaraju et al. 2017).
   *
   * @param layer Default: the last feature maps before the classifier.
   * @param options.relu Keep only what speaks for the class. Default true.
   * @returns [1, h, w] at the layer's own resolution, ≥ 0 unless `relu` is false.
   * @throws RangeError for an unknown layer, naming the nearest, and for one without feature maps.
   * @example viz(net).on(photo).target('tiger cat').gradcam()
   */
  async gradcam(layer?: string, options: Omit<GradCamOptions, 'layer'> = {}): Promise<Result> {
    return gradcam(await this.net, this.image, { layer, ...options, ...(await this.#explained()) })
  }

  /**
   * What each pixel adds to the score on the way from a baseline to the image (Sundararajan et al. 2017).
   *
   * @param options.steps Gradients along the way. Default 50.
   * @param options.baseline Where the way begins: a number in normalised pixels (default 0), 'black',
   *   'grey', 'white', 'mean', 'blur', or an image.
   * @param options.method The quadrature, by Captum's names. Default 'gausslegendre'.
   * @returns [1, 3, H, W], signed; they add up to the score less that of the baseline, but for
   *   `convergenceDelta`.
   * @throws RangeError for options that there cannot be; AbortError at an interrupt.
   * @example (await viz(net).on(photo).integratedGradients({ baseline: 'black' })).convergenceDelta
   */
  async integratedGradients(
    options: IntegratedGradientsOptions = {},
  ): Promise<IntegratedGradients> {
    return integratedGradients(await this.net, this.image, {
      ...options,
      ...(await this.#explained()),
    })
  }

  /**
   * How far the score falls when a window covers a part of the image (Zeiler & Fergus 2014).
   *
   * @param options.window Its side in pixels of the network's input. Default: a seventh of each side.
   * @param options.stride How far it moves. Default: half the window.
   * @param options.baseline What covers: a number in normalised pixels (default 0), 'black', 'grey',
   *   'white', 'mean', 'blur', or an image.
   * @param options.measure 'drop' (default) of the score, or what is 'remaining', as the paper draws it.
   * @param options.probability The probability in place of the score. Default false.
   * @param options.classes Record what the covered image is taken for. Default false.
   * @returns [1, H, W]; `windows` has one number for each place, `panels` shows it all.
   * @throws RangeError for options that there cannot be; AbortError at an interrupt.
   * @example (await viz(net).on(photo).occlusion({ window: 24, stride: 8, classes: true })).panels
   */
  async occlusion(options: OcclusionOptions = {}): Promise<Occlusion> {
    return occlusion(await this.net, this.image, { ...options, ...(await this.#explained()) })
  }

  async #explained(): Promise<Explained> {
    if (this.chosen instanceof Objective) return { of: this.chosen }
    if (this.chosen !== undefined) return { target: this.chosen }
    this.#top ??= this.predict().then((prediction) => prediction.top(1)[0]!.index)
    return { target: await this.#top }
  }
}

/** What stands side by side in a row: results, figures, images, scenes. */
export type Showable = Result | Figure | Picture

const figureOf = (shown: Showable): Figure => {
  if (shown instanceof Figure) return shown
  return 'figure' in shown ? shown.figure : picture(imageOf(shown), { title: 'Image' })
}

/** What computes the networks that `viz.model` loads. */
let chosenEngine: Engine = onnx

function model(source: NetworkSource, options?: LoadOptions): Promise<Network> {
  return loadNetwork(source, { engine: chosenEngine, ...options })
}

function look(net: Network | LayersModelLike): View {
  if (net instanceof Network) return new View(net)
  const loading = model(net)
  loading.catch(() => undefined) // the verb that needs it throws
  return new View(loading)
}

type Signalled = typeof look & Pick<Viz, 'signal'>

/** The functions of {@link viz}. */
export interface Viz {
  /**
   * Looks inside a network.
   *
   * @param net A network, or a live model of TensorFlow.js, trained or not.
   * @example viz(net).on(photo).gradcam()
   */
  (net: Network | LayersModelLike): View

  /**
   * A network.
   *
   * @param source A name of the zoo: 'scenes' (embedded), 'squeezenet1_1', …; or the path or the bytes of
   *   an ONNX file; or the path or address of a model.json of TensorFlow.js, or a live model; or a graph.
   * @param options.weights Path of the weights (.safetensors or .pth) of a network of the zoo.
   * @param options.classes Class names, in the order of the scores.
   * @param options.preprocessing How an image becomes the network's input.
   * @throws RangeError for an unknown name, naming the nearest; Error for a missing or damaged file.
   * @example const net = await viz.model('scenes')
   */
  model(source: NetworkSource, options?: LoadOptions): Promise<Network>

  /**
   * Chooses what computes the networks that are loaded from now on: 'onnx' (the default, the fastest) or
   * 'tensorflow'. The same graphs run on both, with the same results.
   *
   * @param engine Its name, or an engine itself: `onnxEngine({ provider: 'webgpu' })`.
   * @returns The engine; without an argument the one that is chosen.
   * @throws RangeError for an unknown name, naming the nearest.
   * @example viz.engine('tensorflow')
   */
  engine(engine?: EngineName | Engine): Engine

  /**
   * What stops long work, such as training and downloads. In a notebook, the interrupt of the cell does;
   * elsewhere, or beside it, whatever signal is assigned here. Work that began before is not concerned.
   *
   * @throws TypeError where anything but an AbortSignal or undefined is assigned.
   * @example
   *   viz.signal = AbortSignal.timeout(60_000)
   *   if (viz.signal.aborted) console.log('the minute is over')
   */
  get signal(): AbortSignal | undefined
  set signal(signal: AbortSignal | undefined)

  /**
   * A picture.
   *
   * @param source Path or URL of a PNG, JPEG, WebP, GIF or AVIF file, its bytes, or a canvas.
   * @throws Error for a file that is missing, naming the nearest, or that is no image.
   * @example const photo = await viz.image('husky.jpg')
   */
  image(source: ImageSource): Promise<Image>

  /**
   * The embedded data set: drawn objects on backgrounds, each with its mask, from a seed.
   *
   * @example const [wolf] = viz.scenes({ classes: ['wolf'], seed: 7 })
   */
  scenes(options?: ScenesOptions): Scenes

  /**
   * Results, figures and pictures side by side, awaited.
   *
   * @example
   *   const dog = viz(net).on(photo)
   *   viz.row(photo, dog.saliency(), dog.guided(), dog.gradcam())
   */
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
export const viz: Viz = Object.assign(
  Object.defineProperty(look, 'signal', {
    get: currentSignal,
    set: chooseSignal,
    enumerable: true,
  }) as Signalled,
  {
    model,
    engine: (engine: EngineName | Engine = chosenEngine) =>
      (chosenEngine = typeof engine === 'object' ? engine : engineByName(engine)),
    image: loadImage,
    scenes,
    row: async (...shown: (Showable | Promise<Showable>)[]) =>
      row(await Promise.all(shown.map(async (one) => figureOf(await one)))),
  },
)
