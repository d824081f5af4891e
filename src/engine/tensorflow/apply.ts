/** Graphs as functions of tf, which tf can differentiate. */
import type { Graph } from '../../network/graph.js'
import { Interpreter } from './interpreter.js'
import { type Tensor, tf } from './tf.js'

/** A graph as a function from its input to its first output. */
export interface Apply {
  (x: Tensor): Tensor
  /** Frees the weights. */
  dispose(): void
}

/**
 * A graph as a function on tf tensors, made of ops that `tf.grad` can differentiate: how to write a method
 * of one's own, such as saliency, by hand. It runs on tf's current backend. The gradient is tf's own, which
 * is independent of the library's.
 *
 * @param graph Its input is [N, C, H, W].
 * @returns A function to the graph's first output. The weights are uploaded when it is first called, and
 *   stay until it is disposed of.
 * @throws NodeError, when it is called, where tf has no gradient for an operator or cannot compute it.
 * @example
 *   const f = applyGraph(net.graph)
 *   const saliency = tf.grad((x) => f(x).gather(wolf, 1).sum())(photo).abs().max(1)
 */
export function applyGraph(graph: Graph): Apply {
  const [input] = graph.inputs
  if (!input || graph.inputs.length > 1)
    throw new Error(`a graph of ${graph.inputs.length} inputs; a function of one is expected`)
  let interpreter: Interpreter | undefined
  const apply = (x: Tensor): Tensor => {
    const network = (interpreter ??= new Interpreter(graph))
    return tf.tidy(() => network.run({ [input.name]: x }, false)[0]!)
  }
  const dispose = (): void => {
    interpreter?.dispose()
    interpreter = undefined
  }
  return Object.assign(apply, { dispose })
}
