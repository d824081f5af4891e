/** What a network that brings its own preprocessing is fed. */
import type { Graph } from '../graph.js'

/**
 * How large a pixel's values are that a graph expects: 255 where it begins by making them smaller, as Keras'
 * `Rescaling(1 / 255)` and `Normalization` of such values do; otherwise 1.
 */
export function pixelRange(graph: Graph): 1 | 255 {
  let value = graph.inputs[0]?.name
  for (const { op, inputs, outputs } of graph.nodes) {
    if (!value || !inputs.includes(value)) continue
    const constants = inputs.flatMap((input) => graph.constants.get(input) ?? [])
    const [low, high] = [Math.min, Math.max].map((extreme) =>
      constants
        .flatMap(({ data }) => Array.from(data as ArrayLike<number>, (n) => Math.abs(Number(n))))
        .reduce((a, b) => extreme(a, b), extreme === Math.min ? Infinity : 0),
    ) as [number, number]
    if (op === 'Mul' && high < 1 / 64) return 255
    if (op === 'Div' && low > 16) return 255
    if ((op === 'Add' || op === 'Sub') && high > 2) return 255
    if (!['Mul', 'Div', 'Add', 'Sub', 'Identity'].includes(op)) return 1
    value = outputs[0]
  }
  return 1
}
