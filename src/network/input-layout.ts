import { type Dim, type Graph, listAttribute, type Node } from './graph.js'

const TO_CHANNELS_LAST = [0, 2, 3, 1]
const TO_CHANNELS_FIRST = [0, 3, 1, 2]

/** Colour or grey. */
const isChannels = (dim: Dim | undefined): boolean => dim === 1 || dim === 3

/** A height or a width, which an image has more of than channels. */
const isExtent = (dim: Dim | undefined): boolean => typeof dim === 'string' || Number(dim) > 4

/**
 * The graph with an input [N, C, H, W] in place of [N, H, W, C], which converters from Keras and TensorFlow
 * keep. They go on to convolutions by transposing it, and then nothing remains of either layout's change.
 */
export function withChannelsFirst(original: Graph): Graph {
  const [port] = original.inputs
  const [batch, height, width, channels] = port?.shape ?? []
  const isLast = isChannels(channels) && isExtent(height) && isExtent(width)
  if (!port || port.shape?.length !== 4 || !isLast) return original
  const graph = original.copy()
  graph.inputs[0] = { ...port, shape: [batch!, channels!, height!, width!] }
  const readers = original.nodes.filter((node) => node.inputs.includes(port.name))
  const transposed = new Set(readers.filter(isToChannelsFirst))
  graph.nodes = original.nodes.map((node) =>
    transposed.has(node) ? { ...node, op: 'Identity', attributes: {} } : node,
  )
  if (readers.length === transposed.size) return graph

  // Some node reads the pixels as they were.
  const names = new Set(original.nodes.flatMap((node) => [node.name, ...node.outputs]))
  let name = `${port.name}.channels_last`
  while (names.has(name)) name += '_'
  const last: Node = {
    op: 'Transpose',
    name,
    inputs: [port.name],
    outputs: [name],
    attributes: { perm: TO_CHANNELS_LAST },
  }
  const rewired = graph.nodes.map((node) =>
    readers.includes(node)
      ? { ...node, inputs: node.inputs.map((value) => (value === port.name ? name : value)) }
      : node,
  )
  graph.nodes = [last, ...rewired]
  return graph
}

const isToChannelsFirst = (node: Node): boolean =>
  node.op === 'Transpose' &&
  listAttribute(node, 'perm', [] as number[]).join() === TO_CHANNELS_FIRST.join()
