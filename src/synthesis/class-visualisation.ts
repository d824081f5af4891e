/** What a network believes a class looks like, and each of its units. */
import { findUnit, isOfClasses } from '../activations/address.js'
import type { Network } from '../network/network.js'
import { classScore } from '../objectives/scores.js'
import { channel as channelMean } from '../objectives/units.js'
import { beforeRectifier, leaky } from './leaky-unit.js'
import { Maximisation, type MaximiseOptions } from './maximise.js'
import { type ChannelBy, objectiveOfEach, unitObjective, type Wanted } from './unit-objective.js'

/** What a maximisation is asked for besides how it goes. */
export interface UnitOptions extends MaximiseOptions {
  /** Which neuron stands for a channel of feature maps: their 'mean' (default) or the one in the 'centre'. */
  by?: ChannelBy
}

/**
 * Images that classes, units, or any objectives answer to most strongly: gradient ascent on the input.
 *
 * Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks (2014), for classes; Yosinski et al. 2015 for any
 * unit. The score before softmax is maximised, since the probability also rises where other classes fall. Without
 * priors an image is found that excites the unit and shows little: see {@link Maximisation} for them, and `preset`.
 * Units of rectifiers leak a little where they are off, so that there is a slope to climb.
 *
 * @param wanted A class by name or index, an address such as 'conv4:17' or 'conv4', an objective; or a list of them,
 *   one image for each.
 * @throws RangeError, when it runs, for unknown names, naming the nearest, and for options that do not go together.
 * @example
 *   await maximise(net, 'wolf', { preset: 'olah' })
 *   await maximise(net, ['wolf', 'conv4:17']).l2(1e-3).jitter(8)
 */
export function maximise(
  net: Network | Promise<Network>,
  wanted: Wanted | readonly Wanted[],
  { by, ...options }: UnitOptions = {},
): Maximisation {
  const list = (Array.isArray(wanted) ? wanted : [wanted]) as readonly Wanted[]
  return new Maximisation(
    net,
    (network, images) => {
      const repeated = list.flatMap((one) => new Array<Wanted>(images).fill(one))
      const targets = repeated.map((one) => classOf(network, one))
      if (!targets.includes(undefined))
        return { of: classScore(targets as number[]), count: targets.length, targets }
      return { of: objectiveOfEach(network, repeated, by), count: repeated.length, targets }
    },
    options,
  )
}

/**
 * The same for a unit of a layer.
 *
 * @param channel Its number, or a class's name where the layer has one unit for each; none for the whole layer.
 * @example await maximiseUnit(net, 'fc8', 'cat', { steps: 100 }).jitter(8)
 */
export function maximiseUnit(
  net: Network | Promise<Network>,
  layer: string,
  channel: number | string | undefined,
  { by, ...options }: UnitOptions = {},
): Maximisation {
  return new Maximisation(
    net,
    (network, images) => {
      const found = findUnit(network, layer, channel)
      const isClass = found.channel !== undefined && isOfClasses(network, found.layer)
      return {
        of: unitObjective(network, layer, channel, by),
        count: images,
        targets: Array.from({ length: images }, () => (isClass ? found.channel : undefined)),
      }
    },
    options,
  )
}

/**
 * The same for several units of a layer at once, each its own image.
 *
 * @param units How many, evenly spaced, or which: numbers or classes. Default 12.
 * @example await maximiseLayer(net, 'conv4', 9, { preset: 'olah', steps: 64 })
 */
export function maximiseLayer(
  net: Network | Promise<Network>,
  layer: string,
  units: number | readonly (number | string)[] = 12,
  { by, ...options }: UnitOptions = {},
): Maximisation {
  return new Maximisation(
    net,
    (network) => {
      const whole = findUnit(network, layer)
      const { layer: found } = whole
      const [channels = 0] = found.shape
      const chosen =
        typeof units === 'number'
          ? evenly(units, channels)
          : units.map((unit) => findUnit(network, layer, unit).channel!)
      const isClass = isOfClasses(network, found)
      const before = beforeRectifier(network, whole)
      const of =
        before !== undefined
          ? leaky({
              layer: found.name,
              before,
              channels: chosen,
              place: by === 'centre' ? by : undefined,
            })
          : by === 'centre'
            ? objectiveOfEach(
                network,
                chosen.map((unit) => `${found.name}:${unit}`),
                by,
              )
            : channelMean(found.name, chosen)
      return {
        of: isClass ? classScore(chosen) : of,
        count: chosen.length,
        targets: chosen.map((unit) => (isClass ? unit : undefined)),
      }
    },
    options,
  )
}

/** So many of the numbers 0 … length − 1, evenly spaced. */
export function evenly(count: number, length: number): number[] {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`a whole number of units, 1 or more, is shown, not ${count}`)
  const shown = Math.min(count, length)
  return Array.from({ length: shown }, (_, i) => Math.floor((i * length) / shown))
}

/** The class that is wanted, where it is one. */
function classOf(net: Network, wanted: Wanted): number | undefined {
  if (typeof wanted === 'number') return net.classIndex(wanted)
  if (typeof wanted !== 'string') return undefined
  const isOther = /:\d/.test(wanted) || net.layers.some(({ name }) => name === wanted)
  return isOther ? undefined : net.classIndex(wanted)
}
