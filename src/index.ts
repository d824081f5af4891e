/** Fovea: see inside convolutional networks. */
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
export * from './activations/filters.js'
export * from './activations/maps.js'
export * from './activations/patches.js'
export * from './activations/spectrum.js'
export type { Pictured, PictureSet } from './activations/stream.js'
export type { TopUnits, TopUnitsOptions } from './activations/top-units.js'

export * from './attribution/activation-gradient.js'
export type { Channels } from './attribution/channels.js'
export * from './attribution/deconvnet.js'
export * from './attribution/gradcam.js'
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
export * from './objectives/objective.js'
export * from './objectives/scores.js'
export * from './objectives/units.js'

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
export * from '../datasets/scenes/index.js'
