/** Training: the gradient by the weights, from the same rules as every other gradient. */
import type { Items } from '../../datasets/dataset.js'
import type { Figure } from '../figures/figure.js'
import { defaultSeed, mixSeeds, Random } from '../image/random.js'
import { classScores } from '../network/class-scores.js'
import { float32, type Graph, type TypedTensor } from '../network/graph.js'
import { layerNames, unknownName } from '../network/names.js'
import { Network } from '../network/network.js'
import { wholeNumber } from '../options.js'
import { type ResultRecord, summarise } from '../record.js'
import { provenance, Shown } from '../result.js'
import { type Adversary, attacked, checkAdversary } from './adversary.js'
import { type Augmentation, checkAugmentation } from './augmentation.js'
import { followStatistics } from './batch-norm.js'
import type { Batch, Example } from './batches.js'
import { loadWeights, saveCheckpoint, type TrainingState } from './checkpoint.js'
import { learningCurves } from './curves.js'
import { begin, descend, type DescentOptions, floats, type Task } from './descend.js'
import { channelsOf, checkClasses, evaluate } from './evaluate.js'
import type { History } from './history.js'
import { adamW, type Optimizer } from './optimizers.js'
import { copiesOf, parameterNames } from './parameters.js'
import { batches } from './prefetch.js'
import type { Schedule } from './schedule.js'
import { smoothedTargets, trainingGraph } from './training-graph.js'

export interface TrainOptions {
  /** How often every image is seen. Default 1. */
  epochs?: number
  /** Images in a batch. Default 64, or all where there are fewer. */
  batch?: number
  /** Default {@link adamW} without decay. */
  optimizer?: Optimizer
  /** Whether the optimiser's weight decay acts on a weight. Default: not on biases, nor on norms. */
  decays?: (name: string, shape: readonly number[]) => boolean
  /** The largest learning rate. Default 1e-3. */
  rate?: number
  /** Steps over which the rate rises from 0. Default 5 % of all, at most 200. */
  warmup?: number
  /** After the warm-up the rate falls to 0 as a cosine, or stays. Default 'cosine'. */
  schedule?: Schedule['shape']
  /** ε of the target distribution (1 − ε)·one-hot + ε/K (Szegedy et al. 2016). Default 0. */
  labelSmoothing?: number
  /** Random changes to the images. Default none. */
  augmentation?: Augmentation
  /** Trains on images changed to fool the network (Madry et al. 2018). Default: on the images as they are. */
  adversary?: Adversary
  /** For layers, the share of their outputs that is dropped (Srivastava et al. 2014). Default none. */
  dropout?: Readonly<Record<string, number>>
  /** How fast the running statistics of batch norms follow those of a batch. Default 0.1. */
  batchNormMomentum?: number
  /** Which weights are trained, by name. Default: all kernels, matrices, biases, and scales of norms. */
  trainable?: (name: string) => boolean
  /** Whether every epoch has its own random order. Default true. */
  shuffle?: boolean
  /** Decides order, augmentation, dropout and attacks. Default: that of `%seed`, or 0. */
  seed?: number
  /** The network is tested on this after every epoch, and the best one is kept. Default none. */
  validation?: Items<Example>
  /**
   * Path of a checkpoint (.safetensors), written after every epoch and at the end, and by an interrupt; the best
   * network so far stands beside it as `….best.safetensors`. Default none.
   */
  checkpoint?: string
  /** Steps between checkpoints. Default: an epoch. */
  checkpointEvery?: number
  /** Goes on from the checkpoint, to the same weights as without a break. Default false. */
  resume?: boolean
  /** Called, and waited for, after every step. */
  onStep?: (progress: Progress) => unknown
  /** Ends the training; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

export interface Progress {
  /** Steps taken, from 1. */
  step: number
  steps: number
  /** Mean cross-entropy of the batch. */
  loss: number
  /** Share of the batch that was classified correctly. */
  accuracy: number
  /** The weights and running statistics as they are now: the next step changes them. */
  weights: ReadonlyMap<string, TypedTensor>
}

