/**
 * Fovea: see inside convolutional networks.
 *
 * @module fovea
 */
export {
  type Picture,
  type Showable,
  View,
  ImageView,
  LayerView,
  UnitView,
  viz,
  type Viz,
} from './viz.js'
export { Result, type Provenance } from './result.js'
export {
  type DataSummary,
  type Recorded,
  relativeDifference,
  type ResultRecord,
  summarise,
} from './record.js'
export { version } from './version.js'
export * from './work/index.js'

export {
  findLayer,
  findUnit,
  type FoundLayer,
  type FoundUnit,
  isUnitAddress,
  unit,
} from './activations/address.js'
export * from './activations/evolution.js'
export * from './activations/filters.js'
export * from './activations/maps.js'
export * from './activations/patches.js'
export * from './activations/spectrum.js'
export type { Pictured, PictureSet } from './activations/stream.js'
export type { TopUnits, TopUnitsOptions } from './activations/top-units.js'

export * from './attribution/activation-gradient.js'
export type { Channels } from './attribution/channels.js'
export {
  backgroundAlone,
  type Masked,
  objectAlone,
  onBackground,
} from './attribution/bias/backgrounds.js'
export {
  type BackgroundTests,
  Bias,
  bias,
  type BiasData,
  type BiasItem,
  type BiasOptions,
  type BiasReport,
  type WrongPrediction,
} from './attribution/bias/bias.js'
export * from './attribution/deconvnet.js'
export * from './attribution/gradcam.js'
export * from './attribution/gradient-statistics.js'
export * from './attribution/guided.js'
export * from './attribution/guided-gradcam.js'
export * from './attribution/input-times-gradient.js'
export * from './attribution/integrated-gradients.js'
export * from './attribution/occlusion.js'
export * from './attribution/predict.js'
export * from './attribution/project-unit.js'
export * from './attribution/saliency.js'
export * from './attribution/score-or-probability.js'
export * from './attribution/smoothgrad.js'
export { StepByStep, type Table } from './attribution/step-by-step/compute.js'
export * from './attribution/step-by-step/relu-rules.js'
export * from './attribution/step-by-step/transpose.js'
export * from './attribution/step-by-step/unpooling.js'
export * from './attribution/trust/curves.js'
export * from './attribution/trust/localisation.js'
export { type MapMaker, type MapQuestion, type MethodName } from './attribution/trust/methods.js'
export * from './attribution/trust/randomise.js'
export { hogSimilarity, spearman, ssim } from './attribution/trust/similarity.js'
export {
  type MethodReport,
  type Similarity,
  Trust,
  trust,
  type TrustItem,
  type TrustOptions,
} from './attribution/trust/trust.js'
export type { Baseline } from './attribution/baseline.js'
export type { Quadrature } from './attribution/quadrature.js'
export type { Explained, Input } from './attribution/question.js'
export type { Side } from './attribution/windows.js'
export { embed, type EmbedOptions, type EmbedSource } from './embeddings/embed.js'
export { Embedded, Embedding } from './embeddings/embedding.js'
export type { Assignment } from './embeddings/cells.js'
export type { Metric } from './embeddings/nearest.js'
export { Neighbours, type NeighboursOptions, type Query } from './embeddings/neighbours.js'
export { Pca, type PcaOptions } from './embeddings/pca.js'
export { Projection } from './embeddings/projection.js'
export { Tsne, type TsneOptions } from './embeddings/tsne.js'
export {
  Mixture,
  type Component as MixtureComponent,
  type MixtureOptions,
} from './segmentation/colour-mixture.js'
export { grabCut, type GrabCutOptions } from './segmentation/grabcut.js'
export { intersectionOverUnion, largestRegion } from './segmentation/regions.js'
export * from './segmentation/segment.js'
export * from './objectives/content.js'
export { diversity } from './objectives/diversity.js'
export { bestMatches, innerProduct } from './objectives/dot-products.js'
export { gramMatrix, type GramNormalisation, style, type StyleOptions } from './objectives/gram.js'
export * from './objectives/image-priors.js'
export * from './objectives/objective.js'
export { perImage } from './objectives/per-image.js'
export * from './objectives/scores.js'
export * from './objectives/units.js'

