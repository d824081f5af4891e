/** Training networks that paint in one pass (Johnson et al. 2016), in one style or in many. */
import type { Items } from '../../../datasets/dataset.js'
import { defaultSeed } from '../../image/random.js'
import type { Image } from '../../image/image.js'
import { Builder } from '../../network/builder.js'
import { float32, type Graph, type TypedTensor } from '../../network/graph.js'
import type { Network } from '../../network/network.js'
import { transformerNetwork } from '../../network/zoo/fast-style.js'
import { positive, wholeNumber } from '../../options.js'
import { type Augmentation, checkAugmentation } from '../../training/augmentation.js'
import { type BatchNorm, followStatistics, useBatchStatistics } from '../../training/batch-norm.js'
import type { Batch, Example } from '../../training/batches.js'
import type { TrainingState } from '../../training/checkpoint.js'
import { lossCurves } from '../../training/curves.js'
import { begin, descend, type DescentOptions, floats, type Task } from '../../training/descend.js'
import { lossGraph, measuredParts } from '../../training/loss-graph.js'
import { adamW } from '../../training/optimizers.js'
import { copiesOf, heInitialiser, parameterNames } from '../../training/parameters.js'
import { batches } from '../../training/prefetch.js'
import type { Schedule } from '../../training/schedule.js'
import { type Course, TrainingResult } from '../../training/training-result.js'
import { styleLayers } from '../feature-layers.js'
import { conditional } from './conditional-norm.js'
import { PerceptualLoss, type PerceptualWeights } from './perceptual-loss.js'
import { StyleModel } from './style-model.js'

export interface FastStyleTraining extends Partial<PerceptualWeights> {
  /** Channels of the first layer. Default 16; the paper has 32. */
  width?: number
  /** Residual blocks. Default 5. */
  blocks?: number
  /**
   * What follows convolutions: 'instance' norm (default), or 'batch' norm as in the paper, which can learn one style
   * alone.
   */
  norm?: 'instance' | 'batch'
  /** Side of the first and the last kernel, odd. Default 3, which is fast; the paper has 9. */
  ends?: number
  /** Side of the square pictures that it learns from, in pixels: a multiple of 4. Default: that of the network. */
  size?: number
  /** How often every picture is seen. Default 1. */
  epochs?: number
  /** Pictures in a batch; the styles take turns. Default 4. */
  batch?: number
  /** Largest learning rate of Adam. Default 1e-3. */
  rate?: number
  /** Steps over which it rises from 0. Default: a twentieth of all, at most 100. */
  warmup?: number
  /** After the warm-up the rate falls as a 'cosine' (default), or stays. */
  schedule?: Schedule['shape']
  /** Random changes to the pictures. Default none. */
  augmentation?: Augmentation
  /** Decides first weights and the order of the pictures. Default: that of `%seed`, or 0. */
  seed?: number
  /** Whether every epoch has its own random order. Default true. */
  shuffle?: boolean
  /** Path of a checkpoint (.safetensors), written every `checkpointEvery` steps, at the end, and by an interrupt. */
  checkpoint?: string
  /** Default: an epoch. */
  checkpointEvery?: number
  /** Goes on from the checkpoint, to the same weights as without a break. Default false. */
  resume?: boolean
  /** Called, and waited for, after every step. */
  onStep?: (progress: StyleProgress) => unknown
  /** Ends the training; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

export interface StyleProgress {
  /** Steps taken, from 1. */
  step: number
  steps: number
  /** Of the batch, with their weights. */
  loss: number
  content: number
  style: number
  variation: number
  /** As they are now: the next step changes them. */
  weights: ReadonlyMap<string, TypedTensor>
}

/** A model and how it was trained. As the last expression of a cell it shows the curves of its losses. */
export class TrainedStyles extends TrainingResult {
  /** @param net The network that looked at the pictures. */
  constructor(
    readonly model: StyleModel,
    net: Network,
    course: Course,
  ) {
    super('trainFastStyle', net, course)
  }

  protected override trained(): Record<string, unknown> {
    return { trained: this.model.digest }
  }
}