/** A trained network and how it was trained. As the last expression of a cell it shows its learning curves. */
export class Trained extends Shown {
  /**
   * @param steps How many the training was to have in all.
   * @param recipe What decides its outcome, as JSON.
   */
  constructor(
    /** With the weights after the last step. */
    readonly network: Network,
    /** The best on the validation data; `network` where there were none. */
    readonly best: Network,
    readonly history: History,
    readonly steps: number,
    /** Whether an interrupt ended the training before its time. */
    readonly interrupted: boolean,
    private readonly recipe: string,
  ) {
    super()
  }

  /** The trained weights and running statistics, by name. */
  get weights(): ReadonlyMap<string, TypedTensor> {
    return this.network.graph.constants
  }

  get figure(): Figure {
    return learningCurves(this.history, this.steps).drawnFrom(this)
  }

  /** What a notebook keeps beside the curves: the recipe, the trained network's digest, and the losses. */
  record(): ResultRecord {
    const parameters = JSON.parse(this.recipe) as Record<string, unknown>
    const data = Float32Array.from(this.history.losses)
    return {
      ...provenance(this.network, 'train', undefined, parameters),
      data: summarise({ data, shape: [data.length] }),
    }
  }
}

/**
 * Trains a network to classify; the network given stays as it is. The same seed gives the same weights on one
 * machine. In a notebook the learning curves are drawn as it goes on.
 *
 * Batch norms learn by the statistics of each batch and keep running ones, as PyTorch does. An import removes
 * dropout: name its layers with `dropout` where it is wanted.
 *
 * @param data Pictures with labels that index the network's classes. {@link remakeable} ones are made on
 *   another thread, beside the training.
 * @throws RangeError where the data do not fit the network, or an option is out of range; NodeError where an
 *   operator has no backward rule.
 * @example
 *   const { network } = await train(net, scenes({ length: 5000 }), { epochs: 3, rate: 1e-3 })
 */
