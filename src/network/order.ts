import { type Graph, type Node, NodeError } from './graph.js'

/**
 * The nodes of a graph, each after those that it reads from. ONNX asks files for that order; nodes that
 * have it keep their places.
 *
 * @throws NodeError where a value is computed twice, or where nodes wait for each other.
 */
export function inOrder(graph: Graph): Node[] {
  const producers = new Map<string, Node>()
  const given = new Set([...graph.constants.keys(), ...graph.inputs.map((port) => port.name)])
  for (const node of graph.nodes)
    for (const output of node.outputs.filter((name) => name)) {
      if (producers.has(output) || given.has(output))
        throw new NodeError(node, `computes '${output}', which is there already`)
      producers.set(output, node)
    }

  const order: Node[] = []
  const computed = new Set<string>()
  const awaited = (node: Node): string | undefined =>
    node.inputs.find((value) => producers.has(value) && !computed.has(value))
  const waiting = new Map<string, Node[]>()
  for (const next of graph.nodes) {
    const ready = [next]
    for (let node = ready.pop(); node; node = ready.pop()) {
      const missing = awaited(node)
      if (missing !== undefined) {
        waiting.set(missing, [...(waiting.get(missing) ?? []), node])
        continue
      }
      order.push(node)
      for (const output of node.outputs) {
        computed.add(output)
        ready.push(...(waiting.get(output) ?? []))
        waiting.delete(output)
      }
    }
  }

  const stuck = [...waiting.values()].flat()[0]
  if (stuck) throw cycleError(stuck, (node) => producers.get(awaited(node)!)!)
  return order
}

/** Names the nodes of the cycle that `start` waits for. */
function cycleError(start: Node, before: (node: Node) => Node): NodeError {
  const seen: Node[] = []
  let node = start
  while (!seen.includes(node)) {
    seen.push(node)
    node = before(node)
  }
  const names = seen.slice(seen.indexOf(node)).map(({ name }) => `'${name}'`)
  return new NodeError(node, `the graph has a cycle, through ${names.slice(0, 5).join(', ')}`)
}
