import type { Tensor } from '../engine/tensor.js'
import { formatPercent } from '../figures/bars.js'
import { heatMap } from '../figures/heatmap.js'
import { gradientPercentile } from '../figures/range.js'
import { row } from '../figures/row.js'
import type { Network } from '../network/network.js'
import { classProbability, classScore, type Target } from '../objectives/scores.js'
import { provenance, Result } from '../result.js'
import { dot, euclidean } from '../vectors.js'
import { eachImage, part } from './batch.js'
import { type Channels, checkChannels, reduceChannels, reductionLabel } from './channels.js'
import { type Input, question } from './question.js'

export interface ScoreOrProbabilityOptions {
  /** The class to explain: index or name, or one for each image. */
  target: Target
  /** One number per pixel: 'max' (default), 'sum' or 'signed', as {@link saliency} has it. */
  channels?: Channels
}

/** Two maps for each image, [N, 2, H, W]: of the score and of the probability. */
export class ScoreOrProbability extends Result {
  constructor(
    /** The probability of the class in each image. */
    readonly probabilities: readonly number[],
    /** The cosine of the angle between the two gradients of each image: 1 where they agree. */
    readonly cosines: readonly number[],
    /**
     * For each image, how much of the probability's gradient comes of pushing down other classes: the length
     * of that part against the two parts together, in [0, 1].
     */
    readonly others: readonly number[],
    ...[maps, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(maps, origin, draw)
  }
}

/**
 * Why saliency takes the score before softmax: its map beside that of the probability, whose gradient
 *
 *     ∂p_c = p_c (1 − p_c) ∂S_c − p_c Σ_{k≠c} p_k ∂S_k
 *
 * also speaks of other classes, since a probability rises where theirs fall, and vanishes where the network
 * is sure (Simonyan et al. 2014, section 3).
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param options {@link ScoreOrProbabilityOptions}
 * @returns [N, 2, H, W], the score's map and the probability's.
 * @throws RangeError for an unknown class, naming the nearest, for pixels that are not finite, and for a
 *   reduction of the channels that there is not.
 * @example (await scoreOrProbability(net, photo, { target: 'tiger cat' })).cosines // [0.62]
 */
export async function scoreOrProbability(
  net: Network,
  input: Input,
  options: ScoreOrProbabilityOptions,
): Promise<ScoreOrProbability> {
  const { target, channels = 'max' } = options
  checkChannels(channels)
  const { pixels, name, parameters } = question(net, input, { target })
  const ofScore = await net.gradient(pixels, { of: classScore(target) })
  const { value, gradients } = await net.differentiate(pixels, { of: classProbability(target) })
  const ofProbability = gradients.input!
  const images = pixels.shape[0]!
  const each = <T>(of: (image: number) => T): T[] => Array.from({ length: images }, (_, i) => of(i))
  const probabilities = Array.from(value.data)
  const cosines = each((i) => cosine(part(ofScore, i), part(ofProbability, i)))
  const others = each((i) => {
    const p = probabilities[i]!
    const [own, all] = [part(ofScore, i).map((g) => p * (1 - p) * g), part(ofProbability, i)]
    const rest = euclidean(own.map((g, at) => all[at]! - g))
    return rest === 0 ? 0 : rest / (rest + euclidean(own))
  })
  const maps = [ofScore, ofProbability].map((gradient) => reduceChannels(gradient, channels)) as [
    Tensor,
    Tensor,
  ]
  const [, height, width] = maps[0].shape as [number, number, number]
  const both = {
    data: Float32Array.from(each((i) => maps.flatMap((map) => [...part(map, i)])).flat()),
    shape: [images, 2, height, width],
  }
  const origin = provenance(net, 'scoreOrProbability', pixels, { ...parameters, channels })
  return new ScoreOrProbability(probabilities, cosines, others, both, origin, () =>
    eachImage(images, (i) =>
      row([
        ...maps.map((map, kind) =>
          heatMap({
            data: part(map, i),
            width,
            height,
            title: `${['Score', 'Probability'][kind]}: ${name(i)}`,
            label: reductionLabel(channels, 'gradient'),
            colors: channels === 'signed' ? 'diverging' : 'sequential',
            percentile: gradientPercentile,
            caption:
              kind === 0
                ? `Before softmax. The probability is ${formatPercent(probabilities[i]!)}.`
                : `After softmax. Cosine with the score's gradient ${cosines[i]!.toFixed(2)}; ` +
                  `${Math.round(100 * others[i]!)} % of it is other classes pushed down.`,
          }),
        ),
      ]),
    ),
  )
}

function cosine(a: Float32Array, b: Float32Array): number {
  const lengths = euclidean(a) * euclidean(b)
  return lengths === 0 ? 0 : dot(a, b) / lengths
}
