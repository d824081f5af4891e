import { defaultSeed } from '../../image/random.js'
import { Network } from '../../network/network.js'
import { Architecture } from '../../network/zoo/architecture.js'
import { scenesPreprocessing } from '../../network/zoo/scenes.js'
import { heInitialiser } from '../../training/parameters.js'

export interface SmallNetworkOptions {
  /** The side of its input, in pixels. Default 48. */
  side?: number
  /** For titles. Default 'small'. */
  name?: string
  /** Which first weights. Default: that of `%seed`, or 0. */
  seed?: number
}

/**
 * An untrained network that learns a few classes within seconds: three convolutions (conv1 … conv3), each with a
 * rectifier and max-pooling, and one linear layer (fc).
 *
 * @param classes The names of its classes.
 * @throws RangeError for fewer than two classes, and for a side below 24.
 * @example const { network } = await train(await smallNetwork(data.classes), data, { epochs: 10 })
 */
export async function smallNetwork(
  classes: readonly string[],
  options: SmallNetworkOptions = {},
): Promise<Network> {
  const { side = 48, name = 'small', seed = defaultSeed() } = options
  if (classes.length < 2)
    throw new RangeError(`a classifier has two classes or more, not ${classes.length}`)
  if (!Number.isInteger(side) || side < 24)
    throw new RangeError(`the side is a whole number of pixels, 24 or more, not ${side}`)
  const net = new Architecture(name, [3, side, side], heInitialiser(seed, 'fc'))
  const layer = (i: number, x: string, channels: number, kernel: number): string => {
    const maps = net.conv(`conv${i}`, x, channels, kernel, { padding: 'same' })
    return net.maxPool(`pool${i}`, net.relu(`relu${i}`, maps), 2)
  }
  const maps = layer(3, layer(2, layer(1, 'input', 16, 5), 32, 3), 32, 3)
  const scores = net.linear('fc', net.flatten('flatten', maps), classes.length)
  const preprocessing = { ...scenesPreprocessing, size: [side, side] as [number, number] }
  return Network.from(net.output(scores), { name, classes, preprocessing })
}