/** Weights of the loss that do for any network. */
export function perceptualWeights(
  net: Network,
  given: Partial<PerceptualWeights> = {},
): PerceptualWeights {
  const layers = styleLayers(net)
  const middle = layers[Math.floor(layers.length / 2)]!
  return {
    content: given.content ?? { [middle]: 1 },
    style: given.style ?? Object.fromEntries(layers.map((layer) => [layer, 2])),
    colours: given.colours ?? 5,
    variation: given.variation ?? 0.2,
    scales: given.scales ?? [1, 2],
  }
}

/**
 * Trains a network to paint any picture in one of several styles, in one pass, by perceptual losses (Johnson, Alahi &
 * Fei-Fei 2016). Several styles share one network by conditional instance norm (Dumoulin et al. 2017). In a notebook
 * the curves of the losses are drawn as it goes on. The same seed gives the same weights on one machine.
 *
 * @param net The network that looks at the pictures; it stays as it is. @param styles Pictures to paint like, by name.
 * @param data Pictures to learn from; their classes are not looked at. @throws RangeError for unknown layers, naming
 *   the nearest, and for options out of range. An interrupt gives what there is.
 * @example
 *   const styles = { mosaic: painting('mosaic'), ink: painting('ink') }
 *   const { model } = await trainFastStyle(net, styles, scenes({ length: 8000 }), { size: 64, width: 8 })
 *   await fastStyle(photo, { model, style: 'ink' })
 */
export async function trainFastStyle(
  net: Network,
  styles: Readonly<Record<string, Image>>,
  data: Items<Example>,
  options: FastStyleTraining = {},
): Promise<TrainedStyles> {
  const names = Object.keys(styles)
  const weights = perceptualWeights(net, options)
  const loss = await PerceptualLoss.of(net, Object.values(styles), weights)
  const plan = planOf(net, data, options)
  const { width, blocks, ends, norm, size, batch, seed, steps } = plan
  const initial = transformerNetwork(heInitialiser(seed, 'deconv3.conv2d'), {
    ...{ width, blocks, ends, norm, size: [size, size] },
  })
  const { graph, norms } = inTraining(initial, names.length, batch)
  const trained = copiesOf(graph.constants, parameterNames(initial))
  const kept = copiesOf(
    graph.constants,
    norms.flatMap(({ mean, variance }) => [mean, variance]),
  )
  const { step, parts } = lossGraph(
    graph,
    [...trained.keys()],
    (b, output) => {
      const one = float32(new Float32Array(batch).fill(1), [batch, 1])
      const styles = norm === 'batch' ? b.constant(one) : 'styles'
      return loss.build(b, output, { content: 'input', styles })
    },
    norms.flatMap(({ batchMean, batchVariance }) => [batchMean, batchVariance]),
  )
  const recipe = JSON.stringify({ ...plan, loss: loss.code, styles: names })
  const told: DescentOptions = {
    ...{ schedule: plan.schedule, optimizer: adamW(), recipe, decays: () => false },
    ...{ checkpoint: options.checkpoint, checkpointEvery: plan.checkpointEvery },
    ...{ resume: options.resume, signal: options.signal },
  }
  const shape = [batch, 3, size, size]
  const task: Task<Batch> = {
    step,
    trained,
    kept,
    batches: (first, count) =>
      batches(
        data,
        {
          ...{ size: batch, seed, shuffle: plan.shuffle, augmentation: plan.augmentation },
          preprocessing: { ...net.preprocessing, size: [size, size], resize: undefined },
          channels: 3,
        },
        first,
        count,
      ),
    feeds: ({ images }, at) => ({
      input: float32(images, shape),
      ...(norm === 'instance' && { styles: inTurn(at * batch, batch, names.length) }),
    }),
    measure(results) {
      for (const { mean, variance, batchMean, batchVariance, count } of norms)
        followStatistics(
          { mean: floats(kept.get(mean)!), variance: floats(kept.get(variance)!) },
          { mean: floats(results[batchMean]!), variance: floats(results[batchVariance]!) },
          ...([count, MOMENTUM] as const),
        )
      return measuredParts(parts, results)
    },
    note: ({ history: { content, style } }) =>
      `content ${content!.at(-1)!.toFixed(2)}, style ${style!.at(-1)!.toFixed(2)}`,
    curves: (state) => lossCurves(state.history, steps),
    told: (state) => options.onStep?.(progressOf(state, steps)),
  }
  const state = await begin(task, told)
  const interrupted = await descend(net.engine, task, state, told)
  const made = copiesOf(new Map([...trained, ...kept]))
  const { preprocessing, engine } = net
  const model = new StyleModel(made, { styles: names, preprocessing, engine, norm })
  const { history } = state
  return new TrainedStyles(model, net, { history, steps, interrupted, recipe })
}

