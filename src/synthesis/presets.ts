/** Recipes of class visualisation, by the papers that they are from. */
import { jitter } from '../image/transforms/jitter.js'
import { pad } from '../image/transforms/pad.js'
import { rotate } from '../image/transforms/rotate.js'
import { scale } from '../image/transforms/scale.js'
import { unknownName } from '../network/names.js'
import { l2, totalVariation } from '../objectives/image-priors.js'
import type { Objective } from '../objectives/objective.js'
import { fourier } from '../optimise/images/fourier.js'
import { pixels } from '../optimise/images/pixels.js'
import type { OptimiseOptions } from '../optimise/optimise.js'
import { adam } from '../optimise/optimisers/adam.js'
import { ascent } from '../optimise/optimisers/ascent.js'
import { type Rate, rateNamed } from '../optimise/optimisers/optimiser.js'
import { blurEvery } from '../optimise/regularisers/blur-every.js'
import { centreBias } from '../optimise/regularisers/centre-bias.js'
import { clipSmallContribution, clipSmallNorm } from '../optimise/regularisers/clip.js'
import { decay } from '../optimise/regularisers/decay.js'
import { denoise } from '../optimise/regularisers/denoise.js'
import type { Regulariser } from '../optimise/regularisers/regulariser.js'

/** What an image is made by, but for the objective. */
export type Recipe = Omit<OptimiseOptions, 'of' | 'direction' | 'label'> & {
  /** Subtracted from the objective. */
  penalties?: readonly Objective[]
  /** Added to it. */
  rewards?: readonly Objective[]
  /**
   * What of a class rises: its 'score' (default), or its 'log-probability', which falls where other classes rise with
   * it. Units rise by their activation.
   */
  climbs?: 'score' | 'log-probability'
  /**
   * How images are shown: 'true' (default), or with their differences from the mean colour 'scaled'. Ascents in free
   * pixels need not come near black and white, or may pass them.
   */
  contrast?: 'true' | 'scaled'
}

/** Numbers of pixels that a paper gives for pictures of 224. */
type Pixels = (at224: number) => number

interface Preset {
  /** Where it is from, and what it is by. */
  source: string
  recipe: (pixels: Pixels) => Recipe
}

/** A step of CS231n's, whose length of 25 is one for pictures of 224²; the same for each pixel at other sizes. */
const csRate = 25 / Math.sqrt(3 * 224 * 224)

/** A step of Santurkar et al.'s for pictures of 32², of length 0.5 for pixels in [0, 1]; for each pixel, in bytes. */
const cifarRate = (255 * 0.5) / Math.sqrt(3 * 32 * 32)

const caffe = {
  image: pixels({ units: 'bytes', range: 'free' }),
  contrast: 'scaled',
} satisfies Recipe
/**
 * Yosinski et al.'s rates are for the gradients of CaffeNet's scores: a constant 100 in rows 2 and 3; in rows 1 and 4
 * the one by which the score is to rise by 2 (`byProgress`). Other networks have other scales: SqueezeNet's scores
 * rise by hundreds, and 2 are lost to the blur before anything is seen. Here all rows take steps of a given root mean
 * square, of 255. They begin around the mean image, with noise of 10 of 255, ImageNet's standard deviation being
 * about 57.
 */
const nearMean = { noise: 10 / 57 }

/** Some steps of a recipe: how long they are, and the weight of the denoising, from the first to the last of them. */
interface Stage {
  steps: number
  rate: readonly [from: number, to: number]
  weight: readonly [from: number, to: number]
}

/** Of Nguyen et al.'s code: from nothing, and from the mean of some pictures. */
const nguyenStages: readonly Stage[] = [
  { steps: 190, rate: [11, 11], weight: [0.001, 0.05] },
  { steps: 150, rate: [6, 6], weight: [0.01, 0.08] },
  { steps: 150, rate: [1, 1], weight: [0.01, 2] },
  { steps: 30, rate: [3, 3], weight: [0.1, 2] },
  { steps: 10, rate: [6, 3], weight: [0.01, 2] },
]
const facetStages: readonly Stage[] = [
  { steps: 190, rate: [1, 2], weight: [0.4, 0.4] },
  { steps: 150, rate: [1, 1], weight: [0.01, 2] },
  { steps: 20, rate: [2, 2], weight: [0.1, 2] },
  { steps: 10, rate: [2, 2], weight: [0.4, 2] },
]

/** Steps by the mean gradient, and denoising, in stages; with other numbers of steps each has the same share of them. */
function inStages(stages: readonly Stage[], ...before: Regulariser[]): Recipe {
  const all = stages.reduce((sum, { steps }) => sum + steps, 0)
  const follow = (what: 'rate' | 'weight'): Rate => {
    const value = (step: number, steps: number): number => {
      let into = (step * all) / steps
      for (const { steps: length, [what]: ends } of stages) {
        if (into < length) return ends[0] + ((ends[1] - ends[0]) * into) / length
        into -= length
      }
      return stages.at(-1)![what][1]
    }
    const name = stages.map(({ steps, [what]: [from, to] }) => `${steps}: ${from} → ${to}`)
    return rateNamed(`stages(${name.join(', ')})`, value)
  }
  return {
    steps: all,
    image: pixels({ units: 'bytes' }),
    start: 'mean',
    optimiser: ascent({ rate: follow('rate'), normalise: 'mean' }),
    // They iterate a hundred times, which takes more than twice as long.
    regularisers: [...before, denoise(follow('weight'), { iterations: 25 })],
  }
}

