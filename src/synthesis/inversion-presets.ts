/** Recipes of feature inversion, by where they are from. */
import { unknownName } from '../network/names.js'
import { pixels } from '../optimise/images/pixels.js'
import type { Parametrisation } from '../optimise/images/parametrisation.js'
import { adam } from '../optimise/optimisers/adam.js'
import { ascent } from '../optimise/optimisers/ascent.js'
import { lbfgs, type LineSearch } from '../optimise/optimisers/lbfgs.js'
import { cosine, type Optimiser, staged } from '../optimise/optimisers/optimiser.js'
import type { Start } from '../optimise/start.js'

/** How natural a picture is to be. Both weigh against a loss that is 1 where nothing of the features is there. */
export interface InversionPriors {
  /** λ of Σ (dx² + dy²)^(β/2), the total variation of the normalised pixels; 0 leaves it out. */
  tv: number
  /** β, from 1 to 2. */
  beta: number
  /** λ of Σ |x|^α over the normalised pixels; 0 leaves it out. */
  pNorm: number
  /** α. */
  alpha: number
}

export interface InversionRecipe extends InversionPriors {
  steps: number
  start: Start
  image: Parametrisation
  /** What the loss is multiplied by, beside the priors. */
  loss: number
  optimiser: Optimiser | LineSearch
}

interface Preset {
  /** Where it is from, and what it is by. */
  source: string
  /** @param numbers How many the picture has, C·H·W. */
  recipe: (numbers: number) => InversionRecipe
}

const ofOzbulak = 3 * 224 * 224

const presets = {
  adam: {
    source: 'Adam, total variation',
    recipe: (numbers) => ({
      steps: 200,
      start: { noise: 0.1 },
      image: pixels(),
      loss: 1,
      optimiser: adam({ rate: cosine(0.1) }),
      tv: 1 / numbers,
      beta: 2,
      pNorm: 0,
      alpha: 6,
    }),
  },
  'l-bfgs': {
    source: 'L-BFGS, total variation',
    recipe: (numbers) => ({
      steps: 100,
      start: { noise: 0.1 },
      image: pixels({ range: 'free' }),
      loss: 1,
      optimiser: lbfgs(),
      tv: 1 / numbers,
      beta: 2,
      pNorm: 0,
      alpha: 6,
    }),
  },
  // Its gradients are a share of the features' norm by a pixel: they grow as pixels become fewer, and so the rate falls.
  ozbulak: {
    source:
      'Ozbulak’s code after Mahendran & Vedaldi 2015: α = 6, β = 2, momentum, a tenth of the rate every 40 steps',
    recipe: (numbers) => {
      const rate = (1e4 * numbers) / ofOzbulak
      // It lowers the rate after steps 0, 40, 80, …
      const stages = [0, 1, 41, 81, 121, 161].map((from, i): [number, number] => [
        from,
        rate * 0.1 ** i,
      ])
      return {
        steps: 201,
        start: { noise: 0.1 },
        image: pixels({ range: 'free' }),
        loss: 0.1,
        optimiser: ascent({ rate: staged(stages), momentum: 0.9 }),
        tv: 1e-8,
        beta: 2,
        pNorm: 1e-7,
        alpha: 6,
      }
    },
  },
} satisfies Record<string, Preset>

export type InversionPresetName = keyof typeof presets

/** The names of the recipes. */
export const inversionPresetNames = Object.keys(presets) as InversionPresetName[]

/** @throws RangeError for an unknown name, naming the nearest. */
export function inversionPreset(
  name: string,
  numbers: number,
): InversionRecipe & { source: string } {
  if (!Object.hasOwn(presets, name)) throw unknownName('preset', name, inversionPresetNames)
  const { source, recipe }: Preset = presets[name as InversionPresetName]
  return { source, ...recipe(numbers) }
}
