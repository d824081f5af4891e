/**
 * Brings a graph that some exporter wrote into the plain form that shape inference, gradient and layer
 * names work on: opset 18, no constant subgraphs, no shape arithmetic, a free batch dimension.
 */
import type { Engine } from '../engine/engine.js'
import { Builder } from './builder.js'
import { BATCH, Graph, int64, type Node } from './graph.js'
import { upgrade } from './upgrade.js'

/**
 * Normalises a graph in place of none: the result is a new graph.
 *
 * Layers keep their own outputs: unlike the runtime's own optimiser, no batch norm is folded into the
 * convolution before it.
 */
export async function normalise(original: Graph, engine: Engine): Promise<Graph> {
  const graph = original.copy()
  upgrade(graph)
  graph.inputs = graph.inputs.map((port) => ({
    ...port,
    shape: port.shape?.map((dim, axis) => (axis === 0 ? BATCH : dim)),
  }))
  await foldConstants(graph, engine)
  resolveShapes(graph)
  return graph.extract(graph.outputs.map((port) => port.name))
}

/** Computes, once and by the engine, what depends on constants alone. */
async function foldConstants(graph: Graph, engine: Engine): Promise<void> {
  const constant = new Set(graph.constants.keys())
  const foldable = (node: Node): boolean =>
    !node.op.startsWith('Random') &&
    node.inputs.length > 0 &&
    node.inputs.every((value) => !value || constant.has(value))
  const folded = graph.nodes.filter((node) => {
    if (!foldable(node)) return false
    for (const output of node.outputs) constant.add(output)
    return true
  })
  if (folded.length === 0) return
  const isFolded = new Set(folded)
  graph.nodes = graph.nodes.filter((node) => !isFolded.has(node))
  const read = new Set([
    ...graph.nodes.flatMap((node) => node.inputs),
    ...graph.outputs.map((port) => port.name),
  ])
  const part = new Graph()
  part.opset = graph.opset
  part.nodes = folded
  part.constants = graph.constants
  const results = folded.flatMap((node) => node.outputs).filter((value) => read.has(value))
  const program = await engine.compile(part.extract(results))
  for (const [name, value] of Object.entries(await program.run({})))
    graph.constants.set(name, value)
  await program.release()
}

/** Replaces shape arithmetic by its result: constants, with −1 for the free batch dimension. */
function resolveShapes(graph: Graph): void {
  const builder = new Builder(graph.copy())
  for (const node of graph.nodes) {
    if (node.op !== 'Reshape') continue
    const values = builder.values(node.inputs[1]!)
    if (!values || graph.constants.has(node.inputs[1]!)) continue
    const name = `${node.name}.shape`
    graph.constants.set(name, int64(values.map((dim) => (typeof dim === 'number' ? dim : -1))))
    node.inputs[1] = name
  }
}
