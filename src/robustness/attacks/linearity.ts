import { part } from '../../attribution/batch.js'
import { formatPercent } from '../../figures/bars.js'
import { beside } from '../../figures/box.js'
import { comparison } from '../../figures/comparison.js'
import { Figure } from '../../figures/figure.js'
import { namedLines } from '../../figures/named-lines.js'
import type { Preprocessing } from '../../image/preprocessing.js'
import { resize } from '../../image/resize.js'
import { float32, type TypedTensor } from '../../network/graph.js'
import { Network } from '../../network/network.js'
import { Architecture } from '../../network/zoo/architecture.js'
import { classScore } from '../../objectives/scores.js'
import { provenance, Result } from '../../result.js'
import { type Items, ofClasses } from '../../../datasets/dataset.js'
import { softmax } from '../../attribution/softmax.js'
import { wholeNumber } from '../../options.js'
import type { Example } from '../../training/batches.js'
import { follow } from '../../work/index.js'
import { median } from './labelled.js'
import { absoluteSum, dot } from '../../vectors.js'
import { checkBudget } from './norms.js'
import { pixelModel, pixelsToAttack } from './pixel-model.js'
import { topClass } from './problem.js'

export interface LinearityOptions {
  /** Sides of the pictures, in pixels, in increasing order. Default 4, 8, 16, 32. */
  sides?: readonly number[]
  /** The change of every pixel, for pixels in [0, 1]. Default 4 / 255. */
  epsilon?: number
  /** Steps of Adam, with all pictures, by which each classifier is trained. Default 150. */
  steps?: number
}

/** What was measured at one size; medians over the pictures attacked. */
export interface LinearAttack {
  side: number
  /** How many numbers the classifier sees: 3 · side². */
  inputs: number
  /** ε‖w‖₁ of w = w_second − w_first: how far a sign step shifts the difference of the two largest scores. */
  predicted: number
  /** The shift that was measured. */
  measured: number
  /** How far the first score is ahead of the second before. */
  margin: number
  /** Shares of the pictures that are named correctly: before, and before as well as after. */
  accuracy: number
  accuracyUnderAttack: number
}

/** One row for each size, [sizes, 4]: inputs, predicted shift, measured shift, margin. */
export class Linearity extends Result {
  constructor(
    readonly sizes: readonly LinearAttack[],
    ...rest: ConstructorParameters<typeof Result>
  ) {
    super(...rest)
  }
}

/**
 * Adversarial pictures are no matter of depth: a linear classifier has them too (Goodfellow et al. 2015). A change
 * of ±ε in every pixel, with the signs of w, shifts a score w·x by
 *
 *     w · (ε sign w) = ε ‖w‖₁,
 *
 * which grows with the number of pixels where the weights do not become smaller as they become more, while no pixel
 * changes by more than ε. A softmax classifier is trained on
 * the pixels of the same pictures at several sizes, and attacked by one such step from the first class to the second:
 * measured and predicted shift, beside the lead that the shift has to make up for. Nothing is cut off at 0 and 1, so
 * that the two are the same but for rounding.
 *
 * @param data Labelled pictures, a few hundred of a few classes; the last fifth is attacked, the rest learned from.
 * @returns One row for each size; `sizes` has all that was measured.
 * @throws RangeError for sides that are no whole numbers, and for fewer than ten pictures; AbortError at an interrupt.
 * @example await linearity(scenes({ classes: ['cat', 'car', 'pizza', 'cactus'], length: 300 }))
 */
