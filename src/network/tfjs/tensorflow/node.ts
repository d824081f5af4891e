/** A frozen graph of TensorFlow, as tf.js keeps it in JSON. */
import { isJson, type Json, quoted } from '../json.js'
import { FormatError } from '../../format-error.js'
import { Graph, type Node } from '../../graph.js'
import { unknownName } from '../../names.js'
import { inOrder } from '../../order.js'

/** One node: an operator, what it reads, and its attributes. */
export class NodeDef {
  constructor(
    readonly name: string,
    readonly op: string,
    /** Names of nodes; `split:1` is the second output of `split`. */
    readonly inputs: readonly string[],
    private readonly attributes: Json,
  ) {}

  error(message: string): FormatError {
    return new FormatError(`node '${this.name}' (${this.op}): ${message}`)
  }

  /** 64-bit integers are strings in JSON. */
  number(key: string, otherwise: number): number {
    const attribute = this.#attribute(key)
    const value = attribute?.i ?? attribute?.f
    if (value === undefined) return otherwise
    if (Number.isFinite(Number(value))) return Number(value)
    throw this.error(`its '${key}' is ${quoted(attribute)}; expected a number`)
  }

  flag(key: string, otherwise = false): boolean {
    const value = this.#attribute(key)?.b
    return typeof value === 'boolean' ? value : otherwise
  }

  /** Strings are in base64. */
  string(key: string, otherwise: string): string {
    const value = this.#attribute(key)?.s
    return typeof value === 'string' ? decoded(value) : otherwise
  }

  numbers(key: string, otherwise: readonly number[]): readonly number[] {
    const list = this.#list(key, 'i')
    if (list.length === 0) return otherwise
    const values = list.map(Number)
    if (values.every((value) => Number.isSafeInteger(value))) return values
    throw this.error(`its '${key}' is ${quoted(list)}; expected whole numbers`)
  }

  strings(key: string): string[] {
    return this.#list(key, 's').map((item) => (typeof item === 'string' ? decoded(item) : ''))
  }

  /** A shape; −1 where a size is free, undefined where nothing is said. */
  shape(key: string): number[] | undefined {
    const shape = this.#attribute(key)?.shape
    if (!isJson(shape) || shape.unknownRank === true) return undefined
    const dims: unknown[] = Array.isArray(shape.dim) ? shape.dim : []
    return dims.map((dim) => (isJson(dim) ? Number(dim.size ?? 0) : NaN))
  }

  #list(key: string, kind: string): unknown[] {
    const list = this.#attribute(key)?.list
    const items = isJson(list) ? list[kind] : undefined
    return Array.isArray(items) ? (items as unknown[]) : []
  }

  #attribute(key: string): Json | undefined {
    const value = Object.hasOwn(this.attributes, key) ? this.attributes[key] : undefined
    return isJson(value) ? value : undefined
  }
}

const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8')

/**
 * The nodes that compute these outputs, each after those that it reads.
 *
 * @param outputs Names of values; none: whatever no other node reads.
 * @throws FormatError or NodeError where the graph is malformed or has a cycle.
 */
export function readNodes(
  topology: Json,
  outputs: readonly string[],
): { nodes: NodeDef[]; outputs: string[] } {
  if (!Array.isArray(topology.node)) throw new FormatError("it has no list of nodes, 'node'")
  const defs = new Map<string, NodeDef>()
  for (const json of topology.node as unknown[]) {
    if (!isJson(json) || typeof json.name !== 'string' || typeof json.op !== 'string')
      throw new FormatError(`a node is ${quoted(json)}; expected one with 'name' and 'op'`)
    const given: unknown[] = Array.isArray(json.input) ? json.input : []
    // A name after ^ only says that the node runs first.
    const inputs = given.map(String).filter((input) => !input.startsWith('^'))
    const attributes = isJson(json.attr) ? json.attr : {}
    if (defs.has(json.name)) throw new FormatError(`there are two nodes '${json.name}'`)
    defs.set(json.name, new NodeDef(json.name, json.op, inputs.map(plainName), attributes))
  }

  const read = new Set([...defs.values()].flatMap(({ inputs }) => inputs))
  for (const { name, inputs } of defs.values())
    for (const input of inputs)
      if (!defs.has(producer(input)))
        throw new FormatError(
          `node '${name}': ${unknownName('node', producer(input), defs.keys()).message}`,
        )
  const wanted =
    outputs.length > 0
      ? outputs.map(plainName)
      : [...defs.keys()].filter((name) => !read.has(name) && defs.get(name)!.op !== 'NoOp')
  for (const output of wanted)
    if (!defs.has(producer(output)))
      throw new FormatError(
        `for an output: ${unknownName('node', producer(output), defs.keys()).message}`,
      )

  // A graph of the project knows how to put its nodes in order.
  const values = new Map<string, string[]>()
  for (const value of new Set([...read, ...wanted]))
    values.set(producer(value), [...(values.get(producer(value)) ?? []), value])
  const graph = new Graph()
  graph.nodes = [...defs.values()].map(({ name, op, inputs }): Node => ({
    op,
    name,
    inputs: [...inputs],
    outputs: [...new Set([name, ...(values.get(name) ?? [])])],
    attributes: {},
  }))
  graph.nodes = inOrder(graph)
  const order = graph.extract(wanted).nodes.map(({ name }) => defs.get(name)!)
  return { nodes: order, outputs: wanted }
}

/** The first output of a node has the node's name. */
const plainName = (value: string): string => value.replace(/:0$/, '')
const producer = (value: string): string => value.replace(/:\d+$/, '')
