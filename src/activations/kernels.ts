/** The weights of a layer, where it has any that can be looked at. */
import type { Node } from '../network/graph.js'
import { listAttribute, numberAttribute } from '../network/graph.js'
import { layerNames } from '../network/names.js'
import type { Layer, Network } from '../network/network.js'
import { findLayer } from './address.js'

/** The kernels of a convolution. */
export interface Kernels {
  layer: Layer
  /** [outputs, inputs, height, width]; of a depthwise convolution there is one input. */
  weights: Float32Array
  shape: [outputs: number, inputs: number, height: number, width: number]
  strides: [vertical: number, horizontal: number]
  groups: number
  /** Whether the inputs are the colours of the image. */
  seesColours: boolean
}

/**
 * The kernels of a convolution.
 *
 * @throws RangeError for an unknown layer, naming the nearest, and for one that is no convolution, naming the
 *   convolution before it.
 */
export function kernelsOf(net: Network, name: string): Kernels {
  const { layer, node } = findLayer(net, name)
  const weight = net.graph.constants.get(node.inputs[1] ?? '')
  if (node.op !== 'Conv' || !(weight?.data instanceof Float32Array) || weight.shape.length !== 4)
    throw new RangeError(
      `layer '${layer.name}' has no filters: it is a ${layer.type}` + hint(net, node, layer),
    )
  const [outputs, inputs, height, width] = weight.shape as [number, number, number, number]
  const [vertical, horizontal] = listAttribute(node, 'strides', [1, 1]) as [number, number]
  const groups = numberAttribute(node, 'group', 1)
  return {
    layer,
    weights: weight.data,
    shape: [outputs, inputs, height, width],
    strides: [vertical, horizontal],
    groups,
    seesColours: inputs === 3 && groups === 1 && seesPixels(net, node.inputs[0]!),
  }
}

/** Whether a value holds the pixels themselves: the network's input, or that input normalised once more. */
function seesPixels(net: Network, value: string): boolean {
  if (net.graph.inputs[0]?.name === value) return true
  const named = [...layerNames(net.graph).layers]
  const name = named.find(([, node]) => node.outputs[0] === value)?.[0]
  const layer = net.layers.find((other) => other.name === name)
  return layer?.receptiveField?.every(({ size, stride }) => size === 1 && stride === 1) === true
}

/** Which layer was perhaps meant. */
function hint(net: Network, node: Node, layer: Layer): string {
  if (isMatrix(net, node)) return ', whose weights `templates()` shows'
  const before = net.layers.slice(0, net.layers.indexOf(layer))
  const convolution = before.findLast(({ type }) => type === 'Conv')
  return convolution ? `; the convolution before it is '${convolution.name}'` : ''
}

/** Whether a node multiplies a vector by constant weights. */
const isMatrix = (net: Network, { op, inputs }: Node): boolean =>
  ['Gemm', 'MatMul'].includes(op) && net.graph.constants.has(inputs[1] ?? '')

/** The matrix of a linear layer. */
export interface LinearWeights {
  layer: Layer
  /** What it multiplies. */
  input: string
  outputs: number
  inputs: number
  /** The weight from an input to an output. */
  at(output: number, input: number): number
}

/**
 * The weights of a linear layer.
 *
 * @throws RangeError for an unknown layer, naming the nearest, and for one that is not linear.
 */
export function linearWeightsOf(net: Network, name: string): LinearWeights {
  const { layer, node } = findLayer(net, name)
  // A matrix product and its bias may be two nodes, of which the second one has the layer's name.
  const product =
    node.op === 'Add'
      ? net.graph.nodes.find(
          ({ outputs, op }) => op === 'MatMul' && node.inputs.includes(outputs[0]!),
        )
      : node
  const weight = product && net.graph.constants.get(product.inputs[1] ?? '')
  if (!product || !isMatrix(net, product) || !(weight?.data instanceof Float32Array))
    throw new RangeError(
      `layer '${layer.name}' is a ${layer.type}, and no linear layer` +
        (layer.type === 'Conv' ? '; `filters()` shows the weights of a convolution' : ''),
    )
  const { data, shape } = weight
  const transposed = numberAttribute(product, 'transB', 0) === 1
  const [rows, columns] = shape as [number, number]
  return {
    layer,
    input: product.inputs[0]!,
    outputs: transposed ? rows : columns,
    inputs: transposed ? columns : rows,
    at: (output, input) => data[transposed ? output * columns + input : input * columns + output]!,
  }
}