/** How fast running statistics follow those of a batch. */
const MOMENTUM = 0.1

/** The graph while it is trained: with rows for all styles, or normalised by the statistics of its batches. */
function inTraining(
  initial: Graph,
  styles: number,
  batch: number,
): { graph: Graph; norms: BatchNorm[] } {
  if (!initial.nodes.some(({ op }) => op === 'BatchNormalization'))
    return { graph: conditional(initial, styles, batch), norms: [] }
  if (styles > 1) throw new RangeError(`with batch norm a network learns one style, not ${styles}`)
  const graph = initial.copy()
  graph.inputs = graph.inputs.map((port) => ({ ...port, shape: [batch, ...port.shape!.slice(1)] }))
  return { graph, norms: useBatchStatistics(new Builder(graph)) }
}

/** One style after another, [N, styles]. */
function inTurn(first: number, batch: number, styles: number): TypedTensor {
  const data = new Float32Array(batch * styles)
  for (let i = 0; i < batch; i++) data[i * styles + ((first + i) % styles)] = 1
  return float32(data, [batch, styles])
}

function progressOf({ step, history, weights }: TrainingState, steps: number): StyleProgress {
  const last = (name: string): number => history[name]!.at(-1)!
  return {
    ...{ step, steps, weights, loss: last('loss') },
    ...{ content: last('content'), style: last('style'), variation: last('variation') },
  }
}

/** What is done, with its defaults; what must be the same where it is resumed. */
function planOf(net: Network, data: Items<Example>, options: FastStyleTraining) {
  const {
    width = 16,
    blocks = 5,
    ends = 3,
    norm = 'instance',
    size = Math.min(...net.preprocessing.size),
  } = options
  const { epochs = 1, batch = Math.min(4, data.length), rate = 1e-3, shuffle = true } = options
  const { seed = defaultSeed(), augmentation, schedule: shape = 'cosine' } = options
  if (data.length === 0)
    throw new RangeError('there is nothing to learn from: the data set is empty')
  for (const [what, value] of Object.entries({ width, blocks, ends, epochs, batch }))
    wholeNumber(what, value)
  wholeNumber('size', size, 32)
  if (size % 4 !== 0) throw new RangeError(`the size is a multiple of 4, not ${size}`)
  if (norm !== 'instance' && norm !== 'batch')
    throw new RangeError(`the norm is 'instance' or 'batch', not '${String(norm)}'`)
  if (ends % 2 === 0) throw new RangeError(`a kernel has an odd side, not ${ends}`)
  positive('rate', rate)
  if (batch > data.length)
    throw new RangeError(`a batch of ${batch} is more than the ${data.length} pictures there are`)
  if (augmentation) checkAugmentation(augmentation)
  const perEpoch = Math.floor(data.length / batch)
  const steps = epochs * perEpoch
  const { warmup = Math.min(100, Math.ceil(steps / 20)), checkpointEvery = perEpoch } = options
  wholeNumber('warmup', warmup, 0)
  wholeNumber('checkpointEvery', checkpointEvery)
  const schedule: Schedule = { rate, steps, warmup, shape }
  return {
    ...{
      width,
      blocks,
      ends,
      norm,
      size,
      length: data.length,
      batch,
      steps,
      seed,
      shuffle,
      augmentation,
    },
    ...{ schedule, checkpointEvery },
  }
}
