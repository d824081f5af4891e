/** Training: the gradient by the weights, from the same rules as every other gradient. */
import type { Engine } from '../engine/engine.js'
import { onnx } from '../engine/onnx.js'
import { gradient } from '../gradient/gradient.js'
import { Random } from '../image/random.js'
import { Builder } from '../network/builder.js'
import { BATCH, float32, type Graph, type TypedTensor } from '../network/graph.js'
import type { Initialiser } from '../network/zoo/architecture.js'
import { follow } from '../work/work.js'
import { adam, type Optimizer } from './optimizers.js'

/** Normalised pixels [N, 3, H, W] and the class of each image. */
export interface Batch {
  images: TypedTensor
  labels: Int32Array
}

export interface TrainOptions {
  /** Number of batches: the schedule ends there. */
  steps: number
  /** The largest learning rate. Default 1e-3. */
  rate?: number
  /** Steps over which the rate rises from 0. Default 200; then it falls as a cosine to 0. */
  warmup?: number
  /** Default {@link adam}. */
  optimizer?: Optimizer
  /** ε of the target distribution (1 − ε)·one-hot + ε/K (Szegedy et al. 2016). Default 0.1. */
  labelSmoothing?: number
  engine?: Engine
  /** Called after every step. */
  onStep?: (progress: Progress) => void
  /** Ends the training; the weights as they are by then are returned. Default: the notebook's interrupt. */
  signal?: AbortSignal
}

/** Weights by name, and how far their training came. */
export class TrainedWeights extends Map<string, TypedTensor> {
  /** The batches that they were trained on. */
  steps = 0
  /** Whether an interrupt ended the training before its time. */
  interrupted = false
}

export interface Progress {
  step: number
  steps: number
  /** Cross-entropy of the batch. */
  loss: number
  /** Share of the batch that was classified correctly. */
  accuracy: number
}

/**
 * Weights for a network that is to be trained: normal with deviation √(2 / inputs) (He et al. 2015),
 * smaller in the last layer, whose name is given; biases 0.
 */
export function heInitialiser(seed: number, last: string): Initialiser {
  const random = new Random(seed)
  return (name, shape) => {
    const inputs = shape.slice(1).reduce((a, b) => a * b, 1)
    const deviation = name === `${last}.weight` ? 0.01 : Math.sqrt(2 / inputs)
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
    return float32(
      name.endsWith('.bias') ? data : data.map(() => random.normal(0, deviation)),
      shape,
    )
  }
}

/**
 * Trains the weights of a graph, in place, to classify.
 *
 * @param graph Its only input is [N, 3, H, W], its first output the scores [N, classes]; its float32
 *   constants are the weights.
 * @param batches As many as `steps`; all of one size.
 * @returns The weights by name: the arrays of the graph itself. After an interrupt they are those of the steps
 *   so far, and `interrupted` is true.
 */
export async function train(
  graph: Graph,
  batches: AsyncIterable<Batch>,
  options: TrainOptions,
): Promise<TrainedWeights> {
  const { steps, rate = 1e-3, warmup = 200, labelSmoothing = 0.1, engine = onnx } = options
  const optimizer = options.optimizer ?? adam()
  const weights = new TrainedWeights(
    [...graph.constants].filter(([, { type }]) => type === 'float32'),
  )
  const input = graph.inputs[0]!.name
  const scores = graph.outputs[0]!.name
  const { training, classes } = trainingGraph(graph, weights, scores)
  const program = await engine.compile(training)
  const updates = new Map([...weights].map(([name, { data }]) => [name, optimizer(data.length)]))

  const loop = follow(batches, {
    label: 'Training',
    limit: steps,
    signal: options.signal,
    partial: true,
  })
  try {
    for await (const { images, labels } of loop) {
      const step = weights.steps
      const targets = smoothed(labels, classes, labelSmoothing)
      const results = await program.run({
        [input]: images,
        targets,
        ...Object.fromEntries(weights),
      })
      const warm = Math.min(1, (step + 1) / warmup)
      const now = rate * warm * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
      for (const [name, { data }] of weights)
        updates.get(name)!(floats(data), floats(results[`d ${name}`]!.data), now)
      weights.steps++
      const loss = Number(results.loss!.data[0])
      const right = accuracy(floats(results[scores]!.data), labels)
      loop.note(`loss ${loss.toFixed(3)}, accuracy ${Math.round(100 * right)} %`)
      options.onStep?.({ step: weights.steps, steps, loss, accuracy: right })
    }
  } finally {
    await program.release()
  }
  weights.interrupted = loop.interrupted
  return weights
}

/** The graph with its weights as inputs, and as outputs the mean loss and its gradient by each of them. */
function trainingGraph(
  graph: Graph,
  weights: ReadonlyMap<string, TypedTensor>,
  scores: string,
): { training: Graph; classes: number } {
  const copy = graph.copy()
  for (const [name, { shape }] of weights) {
    copy.constants.delete(name)
    copy.inputs.push({ name, type: 'float32', shape })
  }
  const b = new Builder(copy)
  const classes = Number(b.shape(scores)[1])
  const targets = b.input('targets', [BATCH, classes])
  const logProbabilities = b.add('LogSoftmax', [scores], { axis: 1 })
  const each = b.sum(b.add('Mul', [targets, logProbabilities]), [1])
  const mean = b.add('ReduceMean', [each, b.integers([0])], { keepdims: 0 })
  b.addMany('Neg', [mean], {}, 1, 'loss')
  const names = [...weights.keys()]
  gradient(b, 'loss', names).forEach((value, i) =>
    b.addMany('Identity', [value], {}, 1, `d ${names[i]}`),
  )
  return {
    training: b.graph.extract(['loss', scores, ...names.map((name) => `d ${name}`)]),
    classes,
  }
}

function smoothed(labels: Int32Array, classes: number, epsilon: number): TypedTensor {
  const data = new Float32Array(labels.length * classes).fill(epsilon / classes)
  labels.forEach((label, i) => (data[i * classes + label]! += 1 - epsilon))
  return float32(data, [labels.length, classes])
}

/** The share of rows whose largest score is the label's. */
export function accuracy(scores: Float32Array, labels: Int32Array): number {
  const classes = scores.length / labels.length
  const correct = labels.reduce((sum, label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes)
    return sum + (row.every((score) => score <= row[label]!) ? 1 : 0)
  }, 0)
  return correct / labels.length
}

function floats(data: TypedTensor['data']): Float32Array {
  if (data instanceof Float32Array) return data
  throw new TypeError('weights and their gradients are float32')
}
