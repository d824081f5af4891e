/** What the library offers of training. */
export type { Adversary } from './adversary.js'
export type { Augmentation } from './augmentation.js'
export type { Example } from './batches.js'
export { learningCurves, lossCurves } from './curves.js'
export { begin, descend, type DescentOptions, type Task } from './descend.js'
export {
  type ClassEvaluation,
  type Estimate,
  evaluate,
  type EvaluateOptions,
  type Evaluation,
  wilson,
} from './evaluate.js'
export { lossGraph, type LossGraph } from './loss-graph.js'
export type { History } from './history.js'
export {
  adamW,
  type AdamWOptions,
  type Optimizer,
  sgd,
  type SgdOptions,
  type UpdateStep,
} from './optimizers.js'
export { heInitialiser, parameterNames } from './parameters.js'
export { remakeable } from './prefetch.js'
export { Siamese, type SiameseOptions, trainSiamese } from './siamese.js'
export { type Progress, train, Trained, type TrainOptions } from './train.js'
export { type Course, TrainingResult } from './training-result.js'