const presets = {
  none: {
    source: 'Gradient ascent',
    recipe: () => ({ image: pixels(), optimiser: ascent({ rate: csRate, normalise: 'rms' }) }),
  },
  simonyan: {
    source: 'Simonyan et al. 2014: an L2 penalty, from the mean image (rate of CS231n)',
    recipe: () => ({
      steps: 100,
      image: pixels({ range: 'free' }),
      contrast: 'scaled',
      start: 'mean',
      optimiser: ascent({ rate: csRate, normalise: 'rms' }),
      penalties: [l2().times(1e-3)],
    }),
  },
  'yosinski-1': {
    source: 'Yosinski et al. 2015, row 1: blur, pixels of small norm clipped',
    recipe: () => ({
      steps: 500,
      ...caffe,
      start: nearMean,
      optimiser: ascent({ rate: 2, normalise: 'rms' }),
      regularisers: [blurEvery(0.5, { every: 4 }), clipSmallNorm(50)],
    }),
  },
  'yosinski-2': {
    source: 'Yosinski et al. 2015, row 2: strong decay, pixels of small norm clipped',
    recipe: () => ({
      steps: 750,
      ...caffe,
      start: nearMean,
      optimiser: ascent({ rate: 10, normalise: 'rms' }),
      regularisers: [decay(0.3), clipSmallNorm(20)],
    }),
  },
  'yosinski-3': {
    source: 'Yosinski et al. 2015, row 3: a little decay, strong blur',
    recipe: () => ({
      steps: 1000,
      ...caffe,
      start: nearMean,
      optimiser: ascent({ rate: 2, normalise: 'rms' }),
      regularisers: [decay(1e-4), blurEvery(1, { every: 4 })],
    }),
  },
  'yosinski-4': {
    source: 'Yosinski et al. 2015, row 4: blur, pixels of small contribution clipped',
    recipe: () => ({
      steps: 1000,
      ...caffe,
      start: nearMean,
      optimiser: ascent({ rate: 2, normalise: 'rms' }),
      regularisers: [blurEvery(0.5, { every: 4 }), clipSmallContribution(90)],
    }),
  },
  mordvintsev: {
    source:
      'Mordvintsev et al. 2015: from noise, jitter and smoothness, steps by the mean gradient',
    recipe: (px) => ({
      steps: 200,
      image: pixels({ units: 'bytes' }),
      start: { noise: 0.5 },
      transforms: [jitter(px(32))],
      optimiser: ascent({ rate: 1.5, normalise: 'mean' }),
      // That neighbouring pixels are alike is the prior; how it was imposed they do not say.
      regularisers: [blurEvery(0.5, { every: 4 })],
    }),
  },
  cs231n: {
    source: 'CS231n: L2 penalty, jitter, blur every 10 steps, colours clamped',
    recipe: (px) => ({
      steps: 100,
      image: pixels(),
      start: { noise: 1 },
      transforms: [jitter(px(16))],
      optimiser: ascent({ rate: csRate, normalise: 'rms' }),
      penalties: [l2().times(1e-3)],
      regularisers: [blurEvery(0.5, { every: 10 })],
    }),
  },
  nguyen: {
    source: 'Nguyen et al. 2016: the middle first, total variation denoising, in five stages',
    // In place of the centre bias they enlarge the picture, and go on with what its middle shows.
    recipe: () => inStages(nguyenStages, centreBias()),
  },
  'nguyen-facet': {
    source: 'Nguyen et al. 2016, from the mean of some pictures: total variation denoising',
    recipe: () => inStages(facetStages),
  },
  olah: {
    source:
      'Olah et al. 2017: Fourier coefficients, decorrelated colours, moved, scaled and turned',
    recipe: (px) => ({
      steps: 512,
      image: fourier(),
      transforms: [pad(px(12)), jitter(px(8)), scale(0.9, 1.1), rotate(10), jitter(px(4))],
      optimiser: adam({ rate: 0.05 }),
    }),
  },
  santurkar: {
    source:
      'Santurkar et al. 2019, for networks trained on adversarial images: the log-probability, in steps of equal length; with jitter, smoothness and centre bias',
    recipe: (px) => ({
      steps: 60,
      image: pixels({ units: 'bytes' }),
      start: { noise: 0.1 },
      climbs: 'log-probability',
      optimiser: ascent({ rate: cifarRate, normalise: 'rms' }),
      // The paper begins with noise of the mean and covariance of the class's pictures, and needs none of these.
      transforms: [jitter(px(14))],
      penalties: [totalVariation({ form: 'isotropic' }).times(3e-5)],
      regularisers: [centreBias({ from: 0.6, over: 0.5 })],
    }),
  },
} satisfies Record<string, Preset>

export type PresetName = keyof typeof presets

/** The names of the recipes. */
export const presetNames = Object.keys(presets) as PresetName[]

/**
 * A recipe. Lengths in pixels are those of the papers at 224 pixels, and shrink with the picture; numbers of
 * steps are the papers'. Whose constants were made for one network may need others elsewhere.
 *
 * @param side Of the picture, in pixels: the shorter one.
 * @throws RangeError for an unknown name, naming the nearest.
 */
export function preset(name: string, side: number): Recipe & { source: string } {
  if (!Object.hasOwn(presets, name)) throw unknownName('preset', name, presetNames)
  const { source, recipe }: Preset = presets[name as PresetName]
  return { source, ...recipe((at224) => Math.max(1, Math.round((at224 * side) / 224))) }
}
