import { mixSeeds, Random } from '../../image/random.js'
import {
  float32,
  type Graph,
  type Node,
  numberAttribute,
  type TypedTensor,
} from '../../network/graph.js'
import { Network } from '../../network/network.js'

/**
 * What becomes of a layer's parameters: 'initialise' (default) draws weights anew, as before training: normal
 * with variance 2 / fan-in (He et al. 2015), no bias, normalisation that changes nothing; 'shuffle' puts the
 * trained numbers of each tensor in random order, so that their distribution stays.
 */
export type Randomisation = 'initialise' | 'shuffle'

export interface RandomiseOptions {
  how?: Randomisation
  /** Which random numbers. Each layer has its own, whichever others are randomised. Default 0. */
  seed?: number
}

type Parameters = Map<string, (random: Random, value: TypedTensor) => number[]>

/**
 * The names of the layers with parameters, from the class scores down to the pixels.
 *
 * @example layersFromTop(net)[0] // 'fc8'
 */
export const layersFromTop = (net: Network): string[] =>
  net.graph.nodes
    .flatMap((node, i) => (parametersOf(net.graph, node).size > 0 ? [net.layers[i]!.name] : []))
    .reverse()

/**
 * A copy of a network in which some layers have lost what they learned. Everything else is the same.
 *
 * @param layers Names of layers, as {@link layersFromTop} has them.
 * @throws RangeError for a layer without parameters.
 * @example const blank = await randomised(net, layersFromTop(net), { seed: 1 })
 */
export async function randomised(
  net: Network,
  layers: readonly string[],
  { how = 'initialise', seed = 0 }: RandomiseOptions = {},
): Promise<Network> {
  if (how !== 'initialise' && how !== 'shuffle')
    throw new RangeError(
      `parameters are randomised by 'initialise' or 'shuffle', not '${String(how)}'`,
    )
  const graph = net.graph.copy()
  for (const layer of layers) {
    const index = net.layers.findIndex(({ name }) => name === layer)
    const node = graph.nodes[index]
    const parameters = node ? parametersOf(graph, node) : new Map<string, never>()
    if (parameters.size === 0)
      throw new RangeError(`layer '${layer}' of network '${net.name}' has no parameters`)
    const random = new Random(mixSeeds(seed, index))
    for (const [name, initial] of parameters) {
      const old = graph.constants.get(name)!
      const numbers =
        how === 'shuffle'
          ? Array.from(random.permutation(old.data.length), (i) => Number(old.data[i]))
          : initial(random, old)
      graph.constants.set(name, float32(numbers, old.shape))
    }
  }
  const { name, classes, preprocessing, engine } = net
  return Network.from(graph, { name, classes, preprocessing, engine })
}

/** A layer's parameters, and how each is drawn anew. */
function parametersOf(graph: Graph, node: Node): Parameters {
  const found: Parameters = new Map()
  const add = (input: number, draw: (random: Random, value: TypedTensor) => number[]): void => {
    const name = node.inputs[input]
    if (name && graph.constants.get(name)?.type === 'float32') found.set(name, draw)
  }
  const filled = (number: number) => (_: Random, value: TypedTensor) =>
    Array<number>(value.data.length).fill(number)
  const drawn =
    (fanIn: (shape: readonly number[]) => number) => (random: Random, value: TypedTensor) =>
      Array.from({ length: value.data.length }, () =>
        random.normal(0, Math.sqrt(2 / fanIn(value.shape))),
      )
  const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1)

  switch (node.op) {
    case 'Conv':
      add(
        1,
        drawn((shape) => product(shape.slice(1))),
      )
      break
    case 'ConvTranspose':
      add(
        1,
        drawn((shape) => shape[0]! * product(shape.slice(2))),
      )
      break
    case 'Gemm':
      add(
        1,
        drawn((shape) => shape[numberAttribute(node, 'transB', 0)]!),
      )
      break
    case 'MatMul':
      add(
        1,
        drawn((shape) => shape.at(-2)!),
      )
      break
    case 'BatchNormalization':
      add(3, filled(0))
      add(4, filled(1))
      add(1, filled(1))
      break
    case 'InstanceNormalization':
    case 'LayerNormalization':
      add(1, filled(1))
      break
    default:
      return found
  }
  if (found.size > 0) add(2, filled(0))
  return found
}
