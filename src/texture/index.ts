/** Textures and styles. */
export { LayerTextures, type LayerTexturesOptions, synthesiseByLayer } from './by-layer.js'
export { withColoursOf } from './colours.js'
export { contentLayer, styleLayers } from './feature-layers.js'
export { gram, type GramOptions, Grams } from './gram.js'
export { growTexture, type GrowTextureOptions } from './grow.js'
export type { Loss as StyleLoss } from './losses.js'
export type { Cost as StyleCost } from './match.js'
export { Patchwork } from './patchwork.js'
export { scanTexture, type ScanTextureOptions } from './scan.js'
export { movePlaces, Shuffled, shufflePlaces } from './shuffle.js'
export {
  type LayerWeights,
  type StylePreset,
  stylePreset,
  stylePresetNames,
  type StyleRecipe,
} from './style-presets.js'
export { StyleSweep, type StyleSweepOptions, styleSweep } from './style-sweep.js'
export type { StyleImage } from './style-targets.js'
export {
  type StyleSource,
  StyleTransfer,
  type StyleTransferOptions,
  styleTransfer,
} from './style-transfer.js'
export { synthesise, type SynthesiseOptions, Texture } from './synthesise.js'
export {
  FastStyle,
  fastStyle,
  type FastStyleOptions,
  FastStyles,
  fastStyles,
  type FastStylesOptions,
} from './fast/fast-style.js'
export type { PerceptualWeights } from './fast/perceptual-loss.js'
export { type StyleChoice, StyleModel, type StyleModelOptions } from './fast/style-model.js'
export {
  type FastStyleTraining,
  type StyleProgress,
  TrainedStyles,
  trainFastStyle,
} from './fast/train.js'
export {
  TextureNetwork,
  textureNetwork,
  type TextureNetworkOptions,
} from './fast/texture-network.js'
