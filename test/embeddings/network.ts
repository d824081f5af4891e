import type { Network, NetworkOptions } from '../../src/network/network.js'
import { toyNetwork } from '../toys.js'

/** A network of pictures of 5×6 pixels, with maps at conv1 and vectors of 7 at fc7. */
export const embeddingNetwork = (options: NetworkOptions = {}): Promise<Network> =>
  toyNetwork(
    [3, 6, 5],
    (toy, input) => {
      const maps = toy.relu('relu1', toy.conv('conv1', input, 4, 3, { padding: 1 }))
      return toy.linear('fc', toy.linear('fc7', toy.flatten('flatten', maps), 7), 3)
    },
    options,
  )
