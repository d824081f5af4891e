/** How well a network classifies, with the uncertainty that a finite test leaves. */
import { type Items, ofClasses } from '../../datasets/dataset.js'
import { aNetwork, type Network } from '../network/network.js'
import { steps } from '../work/work.js'
import { batchMaker, type Example } from './batches.js'

export interface EvaluateOptions {
  /** Images at a time. Default 64. */
  batch?: number
  /** What the progress bar says. Default 'Evaluating'. */
  label?: string
  /** What stops it. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** A share and the bounds between which it lies with a confidence of 95 %. */
export interface Estimate {
  share: number
  low: number
  high: number
}

export interface ClassEvaluation {
  name: string
  /** How many images of the class there were. */
  count: number
  /** Share of them that were named correctly; NaN where there were none. */
  accuracy: number
  /** The class that it was most often mistaken for; undefined where it never was. */
  confusedWith: string | undefined
}

export interface Evaluation {
  /** Top-1. */
  accuracy: Estimate
  /** How many images were tested. */
  count: number
  perClass: ClassEvaluation[]
  /** How many images of each class (row) were given each name (column). */
  confusion: Int32Array[]
}

/**
 * Tests a network on labelled images.
 *
 * @throws RangeError where the data set has none, or other classes than the network.
 * @example const { accuracy, confusion } = await evaluate(net, scenes({ ...splits.test, length: 1000 }))
 */
export async function evaluate(
  net: Network,
  data: Items<Example>,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { batch = 64, label = 'Evaluating', signal } = options
  if (data.length === 0)
    throw new RangeError('there is nothing to evaluate on: the data set is empty')
  checkClasses(net, data)
  const classes = net.classes.length
  const confusion = net.classes.map(() => new Int32Array(classes))
  const make = (size: number) =>
    batchMaker(data, {
      size,
      seed: 0,
      shuffle: false,
      augmentation: undefined,
      preprocessing: net.preprocessing,
      channels: channelsOf(net),
    })
  const whole = make(batch)
  const single = make(1)
  const count = (scores: Float32Array, labels: Int32Array): void =>
    labels.forEach((label, i) => {
      const row = scores.subarray(i * classes, (i + 1) * classes)
      confusion[label]![row.indexOf(Math.max(...row))]!++
    })
  const run = async (make: typeof whole, index: number, size: number): Promise<void> => {
    const { images, labels } = await make(index)
    const shape = [size, channelsOf(net), ...net.preprocessing.size]
    count((await net.scoresOf({ data: images, shape })).data, labels)
  }
  const full = Math.floor(data.length / batch)
  const loop = steps(Math.ceil(data.length / batch), { label, unit: 'batches', signal })
  for await (const index of loop)
    if (index < full) await run(whole, index, batch)
    else for (let i = full * batch; i < data.length; i++) await run(single, i, 1)

  const correct = confusion.reduce((sum, row, label) => sum + row[label]!, 0)
  return {
    accuracy: wilson(correct, data.length),
    count: data.length,
    confusion,
    perClass: confusion.map((row, label) => {
      const total = row.reduce((sum, n) => sum + n, 0)
      const others = row.map((n, i) => (i === label ? 0 : n))
      const most = Math.max(...others)
      return {
        name: net.classes[label]!,
        count: total,
        accuracy: row[label]! / total,
        confusedWith: most > 0 ? net.classes[others.indexOf(most)] : undefined,
      }
    }),
  }
}

/** @throws RangeError where the labels of the data do not mean the network's classes; TypeError for other things. */
export function checkClasses(net: Network, data: Items<Example>): void {
  const [has, given] = [aNetwork(net).classes.length, ofClasses(data).classes.length]
  if (has === 0) throw new RangeError(`network '${net.name}' does not classify`)
  if (has !== given)
    throw new RangeError(
      `network '${net.name}' has ${has} classes, but the data set has ${given}: its labels would not fit`,
    )
}

/** How many channels a network's input has. */
export function channelsOf(net: Network): 1 | 3 {
  const channels = net.graph.inputs[0]?.shape?.[1]
  if (channels === 1 || channels === 3) return channels
  throw new RangeError(
    `network '${net.name}' takes ${String(channels)} channels; expected 1 or 3, as images have`,
  )
}

/** The 97.5 % point of the normal distribution. */
const Z = 1.959963984540054

/** A share of successes and its 95 % interval (Wilson 1927), which is sound near 0 and 1 too. */
export function wilson(successes: number, trials: number): Estimate {
  const share = successes / trials
  const z2 = Z * Z
  const middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
  const reach =
    (Z * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials))) / (1 + z2 / trials)
  return { share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) }
}
