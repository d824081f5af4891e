import { sizeOf } from '../engine/tensor.js'
import type { Graph, Node } from './graph.js'

const follows = new Set(
  `BatchNormalization InstanceNormalization LRN Relu Clip LeakyRelu PRelu Elu Selu Sigmoid Mul HardSwish Gelu
   Add Concat Identity Transpose LayerNormalization MatMul`.split(/\s+/),
)

/**
 * The last feature maps before the classifier, which Grad-CAM explains by default: the output of the last
 * convolution that does not compute the class scores themselves, with the normalisation, rectifier and
 * joining of branches that follow it. What lies channels last on the way, as in ConvNeXt, is passed over.
 *
 * @param shape The shape of a value for one image: [C, H, W], or [features] of a vector.
 */
export function lastFeatureMaps(
  graph: Graph,
  classes: number,
  shape: (value: string) => readonly number[],
): Node | undefined {
  const outputShape = (node: Node): readonly number[] => shape(node.outputs[0]!)
  const dense = graph.nodes.findLast(
    (node) => ['Gemm', 'MatMul'].includes(node.op) && outputShape(node).length === 1,
  )
  let last = graph.nodes.findLast((node) => {
    if (node.op !== 'Conv') return false
    const [channels, ...positions] = outputShape(node)
    return sizeOf(positions) > 1 && (dense !== undefined || channels !== classes)
  })
  let channelsLast = false
  for (let next = last; next;) {
    if (next.op === 'Transpose') channelsLast = !channelsLast
    if (!channelsLast) last = next
    const output: string = next.outputs[0]!
    next = graph.nodes.findLast((node) => follows.has(node.op) && node.inputs.includes(output))
  }
  return last
}
