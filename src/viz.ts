/** The fluent API: every verb is one line into a folder beside this file. */
import { findUnit, isUnitAddress, unit } from './activations/address.js'
import {
  filters,
  type FiltersOptions,
  templates,
  type TemplatesOptions,
} from './activations/filters.js'
import { type Activations, activations, type ActivationsOptions } from './activations/maps.js'
import { type MaximalPatches, maximalPatches, type PatchesOptions } from './activations/patches.js'
import {
  type FilterSpectrum,
  filterSpectrum,
  type SpectrumOptions,
} from './activations/spectrum.js'
import type { Pictured, PictureSet } from './activations/stream.js'
import { activationGradient } from './attribution/activation-gradient.js'
import { deconvnet } from './attribution/deconvnet.js'
import { gradcam, type GradCamOptions } from './attribution/gradcam.js'
import { guided } from './attribution/guided.js'
import { guidedGradcam, type GuidedGradCamOptions } from './attribution/guided-gradcam.js'
import { inputTimesGradient } from './attribution/input-times-gradient.js'
import {
  type IntegratedGradients,
  integratedGradients,
  type IntegratedGradientsOptions,
} from './attribution/integrated-gradients.js'
import { type Occlusion, occlusion, type OcclusionOptions } from './attribution/occlusion.js'
import { predict, type Prediction, type PredictOptions } from './attribution/predict.js'
import type { Explained } from './attribution/question.js'
import {
  projectUnit,
  type UnitProjection,
  type UnitProjectionOptions,
} from './attribution/project-unit.js'
import { saliency, type SaliencyOptions } from './attribution/saliency.js'
import {
  type ScoreOrProbability,
  scoreOrProbability,
  type ScoreOrProbabilityOptions,
} from './attribution/score-or-probability.js'
import { smoothGrad, type SmoothGradOptions } from './attribution/smoothgrad.js'
import { reluRules } from './attribution/step-by-step/relu-rules.js'
import { transposeSteps } from './attribution/step-by-step/transpose.js'
import { unpoolingSteps } from './attribution/step-by-step/unpooling.js'
import { type Trust, trust, type TrustItem, type TrustOptions } from './attribution/trust/trust.js'
import { cifar10, cifar100 } from '../datasets/cifar.js'
import { imageFolder } from '../datasets/folder.js'
import { images } from '../datasets/images.js'
import { fashionMnist, idxImages, mnist } from '../datasets/mnist.js'
import { scenes } from '../datasets/scenes/index.js'
import { embed, type EmbedOptions, type EmbedSource } from './embeddings/embed.js'
import { Embedded } from './embeddings/embedding.js'
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

  /**
   * Do the maps tell the truth? All methods on the same pictures: sanity check by randomised parameters
   * (Adebayo et al. 2018), deletion and insertion (Petsiuk et al. 2018), pointing game and mask energy.
   *
   * @param data Pictures; scenes have the masks of their objects. Those after the first `images` are not
   *   looked at.
   * @param options.methods Names, or functions of your own. Default: all.
   * @param options.images How many pictures. Default 8.
   * @param options.stages In how many steps parameters are randomised from the scores down. Default 8.
   * @returns One table; `sanity`, `curves` and `cascade` are further figures.
   * @throws RangeError for options that there cannot be; AbortError at an interrupt.
   * @example viz(net).trust(viz.scenes({ seed: 7 }), { images: 16 })
   */
  async trust(
    data: Iterable<TrustItem | Promise<TrustItem>> | AsyncIterable<TrustItem>,
    options: TrustOptions = {},
  ): Promise<Trust> {
    return trust(await this.net, data, options)
  }

  /**
   * Looks at one layer.
   *
   * @example viz(net).layer('conv1').filters()
   */
  layer(name: string): LayerView {
    return new LayerView(this.net, name)
  }

  /**
   * Looks at one unit of a layer.
   *
   * @param layer Its name; or the address of the unit, `conv4:17`.
   * @param channel Number of the channel, or the name of a class in a layer that has one unit for each class.
   * @example viz(net).unit('conv4', 17).patches(scenes, 9)
   * @example viz(net).unit('fc8', 'cat').patches(scenes)
   */
  unit(layer: string, channel?: number | string): UnitView {
    return new UnitView(this.net, layer, channel)
  }

  /**
   * What the units of several layers answer to most strongly, found in one pass and shown side by side.
   *
   * @param data Any data set of pictures, or a list of images.
   * @param addresses Layers or units: `conv2`, `conv4:17`.
   * @param top How many patches of each unit. Default 9.
   * @param options As those of {@link LayerView.patches}.
   * @throws RangeError for unknown layers, naming the nearest, and for channels that there are not.
   * @example viz(net).patches(scenes, ['conv1', 'conv3', 'conv5'], 9, { units: 6 })
   */
  async patches(
    data: PictureSet | readonly Pictured[],
    addresses: string | readonly string[],
    top = 9,
    options: Omit<PatchesOptions, 'top'> = {},
  ): Promise<MaximalPatches> {
    return maximalPatches(await this.net, data, addresses, { ...options, top })
  }

  /**
   * What a layer makes of every picture of a data set, for nearest neighbours, PCA and t-SNE.
   *
   * @param data Any data set of pictures, or a list of images; labels colour its maps.
   * @param layer Such as 'fc7'.
   * @param options.spatial Of feature maps the mean of each ('average', default), or 'flatten' keeps all.
   * @returns Awaited, the features [N, D]; `neighbours`, `pca`, `tsne` and `purity` wait for them themselves.
   * @throws RangeError for an unknown layer, naming the nearest.
   * @example await viz(net).embed(scenes, 'fc7').tsne()
   */
  embed(data: EmbedSource, layer: string, options?: EmbedOptions): Embedded {
    return new Embedded(async () => embed(await this.net, data, layer, options))
  }
}

