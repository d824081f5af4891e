/** The network's graph, made to be trained: the loss and its gradients by the weights. */
import { gradient } from '../gradient/gradient.js'
import { Builder } from '../network/builder.js'
import { float32, type Graph, type TypedTensor } from '../network/graph.js'
import { type BatchNorm, useBatchStatistics } from './batch-norm.js'

export interface TrainingGraphOptions {
  /** The value of the class scores. */
  scores: string
  /** The weights to train. */
  weights: readonly string[]
  /** The shape of the batches: [N, C, H, W]. */
  input: readonly number[]
  /** For values of the graph, the share of their elements that is dropped. */
  dropout: ReadonlyMap<string, number>
}

export interface TrainingGraph {
  /**
   * From the network's input, `targets` [N, classes], the weights and the masks of the dropout: `loss`, the
   * scores, `d NAME` for each weight, and the statistics of the batch.
   */
  step: Graph
  /** From the same inputs: `d input`, the gradient of the loss by the pixels. */
  attack: Graph
  norms: readonly BatchNorm[]
  /** The masks to feed, and the share that each drops. */
  masks: readonly { name: string; shape: number[]; share: number }[]
  classes: number
}

/** Writes the graphs that a training runs. */
export function trainingGraph(graph: Graph, options: TrainingGraphOptions): TrainingGraph {
  const { scores, weights, dropout } = options
  const part = graph.extract([scores])
  const [port] = part.inputs
  part.inputs = [{ ...port!, shape: options.input }]
  for (const name of weights) {
    const { shape } = part.constants.get(name)!
    part.constants.delete(name)
    part.inputs.push({ name, type: 'float32', shape })
  }
  const b = new Builder(part)
  const norms = useBatchStatistics(b)
  const masks = [...dropout].map(([value, share], i) => {
    const shape = b.shape(value).map(Number)
    const mask = b.input(`dropout ${i}`, shape)
    multiply(b, value, mask)
    return { name: mask, shape, share }
  })

  const [count, classes] = b.shape(scores).map(Number) as [number, number]
  const targets = b.input('targets', [count, classes])
  const logProbabilities = b.add('LogSoftmax', [scores], { axis: 1 })
  const each = b.sum(b.add('Mul', [targets, logProbabilities]), [1])
  const mean = b.add('ReduceMean', [each, b.integers([0])], { keepdims: 0 })
  b.addMany('Neg', [mean], {}, 1, 'loss')

  // The attack needs no gradient by the weights, so it is a program of its own.
  const attack = new Builder(b.graph.copy())
  const [byPixels] = gradient(attack, 'loss', [port!.name])
  attack.addMany('Identity', [byPixels!], {}, 1, 'd input')

  gradient(b, 'loss', weights).forEach((value, i) =>
    b.addMany('Identity', [value], {}, 1, `d ${weights[i]}`),
  )
  const statistics = norms.flatMap(({ batchMean, batchVariance }) => [batchMean, batchVariance])
  return {
    step: b.graph.extract(['loss', scores, ...weights.map((name) => `d ${name}`), ...statistics]),
    attack: attack.graph.extract(['d input']),
    norms,
    masks,
    classes,
  }
}

/** Multiplies a value by another wherever it is read. */
function multiply(b: Builder, value: string, factor: string): void {
  const { nodes } = b.graph
  const at = nodes.findIndex((node) => node.outputs.includes(value)) + 1
  const rest = nodes.splice(at)
  const product = b.add('Mul', [value, factor])
  for (const node of rest) {
    const inputs = node.inputs.map((input) => (input === value ? product : input))
    nodes.push({ ...node, inputs })
  }
}

/** Target distributions (1 − ε) · one-hot + ε / K (Szegedy et al. 2016), [N, K]. */
export function smoothedTargets(labels: Int32Array, classes: number, epsilon: number): TypedTensor {
  const data = new Float32Array(labels.length * classes).fill(epsilon / classes)
  labels.forEach((label, i) => (data[i * classes + label]! += 1 - epsilon))
  return float32(data, [labels.length, classes])
}
