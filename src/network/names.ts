/** Stable, readable names for the layers of any graph. */
import { distance } from 'fastest-levenshtein'
import type { Graph, Node } from './graph.js'

/**
 * The module that computes a node, where the exporter wrote its path into the node's name as PyTorch does:
 * `/features/features.3/conv/conv.0/Conv` is `features.3.conv.0`; a function of the network itself has ''.
 */
export function modulePath(nodeName: string): string | undefined {
  if (!nodeName.startsWith('/')) return undefined
  const parts = nodeName.split('/').slice(1, -1)
  // Members of a list repeat its name: features / features.3.
  const own = parts.filter((part, i) => !parts[i + 1]?.startsWith(`${part}.`))
  return own.join('.')
}

/**
 * Names each node once: by its module where the module is that node alone or ends with it, otherwise by
 * module and operator (`layer1.Add`), otherwise by the node's own name.
 *
 * @returns The layers, name → output value, in the graph's order, and beside them the modules that
 *   contain several layers: `layer1` means its last output.
 */
export function layerNames(graph: Graph): {
  layers: Map<string, Node>
  modules: Map<string, Node>
} {
  const paths = graph.nodes.map((node) => modulePath(node.name))
  const lastOf = new Map<string, number>()
  paths.forEach((path, i) => {
    const steps = path ? path.split('.') : []
    steps.forEach((_, k) => lastOf.set(steps.slice(0, k + 1).join('.'), i))
  })
  const direct = new Map<string, number>()
  paths.forEach((path, i) => path && direct.set(path, i))

  const layers = new Map<string, Node>()
  graph.nodes.forEach((node, i) => {
    const path = paths[i]
    const last = path !== undefined && direct.get(path) === i && lastOf.get(path) === i
    const local = node.name.split('/').at(-1) ?? node.op
    const name = last ? path : path === undefined ? node.name : path ? `${path}.${local}` : local
    layers.set(unused(name || node.name, layers), node)
  })
  const modules = new Map<string, Node>()
  for (const [path, i] of lastOf) if (!layers.has(path)) modules.set(path, graph.nodes[i]!)
  return { layers, modules }
}

function unused(name: string, taken: ReadonlyMap<string, unknown>): string {
  let unique = name
  for (let i = 1; taken.has(unique); i++) unique = `${name}_${i}`
  return unique
}

/** The names most like a mistaken one, the nearest first. */
export function nearest(name: string, names: Iterable<string>, count = 3): string[] {
  const wrong = name.toLowerCase()
  const score = (candidate: string): number => {
    const lower = candidate.toLowerCase()
    const contained = lower.includes(wrong) || wrong.includes(lower)
    return distance(wrong, lower) - (contained ? Math.min(wrong.length, lower.length) : 0)
  }
  return [...names]
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .sort((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** `no layer 'conv9'; the nearest are 'conv1', 'conv2'` */
export function unknownName(kind: string, name: string, names: Iterable<string>): RangeError {
  const near = nearest(name, names).map((n) => `'${n}'`)
  return new RangeError(
    `no ${kind} '${name}'` + (near.length ? `; the nearest are ${near.join(', ')}` : ''),
  )
}
