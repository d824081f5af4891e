/** Reverse-mode differentiation, graph to graph: the backward pass is appended as ordinary nodes. */
import type { Builder } from '../network/builder.js'
import type { Node } from '../network/graph.js'
import { NodeError } from '../network/graph.js'
import { unknownName } from '../network/names.js'
import * as convolution from './convolution.js'
import * as elementwise from './elementwise.js'
import * as linear from './linear.js'
import * as movement from './movement.js'
import * as normalization from './normalization.js'
import * as pooling from './pooling.js'
import * as rectifiers from './rectifiers.js'
import * as reduction from './reduction.js'
import * as resizing from './resizing.js'
import { type ReluRule, reluRules } from './relu-rules.js'
import { ACCOUNTED, type BackwardRule } from './rule.js'
import { type Unpooling, unpoolings } from './unpooling.js'

/** The backward rule of every operator, by ONNX's name for it. A new operator is a new row. */
const rules: Record<string, BackwardRule> = {
  ...convolution,
  ...elementwise,
  ...linear,
  ...movement,
  ...normalization,
  ...pooling,
  ...rectifiers,
  ...reduction,
  ...resizing,
}

/** Operators whose output is constant almost everywhere, or no quantity at all: nothing passes. */
const flat = new Set(
  `Shape Size ArgMax ArgMin Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Not Sign Floor Ceil
   Round OneHot ConstantOfShape`.split(/\s+/),
)

/** What is to be differentiated does not depend on what it is to be differentiated by. */
export class IndependenceError extends Error {
  constructor(
    of: string,
    /** The value that does not act on it. */
    readonly value: string,
  ) {
    super(`'${of}' does not depend on '${value}'`)
    this.name = 'IndependenceError'
  }
}

/**
 * Appends the nodes that compute d(Σ of)/d(wrt) for each `wrt`, and returns their names in that order.
 *
 * Only nodes on a path from a `wrt` to `of` are visited. Values of the backward pass can themselves be
 * differentiated.
 *
 * @param of The value to differentiate; if it is not a scalar, the sum of its elements is.
 * @param wrt Values: the graph's input, the output of a layer, a weight.
 * @param rule How the signal passes rectifiers: backpropagation, DeconvNet or guided backpropagation.
 * @param unpooling What happens where windows of a max-pooling overlap. Default 'add', the gradient.
 * @throws RangeError for an unknown rule, naming the nearest; NodeError where a node on the path has no backward rule;
 *   IndependenceError where there is no path.
 */
export function gradient(
  b: Builder,
  of: string,
  wrt: readonly string[],
  rule: ReluRule = 'plain',
  unpooling: Unpooling = 'add',
): string[] {
  if (!Object.hasOwn(reluRules, rule))
    throw unknownName('rule for rectifiers', String(rule), Object.keys(reluRules))
  if (!unpoolings.includes(unpooling))
    throw unknownName('rule for overlapping windows', String(unpooling), unpoolings)
  const path = nodesBetween(b.graph.nodes, wrt, of)
  const wanted = new Set([...wrt, ...path.flatMap((node) => node.outputs)])
  const cotangents = new Map<string, string[]>([[of, [b.filled(of, 1)]]])
  const cotangent = (value: string): string | undefined => {
    const parts = cotangents.get(value)
    if (!parts || parts.length < 2) return parts?.[0]
    const sum = b.add('Sum', parts)
    cotangents.set(value, [sum])
    return sum
  }

  for (const node of path.reverse()) {
    const dys = node.outputs.map((output) => cotangent(output))
    const dy = dys.find((signal) => signal !== undefined)
    if (dy === undefined) continue
    const backwardRule = node.domain ? undefined : rules[node.op]
    if (!backwardRule)
      throw new NodeError(node, `no backward rule for operator ${node.op}; nothing was skipped`)
    const pulls = backwardRule({ b, node, dy, dys, rectifier: reluRules[rule], unpooling })
    node.inputs.forEach((input, i) => {
      if (!wanted.has(input)) return
      const pull = pulls[i]
      if (!pull) throw new NodeError(node, `no gradient by its input '${input}'`)
      if (pull === ACCOUNTED) return
      cotangents.set(input, [...(cotangents.get(input) ?? []), pull()])
    })
  }

  return wrt.map((value) => {
    const result = cotangent(value)
    if (result === undefined) throw new IndependenceError(of, value)
    return result
  })
}

/** The nodes through which `from` acts on `to`, in the graph's order. */
function nodesBetween(nodes: readonly Node[], from: readonly string[], to: string): Node[] {
  const after = new Set(from)
  const forward = nodes.filter((node) => {
    if (flat.has(node.op) || !node.inputs.some((value) => after.has(value))) return false
    for (const output of node.outputs) after.add(output)
    return true
  })
  const before = new Set([to])
  return forward
    .reverse()
    .filter((node) => {
      if (!node.outputs.some((value) => before.has(value))) return false
      for (const input of node.inputs) before.add(input)
      return true
    })
    .reverse()
}
