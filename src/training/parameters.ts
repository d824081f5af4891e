/** Which constants of a graph are trained, and what untrained ones begin as. */
import { Random } from '../image/random.js'
import { float32, type Graph, type Node, type TypedTensor } from '../network/graph.js'
import type { Initialiser } from '../network/zoo/architecture.js'

/** The inputs of an operator that are its parameters, where they are constants. */
const parameterInputs: Record<string, readonly number[]> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  PRelu: [1],
}

/**
 * The names of the weights that training changes: kernels, matrices, biases, and the scales and shifts of
 * norms. Other constants, such as the mean that an exported graph subtracts from its input, stay as they are.
 */
export function parameterNames(graph: Graph): string[] {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((out) => [out, node])))
  const names = graph.nodes.flatMap((node) => {
    const inputs = parameterInputs[node.op] ?? (isBias(node, producers) ? [0, 1] : [])
    return inputs.map((i) => node.inputs[i] ?? '')
  })
  return [...new Set(names)].filter((name) => graph.constants.get(name)?.type === 'float32')
}

/** Copies of weights, by name: what a training changes, and leaves to others as it was. */
export const copiesOf = (
  weights: ReadonlyMap<string, TypedTensor>,
  names: Iterable<string> = weights.keys(),
): Map<string, TypedTensor> =>
  new Map(
    Array.from(names, (name) => {
      const { data, shape } = weights.get(name)!
      return [name, float32(Float32Array.from(data as Float32Array), shape)]
    }),
  )

/** The bias of a matrix product is a node of its own. */
const isBias = (node: Node, producers: ReadonlyMap<string, Node>): boolean =>
  node.op === 'Add' && node.inputs.some((input) => producers.get(input)?.op === 'MatMul')

/**
 * Weights for a network that is to be trained: normal with deviation √(2 / inputs) (He et al. 2015), 0.01 in
 * the last layer, whose name is given; biases 0; norms begin as the identity.
 *
 * @example scenesNetwork(heInitialiser(1, 'fc8'))
 */
export function heInitialiser(seed: number, last: string): Initialiser {
  const random = new Random(seed)
  return (name, shape): TypedTensor => {
    const size = shape.reduce((a, b) => a * b, 1)
    const data = new Float32Array(size)
    if (shape.length === 1)
      return float32(/weight$|running_var$/.test(name) ? data.fill(1) : data, shape)
    const inputs = size / shape[0]!
    const deviation = name === `${last}.weight` ? 0.01 : Math.sqrt(2 / inputs)
    return float32(
      data.map(() => random.normal(0, deviation)),
      shape,
    )
  }
}

/**
 * Large kernels that begin smooth: each is blurred by [1 2 1] / 4 along both axes, twice, and stretched to
 * the size it had. Training leaves fine noise as it is where it does no harm, so filters would keep it.
 *
 * @param from The smallest side of kernels that are blurred. Default 5.
 */
export function smoothKernels(initialiser: Initialiser, from = 5): Initialiser {
  return (name, shape) => {
    const tensor = initialiser(name, shape)
    const [height, width] = shape.slice(-2) as [number, number]
    if (shape.length !== 4 || Math.min(height, width) < from) return tensor
    const data = tensor.data as Float32Array
    const energy = (): number => data.reduce((sum, w) => sum + w * w, 0)
    const before = energy()
    for (let start = 0; start < data.length; start += height * width)
      for (let round = 0; round < 2; round++) {
        for (let y = 0; y < height; y++) blurLine(data, start + y * width, 1, width)
        for (let x = 0; x < width; x++) blurLine(data, start + x, width, height)
      }
    const factor = Math.sqrt(before / energy())
    return float32(
      data.map((w) => w * factor),
      shape,
    )
  }
}

function blurLine(data: Float32Array, start: number, step: number, length: number): void {
  let previous = 0
  for (let i = 0, at = start; i < length; i++, at += step) {
    const value = data[at]!
    const next = i + 1 < length ? data[at + step]! : 0
    data[at] = (previous + 2 * value + next) / 4
    previous = value
  }
}
