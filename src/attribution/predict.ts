import type { Tensor } from '../engine/tensor.js'
import { predictionBars } from '../figures/bars.js'
import { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part } from './batch.js'
import { type Input, pixelsOf } from './question.js'
import { softmax } from './softmax.js'

export interface PredictOptions {
  /** How many classes to show. Default 5. */
  top?: number
  /** A class to show and highlight whatever its rank: index or name. */
  target?: number | string
}

/** A class, and how far the network believes in it. */
export interface RankedClass {
  index: number
  name: string
  /** In [0, 1]. */
  probability: number
  /** Before softmax. */
  score: number
}

/** The probabilities [N, classes] of the images, and a bar for each of the most probable classes. */
export class Prediction extends Result {
  constructor(
    private readonly net: Network,
    /** The scores before softmax, [N, classes]. */
    readonly scores: Tensor,
    ...[probabilities, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(probabilities, origin, draw)
  }

  /**
   * The most probable classes of an image, the first one first.
   *
   * @param count Default 5.
   * @param image Which image of the batch, from 0.
   * @throws RangeError where the batch has no such image.
   */
  top(count = 5, image = 0): RankedClass[] {
    const images = this.shape[0]!
    if (!(Number.isInteger(image) && image >= 0 && image < images))
      throw new RangeError(`no image ${image} in a batch of ${images}, counted from 0`)
    const scores = part(this.scores, image)
    return Array.from(part(this, image), (probability, index) => ({ index, probability }))
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
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @returns The class probabilities, the softmax of the scores; [N, classes], in [0, 1].
 * @throws RangeError for an unknown target class, naming the nearest, for pixels that are not finite, and
 *   for `top` below 1.
 * @example (await predict(net, photo)).top(1) // [{ name: 'bull mastiff', probability: 0.43, … }]
 */
export async function predict(
  net: Network,
  input: Input,
  options: PredictOptions = {},
): Promise<Prediction> {
  const { top = 5 } = options
  if (!(Number.isInteger(top) && top > 0))
    throw new RangeError(`the most probable classes are 1 or more, not ${top}`)
  const target = options.target === undefined ? undefined : net.classIndex(options.target)
  const pixels = pixelsOf(net, input)
  const scores = await net.scoresOf(pixels)
  const probabilities = probabilitiesOf(scores)
  const classes = net.classes.map((_, index) => net.className(index))
  const origin = provenance(net, 'predict', pixels, { top, target })
  return new Prediction(net, scores, probabilities, origin, () =>
    eachImage(scores.shape[0]!, (i) =>
      predictionBars({
        probabilities: part(probabilities, i),
        classes,
        top,
        target,
        title: `Prediction of ${net.name}`,
        caption: input instanceof Image && !net.knowsPreprocessing ? unnormalised : undefined,
      }),
    ),
  )
}

const unnormalised =
  'The network was given pixels from 0 to 1,\nsince it was told no preprocessing (viz.model).'

/** Row by row. */
function probabilitiesOf(scores: Tensor): Tensor {
  const rows = { data: new Float32Array(scores.data.length), shape: scores.shape }
  for (let i = 0; i < scores.shape[0]!; i++) part(rows, i).set(softmax(part(scores, i)))
  return rows
}
