/** Units of rectifiers, so that an ascent can begin where they are off. */
import { findLayer, type FoundLayer } from '../activations/address.js'
import { int64 } from '../network/graph.js'
import type { Network } from '../network/network.js'
import { Objective } from '../objectives/objective.js'

/** The share of the slope that passes where a unit is off. */
const LEAK = 0.01

/** The layer whose values a rectifier cuts off; undefined for all other layers. */
export function beforeRectifier(net: Network, { node }: FoundLayer): string | undefined {
  if (node.op !== 'Relu') return undefined
  return net.layers.find(({ name }) => findLayer(net, name).value === node.inputs[0])?.name
}

/**
 * Channels of a rectifier, where they are off a hundredth of what they would be without it: a unit that is off
 * everywhere has no gradient, and an ascent from there would never begin. Olah et al. (2017) let gradients through
 * such units for the first steps.
 *
 * @param channels One for all images, or one for each.
 * @param place Of the one neuron that counts, in maps: [y, x], or the middle. Default: their mean.
 */
export function leaky(unit: {
  layer: string
  before: string
  channels: readonly number[]
  place?: readonly [y: number, x: number] | 'centre'
}): Objective {
  const { layer, before, channels, place } = unit
  const address = (image: number): string => `${layer}:${channels[image] ?? channels[0]}`
  const at = place === undefined || place === 'centre' ? '' : `@${place.join()}`
  return new Objective({
    key: `leaky(${JSON.stringify([before, place])})`,
    code: `leaky(${JSON.stringify(unit)})`,
    describe: (_, image) => `${place === 'centre' ? 'centre of ' : ''}${address(image)}${at}`,
    parameters: [
      (_, batch) =>
        int64(
          Array.from({ length: batch }, (_, i) => channels[i] ?? channels[0]!),
          [batch, 1],
        ),
    ],
    build(b, subject, [which]) {
      let value = b.add('LeakyRelu', [subject.value(before)], { alpha: LEAK })
      const [, , ...map] = b.shape(value).map(Number)
      const own = place === 'centre' ? map.map((side) => Math.floor(side / 2)) : place
      if (map.length > 0 && own)
        for (const index of own)
          value = b.add('Gather', [value, b.constant(int64([index], []))], { axis: 2 })
      else if (map.length > 0)
        value = b.add('ReduceMean', [value, b.integers(map.map((_, i) => i + 2))], { keepdims: 0 })
      const one = b.add('GatherElements', [value, which!], { axis: 1 })
      return b.add('Squeeze', [one, b.integers([1])])
    },
  })
}