export async function train(
  net: Network,
  data: Items<Example>,
  options: TrainOptions = {},
): Promise<Trained> {
  checkClasses(net, data)
  const plan = planOf(data, options)
  const { batch, steps, perEpoch, seed, schedule, optimizer } = plan
  const channels = channelsOf(net)
  const shape = [batch, channels, ...net.preprocessing.size]

  const graph = net.graph.copy()
  const scores = classScores(graph)!
  const trainable = options.trainable ?? (() => true)
  const weights = new Map<string, TypedTensor>()
  const own = (name: string): Float32Array => {
    const tensor = graph.constants.get(name)!
    const data = Float32Array.from(tensor.data as Float32Array)
    weights.set(name, { ...tensor, data })
    return data
  }
  const names = parameterNames(graph.extract([scores])).filter(trainable)
  if (names.length === 0) throw new RangeError(`network '${net.name}' has no weights to train`)
  for (const name of names) own(name)
  const written = trainingGraph(graph, {
    scores,
    weights: names,
    input: shape,
    dropout: droppedValues(graph, options.dropout ?? {}),
  })
  const running = written.norms.map((norm) => ({
    ...norm,
    statistics: { mean: own(norm.mean), variance: own(norm.variance) },
  }))
  const withWeights = (values: ReadonlyMap<string, TypedTensor>): Promise<Network> => {
    const trained = net.graph.copy()
    copiesOf(values).forEach((tensor, name) => trained.constants.set(name, tensor))
    const { name, classes, preprocessing, engine } = net
    return Network.from(trained, { name, classes, preprocessing, engine })
  }

  const { checkpoint, onStep } = options
  const recipe = JSON.stringify({
    ...plan,
    optimizer: optimizer.name,
    classes: data.classes.length,
  })
  const told: DescentOptions = {
    ...{ schedule, optimizer, recipe, checkpoint, decays: options.decays },
    ...{ checkpointEvery: plan.checkpointEvery, resume: options.resume, signal: options.signal },
  }
  const input = graph.inputs[0]!.name
  const attack = options.adversary && (await net.engine.compile(written.attack))
  let best: Network | undefined
  const task: Task<Batch> = {
    step: written.step,
    trained: new Map(names.map((name) => [name, weights.get(name)!])),
    kept: new Map(
      running
        .flatMap(({ mean, variance }) => [mean, variance])
        .map((name) => [name, weights.get(name)!]),
    ),
    batches: (first, count) =>
      batches(
        data,
        {
          size: batch,
          seed,
          shuffle: plan.shuffle,
          augmentation: options.augmentation,
          preprocessing: net.preprocessing,
          channels,
        },
        first,
        count,
      ),
    async feeds({ images, labels }, step) {
      const random = (use: number): Random => new Random(mixSeeds(seed, use, step))
      const feeds: Record<string, TypedTensor> = {
        targets: smoothedTargets(labels, written.classes, plan.labelSmoothing),
      }
      written.masks.forEach(({ name, shape, share }, i) => {
        feeds[name] = dropoutMask(shape, share, random(16 + i))
      })
      const gradient = async (changed: Float32Array): Promise<Float32Array> => {
        const fed = {
          ...Object.fromEntries(task.trained),
          ...feeds,
          [input]: float32(changed, shape),
        }
        return floats((await attack!.run(fed))['d input']!)
      }
      const { adversary } = options
      const seen = adversary
        ? await attacked(
            images,
            shape,
            rampedUp(adversary, step),
            net.preprocessing,
            random(8),
            gradient,
          )
        : images
      return { ...feeds, [input]: float32(seen, shape) }
    },
    measure(results, { labels }) {
      for (const { statistics, batchMean, batchVariance, count } of running) {
        const measured = {
          mean: floats(results[batchMean]!),
          variance: floats(results[batchVariance]!),
        }
        followStatistics(statistics, measured, count, plan.batchNormMomentum)
      }
      return { accuracy: accuracy(floats(results[scores]!), labels) }
    },
    note({ history: { loss, accuracy } }) {
      return `loss ${loss!.at(-1)!.toFixed(3)}, accuracy ${Math.round(100 * accuracy!.at(-1)!)} %`
    },
    curves: (state) => learningCurves(historyOf(state), steps),
    async stepped(state) {
      const { step } = state
      if (!options.validation || (step % perEpoch !== 0 && step !== steps)) return
      const candidate = await withWeights(weights)
      const share = await validated(candidate, options.validation, batch, options.signal)
      if (share === undefined) return
      const isBest = historyOf(state).validation.every(({ accuracy }) => accuracy < share)
      ;(state.history.validation ??= []).push(step, share)
      if (!isBest) return
      best = candidate
      if (checkpoint) await saveCheckpoint(bestPath(checkpoint), state, recipe)
    },
    told: ({ step, history: { loss, accuracy } }) =>
      onStep?.({ step, steps, loss: loss!.at(-1)!, accuracy: accuracy!.at(-1)!, weights }),
  }
  try {
    const state = await begin(task, told)
    if (checkpoint && historyOf(state).validation.length > 0)
      best = await withWeights(await loadWeights(bestPath(checkpoint), recipe, weights.keys()))
    const interrupted = await descend(net.engine, task, state, told)
    const network = await withWeights(weights)
    return new Trained(network, best ?? network, historyOf(state), steps, interrupted, recipe)
  } finally {
    await attack?.release()
  }
}

/** What is known of a training by the names of its measures. */
function historyOf({ history }: TrainingState): History {
  const { loss = [], accuracy = [], validation = [] } = history
  return {
    losses: loss,
    accuracies: accuracy,
    validation: validation.flatMap((step, i) =>
      i % 2 === 0 ? [{ step, accuracy: validation[i + 1]! }] : [],
    ),
  }
}