/** A layer of a network: its weights, and what its units answer to. */
export class LayerView {
  constructor(
    readonly net: Net,
    readonly name: string,
  ) {}

  /**
   * The filters of a convolution: tiles in colour where they see the image, grey ones in brackets deeper.
   *
   * @param options.range Grey is 0 ('symmetric', default), or black the least weight ('minmax').
   * @param options.scale Of 'each' filter its own (default), or one that is 'shared'.
   * @param options.order By 'index' (default) or by 'norm'.
   * @param options.count How many filters. Default: all of a first layer, 32 of a deeper one.
   * @param options.inputs In deeper layers, how many maps that a filter reads. Default 32.
   * @returns The weights, [filters, inputs, height, width].
   * @throws RangeError for a layer that is no convolution, naming the one before it.
   * @example viz(net).layer('conv1').filters()
   */
  async filters(options: FiltersOptions = {}): Promise<Result> {
    return filters(await this.net, this.name, options)
  }

  /**
   * The weights of a linear layer that sees the pixels, as pictures: the templates of its classes.
   *
   * @param options.outputs Which, by number or class. Default: the first 36.
   * @returns [outputs, channels, height, width]
   * @throws RangeError for a layer that is not linear, and for one that sees feature maps.
   * @example viz(net).layer('fc').templates({ outputs: ['car'] })
   */
  async templates(options: TemplatesOptions = {}): Promise<Result> {
    return templates(await this.net, this.name, options)
  }

  /**
   * Which frequencies the filters of a convolution let pass, and how much of it its stride aliases.
   *
   * @param options.size Frequencies along each axis. Default 32.
   * @returns The power spectra, [filters, size, size], frequency 0 in the middle.
   * @throws RangeError for a layer that is no convolution, naming the one before it.
   * @example (await viz(net).layer('conv1').spectrum()).aliased
   */
  async spectrum(options: SpectrumOptions = {}): Promise<FilterSpectrum> {
    return filterSpectrum(await this.net, this.name, options)
  }

  /**
   * What the units of the layer answer to most strongly: patches of pictures (Zeiler & Fergus 2014).
   *
   * @param data Any data set of pictures, or a list of images.
   * @param top How many patches of each unit, one of each picture. Default 9.
   * @param options.units How many units to show, or which. Default 12.
   * @param options.guided Guided backpropagation beside each patch. Default false.
   * @param options.batch Pictures at once. Default: by the size of the network's input.
   * @param options.cache Folder to keep results in; false for none. Default: the user's cache.
   * @returns [units, top] activations; `units` has the patches. An interrupt gives what was found so far.
   * @throws RangeError for an unknown layer, naming the nearest.
   * @example viz(net).layer('conv4').patches(scenes, 9, { units: 20, guided: true })
   */
  async patches(
    data: PictureSet | readonly Pictured[],
    top = 9,
    options: Omit<PatchesOptions, 'top'> = {},
  ): Promise<MaximalPatches> {
    return maximalPatches(await this.net, data, this.name, { ...options, top })
  }
}

/** A unit of a layer: a channel, or an element of a vector. */
export class UnitView {
  constructor(
    readonly net: Net,
    readonly layer: string,
    readonly channel?: number | string,
  ) {}

