/** The fluent API: every verb is one line into a folder beside this file. */
import { findUnit, isUnitAddress, unit } from './activations/address.js'
import {
  type EvolutionOptions,
  type FeatureEvolution,
  featureEvolution,
} from './activations/evolution.js'
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
import { imageOf, type Pictured, type PictureSet } from './activations/stream.js'
import { activationGradient } from './attribution/activation-gradient.js'
import { type Bias, bias, type BiasData, type BiasOptions } from './attribution/bias/bias.js'
import { deconvnet } from './attribution/deconvnet.js'
import { gradcam, type GradCamOptions } from './attribution/gradcam.js'
import {
  type GradientStatistics,
  gradientStatistics,
  type GradientStatisticsOptions,
} from './attribution/gradient-statistics.js'
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
import { painting } from '../datasets/paintings/index.js'
import { type Background, background, scenes } from '../datasets/scenes/index.js'
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
import { check } from './lab/checks.js'
import { loadNetwork, type LoadOptions, type NetworkSource } from './network/load.js'
import { Network } from './network/network.js'
import type { LayersModelLike } from './network/tfjs/index.js'
import { Objective } from './objectives/objective.js'
import type { Result } from './result.js'
import type { Example } from './training/batches.js'
import type { Items } from '../datasets/dataset.js'
import type { Attack } from './robustness/attacks/attack.js'
import {
  type AttackReport,
  attackReport,
  type AttackReportOptions,
} from './robustness/attacks/attack-report.js'
import { fool, type FoolOptions } from './robustness/attacks/fool.js'
import { linearity } from './robustness/attacks/linearity.js'
import {
  attackWithinBudget,
  type BudgetAttacks,
  minimalAttack,
  type MinimalAttacks,
} from './robustness/attacks/methods.js'
import { transfer } from './robustness/attacks/transfer.js'
import {
  type UniversalOptions,
  type UniversalPerturbation,
  universalPerturbation,
} from './robustness/attacks/universal.js'
import { corrupt, type CorruptOptions, type Corruption } from './robustness/corruptions/corrupt.js'
import { robustness } from './robustness/corruptions/robustness.js'
import { corruptionSheet, type CorruptionSheetOptions } from './robustness/corruptions/sheet.js'
import { cueConflicts } from './robustness/cue-conflicts.js'
import {
  compareDefences,
  type Defences,
  type DefencesOptions,
} from './robustness/defences/compare.js'
import { backdoor } from './robustness/poisoning/backdoor.js'
import { poison } from './robustness/poisoning/poison.js'
import { trigger } from './robustness/poisoning/trigger.js'
import { shapeTexture } from './robustness/shape-texture.js'
import { stylisedScenes } from './robustness/stylised.js'
import {
  maximise,
  maximiseLayer,
  maximiseUnit,
  type UnitOptions,
} from './synthesis/class-visualisation.js'
import { deepDream, type Dream, type DreamOptions, type Dreamt } from './synthesis/dream.js'
import { type DreamIdentity, dreamIdentity } from './synthesis/dream-identity.js'
import { type DreamZoom, dreamZoom, type DreamZoomOptions } from './synthesis/dream-zoom.js'
import {
  type FeatureImportance,
  featureImportance,
  type ImportanceOptions,
} from './synthesis/feature-importance.js'
import { type Inversion, type InversionOptions, invert } from './synthesis/inversion.js'
import { type ClassSheet, classSheet, type ClassSheetOptions } from './synthesis/class-sheet.js'
import type { Maximisation } from './synthesis/maximise.js'
import {
  type Multifaceted,
  multifaceted,
  type MultifacetedOptions,
} from './synthesis/multifaceted.js'
import {
  type RegularisersOptions,
  type RegularisersPage,
  regularisersPage,
} from './synthesis/regularisers-page.js'
import { type UnitSheet, unitSheet, type UnitSheetOptions } from './synthesis/unit-sheet.js'
import type { Wanted } from './synthesis/unit-objective.js'
import { segment, type Segmentation, type SegmentOptions } from './segmentation/segment.js'
import {
  type LayerTextures,
  type LayerTexturesOptions,
  synthesiseByLayer,
} from './texture/by-layer.js'
import {
  type FastStyle,
  fastStyle,
  type FastStyleOptions,
  type FastStyles,
  fastStyles,
  type FastStylesOptions,
} from './texture/fast/fast-style.js'
import {
  type TextureNetwork,
  textureNetwork,
  type TextureNetworkOptions,
} from './texture/fast/texture-network.js'
import { gram, type GramOptions, type Grams } from './texture/gram.js'
import { growTexture, type GrowTextureOptions } from './texture/grow.js'
import type { Patchwork } from './texture/patchwork.js'
import { scanTexture, type ScanTextureOptions } from './texture/scan.js'
import { type Shuffled, shufflePlaces } from './texture/shuffle.js'
import { type StyleSweep, styleSweep, type StyleSweepOptions } from './texture/style-sweep.js'
import type { StyleImage } from './texture/style-targets.js'
import {
  type StyleTransfer,
  styleTransfer,
  type StyleTransferOptions,
} from './texture/style-transfer.js'
import { synthesise, type SynthesiseOptions, type Texture } from './texture/synthesise.js'
import { chooseSignal, currentSignal } from './work/signal.js'

