/** Small networks whose answers can be worked out by hand. */
import { Random } from '../src/image/random.js'
import { float32 } from '../src/network/graph.js'
import { Network, type NetworkOptions } from '../src/network/network.js'
import { Architecture, type Initialiser } from '../src/network/zoo/architecture.js'
import type { Tensor } from '../src/engine/tensor.js'

/** Weights from −1 to 1. */
export const randomWeights = (seed = 1): Initialiser => {
  const random = new Random(seed)
  return (_, shape) => randomTensorOf(random, shape)
}

/** Pixels from −1 to 1. */
export const randomTensor = (shape: number[], seed = 2): Tensor => {
  const { data } = randomTensorOf(new Random(seed), shape)
  return { data: data as Float32Array, shape }
}

const randomTensorOf = (random: Random, shape: number[]) =>
  float32(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform(-1, 1)),
    shape,
  )

/** A network of the layers that `build` appends to the input; it returns the class scores. */
export const toyNetwork = (
  inputShape: number[],
  build: (net: Architecture, input: string) => string,
  { weights = randomWeights(), ...options }: NetworkOptions & { weights?: Initialiser } = {},
): Promise<Network> => {
  const net = new Architecture('toy', inputShape, weights)
  return Network.from(net.output(build(net, 'input')), options)
}

/** The numbers of a weight. */
export const weightOf = (net: Network, name: string): Float32Array => {
  const weight = net.graph.constants.get(name)
  if (!(weight?.data instanceof Float32Array)) throw new Error(`no weight '${name}'`)
  return weight.data
}
