import { Builder } from './builder.js'
import type { Graph } from './graph.js'

const squashing = new Set(['Softmax', 'LogSoftmax', 'Sigmoid'])
const reshaping = new Set(['Identity', 'Flatten', 'Reshape', 'Squeeze'])

/**
 * The value that holds the class scores, [N, classes]: a graph's first output or, where that ends in a
 * softmax or sigmoid, what this reads. Scores that are maps of 1×1 are flattened by one more node.
 *
 * @returns undefined where the output is anything else: maps, an image.
 */
export function classScores(graph: Graph): string | undefined {
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])),
  )
  const [output] = graph.outputs
  if (!output) return undefined
  let scores = output.name
  for (let value = scores; ;) {
    const node = producers.get(value)
    if (!node || !(squashing.has(node.op) || reshaping.has(node.op))) break
    value = node.inputs[0]!
    if (squashing.has(node.op)) scores = value
  }

  const b = new Builder(graph)
  const [, classes, ...positions] = b.shape(scores)
  if (typeof classes !== 'number' || positions.some((dim) => dim !== 1)) return undefined
  if (positions.length === 0) return scores
  return b.addMany('Flatten', [scores], { axis: 1 }, 1, b.fresh('scores'))[0]
}
