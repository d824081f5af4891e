import { findUnit, isOfClasses, isUnitAddress } from '../activations/address.js'
import type { Network } from '../network/network.js'
import { Objective } from '../objectives/objective.js'
import { perImage } from '../objectives/per-image.js'
import { classScore } from '../objectives/scores.js'
import { beforeRectifier, leaky } from './leaky-unit.js'
import { centreNeuron, channel as channelMean, dream, neuron } from '../objectives/units.js'

/** What to make an image for: a class by name or index, the address of a unit or a layer, or any objective. */
export type Wanted = number | string | Objective

/** Which neuron stands for a channel of feature maps: all, by their 'mean', or the one in the 'centre'. */
export type ChannelBy = 'mean' | 'centre'

/**
 * The objective that something wanted means.
 *
 * @throws RangeError for an unknown class, layer or channel, naming the nearest.
 */
export function objectiveOf(net: Network, wanted: Wanted, by: ChannelBy = 'mean'): Objective {
  if (wanted instanceof Objective) return wanted
  if (typeof wanted === 'number') return classScore(net.classIndex(wanted))
  const isLayer = net.layers.some(({ name }) => name === wanted)
  if (isUnitAddress(wanted) || isLayer) return unitObjective(net, wanted, undefined, by)
  return classScore(net.classIndex(wanted))
}

/** Several, one for each image. */
export function objectiveOfEach(
  net: Network,
  wanted: readonly Wanted[],
  by?: ChannelBy,
): Objective {
  if (wanted.length === 1) return objectiveOf(net, wanted[0]!, by)
  return perImage(wanted.map((one) => objectiveOf(net, one, by)))
}

/**
 * The objective of a unit: of a class's unit its score, of a channel its mean or centre, of an address with a place
 * that neuron, of a whole layer the mean square. Units of rectifiers leak: {@link leaky}.
 *
 * @throws RangeError as {@link findUnit} does.
 */
export function unitObjective(
  net: Network,
  layer: string,
  channel?: number | string,
  by: ChannelBy = 'mean',
): Objective {
  const found = findUnit(net, layer, channel)
  if (found.channel === undefined) return dream(found.layer.name)
  const { name } = found.layer
  const before = beforeRectifier(net, found)
  if (before !== undefined)
    return leaky({
      layer: name,
      before,
      channels: [found.channel],
      place: found.position ?? (by === 'centre' ? 'centre' : undefined),
    })
  if (found.position) return neuron(name, [found.channel, ...found.position])
  if (isOfClasses(net, found.layer)) return classScore(found.channel)
  if (by === 'centre' && found.layer.shape.length === 3) return centreNeuron(name, found.channel)
  return channelMean(name, found.channel)
}
