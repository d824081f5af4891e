/** Appends nodes to a graph and knows the shape of every value as it goes. */
import {
  type Attribute,
  type Dim,
  type ElementType,
  float32,
  type Graph,
  int64,
  type Node,
  NodeError,
  type Shape,
  type TypedTensor,
} from './graph.js'
import { type Inferred, inferNode, type Known, smallIntegers } from './shapes.js'

export class Builder implements Known {
  readonly #shapes = new Map<string, Shape>()
  readonly #values = new Map<string, readonly Dim[]>()
  readonly #names = new Set<string>()
  readonly #shared = new Map<string, string>()
  readonly #inverses = new Map<string, string>()

  /**
   * Works on `graph` itself: pass a copy to keep the original.
   *
   * @throws NodeError where a node's inputs do not fit it, or its operator is unknown.
   */
  constructor(readonly graph: Graph) {
    for (const port of graph.inputs) this.#learnPort(port.name, port.shape)
    for (const [name, tensor] of graph.constants) this.#learnConstant(name, tensor)
    for (const node of graph.nodes) this.#learnNode(node)
  }

  shape(value: string): Shape {
    const shape = this.#shapes.get(value)
    if (!shape) throw new Error(value ? `the graph has no value '${value}'` : 'an input is missing')
    return shape
  }

  values(value: string): readonly Dim[] | undefined {
    return this.#values.get(value)
  }

  /** True where a value of this name exists. */
  has(value: string): boolean {
    return this.#shapes.has(value)
  }

  /** Appends a node and returns the name of its (first) output. */
  add(op: string, inputs: string[], attributes: Record<string, Attribute> = {}): string {
    return this.addMany(op, inputs, attributes, 1)[0]!
  }

  /** Appends a node with several outputs. */
  addMany(
    op: string,
    inputs: string[],
    attributes: Record<string, Attribute>,
    count: number,
    name = this.fresh(op),
  ): string[] {
    const outputs = Array.from({ length: count }, (_, i) =>
      i === 0 ? name : this.fresh(`${name}.${i}`),
    )
    this.append({ op, name, inputs, outputs, attributes })
    return outputs
  }

  /** Appends a node as it is. */
  append(node: Node): void {
    this.graph.nodes.push(node)
    this.#learnNode(node)
  }

  /**
   * What a node would compute if it were appended.
   *
   * @throws NodeError where its inputs do not fit it, or its operator is unknown.
   */
  infer(node: Node): Inferred {
    for (const value of node.inputs)
      if (value && !this.has(value))
        throw new NodeError(node, `reads '${value}', which nothing computes`)
    return inferNode(node, this)
  }

  /** Gives a node one more output, in this graph alone: the switches of a max-pooling. */
  addOutput(node: Node): string {
    const output = this.fresh(`${node.outputs[0]}.${node.outputs.length}`)
    const extended = { ...node, outputs: [...node.outputs, output] }
    this.graph.nodes[this.graph.nodes.findIndex((n) => n.outputs[0] === node.outputs[0])] = extended
    this.#learnNode(extended)
    return output
  }

  /** Appends a node whose name and output name are given: a layer of a network. */
  layer(
    name: string,
    op: string,
    inputs: string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    if (this.has(name)) throw new Error(`there is a layer '${name}' already`)
    return this.addMany(op, inputs, attributes, 1, name)[0]!
  }

  /** A constant; equal lists and scalars are stored once. */
  constant(tensor: TypedTensor, name?: string): string {
    const key = name === undefined && tensor.data.length <= 64 ? keyOf(tensor) : undefined
    const shared = key === undefined ? undefined : this.#shared.get(key)
    if (shared) return shared
    const unique = name ?? this.fresh('constant')
    this.graph.constants.set(unique, tensor)
    this.#learnConstant(unique, tensor)
    if (key !== undefined) this.#shared.set(key, unique)
    return unique
  }

  /** A list of whole numbers: a shape, axes, pads. */
  integers(values: readonly number[]): string {
    return this.constant(int64(values))
  }

  /** A float32 scalar. */
  scalar(value: number): string {
    return this.constant(float32([value], []))
  }

  /** Says of two lists of indices that they are permutations, and that what is taken by one, the other puts back. */
  pairPermutations(order: string, back: string): void {
    this.#inverses.set(order, back).set(back, order)
  }

  /** The permutation that undoes another one, where {@link pairPermutations} has said so. */
  inverseOf(order: string): string | undefined {
    return this.#inverses.get(order)
  }

  /** A graph input: something that is fed at each run. */
  input(name: string, shape: Shape, type: ElementType = 'float32'): string {
    this.graph.inputs.push({ name, type, shape })
    this.#learnPort(name, shape)
    return name
  }

  /** Keeps {@link fresh} from giving away names that are to be used later. */
  reserve(names: readonly string[]): void {
    for (const name of names) this.#names.add(name)
  }

  /** A name that no value has. */
  fresh(stem: string): string {
    let name = stem
    for (let i = 1; this.#names.has(name); i++) name = `${stem}_${i}`
    this.#names.add(name)
    return name
  }

  // The operators that nearly every rule needs.

  /** Reshape; at most one of the dimensions may be free. */
  reshape(value: string, shape: Shape): string {
    const free = shape.filter((dim) => typeof dim === 'string')
    if (free.length > 1)
      throw new Error(
        `cannot reshape '${value}' to [${shape.join(', ')}]: more than one free dimension`,
      )
    return this.add('Reshape', [
      value,
      this.integers(shape.map((dim) => (typeof dim === 'string' ? -1 : dim))),
    ])
  }

  transpose(value: string, perm: readonly number[]): string {
    return this.add('Transpose', [value], { perm })
  }

  sum(value: string, axes: readonly number[], keepdims = false): string {
    return this.add('ReduceSum', [value, this.integers(axes)], { keepdims: keepdims ? 1 : 0 })
  }

  /** A tensor of one number in the shape of another value, whatever the batch. */
  filled(value: string, number: number): string {
    const shape = this.shape(value)
    const fixed = shape.filter((dim) => typeof dim === 'number')
    const dims = fixed.length === shape.length ? this.integers(fixed) : this.add('Shape', [value])
    return this.add('ConstantOfShape', [dims], { value: float32([number], [1]) })
  }

  #learnPort(name: string, shape: Shape | undefined): void {
    if (!shape) throw new Error(`the graph's input '${name}' does not say its shape`)
    this.#names.add(name)
    this.#shapes.set(name, shape)
  }

  #learnConstant(name: string, tensor: TypedTensor): void {
    this.#names.add(name)
    this.#shapes.set(name, tensor.shape)
    const values = smallIntegers(tensor)
    if (values) this.#values.set(name, values)
  }

  #learnNode(node: Node): void {
    const { shapes, values } = this.infer(node)
    node.outputs.forEach((output, i) => {
      if (!output) return
      this.#names.add(output)
      this.#shapes.set(output, shapes[i] ?? shapes[0]!)
    })
    if (values) this.#values.set(node.outputs[0]!, values)
  }
}

function keyOf({ type, shape, data }: TypedTensor): string {
  return `${type}[${shape.join()}]${Array.from(data as ArrayLike<number | bigint>).join()}`
}
