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
 * @param positions How many positions a value has per channel; 1 where it is a vector.
 * @param channels How many channels a value has.
 */
export function lastFeatureMaps(
  graph: Graph,
  classes: number,
  positions: (value: string) => number,
  channels: (value: string) => number,
): Node | undefined {
  let last = graph.nodes.findLast(
    (node) =>
      node.op === 'Conv' &&
      positions(node.outputs[0]!) > 1 &&
      channels(node.outputs[0]!) !== classes,
  )
  let channelsLast = false
  for (let next = last; next;) {
    if (next.op === 'Transpose') channelsLast = !channelsLast
    if (!channelsLast) last = next
    const output: string = next.outputs[0]!
    next = graph.nodes.findLast((node) => follows.has(node.op) && node.inputs.includes(output))
  }
  return last
}
