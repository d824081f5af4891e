/** Optimising images. */
export { fourier, type FourierOptions } from './images/fourier.js'
export type { Parametrisation } from './images/parametrisation.js'
export { pixels, type PixelsOptions } from './images/pixels.js'
export { optimise, type OptimiseOptions } from './optimise.js'
export { Optimised, type Snapshot } from './optimised.js'
export { adam, type AdamOptions } from './optimisers/adam.js'
export {
  ascent,
  type AscentOptions,
  type Normalisation,
  byProgress,
  type ByProgressOptions,
} from './optimisers/ascent.js'
export { lbfgs, type LbfgsOptions, type LineSearch } from './optimisers/lbfgs.js'
export { cosine, type Optimiser, type Rate, staged } from './optimisers/optimiser.js'
export { blurEvery } from './regularisers/blur-every.js'
export { centreBias, type CentreBiasOptions } from './regularisers/centre-bias.js'
export { clamp } from './regularisers/clamp.js'
export { clipSmallContribution, clipSmallNorm } from './regularisers/clip.js'
export { decay } from './regularisers/decay.js'
export { denoise } from './regularisers/denoise.js'
export type { Regulariser, Stepped } from './regularisers/regulariser.js'
export type { Start } from './start.js'
