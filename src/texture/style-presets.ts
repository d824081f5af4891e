/** Published settings of style transfer. */
import type { Network } from '../network/network.js'
import { unknownName } from '../network/names.js'
import { adam } from '../optimise/optimisers/adam.js'
import { lbfgs, type LineSearch } from '../optimise/optimisers/lbfgs.js'
import { type Optimiser, staged } from '../optimise/optimisers/optimiser.js'
import { clamp } from '../optimise/regularisers/clamp.js'
import type { Regulariser } from '../optimise/regularisers/regulariser.js'
import { contentLayer, styleLayers } from './feature-layers.js'

/** Weights by layer. */
export type LayerWeights = Readonly<Record<string, number>>

/**
 * How losses are scaled before weights: 'relative' to what they compare, Σ (F − P)² / Σ P² and Σ (G − Ĝ)² over the
 * number of layers and the larger of Σ Ĝ² and the content's Σ G², with the mean total variation; plain 'sum's, which are
 * CS231n's; or 'mean's over all numbers of the layer and of the matrix. G is divided by CHW in all of them.
 */
export type LossScale = 'relative' | 'sum' | 'mean'

/** Settings of a style transfer. */
export interface StyleRecipe {
  scale: LossScale
  content: LayerWeights
  layers: LayerWeights
  variation: number
  /** Shorter side of the content, in pixels; undefined: that of the network's input. */
  size: number | undefined
  /** Shorter side of a style, as a multiple of the content's. */
  styleScale: number
  steps: number
  start: 'content' | { noise: number }
  optimiser: (steps: number) => Optimiser | LineSearch
  regularisers?: (steps: number) => Regulariser[]
}

const presets = {
  /** Means the same in every network. */
  relative: (net) => ({
    scale: 'relative',
    content: { [contentLayer(net)]: 1 },
    layers: allOf(styleLayers(net), 10),
    variation: 0.15,
    size: undefined,
    styleScale: 1,
    steps: 100,
    start: 'content',
    optimiser: () => lbfgs(),
  }),

  /** CS231n 2017 and EECS 498, 'Starry Night'; for SqueezeNet 1.1. */
  cs231n: (net) => cs231n(net, 'cs231n', 6e-2, [300_000, 1000, 15, 3], 2e-2, 1),

  /** The same course's 'Composition VII'. */
  'cs231n-composition': (net) =>
    cs231n(net, 'cs231n-composition', 5e-2, [20_000, 500, 12, 1], 5e-2, 512 / 192),

  /** Gatys et al. 2016, by the constants of Gatys's code: layers of a VGG-19, or those that are like them. */
  gatys: (net) => ({
    scale: 'mean',
    content: { [contentLayer(net)]: 1 },
    // Gram matrices over HW there, over CHW here: 1e3 / C² times C².
    layers: allOf(styleLayers(net), 1e3),
    variation: 0,
    size: 512,
    styleScale: 1,
    steps: 500,
    start: 'content',
    optimiser: () => lbfgs(),
  }),

  /** Johnson's neural-style, 2015: of the same layers. */
  johnson: (net) => ({
    scale: 'mean',
    content: { [contentLayer(net)]: 5 },
    layers: allOf(styleLayers(net), 100),
    variation: 1e-3,
    size: 512,
    styleScale: 1,
    steps: 1000,
    start: { noise: 0.001 },
    optimiser: () => lbfgs(),
  }),
} as const satisfies Record<string, (net: Network) => StyleRecipe>

/** Their names. */
export type StylePreset = keyof typeof presets

export const stylePresetNames = Object.keys(presets) as readonly StylePreset[]

/**
 * The settings of a preset for a network. Absolute weights belong to the network they were found for: in another one
 * they give another balance, only those of 'relative' do not.
 *
 * @throws RangeError for an unknown preset, naming the nearest, and for one whose layers the network lacks.
 * @example stylePreset('cs231n', await viz.model('squeezenet1_1')).layers // { 'features.1': 300000, … }
 */
export function stylePreset(name: StylePreset, net: Network): StyleRecipe {
  if (!Object.hasOwn(presets, name)) throw unknownName('preset', name, stylePresetNames)
  return presets[name](net)
}

const allOf = (layers: readonly string[], weight: number): LayerWeights =>
  Object.fromEntries(layers.map((layer) => [layer, weight]))

function cs231n(
  net: Network,
  name: string,
  content: number,
  weights: readonly number[],
  variation: number,
  styleScale: number,
): StyleRecipe {
  const layers = [1, 4, 6, 7].map((i) => `features.${i}`)
  const known = new Set(net.layers.map((layer) => layer.name))
  if (!known.has('features.3') || !layers.every((layer) => known.has(layer)))
    throw new RangeError(
      `preset '${name}' is for SqueezeNet 1.1 and its layers features.1, 3, 4, 6, 7; ` +
        `for '${net.name}' take 'relative', or name layers and weights`,
    )
  return {
    scale: 'sum',
    content: { 'features.3': content },
    layers: Object.fromEntries(layers.map((layer, i) => [layer, weights[i]!])),
    variation,
    size: 192,
    styleScale,
    steps: 200,
    start: 'content',
    // Of 200 steps: the rate falls at 180, the clamp ends at 190.
    optimiser: (steps) =>
      adam({
        rate: staged([
          [0, 3],
          [Math.max(1, Math.round(0.9 * steps)), 0.1],
        ]),
      }),
    regularisers: (steps) => [clamp(1.5, { until: Math.max(1, Math.round(0.95 * steps)) })],
  }
}
