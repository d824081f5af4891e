/** Training a network to put pictures of one class near each other: what a Siamese network learns. */
import type { Items } from '../../datasets/dataset.js'
import { findLayer } from '../activations/address.js'
import { defaultSeed } from '../image/random.js'
import type { Builder } from '../network/builder.js'
import { float32, type TypedTensor } from '../network/graph.js'
import { Network } from '../network/network.js'
import { positive, wholeNumber } from '../options.js'
import type { Batch, Example } from './batches.js'
import { lossCurves } from './curves.js'
import { begin, descend, type Task } from './descend.js'
import { channelsOf } from './evaluate.js'
import { lossGraph, measuredParts } from './loss-graph.js'
import { adamW, type Optimizer } from './optimizers.js'
import { copiesOf, parameterNames } from './parameters.js'
import { batches } from './prefetch.js'
import { type Course, TrainingResult } from './training-result.js'

export interface SiameseOptions {
  /** The layer whose output is the embedding, a vector. Default: the last one. */
  layer?: string
  /**
   * How far apart, at least, pictures of different classes are to lie. Default 1. Where all lie farther apart from the
   * start on, different pairs teach nothing, and with a margin that is small for the layer all outputs draw together.
   */
  margin?: number
  /** How often every picture is seen. Default 1. */
  epochs?: number
  /** Pictures in a batch, of which all pairs count. Default 64, or all where there are fewer. */
  batch?: number
  /** The largest learning rate; after a warm-up it falls to 0 as a cosine. Default 1e-3. */
  rate?: number
  /** Default {@link adamW} without decay. */
  optimizer?: Optimizer
  /** Of the order of the pictures. Default: that of `%seed`, or 0. */
  seed?: number
  /** Ends the training; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** A network whose outputs are near each other for pictures of one class. Shows the curves of its training. */
export class Siamese extends TrainingResult {
  constructor(
    /** The network up to the embedding, trained. */
    readonly network: Network,
    /** Its layer that is the embedding. */
    readonly layer: string,
    course: Course,
  ) {
    super('trainSiamese', network, course)
  }
}

/**
 * Trains a network as a Siamese one: two copies with the same weights see two pictures, and the distance D of their
 * outputs is to be small where the classes are the same, and at least the margin m where they are not:
 *
 *     L = ½ D² for similar pairs,   ½ max(0, m − D)² for different ones
 *
 * Chopra, Hadsell, LeCun: Learning a Similarity Metric Discriminatively (2005); Hadsell, Chopra, LeCun: Dimensionality
 * Reduction by Learning an Invariant Mapping (2006). As the copies share their weights, one pass of a batch stands for
 * all its pairs. Different pairs are many more than similar ones, so that each kind counts by its own mean.
 *
 * No class has an output of its own: pictures of classes that were never seen can be compared as well, which is what
 * such networks are for. Batch norms, where there are any, keep their statistics.
 *
 * @param data Labelled pictures; which classes there are, the network need not know.
 * @throws RangeError for an unknown layer, naming the nearest, one that is no vector, and options that there cannot be.
 * @example
 *   const { network, layer } = await trainSiamese(net, scenes({ length: 2000 }), { epochs: 2 })
 *   await embed(network, newScenes, layer).tsne()
 */
export async function trainSiamese(
  net: Network,
  data: Items<Example>,
  options: SiameseOptions = {},
): Promise<Siamese> {
  const { margin = 1, epochs = 1, rate = 1e-3, seed = defaultSeed() } = options
  const { optimizer = adamW(), signal, layer = net.layers.at(-1)!.name } = options
  positive('margin', margin)
  positive('rate', rate)
  wholeNumber('epochs', epochs)
  const { batch = Math.min(64, data.length) } = options
  wholeNumber('batch', batch, 2)
  if (batch > data.length)
    throw new RangeError(`a batch of ${batch} is more than the ${data.length} pictures there are`)
  const found = findLayer(net, layer)
  if (found.layer.shape.length !== 1)
    throw new RangeError(
      `an embedding is a vector, but '${found.layer.name}' is [${found.layer.shape.join(', ')}]`,
    )

  const perEpoch = Math.floor(data.length / batch)
  const steps = epochs * perEpoch
  const warmup = Math.min(200, Math.ceil(steps / 20))
  const channels = channelsOf(net)
  const shape = [batch, channels, ...net.preprocessing.size]
  const graph = net.graph.extract([found.value])
  const [port] = graph.inputs
  graph.inputs = [{ ...port!, shape }]
  const names = parameterNames(graph)
  if (names.length === 0)
    throw new RangeError(`'${found.layer.name}' of '${net.name}' has no weights to train`)
  const weights = copiesOf(graph.constants, names)
  for (const name of ['similar', 'different'])
    graph.inputs.push({ name, type: 'float32', shape: [batch, batch] })
  const { step, parts } = lossGraph(graph, names, (b, embedding) =>
    contrastive(b, embedding, margin),
  )

  const plan = { length: data.length, layer: found.layer.name, margin, epochs, batch, rate, seed }
  const recipe = JSON.stringify({ ...plan, optimizer: optimizer.name })
  const told = {
    schedule: { rate, steps, warmup, shape: 'cosine' as const },
    optimizer,
    recipe,
    checkpointEvery: perEpoch,
    signal,
  }
  const task: Task<Batch> = {
    step,
    trained: weights,
    batches: (first, count) =>
      batches(
        data,
        {
          size: batch,
          seed,
          shuffle: true,
          augmentation: undefined,
          preprocessing: net.preprocessing,
          channels,
        },
        first,
        count,
      ),
    feeds: ({ images, labels }) => ({ [port!.name]: float32(images, shape), ...pairs(labels) }),
    measure: (results) => measuredParts(parts, results),
    note: ({ history: { loss } }) => `loss ${loss!.at(-1)!.toFixed(3)}`,
    curves: ({ history }) => lossCurves(history, steps),
  }
  const state = await begin(task, told)
  const interrupted = await descend(net.engine, task, state, told)
  const trained = net.graph.extract([found.value])
  copiesOf(weights).forEach((tensor, name) => trained.constants.set(name, tensor))
  const { name, preprocessing, engine } = net
  const network = await Network.from(trained, { name: `${name}, Siamese`, preprocessing, engine })
  const { history } = state
  return new Siamese(network, found.layer.name, { history, steps, interrupted, recipe })
}

/** Keeps the root differentiable where two embeddings are the same. */
const TINY = 1e-6

/** Both parts of the loss over all pairs of a batch, whose weights are fed as `similar` and `different`. */
function contrastive(b: Builder, embedding: string, margin: number) {
  const [count] = b.shape(embedding).map(Number) as [number]
  const products = b.add('MatMul', [embedding, b.transpose(embedding, [1, 0])])
  const squares = b.sum(b.add('Mul', [embedding, embedding]), [1])
  const [column, line] = [b.reshape(squares, [count, 1]), b.reshape(squares, [1, count])]
  const lengths = b.add('Add', [column, line])
  const difference = b.add('Sub', [lengths, b.add('Mul', [products, b.scalar(2)])])
  // Rounding may leave less than nothing.
  const distances2 = b.add('Add', [b.add('Relu', [difference]), b.scalar(TINY)])
  const missing = b.add('Sub', [b.scalar(margin), b.add('Sqrt', [distances2])])
  const gap = b.add('Relu', [missing])
  const half = (weights: string, values: string): string =>
    b.add('Mul', [b.sum(b.add('Mul', [weights, values]), [0, 1]), b.scalar(0.5)])
  return {
    similar: half('similar', distances2),
    different: half('different', b.add('Mul', [gap, gap])),
  }
}

/** For each pair of a batch its weight in the mean over its kind; a picture is no pair with itself. */
export function pairs(labels: Int32Array): Record<'similar' | 'different', TypedTensor> {
  const count = labels.length
  const kinds = { similar: new Float32Array(count ** 2), different: new Float32Array(count ** 2) }
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++)
      if (i !== j) kinds[labels[i] === labels[j] ? 'similar' : 'different'][i * count + j] = 1
  const mean = (weights: Float32Array): TypedTensor => {
    const sum = weights.reduce((a, b) => a + b, 0) || 1
    return float32(
      weights.map((weight) => weight / sum),
      [count, count],
    )
  }
  return { similar: mean(kinds.similar), different: mean(kinds.different) }
}