export async function linearity(
  data: Items<Example>,
  options: LinearityOptions = {},
): Promise<Linearity> {
  const { sides = [4, 8, 16, 32], epsilon = 4 / 255, steps = 150 } = options
  checkBudget('linf', epsilon, 1)
  wholeNumber('steps', steps)
  if (sides.length === 0) throw new RangeError('there is no size to attack')
  for (const side of sides) wholeNumber('a side', side)
  if (ofClasses(data).length < 10)
    throw new RangeError(`a classifier to attack needs ten pictures or more, not ${data.length}`)

  const sizes: LinearAttack[] = []
  let first: Network | undefined
  for await (const side of follow(sides, { label: 'Linear classifiers', unit: 'sizes' })) {
    const pictures = await shrunk(data, side)
    const known = Math.floor(0.8 * pictures.length)
    const network = await linearClassifier(data.classes, pictures.slice(0, known), side, steps)
    sizes.push(await attackLinear(network, pictures.slice(known), side, epsilon))
    await network.release()
    first ??= network
  }
  const rows = sizes.map(({ inputs, predicted, measured, margin }) => [
    inputs,
    predicted,
    measured,
    margin,
  ])
  const told = { sides, epsilon, steps, classes: data.classes }
  const origin = provenance(first!, 'linearity', undefined, told)
  const table = { data: Float32Array.from(rows.flat()), shape: [rows.length, 4] }
  return new Linearity(sizes, table, origin, () => figureOf(sizes, epsilon))
}

/** Scores W x + b of normalised pixels, trained on these pictures: no layer but the last. */
async function linearClassifier(
  classes: readonly string[],
  pictures: readonly Example[],
  side: number,
  steps: number,
): Promise<Network> {
  const { weight, bias } = softmaxRegression(pictures, classes.length, steps)
  const weights = new Map([
    ['fc.weight', weight],
    ['fc.bias', bias],
  ])
  const net = new Architecture('linear classifier', [3, side, side], weights)
  const scores = net.linear('fc', net.flatten('flatten', 'input'), classes.length)
  const name = `linear classifier of ${side}×${side}`
  return Network.from(net.output(scores), { name, classes, preprocessing: centred(side) })
}

const [MEAN, DEVIATION] = [0.5, 0.25]

const centred = (side: number): Preprocessing => ({
  size: [side, side],
  mean: [MEAN, MEAN, MEAN],
  std: [DEVIATION, DEVIATION, DEVIATION],
})

/** Adam's: step length, and how long it remembers (Kingma & Ba 2015). */
const [RATE, BETA1, BETA2, EPSILON] = [0.003, 0.9, 0.999, 1e-8]

/** Descends the mean cross-entropy of all pictures by Adam, from weights of 0; the bias is the last column. */
function softmaxRegression(
  pictures: readonly Example[],
  classes: number,
  steps: number,
): { weight: TypedTensor; bias: TypedTensor } {
  const inputs = pictures.map(({ image }) => {
    const x = new Float32Array(image.data.length + 1).fill(1)
    x.set(image.data.map((value) => (value - MEAN) / DEVIATION))
    return x
  })
  const size = inputs[0]!.length
  const make = (): Float32Array[] => Array.from({ length: classes }, () => new Float32Array(size))
  const [rows, first, second] = [make(), make(), make()]
  for (let step = 1; step <= steps; step++) {
    const gradients = make()
    pictures.forEach(({ label }, i) => {
      const x = inputs[i]!
      const probabilities = softmax(Float32Array.from(rows, (row) => dot(row, x)))
      gradients.forEach((gradient, k) => {
        const error = (probabilities[k]! - (k === label ? 1 : 0)) / pictures.length
        for (let p = 0; p < size; p++) gradient[p]! += error * x[p]!
      })
    })
    rows.forEach((row, k) => {
      const [gradient, m, v] = [gradients[k]!, first[k]!, second[k]!]
      for (let p = 0; p < size; p++) {
        m[p] = BETA1 * m[p]! + (1 - BETA1) * gradient[p]!
        v[p] = BETA2 * v[p]! + (1 - BETA2) * gradient[p]! ** 2
        const mean = m[p]! / (1 - BETA1 ** step)
        row[p]! -= (RATE * mean) / (Math.sqrt(v[p]! / (1 - BETA2 ** step)) + EPSILON)
      }
    })
  }
  const inner = size - 1
  const weight = new Float32Array(classes * inner)
  rows.forEach((row, k) => weight.set(row.subarray(0, inner), k * inner))
  return {
    weight: float32(weight, [classes, inner]),
    bias: float32(
      rows.map((row) => row[inner]!),
      [classes],
    ),
  }
}