/** What a training does, with its defaults; what must be the same where it is resumed. */
function planOf(data: Items<Example>, options: TrainOptions) {
  const { epochs = 1, seed = defaultSeed(), labelSmoothing = 0, rate = 1e-3 } = options
  if (data.length === 0) throw new RangeError('there is nothing to train on: the data set is empty')
  const batch = options.batch ?? Math.min(64, data.length)
  wholeNumber('epochs', epochs)
  wholeNumber('batch', batch)
  if (batch > data.length)
    throw new RangeError(`a batch of ${batch} is more than the ${data.length} images there are`)
  const perEpoch = Math.floor(data.length / batch)
  const steps = epochs * perEpoch
  const { warmup = Math.min(200, Math.ceil(steps / 20)), schedule: shape = 'cosine' } = options
  const { checkpointEvery = perEpoch, batchNormMomentum = 0.1, shuffle = true } = options
  wholeNumber('checkpointEvery', checkpointEvery)
  if (!(rate > 0)) throw new RangeError(`rate is above 0, not ${rate}`)
  if (!(warmup >= 0)) throw new RangeError(`warmup is 0 steps or more, not ${warmup}`)
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new RangeError(`labelSmoothing lies in [0, 1), not ${labelSmoothing}`)
  if (!(batchNormMomentum > 0 && batchNormMomentum <= 1))
    throw new RangeError(`batchNormMomentum lies above 0, up to 1, not ${batchNormMomentum}`)
  const { augmentation, adversary, dropout } = options
  if (augmentation) checkAugmentation(augmentation)
  if (adversary) checkAdversary(adversary)
  return {
    length: data.length,
    batch,
    perEpoch,
    steps,
    seed,
    shuffle,
    schedule: { rate, steps, warmup, shape },
    optimizer: options.optimizer ?? adamW(),
    labelSmoothing,
    augmentation,
    adversary,
    dropout,
    batchNormMomentum,
    checkpointEvery,
  }
}

/** Accuracy on validation data; undefined where an interrupt came before the end. */
async function validated(
  net: Network,
  data: Items<Example>,
  batch: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  try {
    const { accuracy } = await evaluate(net, data, { batch, label: 'Validation', signal })
    return accuracy.share
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined
    throw error
  } finally {
    await net.release()
  }
}

/** The values that layers compute, by what share of them is dropped. */
function droppedValues(
  graph: Graph,
  dropout: Readonly<Record<string, number>>,
): Map<string, number> {
  const { layers, modules } = layerNames(graph)
  const nodes = new Map([...modules, ...layers])
  return new Map(
    Object.entries(dropout).map(([layer, share]) => {
      if (!(share >= 0 && share < 1))
        throw new RangeError(`dropout of '${layer}' is a share in [0, 1), not ${share}`)
      const node = nodes.get(layer)
      if (!node) throw unknownName('layer', layer, nodes.keys())
      return [node.outputs[0]!, share]
    }),
  )
}

/** 1 / (1 − p) where an element is kept, so that the sum stays the same on average; 0 where it is dropped. */
function dropoutMask(shape: number[], share: number, random: Random): TypedTensor {
  const size = shape.reduce((a, b) => a * b, 1)
  const data = Float32Array.from({ length: size }, () =>
    random.uniform() < share ? 0 : 1 / (1 - share),
  )
  return float32(data, shape)
}

/** The adversary of a step: ε grows over its warm-up. */
function rampedUp(adversary: Adversary, step: number): Adversary {
  const { warmup = 0, epsilon } = adversary
  const grown = step < warmup ? (step + 1) / warmup : 1
  return {
    ...adversary,
    epsilon: epsilon * grown,
    step: adversary.step === undefined ? undefined : adversary.step * grown,
  }
}

/** Where the best network stands beside a checkpoint. */
export const bestPath = (checkpoint: string): string =>
  `${checkpoint.replace(/\.safetensors$/, '')}.best.safetensors`

/** The share of rows whose largest score is the label's; of equal ones the first counts, as in {@link evaluate}. */
export function accuracy(scores: Float32Array, labels: Int32Array): number {
  const classes = scores.length / labels.length
  const correct = labels.reduce((sum, label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes)
    return sum + (row.indexOf(Math.max(...row)) === label ? 1 : 0)
  }, 0)
  return correct / labels.length
}
