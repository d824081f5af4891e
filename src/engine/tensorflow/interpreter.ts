/** Runs a graph node by node on tf ops. */
import { type Graph, type Node, NodeError, type TypedTensor } from '../../network/graph.js'
import * as activation from './activation.js'
import * as convolution from './convolution.js'
import * as elementwise from './elementwise.js'
import * as linear from './linear.js'
import * as logic from './logic.js'
import * as movement from './movement.js'
import * as normalization from './normalization.js'
import { Call, type Kept, type Operator } from './operator.js'
import * as pooling from './pooling.js'
import * as reduction from './reduction.js'
import * as resizing from './resizing.js'
import * as shape from './shape.js'
import { tensorOf } from './tensors.js'
import { type Tensor, tf } from './tf.js'

/** What computes every operator, by ONNX's name for it. A new operator is a new row. */
export const operators: Record<string, Operator> = {
  ...activation,
  ...convolution,
  ...elementwise,
  ...linear,
  ...logic,
  ...movement,
  ...normalization,
  ...pooling,
  ...reduction,
  ...resizing,
  ...shape,
}

/** A node, and the values that nothing reads after it. */
interface Step {
  node: Node
  finished: string[]
}

export class Interpreter implements Kept {
  readonly derived = new Map<Node, Tensor>()
  readonly #constants = new Map<string, Tensor>()
  readonly #steps: Step[]

  /**
   * Puts the weights where they are needed.
   *
   * @throws NodeError where an operator is not known, or what depends on constants cannot be computed.
   */
  constructor(private readonly graph: Graph) {
    graph.nodes.forEach(operatorOf)
    try {
      this.#steps = withLastUses(this.#prepare(), graph)
    } catch (error) {
      this.dispose()
      throw error
    }
  }

  /** Uploads the constants and computes what depends on them alone. Returns the nodes that are left. */
  #prepare(): Node[] {
    const { constants, nodes } = this.graph
    for (const [name, value] of constants) this.#constants.set(name, tf.keep(tensorOf(value)))
    const live = nodes.filter((node) => {
      if (!node.inputs.every((value) => value === '' || this.#constants.has(value))) return true
      tf.tidy(() => {
        for (const [name, value] of this.#compute(node, this.#constants))
          this.#constants.set(name, tf.keep(value))
      })
      return false
    })
    const read = new Set([...live.flatMap((node) => node.inputs), ...outputNames(this.graph)])
    for (const [name, tensor] of this.#constants) {
      if (read.has(name)) continue
      tensor.dispose()
      this.#constants.delete(name)
    }
    return live
  }

  constant(value: string): TypedTensor | undefined {
    return this.graph.constants.get(value)
  }

  isFixed(value: string): boolean {
    return this.#constants.has(value)
  }

  /**
   * The outputs for these inputs. To be called within tf.tidy, which frees what is left.
   *
   * @param economical Frees inputs and intermediate values after their last use. Not while tf records
   *   what it is to differentiate.
   */
  run(feeds: Record<string, Tensor>, economical: boolean): Tensor[] {
    const values = new Map([...this.#constants, ...Object.entries(feeds)])
    const missing = this.graph.inputs.find(({ name }) => !values.has(name))
    if (missing) throw new Error(`the graph's input '${missing.name}' was not fed`)
    for (const { node, finished } of this.#steps) {
      for (const [name, value] of this.#compute(node, values)) values.set(name, value)
      if (!economical) continue
      for (const name of finished) {
        if (!this.#constants.has(name)) values.get(name)?.dispose()
        values.delete(name)
      }
    }
    return outputNames(this.graph).map((name) => values.get(name)!)
  }

  /** Frees the weights. */
  dispose(): void {
    for (const tensor of [...this.#constants.values(), ...this.derived.values()]) tensor.dispose()
    this.#constants.clear()
    this.derived.clear()
  }

  /** What a node computes: tensors of its own, whatever its operator gives back. */
  #compute(node: Node, values: ReadonlyMap<string, Tensor>): [string, Tensor][] {
    const inputs = node.inputs.map((name) => (name ? values.get(name) : undefined))
    const call = new Call(node, inputs, this)
    try {
      const results = tf.tidy(() => {
        const computed = operatorOf(node)(call, ...(inputs as Tensor[]))
        return [computed]
          .flat()
          .map((tensor) => (inputs.includes(tensor) ? tf.clone(tensor) : tensor))
      })
      return node.outputs.flatMap((name, i) => (name ? [[name, results[i]!]] : []))
    } catch (error) {
      if (error instanceof NodeError) throw error
      throw new NodeError(node, (error as Error).message, { cause: error })
    }
  }
}

function operatorOf(node: Node): Operator {
  const operator = !node.domain && Object.hasOwn(operators, node.op) && operators[node.op]
  if (operator) return operator
  const name = node.domain ? `${node.domain}.${node.op}` : node.op
  throw new NodeError(node, `operator '${name}' is not implemented in the tensorflow engine`)
}

const outputNames = (graph: Graph): string[] => graph.outputs.map(({ name }) => name)

/** After which node each value is finished with. */
function withLastUses(nodes: readonly Node[], graph: Graph): Step[] {
  const lasting = new Set(outputNames(graph))
  const seen = new Set(lasting)
  const steps = nodes.toReversed().map((node) => {
    const finished = new Set(
      [...node.inputs, ...node.outputs].filter((name) => name && !seen.has(name)),
    )
    finished.forEach((name) => seen.add(name))
    return { node, finished: [...finished] }
  })
  return steps.reverse()
}
