/** A graph as a part of another one. */
import type { Builder } from './builder.js'
import type { Graph } from './graph.js'

/**
 * Appends all nodes of a graph with one input, which reads a value that is there. Appended again, it shares its
 * constants with the first copy.
 *
 * @param name Stands before the names of its nodes and values.
 * @returns What the graph's own values are called now.
 * @throws Error for a graph with several inputs; NodeError where the value does not fit.
 */
export function inline(
  b: Builder,
  graph: Graph,
  value: string,
  name: string,
): (own: string) => string {
  const [input, ...others] = graph.inputs
  if (!input || others.length > 0)
    throw new Error(
      `'${graph.name}' has ${graph.inputs.length} inputs: it cannot stand for one value`,
    )
  const names = new Map([[input.name, value]])
  const constantsOf = `${graph.name} weights/`
  for (const [own, tensor] of graph.constants) {
    const shared = constantsOf + own
    names.set(own, b.has(shared) ? shared : b.constant(tensor, shared))
  }
  for (const node of graph.nodes) {
    const renamed = (own: string): string => own && names.get(own)!
    for (const output of node.outputs) if (output) names.set(output, b.fresh(`${name}/${output}`))
    b.append({
      ...node,
      name: `${name}/${node.name}`,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    })
  }
  return (own) => {
    const renamed = names.get(own)
    if (renamed === undefined) throw new Error(`'${graph.name}' has no value '${own}'`)
    return renamed
  }
}
