/** Stable, readable names for the layers of any graph. */
import { distance } from 'fastest-levenshtein'
import { described } from '../described.js'
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

/** A name for a node from which {@link modulePath} tells the module again. */
export const nodeName = (module: string, op: string): string =>
  module ? `/${module}/${op}` : `/${op}`

/**
 * Names each node once: by its module where the module is that node alone or ends with it, otherwise by
 * module and operator (`layer1.Add`), otherwise by the node's own name.
 *
 * @returns The layers by name, in the graph's order, and beside them the modules that contain several
 *   layers: `layer1` means its last one.
 */
export function layerNames(graph: Graph): {
  layers: Map<string, Node>
  modules: Map<string, Node>
} {
  const paths = graph.nodes.map((node) => modulePath(node.name))
  const lastOf = new Map<string, number>()
  paths.forEach((path, i) => {
    if (path) for (const module of [...enclosing(path), path]) lastOf.set(module, i)
  })

  const layers = new Map<string, Node>()
  graph.nodes.forEach((node, i) => {
    const path = paths[i]
    const own = node.name.split('/').at(-1) || node.op
    const inModule = path && lastOf.get(path) !== i ? `${path}.${own}` : path
    const name = path === undefined ? node.name : inModule || own
    layers.set(unused(name || node.outputs[0] || node.op, layers), node)
  })
  const modules = new Map<string, Node>()
  for (const [name, node] of layers)
    for (const path of enclosing(name)) if (!layers.has(path)) modules.set(path, node)
  return { layers, modules }
}

/** The modules around a member: `layer1` and `layer1.0` around `layer1.0.conv1`. */
function enclosing(path: string): string[] {
  const steps = path.split('.')
  return steps.slice(1).map((_, i) => steps.slice(0, i + 1).join('.'))
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
    return distance(wrong, lower) - (lower.includes(wrong) ? wrong.length : 0)
  }
  return [...names]
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .sort((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** `no layer 'conv9'; the nearest are 'conv1', 'conv2'`; a TypeError for what is no name at all. */
export function unknownName(kind: string, name: unknown, names: Iterable<string>): Error {
  if (typeof name !== 'string')
    return new TypeError(`${kind}: a name was expected, not ${described(name)}`)
  const near = nearest(name, names).map((n) => `'${n}'`)
  const are = near.length === 1 ? 'is' : 'are'
  return new RangeError(
    `no ${kind} '${name}'` + (near.length > 0 ? `; the nearest ${are} ${near.join(', ')}` : ''),
  )
}

/** One name or several, as a list. @throws TypeError for what is neither. */
export function nameList(kind: string, names: string | readonly string[]): readonly string[] {
  if (typeof names === 'string') return [names]
  if (Array.isArray(names)) return names as string[]
  throw new TypeError(`${kind}: a name was expected, or a list of names, not ${described(names)}`)
}

/**
 * The item of a name.
 *
 * @throws RangeError where there is none, naming the nearest.
 */
export function named<T>(
  kind: string,
  name: string,
  items: readonly T[],
  nameOf: (item: T) => string,
): T {
  const found = items.find((item) => nameOf(item) === name)
  if (found === undefined) throw unknownName(kind, name, new Set(items.map(nameOf)))
  return found
}