/** All pictures, as large as they will be seen: read once, not in every epoch. */
async function shrunk(data: Items<Example>, side: number): Promise<Example[]> {
  const pictures: Example[] = []
  for (let i = 0; i < data.length; i++) {
    const { image, label } = await data.get(i)
    pictures.push({ image: resize(image, side, side), label })
  }
  return pictures
}

async function attackLinear(
  net: Network,
  pictures: readonly Example[],
  side: number,
  epsilon: number,
): Promise<LinearAttack> {
  const model = pixelModel(net)
  const original = pixelsToAttack(
    net,
    pictures.map(({ image }) => image),
  )
  const before = await model.scores(original)
  const pairs = pictures.map((_, i) => {
    const scores = part(before, i)
    const label = topClass(scores)
    const others = scores.map((score, k) => (k === label ? -Infinity : score))
    return { label, second: topClass(others) }
  })
  // By pixels, a weight is divided by the deviation of the preprocessing.
  const weights = net.graph.constants.get('fc.weight')!.data as Float32Array
  const inputs = 3 * side * side
  const [deviation] = net.preprocessing.std
  const norm = ({ label, second }: { label: number; second: number }): number =>
    absoluteSum(
      Float32Array.from(
        { length: inputs },
        (_, p) => (weights[second * inputs + p]! - weights[label * inputs + p]!) / deviation,
      ),
    )
  const { gradient } = await model.gradient(original, (from, to) => {
    const some = pairs.slice(from, to)
    const seconds = classScore(some.map(({ second }) => second))
    return seconds.minus(classScore(some.map(({ label }) => label)))
  })
  const moved = original.data.map((value, p) => value + epsilon * Math.sign(gradient[p]!))
  const after = await model.scores({ data: moved, shape: original.shape })
  const lead = (scores: typeof before, i: number): number =>
    part(scores, i)[pairs[i]!.label]! - part(scores, i)[pairs[i]!.second]!
  const named = pictures.map(({ label }, i) => pairs[i]!.label === label)
  // Who is named wrongly before cannot become right by an attack.
  const withstood = named.filter(
    (right, i) => right && topClass(part(after, i)) === pairs[i]!.label,
  )
  return {
    side,
    inputs,
    predicted: median(pairs.map((pair) => epsilon * norm(pair))),
    measured: median(pairs.map((_, i) => lead(before, i) - lead(after, i))),
    margin: median(pairs.map((_, i) => lead(before, i))),
    accuracy: named.filter(Boolean).length / pictures.length,
    accuracyUnderAttack: withstood.length / pictures.length,
  }
}

function figureOf(sizes: readonly LinearAttack[], epsilon: number): Figure {
  const x = sizes.map(({ side }) => `${side}×${side}`)
  const chart = namedLines({
    title: 'A sign step shifts the score by ε‖w‖₁',
    x,
    xLabel: 'size of the pictures',
    yLabel: 'difference of two scores',
    lines: [
      { name: 'shift, measured', values: sizes.map(({ measured }) => measured) },
      { name: 'shift, ε‖w‖₁', values: sizes.map(({ predicted }) => predicted), control: true },
      { name: 'lead before the attack', values: sizes.map(({ margin }) => margin) },
    ],
  })
  const table = comparison({
    columns: [
      { title: 'named correctly', format: formatPercent },
      { title: 'after one step', format: formatPercent },
    ],
    rows: sizes.map(({ accuracy, accuracyUnderAttack }, i) => ({
      name: x[i]!,
      values: [accuracy, accuracyUnderAttack],
    })),
  })
  const title = `Linear classifiers, every pixel changed by ${Number((255 * epsilon).toFixed(2))} / 255`
  return new Figure({
    title,
    caption: 'Medians over the pictures attacked. The shift grows with the number of pixels.',
    text: [title, chart.toString(), table.toString()].join('\n'),
    body: () => beside([chart, table], 24),
  })
}
