/**
 * Brings a graph that some exporter wrote into the plain form that shape inference, gradient and layer
 * names work on: opset 18, nodes in order, no constant subgraphs, no shape arithmetic that can be done
 * beforehand, a free batch dimension where that can be.
 */
import type { Engine } from '../engine/engine.js'
import { sizeOf } from '../engine/tensor.js'
import { Builder } from './builder.js'
import {
  BATCH,
  Graph,
  int64,
  type Node,
  NodeError,
  numberAttribute,
  type Shape,
  type TypedTensor,
} from './graph.js'
import { inOrder } from './order.js'
import { axisOf } from './shapes.js'
import { constantValue, upgrade } from './upgrade.js'

/** Operator sets from here on are understood; older ones broadcast differently. */
const OLDEST_OPSET = 7

/** A constant subgraph that computes more than so many numbers is an error rather than a weight. */
const LARGEST_CONSTANT = 2 ** 28

/**
 * A graph in normal form; the given one stays as it is.
 *
 * Layers keep their own outputs: unlike the runtime's own optimiser, this folds no batch norm into the
 * convolution before it.
 *
 * @throws NodeError naming the node that is not understood; Error where the graph as a whole is not.
 */
export async function normalise(original: Graph, engine: Engine): Promise<Graph> {
  try {
    return await normalised(original, engine, true)
  } catch (error) {
    // Exported for one image: the size of the batch may stand in the middle of shapes, where a 1 does not
    // tell what it is. It computes one image at a time.
    if (!(error instanceof NodeError) || original.inputs[0]?.shape?.[0] !== 1) throw error
    return await normalised(original, engine, false).catch(() => Promise.reject(error))
  }
}

/** @param free Whether the batch is. */
async function normalised(original: Graph, engine: Engine, free: boolean): Promise<Graph> {
  if (original.opset < OLDEST_OPSET)
    throw new Error(
      `the graph is of opset ${original.opset}; convert it to ${OLDEST_OPSET} or later, best 18`,
    )
  if (original.outputs.length === 0) throw new Error('the graph has no outputs')
  const graph = original.copy()
  const nodes = inOrder(graph)
  graph.nodes = []
  graph.opset = Math.max(18, original.opset)
  graph.inputs = original.inputs.map((port) => ({
    ...port,
    type: port.type ?? 'float32',
    shape: free ? port.shape?.map((dim, axis) => (axis === 0 ? BATCH : dim)) : port.shape,
  }))
  const exported = original.inputs[0]?.shape?.[0]
  const batch = typeof exported === 'number' ? exported : 1
  const b = new Builder(graph)
  b.reserve(nodes.flatMap((node) => node.outputs))
  for (const node of nodes) {
    if (node.op === 'Constant') b.constant(constantValue(node), node.outputs[0])
    else for (const modern of upgrade(node, original.opset, b)) await add(b, modern, batch, engine)
  }
  graph.outputs = original.outputs.map((port) => {
    if (b.has(port.name)) return { ...port, shape: b.shape(port.name) }
    throw new Error(`the graph's output '${port.name}' is computed by no node`)
  })
  return graph.extract(original.outputs.map((port) => port.name))
}

/** Appends a node, or in its place what it computes, where that depends on no input. */
async function add(b: Builder, given: Node, batch: number, engine: Engine): Promise<void> {
  const node = batchFreed(b, given, batch)
  const { shapes, values } = b.infer(node)
  const isConstant = (value: string): boolean => value === '' || b.graph.constants.has(value)
  if (node.inputs.length > 0 && node.inputs.every(isConstant) && !node.op.startsWith('Random')) {
    for (const [name, tensor] of Object.entries(await compute(b.graph, node, shapes, engine)))
      b.constant(tensor, name)
  } else if (values?.every((value) => typeof value === 'number')) {
    // Shape arithmetic, which is followed in int64, on dimensions that are not free.
    const shape = shapes[0]!.map(Number)
    const numbers = values.map(Number)
    const truth: TypedTensor = { type: 'bool', shape, data: Uint8Array.from(numbers) }
    b.constant(node.op === 'Equal' ? truth : int64(numbers, shape), node.outputs[0])
  } else b.append(node)
}

/** A node that was exported for batches of a fixed size, made fit for any. */
function batchFreed(b: Builder, node: Node, batch: number): Node {
  if (node.op === 'Reshape') return withConstantTarget(b, node, batch)
  if (node.op === 'Concat') return withRepeatedParts(b, node)
  return node
}

/**
 * A Concat of which some parts are the same for every image, as the class token of a transformer: they are
 * repeated for each image of the batch.
 */
function withRepeatedParts(b: Builder, node: Node): Node {
  const free = node.inputs.find((value) => b.shape(value)[0] === BATCH)
  const axis = axisOf(numberAttribute(node, 'axis', 1), b.shape(node.inputs[0]!).length)
  if (free === undefined || axis === 0) return node
  const inputs = node.inputs.map((value) => {
    const [images, ...rest] = b.shape(value)
    if (images !== 1) return value
    const count = b.add('Shape', [free], { start: 0, end: 1 })
    const shape = b.add('Concat', [count, b.integers(rest.map(Number))], { axis: 0 })
    return b.add('Expand', [value, shape])
  })
  return { ...node, inputs }
}

/** What a node computes, by the engine. */
async function compute(
  graph: Graph,
  node: Node,
  shapes: readonly Shape[],
  engine: Engine,
): Promise<Record<string, TypedTensor>> {
  const size = Math.max(...shapes.map((shape) => sizeOf(shape.map(Number))))
  if (size > LARGEST_CONSTANT)
    throw new NodeError(node, `it computes a constant of ${size} numbers`)
  const part = new Graph()
  part.opset = graph.opset
  part.nodes = [node]
  part.constants = graph.constants
  try {
    const program = await engine.compile(part.extract(node.outputs.filter((output) => output)))
    const results = await program.run({})
    await program.release()
    return results
  } catch (error) {
    const reason = (error as Error).message
    throw new NodeError(node, `it cannot be computed: ${reason}`, { cause: error })
  }
}

/**
 * A Reshape with its target as one constant: 0 for a batch that stays as it is, −1 for another dimension
 * that is free.
 *
 * @param batch The size of the batch for which the model was exported. Exporters write it into constant
 *   targets, and there it stands for the batch.
 */
function withConstantTarget(b: Builder, node: Node, batch: number): Node {
  const [x, shape] = node.inputs
  const target = shape ? b.values(shape) : undefined
  const zerosAreSizes = numberAttribute(node, 'allowzero', 0) === 1 && target?.includes(0)
  if (!x || !target || zerosAreSizes) return node
  const fixed = target.every((dim) => typeof dim === 'number')
  const keepsBatch =
    b.shape(x)[0] === BATCH && (target[0] === BATCH || (fixed && target[0] === batch))
  if (fixed && !keepsBatch) return node
  const dims = target.map((dim) => (typeof dim === 'number' ? dim : -1))
  if (keepsBatch) dims[0] = 0
  return { ...node, inputs: [x, b.integers(dims)], attributes: {} }
}
