import type { Builder } from '../network/builder.js'
import type { Node } from '../network/graph.js'
import type { Unpooling } from './unpooling.js'

/** What a backward rule works with. */
export interface Backward {
  /** The graph, to append nodes to. */
  b: Builder
  /** The forward node whose turn it is. */
  node: Node
  /** Cotangent of the node's first output: the gradient that comes from above. */
  dy: string
  /** Cotangents of all its outputs; undefined where an output does not matter. */
  dys: readonly (string | undefined)[]
  /** How the gradient passes a rectifier. */
  rectifier: RectifierRule
  /** What happens where windows of a max-pooling overlap. */
  unpooling: Unpooling
}

/**
 * The backward pass of one operator: for each input, how to append the nodes that compute its cotangent.
 * Only those that are asked for are built; an input that cannot have one (a shape, an index) is undefined.
 */
export type BackwardRule = (backward: Backward) => readonly (Pull | undefined)[]

/** Appends the nodes of one input's cotangent; or what acts by this input is part of another's already. */
export type Pull = (() => string) | typeof ACCOUNTED

export const ACCOUNTED = Symbol('accounted for')

/**
 * How a cotangent passes a rectifier.
 *
 * @param active 1 where the rectifier let its input through, else 0.
 */
export type RectifierRule = (b: Builder, dy: string, active: () => string) => string