/** A picture, or something that has one: a scene. */
export type Picture = Image | { image: Image; mask?: ArrayLike<number> }

/** What is to be painted like: a picture, one with a weight, a region or a size of its own, or several. */
export type Painting = Picture | StyleImage | readonly (Picture | StyleImage)[]

/** A network, or one that is still being made of a live model. */
type Net = Network | Promise<Network>

/** A network, and what to look at in it. */
export class View {
  constructor(readonly net: Net) {}

  /**
   * Looks at what the network does with one image.
   *
   * @param image Of any size; the network's own preprocessing resizes, crops and normalises it.
   * @throws TypeError for what is no picture, such as a path or a promise.
   * @example viz(net).on(photo).predict()
   */
  on(image: Picture): ImageView {
    const pixels = imageOf(image)
    const mask = image instanceof Image ? undefined : image.mask
    return new ImageView(this.net, pixels, undefined, mask)
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
   * Object or background? Where the maps lie, what the network says of objects and backgrounds taken apart
   * (Xiao et al. 2021), and what it is most certainly wrong about (Ribeiro et al. 2016).
   *
   * @param data Pictures with their classes, or several data sets by name; scenes have masks, too.
   * @param options.compare Other networks, by what they are to be called.
   * @param options.images How many pictures of each data set. Default 60.
   * @param options.maps Default: saliency and Grad-CAM.
   * @param options.classes Among which the networks decide. Default: all.
   * @returns One row for each network and data set; `wrong` is a further figure.
   * @throws RangeError where no picture is of a class that the networks know, and for options that there cannot
   *   be; AbortError at an interrupt.
   * @example (await viz(net).bias({ usual, swapped }, { compare: { unbiased } })).wrong
   */
  async bias(
    data: BiasData | Readonly<Record<string, BiasData>>,
    options: BiasOptions = {},
  ): Promise<Bias> {
    return bias(await this.net, data, options)
  }

  /**
   * How strongly the loss pulls at each layer: norms of its gradients, a histogram for each.
   *
   * @param data Labelled pictures; the labels index the network's classes.
   * @param options.layers Default: those with weights.
   * @param options.images How many pictures. Default 64.
   * @returns [layers, pictures], ‖∂L/∂A‖; `weights` has those by the weights.
   * @throws RangeError where the data do not fit the network, and for an unknown layer.
   * @example (await viz(net).gradientStatistics(scenes)).weights
   */
  async gradientStatistics(
    data: Items<Example> & { readonly digest?: string },
    options?: GradientStatisticsOptions,
  ): Promise<GradientStatistics> {
    return gradientStatistics(await this.net, data, options)
  }

  /**
   * How well the network withstands attacks, on pictures that it names correctly; judged as saved in 8 bits.
   *
   * @param data Labelled pictures that it has not learned from.
   * @param options.images How many of those named correctly. Default 100.
   * @param options.against Other networks for comparison.
   * @param options.attacks Functions by name. Default: FGSM and PGD at 4/255, fooling by ascent, DeepFool.
   * @param options.workers So many processes share the pictures. @param options.queue Or those at a Redis server.
   * @returns One row for each network and attack: success, accuracy left, median sizes of the change.
   * @throws RangeError where the data do not fit; AbortError at an interrupt.
   * @example (await viz(net).attackReport(test, { images: 500 })).of('DeepFool').medianL2
   */
  async attackReport(
    data: Items<Example>,
    options: AttackReportOptions = {},
  ): Promise<AttackReport> {
    return attackReport(await this.net, data, options)
  }

  /**
   * One perturbation that fools the network about most pictures (Moosavi-Dezfooli et al. 2017).
   *
   * @param data Labelled pictures, to find it on and to test it on.
   * @param options.epsilon The largest change, for pixels in [0, 1]. Default 10 / 255.
   * @returns The perturbation, [1, C, H, W]; `rates` says how many pictures it fools.
   * @throws RangeError where the data do not fit or are too few. An interrupt gives what there is.
   * @example (await viz(net).universalPerturbation(test)).appliedTo(photo)
   */
  async universalPerturbation(
    data: Items<Example>,
    options: UniversalOptions = {},
  ): Promise<UniversalPerturbation> {
    return universalPerturbation(await this.net, data, options)
  }

  /**
   * What defences hold against an attacker who does not know them, and one who does (Athalye et al. 2018).
   *
   * @param data Labelled pictures; those after the first `images`, default 64, are not looked at.
   * @param options.defences Such as `jpeg(75)`. Default: noise averaging, JPEG, bit depth, median.
   * @param options.twins Networks that were trained to withstand attacks, for comparison.
   * @returns [defences, 3], the share named correctly of clean pictures, and under either attack.
   * @throws RangeError where the data do not fit; AbortError at an interrupt.
   * @example viz(net).defences(test, { images: 32, epsilon: 4 / 255 })
   */
  async defences(data: Items<Example>, options: DefencesOptions = {}): Promise<Defences> {
    return compareDefences(await this.net, data, options)
  }

  /**
   * Images that a class, a unit or anything else answers to most strongly (Simonyan et al. 2014).
   *
   * @param wanted A class by name or index, an address such as 'conv4:17', an objective; or a list of them.
   * @param options.preset A recipe by its paper: 'simonyan', 'yosinski-1' … 'yosinski-4', 'mordvintsev', 'cs231n',
   *   'nguyen', 'nguyen-facet' (from a mean of pictures), 'olah', 'santurkar' (for robust networks). Default 'none':
   *   ascent without priors, which are chained to it. Nguyen's steps are denoised, and take four to six times as long.
   * @param options.steps Default 256, or the recipe's.
   * @returns What is still to be described: `l2`, `tv`, `blur`, `denoise`, `jitter`, … Awaited, the images [N, C, H, W].
   * @throws RangeError, when it runs, for unknown names, naming the nearest, and options that do not go together.
   * @example await viz(net).maximize(['wolf', 'conv4:17'], { preset: 'olah', steps: 128 })
   */
  maximize(wanted: Wanted | readonly Wanted[], options?: UnitOptions): Maximisation {
    return maximise(this.net, wanted, options)
  }

  /**
   * The same class, or unit, by several recipes side by side (Yosinski et al. 2015).
   *
   * @param options.presets Which recipes. Default: all. @param options.steps Default: as many as each says.
   * @returns [recipes, C, H, W]; `table` has it in numbers.
   * @throws RangeError for unknown names, naming the nearest; AbortError at an interrupt before the first is done.
   * @example await viz(net).regularisers('cat', { presets: ['none', 'cs231n', 'olah'], steps: 100 })
   */
  async regularisers(wanted: Wanted, options?: RegularisersOptions): Promise<RegularisersPage> {
    return regularisersPage(await this.net, wanted, options)
  }

  /**
   * An image of every class in one sheet, and how many of them another network recognises.
   *
   * @param options.judge The network that says what they show. @param options.classes Which. Default: all.
   * @param options.preset Default 'olah', of 128 `steps`. @param options.contrast As they are ('true', default) or 'scaled'.
   * @returns [classes, C, H, W]; `rate` is the share that the judge names as asked.
   * @throws RangeError for unknown classes, naming the nearest; AbortError at an interrupt before the first are done.
   * @example (await viz(net).allClasses({ judge: viz.model('scenes-stride4'), steps: 64 })).rate
   */
  async allClasses(options?: ClassSheetOptions): Promise<ClassSheet> {
    return classSheet(await this.net, options)
  }

  /**
   * Images of units of several layers, a mosaic for each layer (Yosinski et al. 2015).
   *
   * @param options.units How many of each layer. Default 9. @param options.steps Default 64.
   * @returns [units, C, H, W], layer after layer.
   * @throws RangeError for unknown layers, naming the nearest; AbortError at an interrupt before the first is done.
   * @example await viz(net).units(['conv2', 'conv4', 'fc8'])
   */
  async units(layers: readonly string[], options?: UnitSheetOptions): Promise<UnitSheet> {
    return unitSheet(await this.net, layers, options)
  }

  /**
   * The many faces of a class or unit: its pictures in groups, and an image grown from the mean of each (Nguyen et
   * al. 2016).
   *
   * @param data Labelled pictures.
   * @param wanted A class by name or index, or the address of a unit.
   * @param options.facets How many groups. Default 10.
   * @returns [facets, C, H, W]; `facets` has the pictures of each group.
   * @throws RangeError for an unknown class or layer, naming the nearest, and for fewer than eight pictures of it;
   *   AbortError at an interrupt before there are groups.
   * @example await viz(net).facets(viz.scenes({ length: 2000 }), 'cat', { facets: 4 })
   */
  async facets(
    data: Items<Example>,
    wanted: number | string,
    options?: MultifacetedOptions,
  ): Promise<Multifaceted> {
    return multifaceted(await this.net, data, wanted, options)
  }

  /**
   * Looks at one layer.
   *
   * @param name As {@link Network.layers} has it; an unknown one is an error of the verb that follows.
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
   * @returns [units, top] activations; `units` has the patches. An interrupt gives what was found so far.
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
   * @param options.workers So many processes share the pictures. @param options.queue Or those at a Redis server.
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
   * @param options.stride What would alias at this stride. Default: the layer's own.
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
   * @param options.workers So many processes share the pictures. @param options.queue Or those at a Redis server.
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

  /**
   * Images that units of the layer answer to most strongly, each its own (Yosinski et al. 2015).
   *
   * @param options.units How many, evenly spaced, or which: numbers or classes. Default 12.
   * @param options As those of {@link View.maximize}.
   * @returns What is still to be described; awaited, the images [units, C, H, W].
   * @throws RangeError, when it runs, for unknown names, naming the nearest, and options that do not go together.
   * @example await viz(net).layer('conv4').maximize({ units: 9, preset: 'olah', steps: 64 })
   */
  maximize({
    units,
    ...options
  }: UnitOptions & { units?: number | readonly (number | string)[] } = {}): Maximisation {
    return maximiseLayer(this.net, this.name, units, options)
  }

  /**
   * Which maps of the layer matter: by the accuracy that is lost without them, to first order, by their filters' norms, by
   * what can be reconstructed without them; and what becomes of the network as the others go.
   *
   * @param data Labelled pictures. @param options.images To rank by, and as many to test. Default 50.
   * @param options.by Criteria: 'accuracy', 'taylor', 'l1', 'inversion'. Default: all.
   * @returns [criteria, maps]; `curve` and `reconstructions` are further figures.
   * @throws RangeError for unknown criteria, naming the nearest, and where the data do not fit; AbortError at an
   *   interrupt.
   * @example (await viz(net).layer('conv3').importance(scenes, { by: ['taylor', 'l1'] })).curve
   */
  async importance(data: Items<Example>, options?: ImportanceOptions): Promise<FeatureImportance> {
    return featureImportance(await this.net, this.name, data, options)
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

  /**
   * An image that the unit answers to most strongly, by gradient ascent (Simonyan et al. 2014; Yosinski et al. 2015).
   *
   * @param options As those of {@link View.maximize}; `by`: a channel's 'mean' (default) or its 'centre'.
   * @returns What is still to be described; awaited, the image.
   * @throws RangeError, when it runs, for unknown names, naming the nearest, and options that do not go together.
   * @example await viz(net).unit('fc8', 'cat').maximize({ steps: 256 }).l2(1e-3).blur(0.5, { every: 10 }).jitter(8)
   */
  maximize(options?: UnitOptions): Maximisation {
    return maximiseUnit(this.net, this.layer, this.channel, options)
  }
}

/** A network and an image. Verbs explain the class that it is taken for, unless `target` says otherwise. */
export class ImageView {
  #top: Promise<number> | undefined

  constructor(
    readonly net: Net,
    readonly image: Image,
    private readonly chosen?: number | string | Objective,
    /** Where the object is, of a scene. */
    private readonly mask?: ArrayLike<number>,
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
    const chosen = known ? this.net.classIndex(target) : target
    return new ImageView(this.net, this.image, chosen, this.mask)
  }

  /**
   * What the network takes the image for: a bar for each of the most probable classes.
   *
   * @param options.top How many classes. Default 5.
   * @returns The probabilities of all classes, [1, classes].
   * @throws RangeError for a number of classes below 1.
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
   * @returns One number per pixel, [1, H, W], in score per unit of normalised pixel; ≥ 0 but for 'signed' channels.
   * @throws RangeError for a rule or a reduction of the channels that there is not.
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
   * @param options.rule How gradients pass the rectifiers above the layer. Default 'plain'.
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

  /**
   * The pixels of the object: where a map of the class is strong, colours are learned, and the picture is cut along
   * its edges (Simonyan et al. 2014; GrabCut, Rother et al. 2004). Of a scene, compared with its mask.
   *
   * @param options.method 'grabcut' (default), 'graphcut', or 'threshold'.
   * @param options.from The map: 'saliency' (default), 'gradcam' or another method, or a map that is there.
   * @param options.blur Of the map, in pixels of the network's input. Default 0.
   * @param options.object Above this quantile of the map are the object's seeds. Default 0.95.
   * @param options.background Up to this quantile are the background's. Default 0.3.
   * @param options.mask Where the object really is. Default: the mask of the scene.
   * @returns [1, H, W], 1 on the object; `iou` says how well it fits.
   * @throws RangeError for options that there cannot be; TypeError where an objective is explained, unless `from`
   *   is a map.
   * @example (await viz(net).on(scene).segment({ from: 'smoothGrad' })).iou
   */
  async segment(options: SegmentOptions = {}): Promise<Segmentation> {
    const mapped = typeof options.from === 'object' && this.chosen instanceof Objective
    const { target } = mapped ? {} : await this.#explained()
    const one = typeof target === 'object' ? undefined : target
    return segment(await this.net, this.image, { mask: this.mask, ...options, target: one })
  }

  /**
   * Changes the picture, as little as it takes, until the network takes it for another class: ascent of that class's
   * score (Szegedy et al. 2014).
   *
   * @param target Name or index of the class to be taken for.
   * @param options.rate Length of a step. Default: as CS231n's 1 in normalised pixels.
   * @param options.steps At most. Default 100.
   * @param options.of The target's 'score' (default), or its 'margin' before the other classes, which fails less.
   * @param options.confidence The probability to reach. Default: the most probable class is enough.
   * @returns The changed pixels in [0, 1]; `images[0]` is the picture as saved, which is what is judged.
   * @throws RangeError for an unknown class, naming the nearest. An interrupt gives what there is.
   * @example (await viz(net).on(photo).fool('goldfish')).images[0].save('goldfish.png')
   */
  async fool(target: number | string, options: FoolOptions = {}): Promise<Attack> {
    return fool(await this.net, this.image, target, options)
  }

  /**
   * The worst that a change within a fixed budget can do.
   *
   * @param method 'fgsm', 'bim', 'pgd', and for black boxes 'nes' and 'one-pixel'.
   * @param options Those of the attack: {@link FgsmOptions}, {@link BimOptions}, {@link PgdOptions}, {@link NesOptions},
   *   {@link OnePixelOptions}. `epsilon` is the largest change, for pixels in [0, 1]: 4 / 255, …; `target` a class to be
   *   taken for, by default any but its own.
   * @returns The changed pixels in [0, 1]; `outcomes[0]` says what became of the picture as saved, and the norms.
   * @throws RangeError for an unknown attack or class, naming the nearest, and options that there cannot be.
   * @example viz(net).on(photo).attack('pgd', { epsilon: 4 / 255, target: 'goldfish' })
   */
  async attack<M extends keyof BudgetAttacks>(
    method: M,
    options?: BudgetAttacks[M],
  ): Promise<Attack> {
    return attackWithinBudget(await this.net, this.image, method, options)
  }

  /**
   * The smallest change that makes the network take the picture for another class, as far as a method finds it.
   *
   * @param method 'deepfool', 'carlini-wagner', or 'boundary', which sees decisions alone.
   * @param options Those of the attack: {@link DeepFoolOptions}, {@link CarliniWagnerOptions}, {@link BoundaryOptions}.
   * @returns The changed pixels in [0, 1]; `outcomes[0].norms` says how small the change is.
   * @throws RangeError for an unknown attack or class, naming the nearest, and options that there cannot be.
   * @example (await viz(net).on(photo).minimalAttack('deepfool')).outcomes[0].norms.l2
   */
  async minimalAttack<M extends keyof MinimalAttacks>(
    method: M,
    options?: MinimalAttacks[M],
  ): Promise<Attack> {
    return minimalAttack(await this.net, this.image, method, options)
  }

  /**
   * What layers still know of the picture: for each one a picture that it cannot tell from it (Mahendran & Vedaldi
   * 2015).
   *
   * @param layers Names, in the order of the network.
   * @param options.preset 'adam' (default), 'l-bfgs', or 'ozbulak' with the constants of much used code.
   * @param options.start 'mean', { noise }, another image; a list compares them.
   * @param options.together One picture with the features of all layers. Default false.
   * @returns [layers · starts, C, H, W]; `curve` has PSNR and feature error by depth.
   * @throws RangeError for unknown names, naming the nearest, and options that do not go together. An interrupt gives
   *   what there is.
   * @example viz(net).on(photo).invert(['conv1', 'conv3', 'conv5'])
   */
  async invert(layers: string | readonly string[], options?: InversionOptions): Promise<Inversion> {
    return invert(await this.net, this.image, layers, options)
  }

  /**
   * DeepDream: the picture is changed so that a layer answers more strongly to what it answers to already
   * (Mordvintsev et al. 2015). Pictures of any size can dream, at any layer before fully connected ones.
   *
   * @param of A layer, a channel's address, an objective; or a list of them, a dream of each.
   * @param options.octaves Sizes, from coarse to fine. Default 4, by a `scale` of 1.4.
   * @param options.iterations Steps in each. Default 10.
   * @param options.guide Another picture, whose features the dream is drawn to.
   * @param options.side Pixels of the shorter side. Default: as the network's input has.
   * @returns [dreams, C, H, W]; `octaves` is a further figure.
   * @throws RangeError for unknown layers, naming the nearest, and options that there cannot be. An interrupt gives
   *   what there is.
   * @example (await viz(net).on(photo).dream('conv4', { octaves: 4 })).images[0].save('dream.png')
   */
  async dream(of: Dreamt | readonly Dreamt[], options?: DreamOptions): Promise<Dream> {
    return deepDream(await this.net, this.image, of, options)
  }

  /**
   * A dream without end: each one is enlarged a little and dreamt on. It moves, and saves itself as .gif.
   *
   * @param of A layer, a channel's address or an objective.
   * @param options As those of {@link dream}; `frames`: how many dreams, by default 24; `zoom`: from one to the next, by
   *   default 0.05.
   * @returns [frames, C, H, W]
   * @throws RangeError for unknown layers, naming the nearest, and options that there cannot be. An interrupt gives
   *   what there is.
   * @example await (await viz(net).on(photo).dreamZoom('conv4', { frames: 40 })).save('dream.gif')
   */
  async dreamZoom(of: Dreamt, options?: DreamZoomOptions): Promise<DreamZoom> {
    return dreamZoom(await this.net, this.image, of, options)
  }

  /**
   * Why dreams send the activation down in place of a gradient: it is the gradient of ½‖A‖², computed in both ways.
   *
   * @param layer Such as 'conv4'.
   * @returns [2, C, H, W], gradients by the pixels.
   * @throws RangeError for an unknown layer, naming the nearest.
   * @example (await viz(net).on(photo).dreamIdentity('conv4')).differenceAtPixels
   */
  async dreamIdentity(layer: string): Promise<DreamIdentity> {
    return dreamIdentity(await this.net, this.image, layer)
  }

  /**
   * Gram matrices of the picture, taken at its own size: which channels of a layer are active together, wherever that
   * is (Gatys et al. 2015).
   *
   * @param layers One layer or several. Default: those by which styles are compared.
   * @param options.normalisation Divided by 'chw' (default), 'hw', or by nothing, 'none'.
   * @returns [1, C, C] of one layer; `of(layer)` has each of several, `interactive()` a chart to look into.
   * @throws RangeError for an unknown layer, naming the nearest, and for one without feature maps.
   * @example viz(net).on(texture).gram('conv2')
   */
  async gram(layers?: string | readonly string[], options?: GramOptions): Promise<Grams> {
    return gram(await this.net, this.image, layers, options)
  }

  /**
   * What a Gram matrix forgets: the places of a layer's maps are shuffled, and it stays the same.
   *
   * @param options.seed Of the new order. Default: that of `%seed`, or 0.
   * @returns The maps before and after, [2, C, H, W]; `difference` of their Gram matrices.
   * @throws RangeError for an unknown layer, naming the nearest, and for one without feature maps.
   * @example (await viz(net).on(texture).shufflePlaces('conv2')).difference
   */
  async shufflePlaces(layer: string, options?: { seed?: number }): Promise<Shuffled> {
    return shufflePlaces(await this.net, this.image, layer, options)
  }

  /**
   * A new texture, made of noise, with the Gram matrices of the picture (Gatys et al. 2015).
   *
   * @param options.layers Names, or weights by name. Default: all by which styles are compared.
   * @param options.size [height, width]. Default: the picture's own. @param options.steps Default 100.
   * @returns `image` is the texture; `styleDrop` says how far the loss has fallen.
   * @throws RangeError for unknown layers, naming the nearest. An interrupt gives what there is.
   * @example viz(net).on(texture).synthesise({ size: [128, 128] })
   */
  async synthesise(options?: SynthesiseOptions): Promise<Texture> {
    return synthesise(await this.net, this.image, options)
  }

  /**
   * The same by one layer after another, alone or with all before it.
   *
   * @param options.by 'each' (default) or 'cumulative'.
   * @returns [layers, C, H, W]
   * @throws RangeError for unknown layers, naming the nearest; AbortError at an interrupt before the first is there.
   * @example viz(net).on(texture).synthesiseByLayer({ by: 'cumulative', steps: 60 })
   */
  async synthesiseByLayer(options?: LayerTexturesOptions): Promise<LayerTextures> {
    return synthesiseByLayer(await this.net, this.image, options)
  }

  /**
   * A network that makes textures like the picture of noise, each in one pass (Ulyanov et al. 2016). It is trained
   * here, by the same losses.
   *
   * @param options.steps Default 200. @param options.size Side of the textures that it learns by. Default 64.
   * @returns `make({ size, seed })` makes textures of any size; `curves` are those of its losses.
   * @throws RangeError for unknown layers, naming the nearest, and options that there cannot be. An interrupt gives
   *   what there is.
   * @example await (await viz(net).on(texture).textureNetwork()).make({ size: [256, 256], seed: 3 })
   */
  async textureNetwork(options?: TextureNetworkOptions): Promise<TextureNetwork> {
    return textureNetwork(await this.net, this.image, options)
  }

  /**
   * The picture, painted like another: neural style transfer (Gatys et al. 2016).
   *
   * @param painting A picture; or several, with weights, sizes, and masks that say where each is wanted.
   * @param options.weight Of the style against the content. Default 1.
   * @param options.preset 'relative' (default), 'cs231n', 'cs231n-composition', 'gatys', 'johnson'.
   * @param options.colours Of the 'style' (default) or the 'content'.
   * @param options.size Shorter side in pixels. Default: the preset's, or that of the network's input.
   * @returns `image` is the picture; `losses` has each part of the loss before and after, `cost` what a step takes.
   * @throws RangeError for unknown presets and layers, naming the nearest, and masks that do not fit. An interrupt
   *   gives what there is.
   * @example viz(net).on(photo).style(painting, { weight: 2 })
   */
  async style(painting: Painting, options?: StyleTransferOptions): Promise<StyleTransfer> {
    return styleTransfer(await this.net, this.image, stylesOf(painting), options)
  }

  /**
   * Style transfers side by side with several weights, sizes of the style picture, or mixtures of styles.
   *
   * @param painting As {@link style} has it.
   * @param options One of `weights`, `scales`, `mixes`; otherwise as those of {@link style}.
   * @returns [pictures, C, H, W]
   * @throws RangeError as {@link style} does, and where not exactly one of the three is given; AbortError at an
   *   interrupt before the first is there.
   * @example viz(net).on(photo).styleSweep(painting, { weights: [0.1, 1, 10] })
   */
  async styleSweep(painting: Painting, options: StyleSweepOptions): Promise<StyleSweep> {
    return styleSweep(await this.net, this.image, stylesOf(painting), options)
  }

  async #explained(): Promise<Explained> {
    if (this.chosen instanceof Objective) return { of: this.chosen }
    if (this.chosen !== undefined) return { target: this.chosen }
    this.#top ??= this.predict().then((prediction) => prediction.top(1)[0]!.index)
    return { target: await this.#top }
  }
}

/** A scene's own mask says where its object is, and not where a style is wanted. */
function stylesOf(painting: Painting): StyleImage[] {
  const isList = (one: Painting): one is readonly (Picture | StyleImage)[] => Array.isArray(one)
  return (isList(painting) ? painting : [painting]).map((one): StyleImage => {
    const image = imageOf(one)
    return one instanceof Image || 'className' in one ? { image } : one
  })
}

/** What stands side by side in a row: results, figures, images, scenes. */
export type Showable = Result | Figure | Picture

const figureOf = (shown: Showable): Figure => {
  if (shown instanceof Figure) return shown
  const has = typeof shown === 'object' && shown !== null && 'figure' in shown
  return has ? shown.figure : picture(imageOf(shown), { title: 'Image' })
}

/** What computes the networks that `viz.model` loads. */
let chosenEngine: Engine = onnx

const isEngine = (engine: EngineName | Engine): engine is Engine =>
  typeof (engine as Partial<Engine>).compile === 'function'

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
   * @returns What one can look at in it: {@link View}.
   * @throws Error, in the verb that follows, for a live model that cannot be read.
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
   * @throws RangeError for an unknown name, naming the nearest; TypeError for what is no engine.
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
   * Do pictures that were made to fool one network fool others?
   *
   * @example viz.transfer([net, twin], test, { images: 50, epsilon: 8 / 255 })
   */
  transfer: typeof transfer

  /**
   * Adversarial pictures of linear classifiers: a sign step shifts a score by ε‖w‖₁ (Goodfellow et al. 2015).
   *
   * @example viz.linearity(viz.scenes({ classes: ['cat', 'car', 'pizza', 'cactus'], length: 300 }))
   */
  linearity: typeof linearity

  /**
   * A mark for poisoned pictures: 'pixel' or 'checkerboard' (Gu et al. 2017).
   *
   * @example viz.trigger('checkerboard', { scale: 4 })
   */
  trigger: typeof trigger

  /**
   * A data set in which some pictures bear a trigger and the label of another class.
   *
   * @example viz.poison(viz.scenes({ length: 500 }), { target: 'cat', trigger: viz.trigger(), share: 0.1 })
   */
  poison: typeof poison

  /**
   * Whether networks have a backdoor: accuracy on clean pictures, and success of the trigger.
   *
   * @example viz.backdoor([clean, poisoned], test, { target: 'cat', trigger: viz.trigger() })
   */
  backdoor: typeof backdoor

  /**
   * A corrupted picture: noise, blur, weather or digital damage (Hendrycks & Dietterich 2019).
   *
   * @param corruption 'gaussian noise', 'fog', …: one of `corruptions`.
   * @param severity 1 (mild) to 5. Default 3.
   * @param options.seed Which noise, flakes, angle. Default: that of `%seed`, or 0.
   * @param options.constants 'imagenet' (default), or the milder ones of 'cifar'.
   * @param options.scale What lengths are multiplied by. Default: the shorter side as a share of 224 (32).
   * @throws RangeError for an unknown corruption, naming the nearest, and options that there cannot be.
   * @example await viz.corrupt(photo, 'fog', 4)
   */
  corrupt(
    image: Picture,
    corruption: Corruption,
    severity?: number,
    options?: CorruptOptions,
  ): Promise<Image>

  /**
   * All fifteen corruptions of a picture in five severities, on one sheet.
   *
   * @param options As those of {@link Viz.corrupt}; `corruptions` chooses some.
   * @throws RangeError for unknown corruptions, naming the nearest; AbortError at an interrupt.
   * @example await viz.corruptions(photo, { corruptions: ['snow', 'frost', 'fog'] })
   */
  corruptions(image: Picture, options?: CorruptionSheetOptions): Promise<Figure>

  /**
   * How much worse networks become on corrupted pictures: mCE and relative mCE beside a baseline (Hendrycks &
   * Dietterich 2019).
   *
   * @example await viz.robustness([small, net], viz.scenes({ seed: 3 }), { images: 50 })
   */
  robustness: typeof robustness

  /**
   * Shape or texture: what networks go by where the two disagree (Geirhos et al. 2019).
   *
   * @example await viz.shapeTexture([net], viz.scenes({ seed: 3, conflict: true }), { images: 200 })
   */
  shapeTexture: typeof shapeTexture

  /**
   * Cue-conflict pictures from files that name shape and texture, as `cat/cat7-elephant1.png`.
   *
   * @example const data = await viz.cueConflicts('stimuli')
   */
  cueConflicts: typeof cueConflicts

  /**
   * Scenes to train on, a share of which has another class's texture: texture no longer tells the class.
   *
   * @example await train(net, viz.stylisedScenes({ length: 2000, share: 0.5 }))
   */
  stylisedScenes: typeof stylisedScenes

  /**
   * Texture grown pixel by pixel from a piece of a sample (Efros & Leung 1999).
   *
   * @param options.size [height, width]. Default: twice the sample's.
   * @param options.window Side of the window, odd. Default 11. @param options.seed Default: that of `%seed`, or 0.
   * @returns `image` is the texture, `sources` where each pixel is from. An interrupt gives what there is.
   * @throws RangeError for windows and sizes that do not fit.
   * @example await viz.growTexture(sample, { window: 15 })
   */
  growTexture(sample: Picture, options?: GrowTextureOptions): Promise<Patchwork>

  /**
   * Texture made row by row, each pixel by its nearest neighbourhood in a sample (Wei & Levoy 2000).
   *
   * @param options.levels Resolutions. Default: up to 3. @param options.window Default 9.
   * @param options.edges 'wrap' (default): can be tiled; 'cut': regular patterns go on exactly.
   * @returns `image` is the texture, `sources` where each pixel is from. An interrupt gives what there is.
   * @throws RangeError for windows, levels and sizes that do not fit.
   * @example await viz.scanTexture(sample, { size: [128, 128] })
   */
  scanTexture(sample: Picture, options?: ScanTextureOptions): Promise<Patchwork>

  /**
   * The picture, painted in a single pass by a network that was trained to (Johnson et al. 2016).
   *
   * @param options.style A name, several, or how much of each: { starry: 2, ink: 1 }. Default: the model's first.
   * @param options.model Path of a checkpoint, or a model. Default: the embedded one of six styles.
   * @param options.size Shorter side in pixels. Default: as the picture is. @param options.colours 'style' (default) or
   *   'content'.
   * @returns `image` is the painting.
   * @throws RangeError for an unknown style, naming the nearest; Error for a file that is no such model.
   * @example await viz.fastStyle(photo, { style: 'mosaic' })
   */
  fastStyle(image: Picture, options?: FastStyleOptions): Promise<FastStyle>

  /**
   * The same in all styles that the model knows, or on the way from one to another (Dumoulin et al. 2017).
   *
   * @param options.styles Which. Default: all. @param options.between Two styles, in place of those.
   * @param options.steps How many pictures between them, both ends included. Default 5.
   * @returns `images`; after an interrupt those that are there.
   * @throws RangeError as {@link fastStyle}; AbortError at an interrupt before the first.
   * @example await viz.fastStyles(photo, { between: ['mosaic', 'ink'] })
   */
  fastStyles(image: Picture, options?: FastStylesOptions): Promise<FastStyles>

  /**
   * A picture in a style of its own, drawn by code: something to paint like.
   *
   * @param name 'starry', 'mosaic', 'ink', …: one of `paintings`.
   * @param options.size Side in pixels. Default 256. @param options.scale Of its strokes. Default 1.
   * @param options.seed Which one. Default: that of `%seed`, or 0.
   * @throws RangeError for an unknown painting, naming the nearest.
   * @example viz.painting('mosaic', { size: 128 })
   */
  painting: typeof painting

  /**
   * A generated background of the scenes, without an object: a texture.
   *
   * @param name 'brick', 'grass', 'water', …: one of `backgrounds`.
   * @param options.size Side in pixels. Default 96. @param options.seed Which one. Default: that of `%seed`, or 0.
   * @throws RangeError for an unknown background, naming the nearest.
   * @example viz.background('brick', { size: 64, seed: 3 })
   */
  background(name: Background, options?: { size?: number; seed?: number }): Image

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
   * Checks for exercises, whose messages say what was expected, what came, where, and what usually leads there.
   *
   * @example viz.check.close([1, 2.00001], [1, 2], { what: 'the gradient' })
   */
  check: typeof check

  /**
   * What excites units in the course of a training, projected to the pixels (Zeiler & Fergus 2014, figure 4).
   *
   * @param checkpoints Networks by name, in the order of the training.
   * @param data Any data set of pictures, or a list of images.
   * @param units `conv3:15`, or several.
   * @param options.rule The way to the pixels: 'deconvnet' (default) or 'guided'.
   * @returns [units, checkpoints] activations; `units` has the patches and projections.
   * @throws RangeError for an unknown layer, naming the nearest, and for an address that is no unit's.
   * @example viz.evolution({ early: twin, late: net }, viz.scenes({ length: 500 }), ['relu2:3', 'relu5:24'])
   */
  evolution(
    checkpoints: Readonly<Record<string, Network>>,
    data: PictureSet | readonly Pictured[],
    units: string | readonly string[],
    options?: EvolutionOptions,
  ): Promise<FeatureEvolution>

  /**
   * Results, figures and pictures side by side, awaited.
   *
   * @throws RangeError where there are none; and what one of them rejects with.
   * @example
   *   const dog = viz(net).on(photo)
   *   viz.row(photo, dog.saliency(), dog.guided(), dog.gradcam())
   */
  row(...shown: (Showable | PromiseLike<Showable>)[]): Promise<Figure>
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
      (chosenEngine = isEngine(engine) ? engine : engineByName(engine)),
    image: loadImage,
    scenes,
    imageFolder,
    images,
    mnist,
    fashionMnist,
    idxImages,
    cifar10,
    cifar100,
    evolution: featureEvolution,
    transfer,
    linearity,
    trigger,
    poison,
    backdoor,
    corrupt: (
      image: Picture,
      corruption: Corruption,
      severity?: number,
      options?: CorruptOptions,
    ) => corrupt(imageOf(image), corruption, severity, options),
    corruptions: (image: Picture, options?: CorruptionSheetOptions) =>
      corruptionSheet(imageOf(image), options),
    robustness,
    shapeTexture,
    cueConflicts,
    stylisedScenes,
    growTexture: (sample: Picture, options?: GrowTextureOptions) =>
      growTexture(imageOf(sample), options),
    scanTexture: (sample: Picture, options?: ScanTextureOptions) =>
      scanTexture(imageOf(sample), options),
    fastStyle: (image: Picture, options?: FastStyleOptions) => fastStyle(imageOf(image), options),
    fastStyles: (image: Picture, options?: FastStylesOptions) =>
      fastStyles(imageOf(image), options),
    painting,
    background,
    reluRules,
    unpooling: unpoolingSteps,
    transpose: transposeSteps,
    check,
    row: async (...shown: (Showable | PromiseLike<Showable>)[]) =>
      row(await Promise.all(shown.map(async (one) => figureOf(await one)))),
  },
)
