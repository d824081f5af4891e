import { predictionBars } from '../figures/bars.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, type Input, part } from './input.js'

export interface PredictOptions {
  /** How many classes to show. Default 5. */
  top?: number
  /** A class to show and highlight whatever its rank. */
  target?: number | string
}

/** The probabilities [N, classes] of the images, and a bar for each of the most probable classes. */
export class Prediction extends Result {
  constructor(
    result: ConstructorParameters<typeof Result>,
    /** The scores before softmax, [N, classes]. */
    readonly scores: Float32Array,
    private readonly net: Network,
  ) {
    super(...result)
  }

  /** The most probable classes of an image, the first one first. */
  top(count = 5, image = 0): { index: number; name: string; probability: number; score: number }[] {
    const probabilities = part(this, image)
    const scores = part({ data: this.scores, shape: this.shape }, image)
    return Array.from(probabilities, (probability, index) => ({ index, probability }))
      .sort((a, b) => b.probability - a.probability || a.index - b.index)
      .slice(0, count)
      .map(({ index, probability }) => ({
        index,
        name: this.net.className(index),
        probability,
        score: scores[index]!,
      }))
  }
}

/**
 * What the network takes the image for.
 *
 * @returns The class probabilities, the softmax of the scores; [N, classes], in [0, 1].
 * @throws RangeError for an unknown target class, naming the nearest.
 * @example (await predict(net, photo)).top(1) // [{ name: 'bull mastiff', probability: 0.43, … }]
 */
export async function predict(
  net: Network,
  input: Input,
  options: PredictOptions = {},
): Promise<Prediction> {
  const target = options.target === undefined ? undefined : net.classIndex(options.target)
  const scores = await net.scoresOf(input)
  const data = new Float32Array(scores.data.length)
  const count = scores.shape[0]!
  for (let i = 0; i < count; i++)
    part({ data, shape: scores.shape }, i).set(softmax(part(scores, i)))
  const names = net.classes.map((_, index) => net.className(index))
  const parameters = { top: options.top ?? 5, target }
  const draw = () =>
    eachImage(count, (i) =>
      predictionBars({
        probabilities: part({ data, shape: scores.shape }, i),
        classes: names,
        top: Math.min(options.top ?? 5, names.length),
        target,
        title: `Prediction of ${net.name}`,
      }),
    )
  return new Prediction(
    [{ data, shape: scores.shape }, provenance(net, 'predict', parameters), draw],
    scores.data,
    net,
  )
}

function softmax(scores: Float32Array): Float32Array {
  const max = scores.reduce((a, b) => Math.max(a, b), -Infinity)
  const powers = scores.map((score) => Math.exp(score - max))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