export {
  Attack,
  type Method as AttackMethod,
  type Outcome as AttackOutcome,
} from './robustness/attacks/attack.js'
export * from './robustness/attacks/attack-report.js'
export { boundary, type BoundaryOptions } from './robustness/attacks/boundary.js'
export { carliniWagner, type CarliniWagnerOptions } from './robustness/attacks/carlini-wagner.js'
export { deepFool, type DeepFoolOptions } from './robustness/attacks/deepfool.js'
export { fgsm, type FgsmOptions } from './robustness/attacks/fgsm.js'
export { fool, type FoolOptions } from './robustness/attacks/fool.js'
export { labelledBy } from './robustness/attacks/labelled.js'
export * from './robustness/attacks/linearity.js'
export * from './robustness/attacks/methods.js'
export { nes, type NesOptions } from './robustness/attacks/nes.js'
export type { BudgetNorm, Norms } from './robustness/attacks/norms.js'
export { onePixel, type OnePixelOptions } from './robustness/attacks/one-pixel.js'
export { bim, type BimOptions, pgd, type PgdOptions } from './robustness/attacks/pgd.js'
export type { AttackInput, PixelModel } from './robustness/attacks/pixel-model.js'
export type { GoalOptions } from './robustness/attacks/problem.js'
export * from './robustness/attacks/transfer.js'
export * from './robustness/attacks/universal.js'
export * from './robustness/defences/bit-depth.js'
export * from './robustness/defences/compare.js'
export * from './robustness/defences/defence.js'
export * from './robustness/defences/jpeg.js'
export * from './robustness/defences/median.js'
export * from './robustness/defences/noise.js'
export * from './robustness/poisoning/backdoor.js'
export * from './robustness/poisoning/find-trigger.js'
export { poison, type PoisonedExample, type PoisonOptions } from './robustness/poisoning/poison.js'
export * from './robustness/poisoning/small-network.js'
export * from './robustness/poisoning/trigger.js'
export { sixteenCategories } from './robustness/categories.js'
export type { CorruptionConstants, Levels, Severities } from './robustness/corruptions/constants.js'
export {
  corrupt,
  type Corruption,
  corruptionFamilies,
  corruptions,
  type CorruptOptions,
} from './robustness/corruptions/corrupt.js'
export * from './robustness/corruptions/corruption-error.js'
export * from './robustness/corruptions/error-bars.js'
export {
  type NetworkRobustness,
  Robustness,
  robustness,
  type RobustnessOptions,
} from './robustness/corruptions/robustness.js'
export * from './robustness/corruptions/sheet.js'
export * from './robustness/cue-conflicts.js'
export type { Networks } from './robustness/networks.js'
export * from './robustness/published.js'
export {
  type CueConflict,
  type Decided,
  type NetworkShapeBias,
  ShapeBias,
  shapeTexture,
  type ShapeTextureOptions,
} from './robustness/shape-texture.js'
export { type CueCounts, shapeBias } from './robustness/shape-bias.js'
export { cueBars, type CueBarsOptions } from './robustness/shape-texture-figures.js'
export * from './robustness/stylised.js'
export type { ScaleOptions } from './scale/options.js'

export * from './optimise/index.js'
export {
  maximise,
  maximiseLayer,
  maximiseUnit,
  type UnitOptions,
} from './synthesis/class-visualisation.js'
export {
  deepDream,
  Dream,
  type Dreaming,
  type DreamOptions,
  type Dreamt,
} from './synthesis/dream.js'
export { DreamIdentity, dreamIdentity } from './synthesis/dream-identity.js'
export { DreamZoom, dreamZoom, type DreamZoomOptions } from './synthesis/dream-zoom.js'
export * from './synthesis/feature-importance.js'
export {
  type Inverted,
  Inversion,
  type InversionOptions,
  invert,
  psnr,
} from './synthesis/inversion.js'
export {
  type InversionPresetName,
  inversionPresetNames,
  type InversionPriors,
} from './synthesis/inversion-presets.js'
export * from './synthesis/class-sheet.js'
export { Maximisation, type MaximiseOptions } from './synthesis/maximise.js'
export * from './synthesis/multifaceted.js'
export * from './synthesis/regularisers-page.js'
export * from './synthesis/unit-sheet.js'
export { preset, type PresetName, presetNames, type Recipe } from './synthesis/presets.js'
export type { ChannelBy, Wanted } from './synthesis/unit-objective.js'
export { type Judgement, Visualisation } from './synthesis/visualisation.js'
export * from './texture/index.js'
export * as transforms from './image/transforms/index.js'

export * from './network/graph.js'
export { Builder } from './network/builder.js'
export { NodeError } from './network/shapes.js'
export { readOnnx, writeOnnx } from './network/onnx-file.js'
export { readSafeTensors, writeSafeTensors } from './network/safetensors.js'
export * from './network/load.js'
export * from './network/network.js'
export { Summary } from './network/summary.js'
export type { ReceptiveField } from './network/receptive-field.js'
export { gradient } from './gradient/gradient.js'
export type { ReluRule } from './gradient/relu-rules.js'
export type { Unpooling } from './gradient/unpooling.js'
export * from './engine/engine.js'
export { engineByName, type EngineName, engines } from './engine/engines.js'
export { onnx, onnxEngine } from './engine/onnx.js'
export { tensorflow, tensorflowEngine } from './engine/tensorflow.js'
export * from './engine/tensor.js'

export { CheckError, type CloseOptions } from './lab/checks.js'
export * from './image/index.js'
export * from './figures/index.js'
export * from './training/index.js'
export * from '../datasets/dataset.js'
export type { Labelled, LabelledImage } from '../datasets/picture-item.js'
export * from '../datasets/folder.js'
export * from '../datasets/images.js'
export * from '../datasets/mnist.js'
export * from '../datasets/cifar.js'
export { type IdxArray, type IdxData, readIdx } from '../datasets/idx.js'
export * from '../datasets/paintings/index.js'
export * from '../datasets/scenes/index.js'
