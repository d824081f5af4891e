/** The same class under each regulariser, side by side (Yosinski et al. 2015, figure 3). */
import type { Tensor } from '../engine/tensor.js'
import { type ComparisonRow, comparison } from '../figures/comparison.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { type Provenance, provenance, Result } from '../result.js'
import { follow } from '../work/index.js'
import { maximise } from './class-visualisation.js'
import { type PresetName, presetNames } from './presets.js'
import type { Wanted } from './unit-objective.js'
import type { Visualisation } from './visualisation.js'

export interface RegularisersOptions {
  /** Which recipes. Default: all. */
  presets?: readonly PresetName[]
  /** Of each recipe. Default: what it says, up to 1000. */
  steps?: number
  /** Decides noise and transforms. Default: that of `%seed`, or 0. */
  seed?: number
}

/** Images of the same by several recipes, [recipes, C, H, W]. */
export class RegularisersPage extends Result {
  constructor(
    /** What each recipe made, by its name. */
    readonly made: Readonly<Partial<Record<PresetName, Visualisation>>>,
    pixels: Tensor,
    origin: Provenance,
  ) {
    super(pixels, origin, () => page(this))
  }

  /** The same in numbers: score, probability, and how rough each image is. */
  get table() {
    return comparison({
      columns: [
        { title: 'objective, less penalties' },
        { title: 'probability of what it is taken for' },
        { title: 'roughness' },
      ],
      rows: Object.entries(this.made).map(([name, made]): ComparisonRow => {
        const judged = made.judgements[0]
        const values = [made.values[0]!, judged?.probability ?? NaN, roughness(made.images[0]!)]
        return { name: judged ? `${name}: ${judged.class}` : name, values }
      }),
      caption: 'Roughness: the mean squared step between neighbouring pixels, over the variance.',
    }).drawnFrom(this)
  }
}

/**
 * The same class, or unit, by each recipe: what a prior does is seen best beside the others.
 *
 * Yosinski et al.: Understanding Neural Networks Through Deep Visualization (2015).
 *
 * @param wanted A class, the address of a unit, or an objective.
 * @throws RangeError as {@link maximise} does; AbortError at an interrupt before the first image is done.
 * @example await regularisersPage(net, 'cat', { presets: ['none', 'cs231n', 'olah'], steps: 100 })
 */
export async function regularisersPage(
  net: Network,
  wanted: Wanted,
  { presets = presetNames, steps, seed }: RegularisersOptions = {},
): Promise<RegularisersPage> {
  if (presets.length === 0) throw new RangeError('name at least one recipe')
  const made: Partial<Record<PresetName, Visualisation>> = {}
  const loop = follow(presets, { label: 'Recipes', unit: 'images', partial: true, transient: true })
  for await (const name of loop)
    made[name] = await maximise(net, wanted, { preset: name, steps, seed })
  const all = Object.values(made)
  if (all.length === 0) throw loop.work.stopped()
  const [first] = all as [Visualisation]
  const data = new Float32Array(all.length * first.data.length)
  all.forEach((one, i) => data.set(one.data, i * first.data.length))
  const pixels = { data, shape: [all.length, ...first.shape.slice(1)] }
  const origin = provenance(net, 'regularisersPage', undefined, {
    of: first.provenance.parameters.of,
    recipes: Object.fromEntries(
      Object.entries(made).map(([name, one]) => [name, one.provenance.parameters]),
    ),
  })
  return new RegularisersPage(made, pixels, origin)
}

function page({ made }: RegularisersPage) {
  const entries = Object.entries(made)
  const [name = ''] = entries[0]?.[1].names ?? []
  return row(
    entries.map(([preset, one]) => {
      const [judged] = one.judgements
      return picture(one.shown[0]!, {
        title: preset,
        caption: `${one.how}. ${one.steps} steps${judged ? `; taken for ${judged.class}` : ''}.`,
      })
    }),
    { title: `${name}, by several recipes` },
  )
}

/** How much neighbours differ, as a share of the contrast: white noise has 2. */
export function roughness({ data, width, height }: Image): number {
  const plane = width * height
  let [differences, contrast] = [0, 0]
  for (let c = 0; c < 3; c++) {
    const own = data.subarray(c * plane, (c + 1) * plane)
    const mean = own.reduce((a, b) => a + b) / plane
    own.forEach((value, i) => {
      contrast += (value - mean) ** 2
      if (i % width > 0) differences += (value - own[i - 1]!) ** 2
    })
  }
  return contrast > 0 ? differences / contrast : 0
}
