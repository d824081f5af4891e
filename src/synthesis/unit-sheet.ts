/** Mosaics of units, layer by layer: what the network looks for, from edges to objects (Yosinski et al. 2015). */
import { joined, type Tensor } from '../engine/tensor.js'
import { mosaics } from '../figures/mosaics.js'
import { nameList } from '../network/names.js'
import type { Network } from '../network/network.js'
import { type Provenance, provenance, Result } from '../result.js'
import { follow } from '../work/index.js'
import { maximiseLayer, type UnitOptions } from './class-visualisation.js'
import type { Visualisation } from './visualisation.js'

export interface UnitSheetOptions extends Omit<UnitOptions, 'images' | 'by' | 'snapshots'> {
  /** How many units of each layer, evenly spaced. Default 9. */
  units?: number
}

/** Images of units of several layers, [units, C, H, W], layer after layer. */
export class UnitSheet extends Result {
  constructor(
    /** The images of each layer, by its name. */
    readonly layers: Readonly<Record<string, Visualisation>>,
    pixels: Tensor,
    origin: Provenance,
  ) {
    super(pixels, origin, () =>
      mosaics(
        Object.entries(layers).map(([name, { shown, names }]) => ({
          label: `${name}: ${names.map((one) => one.split(':').at(-1)).join(', ')}`,
          images: shown,
        })),
        {
          title: 'What units answer to most strongly, by layer',
          caption: `${Object.values(layers)[0]!.how}. Each image is one unit's own; their numbers, row by row, above.`,
        },
      ),
    )
  }
}

/**
 * Images of units of several layers, by gradient ascent, all of a layer at once.
 *
 * Yosinski et al.: Understanding Neural Networks Through Deep Visualization (2015), figure 4.
 *
 * @param layers Names. @param options As those of {@link maximiseLayer}; `preset` is 'olah' by default, of 64 steps.
 * @throws RangeError for unknown layers, naming the nearest; AbortError at an interrupt before the first layer is done.
 * @example await unitSheet(net, ['conv2', 'conv4', 'fc8'], { units: 9 })
 */
export async function unitSheet(
  net: Network,
  layers: readonly string[],
  { units = 9, preset = 'olah', steps = 64, ...options }: UnitSheetOptions = {},
): Promise<UnitSheet> {
  const names = nameList('layer', layers)
  if (names.length === 0) throw new RangeError('name at least one layer')
  const made: Record<string, Visualisation> = {}
  const loop = follow(names, {
    label: 'Units by layer',
    unit: 'layers',
    partial: true,
    transient: true,
  })
  for await (const layer of loop)
    made[layer] = await maximiseLayer(net, layer, units, { preset, steps, ...options })
  const all = Object.values(made)
  if (all.length === 0) throw loop.work.stopped()
  const origin = provenance(net, 'unitSheet', undefined, {
    layers: Object.keys(made),
    units,
    ...all[0]!.provenance.parameters,
    of: all.map(({ provenance }) => provenance.parameters.of),
  })
  return new UnitSheet(made, joined(all), origin)
}
