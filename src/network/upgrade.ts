/** Older ONNX operator sets, brought to the forms of opset 18 that everything else here expects. */
import { float32, type Graph, int64, type Node, type TypedTensor } from './graph.js'
import { NodeError } from './shapes.js'

/** Moves an attribute into the input that later versions have in its place. */
function attributeToInput(
  graph: Graph,
  node: Node,
  name: string,
  input: number,
  float = false,
): void {
  const value = node.attributes[name]
  if (value === undefined || node.inputs[input]) return
  const list = (Array.isArray(value) ? value : [value]) as number[]
  const shape = Array.isArray(value) ? [list.length] : []
  const constant = `${node.name}.${name}`
  graph.constants.set(constant, float ? float32(list, shape) : int64(list, shape))
  while (node.inputs.length < input) node.inputs.push('')
  node.inputs[input] = constant
  delete node.attributes[name]
}

type Upgrade = (graph: Graph, node: Node) => void

const axes: Upgrade = (graph, node) => attributeToInput(graph, node, 'axes', 1)

/** Before opset 13 softmax worked on everything from `axis` (default 1) on, flattened. */
const softmax: Upgrade = (graph, node) => {
  if (graph.opset < 13) node.attributes.axis ??= 1
}

const identity: Upgrade = (_, node) => {
  node.op = 'Identity'
  node.inputs = node.inputs.slice(0, 1)
  node.outputs = node.outputs.slice(0, 1)
  node.attributes = {}
}

const upgrades: Record<string, Upgrade> = {
  Squeeze: axes,
  Unsqueeze: axes,
  Softmax: softmax,
  LogSoftmax: softmax,
  // At inference dropout does nothing.
  Dropout: identity,
  Clip(graph, node) {
    attributeToInput(graph, node, 'min', 1, true)
    attributeToInput(graph, node, 'max', 2, true)
  },
  Slice(graph, node) {
    ;['starts', 'ends', 'axes'].forEach((name, i) => attributeToInput(graph, node, name, i + 1))
  },
  Split: (graph, node) => attributeToInput(graph, node, 'split', 1),
  Pad(graph, node) {
    attributeToInput(graph, node, 'pads', 1)
    attributeToInput(graph, node, 'value', 2, true)
  },
  BatchNormalization(_, node) {
    if (node.attributes.training_mode)
      throw new NodeError(
        node,
        'the model was exported in training mode; export it with model.eval()',
      )
    node.outputs = node.outputs.slice(0, 1)
    const { epsilon } = node.attributes
    node.attributes = epsilon === undefined ? {} : { epsilon }
  },
}
for (const op of ['Sum', 'Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSumExp'])
  upgrades[`Reduce${op}`] = axes

/** Upgrades a graph in place. */
export function upgrade(graph: Graph): void {
  graph.nodes = graph.nodes.flatMap((original) => {
    const node = {
      ...original,
      inputs: [...original.inputs],
      outputs: [...original.outputs],
      attributes: { ...original.attributes },
    }
    if (node.op === 'Constant') {
      graph.constants.set(node.outputs[0]!, constantOf(node))
      return []
    }
    if (!node.domain) upgrades[node.op]?.(graph, node)
    return [node]
  })
  graph.opset = Math.max(18, graph.opset)
}

function constantOf(node: Node): TypedTensor {
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes
  if (typeof value === 'object' && 'data' in value) return value
  if (typeof value_float === 'number') return float32([value_float], [])
  if (typeof value_int === 'number') return int64([value_int], [])
  if (Array.isArray(value_floats)) return float32(value_floats as number[], [value_floats.length])
  if (Array.isArray(value_ints)) return int64(value_ints as number[])
  throw new NodeError(node, 'a constant of a kind that is not supported')
}
