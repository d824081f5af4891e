import { gradient } from '../gradient/gradient.js'
import { Builder } from '../network/builder.js'
import type { Graph } from '../network/graph.js'
import type { Tensors } from './descend.js'

/** A graph to be descended, and what the parts of its loss are called there. */
export interface LossGraph<Parts> {
  /** From the graph's inputs and the trained weights: `loss`, the parts, and `d NAME` for each weight. */
  step: Graph
  parts: Parts
}

/**
 * Writes the graph that a training of any loss runs at each step: what {@link descend} takes.
 *
 * @param graph What is trained, its inputs of fixed sizes. @param trained Constants of it that become inputs.
 * @param build Appends the parts of the loss to what the graph puts out, and returns the scalars, whose sum is the loss.
 * @param read Further values that are wanted of every step.
 * @throws NodeError where an operator has no backward rule.
 * @example
 *   const { step } = lossGraph(net.graph, ['conv1.weight'], (b, output) => ({
 *     squares: b.add('ReduceMean', [b.add('Mul', [output, output])], { keepdims: 0 }),
 *   }))
 */
export function lossGraph<Parts extends object>(
  graph: Graph,
  trained: readonly string[],
  build: (b: Builder, output: string) => Parts & Record<keyof Parts, string>,
  read: readonly string[] = [],
): LossGraph<Parts> {
  const part = graph.copy()
  for (const name of trained) {
    const { shape } = part.constants.get(name)!
    part.constants.delete(name)
    part.inputs.push({ name, type: 'float32', shape })
  }
  const b = new Builder(part)
  const parts = build(b, part.outputs[0]!.name)
  const scalars = Object.values<string>(parts)
  b.addMany('Sum', scalars, {}, 1, 'loss')
  gradient(b, 'loss', trained).forEach((value, i) =>
    b.addMany('Identity', [value], {}, 1, `d ${trained[i]}`),
  )
  const outputs = ['loss', ...scalars, ...read, ...trained.map((name) => `d ${name}`)]
  return { step: part.extract([...new Set(outputs)]), parts }
}

/** What the parts of a loss came to in a step, by the names under which they were built. */
export const measuredParts = (parts: object, results: Tensors): Record<string, number> =>
  Object.fromEntries(
    Object.entries(parts as Record<string, string>).map(([kind, value]) => [
      kind,
      Number(results[value]!.data[0]),
    ]),
  )
