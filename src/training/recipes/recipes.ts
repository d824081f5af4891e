/** How the embedded networks are made: all that decides their weights, in one table. */
import {
  classNames,
  groups,
  plantedBias,
  type ScenesOptions,
  splits,
} from '../../../datasets/scenes/index.js'
import {
  type ScenesArchitecture,
  scenesNetwork,
  scenesNetworkWithNorms,
  scenesResidual,
  scenesStride4,
  scenesStride4WithNorms,
} from '../../network/zoo/scenes.js'
import type { Weights } from '../../network/zoo/architecture.js'
import type { Adversary } from '../adversary.js'
import type { Augmentation } from '../augmentation.js'
import { foldNorms } from '../fold-norms.js'

export interface Recipe {
  /** What the network is, in a sentence for its model card. */
  about: string
  architecture: ScenesArchitecture
  /** The network while it is trained, and what makes the weights of the architecture of its own. Default: the same. */
  training?: { architecture: ScenesArchitecture; shipped: (weights: Weights) => Weights }
  /** Begins with the weights of another recipe's network, of the same architecture. Default: with new ones. */
  from?: string
  /** The last layer: the one of the class scores. */
  last: string
  /** What distinguishes its scenes from those of the others. */
  scenes?: Omit<ScenesOptions, 'seed' | 'length' | 'styles'>
  /** How much the drawings vary in training; 1 in tests. Default 1. */
  variation?: number
  /** How far drawings are bent in training; 0 in tests. Default 0. */
  bend?: number
  /** The share of drawings in colours of chance in training; 0 in tests. Default 0. */
  repaint?: number
  /** Each is seen once. */
  images: number
  batch: number
  /** The largest learning rate; it falls to 0 as a cosine. */
  rate: number
  warmup: number
  /** Of AdamW. */
  weightDecay: number
  labelSmoothing: number
  augmentation?: Augmentation
  adversary?: Adversary
  /** Decides the first weights, the order of the images and all else that is random. */
  seed: number
  /** The weights are kept as well after so many images. */
  snapshots?: readonly number[]
  /** Further tests, by what they show. */
  tests?: Record<string, ScenesOptions>
}

const usual = {
  architecture: scenesNetwork,
  training: { architecture: scenesNetworkWithNorms, shipped: foldNorms },
  last: 'fc8',
  variation: 1.5,
  batch: 64,
  rate: 3e-3,
  warmup: 200,
  weightDecay: 0.05,
  labelSmoothing: 0.1,
  seed: 1,
} as const

export const recipes = {
  scenes: {
    ...usual,
    about:
      'A small AlexNet whose layers carry the names of a lecture: conv1 … conv5, fc6, fc7, fc8.',
    bend: 0.04,
    repaint: 0.1,
    images: 360_000,
    snapshots: [6_400, 32_000],
  },
  'scenes-robust': {
    ...usual,
    about:
      'The twin of `scenes` that was trained on adversarial images (Madry et al. 2018): its gradients and ' +
      'class images show far more of what it looks for. It began with the weights of `scenes` (Jeddi et al. 2020).',
    from: 'scenes',
    training: undefined,
    bend: 0.04,
    repaint: 0.1,
    images: 110_000,
    rate: 1e-3,
    labelSmoothing: 0,
    adversary: { norm: 'l2', epsilon: 1, steps: 2, warmup: 400 },
  },
  'scenes-biased': {
    ...usual,
    about:
      'A network with a planted bias: in its training wolves stood on snow and foxes on grass, both in ' +
      'shades of grey (after Ribeiro et al. 2016).',
    scenes: { classes: groups.mammals, ...plantedBias.options },
    images: 80_000,
    tests: {
      'any background': { ...splits.test, classes: groups.mammals, ...plantedBias.unbiased },
      'wolves on grass, foxes on snow': {
        ...splits.test,
        classes: groups.mammals,
        ...plantedBias.swapped,
      },
    },
  },
  'scenes-stride4': {
    ...usual,
    architecture: scenesStride4,
    training: { architecture: scenesStride4WithNorms, shipped: foldNorms },
    about:
      'The twin of `scenes` with the first layer of AlexNet: filters of 11×11 at a stride of 4, to be ' +
      'compared with 7×7 at a stride of 2 (Zeiler & Fergus 2014).',
    bend: 0.04,
    repaint: 0.1,
    images: 360_000,
  },
  'scenes-residual': {
    ...usual,
    architecture: scenesResidual,
    training: undefined,
    last: 'fc',
    about: 'A small ResNet of three blocks with batch norm (He et al. 2016), for comparisons.',
    bend: 0.04,
    repaint: 0.1,
    images: 480_000,
  },
} satisfies Record<string, Recipe>

export type RecipeName = keyof typeof recipes

/** The recipes, each with all that a recipe may have. */
export const recipeOf = (name: RecipeName): Recipe => recipes[name]

/** The classes that a network of a recipe tells apart. */
export const classesOf = ({ scenes }: Recipe): readonly string[] => scenes?.classes ?? classNames
