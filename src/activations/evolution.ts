/** What excites a unit in the course of a training. */
import { part } from '../attribution/batch.js'
import { projectUnit } from '../attribution/project-unit.js'
import { pictureTable } from '../figures/picture-table.js'
import { formatNumber } from '../figures/ticks.js'
import type { Image } from '../image/image.js'
import { nameList } from '../network/names.js'
import { aNetwork, type Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { quietly, steps } from '../work/index.js'
import { findUnit } from './address.js'
import { alone, maximalPatches, type Patch, signalPicture } from './patches.js'
import { imageOf, type Pictured, type PictureSet, pictureSet } from './stream.js'
import type { TopUnitsOptions } from './top-units.js'

export interface EvolutionOptions extends Omit<TopUnitsOptions, 'top'> {
  /**
   * How the activation goes down to the pixels: 'deconvnet' (default, as in the paper), the projection of
   * {@link projectUnit}; or 'guided' backpropagation.
   */
  rule?: 'deconvnet' | 'guided'
}

/** What excites a unit most at one time of the training. */
export interface EvolutionStage extends Omit<Patch, 'guided'> {
  /** What the unit projects to the pixels that it sees, grey being 0. */
  projection: Image
}

/** A unit at each checkpoint; undefined where it answers to no picture. */
export interface UnitEvolution {
  address: string
  stages: readonly (EvolutionStage | undefined)[]
}

/** The strongest activations, [units, checkpoints], 0 where a unit answers to nothing, and what they come from. */
export class FeatureEvolution extends Result {
  constructor(
    /** The names of the checkpoints, in their order. */
    readonly checkpoints: readonly string[],
    readonly units: readonly UnitEvolution[],
    ...[activations, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(activations, origin, draw)
  }
}

/**
 * Features over training: of each unit the strongest activation in a data set, projected to the pixels, at several
 * checkpoints of one training.
 *
 * Zeiler & Fergus: Visualizing and Understanding Convolutional Networks (2014), figure 4, at the epochs 1, 2, 5, 10,
 * 20, 30, 40 and 64: lower layers settle within a few epochs, upper ones after many. A sudden jump in what is seen
 * often means no more than that another picture has become the strongest one, which the caption counts. Units keep
 * their number from checkpoint to checkpoint of one training, and of no other.
 *
 * @param checkpoints Networks by name, in the order of the training. Names that are whole numbers are put into
 *   ascending order.
 * @param data Any data set of pictures, or a list of images.
 * @param units `conv3:15`, or several.
 * @returns [units, checkpoints] activations; `units` has the patches and their projections.
 * @throws RangeError for unknown layers, naming the nearest, for an address that is no unit's, and where there are no
 *   checkpoints; AbortError at an interrupt.
 * @example await featureEvolution({ 1: afterOne, 2: afterTwo, 64: afterAll }, photos, ['conv2:7', 'conv5:7'])
 */
export async function featureEvolution(
  checkpoints: Readonly<Record<string, Network>>,
  data: PictureSet | readonly Pictured[],
  units: string | readonly string[],
  options: EvolutionOptions = {},
): Promise<FeatureEvolution> {
  const { rule = 'deconvnet', ...streaming } = options
  if (!['deconvnet', 'guided'].includes(rule))
    throw new RangeError(
      `activations go down to the pixels by 'deconvnet' or 'guided', not '${String(rule)}'`,
    )
  const named = Object.entries(checkpoints ?? {})
  const addresses = nameList('unit', units)
  if (named.length === 0) throw new RangeError('name a checkpoint at least')
  if (addresses.length === 0) throw new RangeError('name a unit at least')
  for (const [, net] of named)
    for (const address of addresses)
      if (findUnit(aNetwork(net), address).channel === undefined)
        throw new RangeError(`'${address}' is a layer: take one of its units, '${address}:0'`)
  const pictures = pictureSet(data)

  const found: (readonly (EvolutionStage | undefined)[])[] = []
  const loop = steps(named.length, {
    label: 'Checkpoints',
    unit: 'checkpoints',
    signal: options.signal,
    transient: true,
  })
  for await (const i of loop)
    found.push(await quietly(() => stagesOf(named[i]![1], pictures, addresses, rule, streaming)))

  const evolutions = addresses.map((address, u) => ({
    address,
    stages: found.map((stages) => stages[u]),
  }))
  const activations = {
    data: Float32Array.from(
      evolutions.flatMap(({ stages }) => stages.map((stage) => stage?.activation ?? 0)),
    ),
    shape: [addresses.length, named.length],
  }
  const names = named.map(([name]) => name)
  const last = named.at(-1)![1]
  const origin = provenance(last, 'featureEvolution', pictures.digest, {
    checkpoints: Object.fromEntries(named.map(([name, net]) => [name, net.digest])),
    units: [...addresses],
    rule,
    pictures: pictures.length,
  })
  return new FeatureEvolution(names, evolutions, activations, origin, () =>
    pictureTable({
      columns: names,
      rows: evolutions.map(({ address, stages }) => ({
        label: address,
        cells: stages.map((stage) =>
          stage
            ? { images: [stage.image, stage.projection], note: formatNumber(stage.activation) }
            : { images: [], note: 'not active' },
        ),
      })),
      title: 'Features over training',
      caption:
        `Left what excites the unit most in ${pictures.length.toLocaleString('en')} pictures, right its projection by ` +
        `${rule === 'guided' ? 'guided backpropagation' : 'DeconvNet'}, grey is 0; below the activation.\n` +
        jumps(evolutions),
    }),
  )
}

/** The strongest patch of each unit in one network, and its projection. */
async function stagesOf(
  net: Network,
  data: PictureSet,
  addresses: readonly string[],
  rule: 'deconvnet' | 'guided',
  options: Omit<EvolutionOptions, 'rule'>,
): Promise<(EvolutionStage | undefined)[]> {
  const guided = rule === 'guided'
  const { units } = await maximalPatches(net, data, addresses, { ...options, top: 1, guided })
  return Promise.all(
    units.map(async ({ layer, channel, patches: [patch] }) => {
      if (!patch) return undefined
      const { guided: byGuided, ...stage } = patch
      return { ...stage, projection: byGuided ?? (await projection(`${layer}:${channel}`, stage)) }
    }),
  )

  async function projection(unit: string, { picture, position, field }: Patch): Promise<Image> {
    const pixels = alone(net, net.preprocess(imageOf(await data.get(picture))), 0)
    const address = position ? `${unit}@${position.join()}` : unit
    const { data: signal, shape } = await projectUnit(net, pixels, address)
    const one = { data: part({ data: signal, shape }, 0), shape: [1, ...shape.slice(1)] }
    return signalPicture(one, field)
  }
}

/** How often another picture becomes the strongest one. */
function jumps(units: readonly UnitEvolution[]): string {
  const changes = units.flatMap(({ stages }) =>
    stages.slice(1).map((stage, i) => stage?.picture !== stages[i]?.picture),
  )
  const changed = changes.filter(Boolean).length
  if (changes.length === 0) return ''
  return `From one column to the next the picture is another one in ${changed} of ${changes.length} cases.`
}
