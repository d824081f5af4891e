/** Small graphs for tests, and what the runtime itself computes on them. */
import { onnx } from '../../src/engine/onnx.js'
import type { Engine } from '../../src/engine/engine.js'
import { Random } from '../../src/image/random.js'
import {
  type Attribute,
  float32,
  Graph,
  type Node,
  type Shape,
  type TypedTensor,
} from '../../src/network/graph.js'

/** A node in one line; its name is that of its first output. */
export const node = (
  op: string,
  inputs: string[],
  outputs: string | string[],
  attributes: Record<string, Attribute> = {},
): Node => {
  const list = [outputs].flat()
  return { op, name: list[0] ?? '', inputs, outputs: list, attributes }
}

/** A graph with one input `x`; its outputs are those of its last node. */
export function model(
  input: Shape,
  nodes: Node[],
  options: { constants?: Record<string, TypedTensor>; opset?: number; outputs?: string[] } = {},
): Graph {
  const graph = new Graph()
  graph.opset = options.opset ?? 18
  graph.inputs = [{ name: 'x', type: 'float32', shape: input }]
  graph.nodes = nodes
  graph.constants = new Map(Object.entries(options.constants ?? {}))
  const outputs = options.outputs ?? nodes.at(-1)?.outputs ?? []
  graph.outputs = outputs.map((name) => ({ name, type: undefined, shape: undefined }))
  return graph
}

/** Random numbers of a shape, the same for the same seed. */
export function randomTensor(shape: number[], seed = 1): TypedTensor {
  const random = new Random(seed)
  const size = shape.reduce((a, b) => a * b, 1)
  return float32(
    Float32Array.from({ length: size }, () => random.uniform(-1, 1)),
    shape,
  )
}

/** What the engine computes on the graph as it stands. */
export async function compute(
  graph: Graph,
  feeds: Record<string, TypedTensor>,
): Promise<Record<string, TypedTensor>> {
  const program = await onnx.compile(graph)
  const results = await program.run(feeds)
  await program.release()
  return results
}

/** An engine that counts what it compiles. */
export function countingEngine(): Engine & { compiled: number } {
  return {
    name: onnx.name,
    version: onnx.version,
    compiled: 0,
    compile(graph) {
      this.compiled++
      return onnx.compile(graph)
    },
  }
}

/** The message of what a promise, or a function, fails with. */
export async function failure(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error('nothing was thrown')
}
