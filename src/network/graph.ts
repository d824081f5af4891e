/**
 * The one representation of a network: ONNX's own graph, typed. Importers end in it, the gradient is
 * appended to it, and engines compile it.
 */
import { Float16Array } from '@petamoriken/float16'

export type ElementType =
  'float32' | 'float64' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool'
export type ElementArray =
  Float32Array | Float64Array | Float16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array

/** Element types that graphs use: their codes in ONNX, bytes per element, and the arrays for them. */
export const elementTypes: Record<
  ElementType,
  { code: number; bytes: number; view: (buffer: ArrayBuffer) => ElementArray }
> = {
  float32: { code: 1, bytes: 4, view: (buffer) => new Float32Array(buffer) },
  uint8: { code: 2, bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  int8: { code: 3, bytes: 1, view: (buffer) => new Int8Array(buffer) },
  int32: { code: 6, bytes: 4, view: (buffer) => new Int32Array(buffer) },
  int64: { code: 7, bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  bool: { code: 9, bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  float16: { code: 10, bytes: 2, view: (buffer) => new Float16Array(buffer) },
  float64: { code: 11, bytes: 8, view: (buffer) => new Float64Array(buffer) },
}

/** A tensor of any element type: an initializer, a constant attribute, or what an engine is fed. */
export interface TypedTensor {
  type: ElementType
  shape: number[]
  data: ElementArray
}

/** A dimension is a number, or a name where it is free: the batch is `N`. */
export type Dim = number | string
export type Shape = readonly Dim[]

/** The name of the free batch dimension. */
export const BATCH = 'N'

export type Attribute = number | string | readonly number[] | readonly string[] | TypedTensor

export interface Node {
  op: string
  name: string
  /** Value names; '' where an optional input is left out. */
  inputs: string[]
  outputs: string[]
  attributes: Record<string, Attribute>
  /** Operator set, '' for ONNX's own. */
  domain?: string
}

/** A problem with one node of a graph. */
export class NodeError extends Error {
  constructor(node: Node, message: string, options?: ErrorOptions) {
    super(`node '${node.name}' (${node.op}): ${message}`, options)
    this.name = 'NodeError'
  }
}

/** A value at the border of the graph. */
export interface Port {
  name: string
  /** undefined for an output whose type the runtime is left to find out. */
  type: ElementType | undefined
  shape: Shape | undefined
}

/** Nodes in topological order, the constants they read, and the graph's inputs and outputs. */
export class Graph {
  name = 'graph'
  /** Version of ONNX's operator set. 18 is the oldest that everything here is written in. */
  opset = 18
  inputs: Port[] = []
  outputs: Port[] = []
  nodes: Node[] = []
  /** Initializers: weights and other constants by value name. */
  constants = new Map<string, TypedTensor>()
  /** The names of the classes, where the file knows them. */
  classes: readonly string[] | undefined

  /** A copy that can be appended to; nodes and weights are shared, since nothing changes them. */
  copy(): Graph {
    const copy = new Graph()
    copy.name = this.name
    copy.opset = this.opset
    copy.inputs = [...this.inputs]
    copy.outputs = [...this.outputs]
    copy.nodes = [...this.nodes]
    copy.constants = new Map(this.constants)
    copy.classes = this.classes
    return copy
  }

  /** A copy that computes only these values: other nodes, inputs and constants are left out. */
  extract(outputs: readonly string[]): Graph {
    const needed = new Set(outputs)
    const nodes: Node[] = []
    for (const node of [...this.nodes].reverse()) {
      if (!node.outputs.some((value) => needed.has(value))) continue
      nodes.push(node)
      for (const value of node.inputs) if (value) needed.add(value)
    }
    const part = new Graph()
    part.name = this.name
    part.opset = this.opset
    part.classes = this.classes
    part.nodes = nodes.reverse()
    part.inputs = this.inputs.filter((port) => needed.has(port.name))
    part.constants = new Map([...this.constants].filter(([name]) => needed.has(name)))
    const known = new Map(this.outputs.map((port) => [port.name, port]))
    part.outputs = outputs.map(
      (name) => known.get(name) ?? { name, type: undefined, shape: undefined },
    )
    return part
  }
}

/** An attribute that is a whole number or a fraction, with ONNX's default where it is absent. */
export function numberAttribute(node: Node, name: string, otherwise: number): number {
  const value = node.attributes[name]
  return typeof value === 'number' ? value : otherwise
}

/** An attribute that is a list of numbers. */
export function listAttribute<T>(node: Node, name: string, otherwise: T): readonly number[] | T {
  const value = node.attributes[name]
  return Array.isArray(value) && typeof value[0] !== 'string'
    ? (value as readonly number[])
    : otherwise
}

/** An attribute that is a string. */
export function stringAttribute(node: Node, name: string, otherwise: string): string {
  const value = node.attributes[name]
  return typeof value === 'string' ? value : otherwise
}

/** The numbers of an integer tensor, which ONNX uses for shapes, axes and pads. */
export function integers(tensor: TypedTensor): number[] {
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number)
}

export const float32 = (
  data: Float32Array | readonly number[],
  shape: readonly number[],
): TypedTensor => ({
  type: 'float32',
  shape: [...shape],
  data: data instanceof Float32Array ? data : Float32Array.from(data),
})

/** Numbers beyond its range become its bounds: where ONNX means 'to the end' it writes 2⁶³ − 1. */
export const int64 = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
): TypedTensor => ({
  type: 'int64',
  shape: [...shape],
  data: BigInt64Array.from(values, (value) =>
    value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(Math.max(value, -(2 ** 63))),
  ),
})