  /**
   * What the unit answers to most strongly: patches of pictures (Zeiler & Fergus 2014). The pass over the data
   * set finds them for all units of the layer, so that a second unit needs none.
   *
   * @param data Any data set of pictures, or a list of images.
   * @param top How many patches, one of each picture. Default 9.
   * @param options As those of {@link LayerView.patches}, but for `units`.
   * @returns [1, top] activations; `units[0].patches` has the patches.
   * @throws RangeError for an unknown layer, naming the nearest, and for a channel that it does not have.
   * @example viz(net).unit('conv4', 17).patches(scenes, 9)
   */
  async patches(
    data: PictureSet | readonly Pictured[],
    top = 9,
    options: Omit<PatchesOptions, 'top' | 'units'> = {},
  ): Promise<MaximalPatches> {
    const net = await this.net
    const { address } = findUnit(net, this.layer, this.channel)
    return maximalPatches(net, data, address, { units: 1, ...options, top })
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
   * @param target Index or name of a class; the address of a unit, `conv5:17` or `conv5:17@3,3`; or an
   *   objective: a neuron, a channel, a difference of scores.
   * @throws RangeError for an unknown class, naming the nearest.
   * @example
   *   viz(net).on(photo).target('wolf').gradcam()
   *   viz(net).on(photo).target('conv5:17@3,3').guided()
   *   viz(net).on(photo).target(classScore('wolf').minus(classScore('dog'))).gradcam()
   */
  target(target: number | string | Objective): ImageView {
    if (typeof target === 'string' && isUnitAddress(target)) return this.target(unit(target))
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
   * What a layer computes from the image: its maps, those that answer most strongly first, or its vector.
   *
   * @param address A layer, `conv5`; one of its channels, `conv5:17`; or a neuron, `conv5:17@3,5`.
   * @param options.order By 'max' (default), 'mean' or 'index'.
   * @param options.count How many channels. Default 48 maps, 24 elements of a vector.
   * @param options.scale One scale of colours for all, 'shared' (default), or one for 'each'.
   * @returns [1, C, h, w] or [1, features]; of a channel [1, h, w], of a neuron [1].
   * @throws RangeError for an unknown layer, naming the nearest, and for a channel or place that it lacks.
   * @example (await viz(net).on(photo).activations('relu5')).top(3)
   */
  async activations(address: string, options: ActivationsOptions = {}): Promise<Activations> {
    return activations(await this.net, this.image, address, options)
  }

  /**
   * How strongly each pixel acts on the score: |∂ score / ∂ pixel| (Simonyan et al. 2014).
   *
   * @param options.rule How the signal passes rectifiers: 'plain' (default), 'guided' or 'deconvnet'.
   * @param options.channels Colours by their 'max' (default), 'sum', or 'signed' sum.
   * @returns One number per pixel, [1, H, W]; ≥ 0 but for 'signed' channels.
   * @example viz(net).on(photo).saliency({ channels: 'sum' })
   */
  async saliency(options: SaliencyOptions = {}): Promise<Result> {
    return saliency(await this.net, this.image, { ...options, ...(await this.#explained()) })
  }

  /**
   * The saliency of the score beside that of the probability, which also speaks of other classes.
   *
   * @param options.channels As {@link saliency} has it.
   * @returns [1, 2, H, W], the score's map and the probability's.
   * @throws TypeError where something else than a class is explained.
   * @example (await viz(net).on(photo).scoreOrProbability()).cosines
   */
  async scoreOrProbability(
    options: Omit<ScoreOrProbabilityOptions, 'target'> = {},
  ): Promise<ScoreOrProbability> {
    const { target } = await this.#explained()
    if (target === undefined) throw new TypeError('only classes have a score and a probability')
    return scoreOrProbability(await this.net, this.image, { ...options, target })
  }

  /**
   * Input × gradient (Shrikumar et al. 2016).
   *
   * @returns [1, 3, H, W], signed, in units of the score.
   * @example viz(net).on(photo).inputTimesGradient()
   */
  async inputTimesGradient(): Promise<Result> {
    return inputTimesGradient(await this.net, this.image, await this.#explained())
  }

  /**
   * The mean gradient of noisy copies (Smilkov et al. 2017).
   *
   * @param options.samples How many copies. Default 50.
   * @param options.noise Its standard deviation as a share of the image's range. Default 0.1.
   * @param options.statistic 'mean' (default), 'squares' or 'variance' of the gradients.
   * @param options.seed Which noise. Default: that of `%seed`, or 0.
   * @returns [1, 3, H, W]
   * @throws RangeError for options that there cannot be; AbortError at an interrupt.
   * @example viz(net).on(photo).smoothGrad({ samples: 25 })
   */
  async smoothGrad(options: SmoothGradOptions = {}): Promise<Result> {
    return smoothGrad(await this.net, this.image, { ...options, ...(await this.#explained()) })
  }

  /**
   * The gradient of any activation by the pixels, whatever class the view explains.
   *
   * @param address `conv4:17@3,5` (channel @ row, column), `conv4:17`, or `conv4`.
   * @returns [1, 3, H, W], signed.
   * @throws RangeError for an unknown layer, naming the nearest, and for a unit that it does not have.
   * @example viz(net).on(photo).gradient('conv4:17@3,5')
   */
  async gradient(address: string): Promise<Result> {
    return activationGradient(await this.net, this.image, address)
  }

  /**
   * DeconvNet's projection of one unit, all others of its layer set to zero (Zeiler & Fergus 2014).
   *
   * @param address `conv3:15`, or `conv3:15@4,7` for a certain place.
   * @param options.keep Of a channel the 'strongest' activation (default) or the whole 'map'.
   * @param options.unpooling Where pooling windows overlap signals 'add' (default) or 'overwrite'.
   * @returns [1, 3, H, W], signed; `kept` says what was kept.
   * @throws RangeError for an unknown layer, naming the nearest, and for a unit that it does not have.
   * @example viz(net).on(photo).project('conv3:15')
   */
  async project(address: string, options: UnitProjectionOptions = {}): Promise<UnitProjection> {
    return projectUnit(await this.net, this.image, address, options)
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
   * Guided backpropagation times Grad-CAM (Selvaraju et al. 2017): sharp, and of this class.
   *
   * @param layer Grad-CAM's. Default: the last feature maps before the classifier.
   * @param options.interpolation 'bilinear' (default) or 'nearest'.
   * @returns [1, 3, H, W], signed.
   * @throws RangeError for an unknown layer, naming the nearest, and for one without feature maps.
   * @example viz(net).on(photo).target('tiger cat').guidedGradcam()
   */
  async guidedGradcam(
    layer?: string,
    options: Omit<GuidedGradCamOptions, 'layer'> = {},
  ): Promise<Result> {
    const explained = await this.#explained()
    return guidedGradcam(await this.net, this.image, { layer, ...options, ...explained })
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
  scenes: typeof scenes

  /**
   * A data set from a folder with one folder of images per class.
   *
   * @example
   *   const pets = await viz.imageFolder('photos') // photos/cat/1.jpg, photos/dog/rex/7.png, …
   *   const { train, test } = pets.split({ train: 0.8, test: 0.2 })
   */
  imageFolder: typeof imageFolder

  /**
   * A data set of pictures without classes: one file, a list, or all in a folder.
   *
   * @example const photos = await viz.images('photos')
   */
  images: typeof images

  /**
   * MNIST, from the folder of its four files, compressed or not.
   *
   * @example const digits = await viz.mnist('data/mnist', { split: 'test' })
   */
  mnist: typeof mnist

  /**
   * Fashion-MNIST, from the folder of its four files, compressed or not.
   *
   * @example const clothes = await viz.fashionMnist('data/fashion')
   */
  fashionMnist: typeof fashionMnist

  /**
   * A data set of any pictures and labels in IDX files, the format of MNIST.
   *
   * @example const data = await viz.idxImages('images-idx3-ubyte.gz', 'labels-idx1-ubyte.gz')
   */
  idxImages: typeof idxImages

  /**
   * CIFAR-10, from the folder of its binary version or one of its files.
   *
   * @example const photos = await viz.cifar10('cifar-10-batches-bin', { split: 'test' })
   */
  cifar10: typeof cifar10

  /**
   * CIFAR-100, from the folder of its binary version or one of its files.
   *
   * @example const photos = await viz.cifar100('cifar-100-binary', { split: 'test' })
   */
  cifar100: typeof cifar100

  /**
   * Three ways back through a rectifier, on a table of numbers (Springenberg et al. 2015, figure 1).
   *
   * @example await viz.reluRules()
   */
  reluRules: typeof reluRules

  /**
   * Max-pooling, its switches and unpooling, on a table of numbers (Zeiler & Fergus 2014).
   *
   * @example await viz.unpooling({ kernel: 3, stride: 2 })
   */
  unpooling: typeof unpoolingSteps

  /**
   * Why a signal goes back through a convolution by the transposed matrix, on a table of numbers.
   *
   * @example await viz.transpose()
   */
  transpose: typeof transposeSteps

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
    imageFolder,
    images,
    mnist,
    fashionMnist,
    idxImages,
    cifar10,
    cifar100,
    reluRules,
    unpooling: unpoolingSteps,
    transpose: transposeSteps,
    row: async (...shown: (Showable | Promise<Showable>)[]) =>
      row(await Promise.all(shown.map(async (one) => figureOf(await one)))),
  },
)
