import {
  integers,
  listAttribute,
  type Node,
  NodeError,
  numberAttribute,
  stringAttribute,
  type TypedTensor,
} from '../../network/graph.js'
import { type Tensor, tf } from './tf.js'

/**
 * One ONNX operator on tf tensors, NCHW. An input that is left out is undefined.
 *
 * Forward operators are made of ops that tf can differentiate, so that whole networks can be.
 */
export type Operator = (call: Call, ...inputs: Tensor[]) => Tensor | Tensor[]

/** What stays the same from run to run: the constants of a graph, and what nodes derive from them. */
export interface Kept {
  /** A constant of the graph. */
  constant(value: string): TypedTensor | undefined
  /** Whether a value depends on constants alone. */
  isFixed(value: string): boolean
  /** What {@link Call.once} made for a node. */
  derived: Map<Node, Tensor>
}

/** A node whose turn it is. */
export class Call {
  constructor(
    readonly node: Node,
    private readonly inputs: readonly (Tensor | undefined)[],
    private readonly kept: Kept,
  ) {}

  /** The numbers of a small input: a shape, axes, pads, a bound. undefined where it is left out. */
  numbers(input: number): number[] | undefined {
    const constant = this.kept.constant(this.node.inputs[input] ?? '')
    if (constant) return integers(constant)
    const tensor = this.inputs[input]
    return tensor && Array.from(tensor.dataSync())
  }

  /** As {@link numbers}, of an input that must be there. */
  required(input: number): number[] {
    const numbers = this.numbers(input)
    if (numbers) return numbers
    throw this.error('an input is missing')
  }

  /** Something made of one input alone; where that never changes, it is made once and kept. */
  once(input: number, make: () => Tensor): Tensor {
    if (!this.kept.isFixed(this.node.inputs[input] ?? '')) return make()
    const known = this.kept.derived.get(this.node)
    if (known) return known
    const made = tf.keep(make())
    this.kept.derived.set(this.node, made)
    return made
  }

  number(attribute: string, otherwise: number): number {
    return numberAttribute(this.node, attribute, otherwise)
  }

  list<T>(attribute: string, otherwise: T): readonly number[] | T {
    return listAttribute(this.node, attribute, otherwise)
  }

  string(attribute: string, otherwise: string): string {
    return stringAttribute(this.node, attribute, otherwise)
  }

  error(message: string): NodeError {
    return new NodeError(this.node, message)
  }
}
