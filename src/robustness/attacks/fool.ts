import { part } from '../../attribution/batch.js'
import { softmax } from '../../attribution/softmax.js'
import type { Network } from '../../network/network.js'
import { classScore, type Target } from '../../objectives/scores.js'
import { positive, wholeNumber } from '../../options.js'
import { steps as loop } from '../../work/index.js'
import { type Attack, attackOn } from './attack.js'
import { steepest } from './norms.js'
import type { AttackInput } from './pixel-model.js'
import { asSaved, clip, copyOf, type Found, margins, type Problem, topClass } from './problem.js'

export interface FoolOptions {
  /**
   * Length of a step in pixels of [0, 1]. Default: the mean deviation of the network's preprocessing, about
   * 0.22 for ImageNet, which is the step of 1 in normalised pixels of CS231n.
   */
  rate?: number
  /** Steps at most. Default 100. */
  steps?: number
  /**
   * What is ascended: the target's 'score' (default), as the paper and CS231n have it, or the 'margin' by which it is
   * ahead of the best other class. Where the score alone rises, another class may rise faster, and the ascent fails.
   */
  of?: 'score' | 'margin'
  /**
   * The probability of the target at which the ascent may end, in [0, 1]. Default: as soon as it is the most
   * probable class.
   */
  confidence?: number
}

/**
 * A picture that the network takes for a chosen class: ascent of that class's score (Szegedy et al. 2014; in
 * the form of Stanford's CS231n).
 *
 *     x ← clip(x + rate · g / ‖g‖₂),   g = ∂S_t / ∂x
 *
 * It ends when the picture, as saved in 8 bits, is taken for the target, and does so soon for most pictures and
 * classes; `{ of: 'margin' }` for the others.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @param target Index or name of the class; a list gives one class for each image.
 * @returns The pixels that it arrived at, [N, C, H, W]; an interrupt gives those it had by then.
 * @throws RangeError for an unknown class, naming the nearest, for one that the image is taken for already,
 *   and for options that there cannot be.
 * @example (await fool(net, photo, 'goldfish')).images[0]
 */
export async function fool(
  net: Network,
  input: AttackInput,
  target: Target,
  options: FoolOptions = {},
): Promise<Attack> {
  const { std } = net.preprocessing
  const mean = std.reduce((sum, deviation) => sum + deviation, 0) / std.length
  const told = { rate: mean, steps: 100, of: 'score' as const, ...options }
  return attackOn(
    net,
    input,
    { target },
    {
      name: 'fool',
      title: 'Fooling by ascent',
      parameters: told,
      run: (problem) => ascend(problem, told),
    },
  )
}

/** The loop of {@link fool}. */
export async function ascend(
  { model, original, goal, bounds }: Problem,
  {
    rate,
    steps,
    of = 'score',
    confidence,
  }: Required<Pick<FoolOptions, 'rate' | 'steps'>> & FoolOptions,
): Promise<Found> {
  const { targets } = goal
  if (!targets) throw new TypeError('the ascent needs a target class')
  positive('the rate', rate)
  wholeNumber('steps', steps)
  if (of !== 'score' && of !== 'margin')
    throw new RangeError(`what is ascended is the 'score' or the 'margin', not '${String(of)}'`)
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1))
    throw new RangeError(`the confidence is a probability in [0, 1], not ${confidence}`)
  const perturbed = copyOf(original)
  const queries = targets.map(() => 0)

  const convinced = (scores: Float32Array, i: number): boolean =>
    confidence === undefined
      ? topClass(scores) === targets[i]
      : confidence < 1 && softmax(scores)[targets[i]!]! >= confidence
  const rounds = loop(steps, { label: 'Fooling', partial: true, transient: true })
  for await (const step of rounds) {
    const scores = await model.scores(asSaved(perturbed, bounds))
    const going = targets.map((_, i) => !convinced(part(scores, i), i))
    rounds.note(`${going.filter((one) => !one).length} of ${going.length} fooled`)
    if (!going.includes(true)) break
    const rivals = margins(scores, goal).map(({ keep }) => keep)
    const asked = (from: number, to: number) => {
      const score = classScore(targets.slice(from, to))
      return of === 'score' ? score : score.minus(classScore(rivals.slice(from, to)))
    }
    const { gradient } = await model.gradient(perturbed, asked)
    const slopes = { data: gradient, shape: perturbed.shape }
    going.forEach((goes, i) => {
      if (!goes) return
      queries[i] = step + 1
      const own = part(perturbed, i)
      steepest(part(slopes, i), 'l2').forEach((value, p) => (own[p]! += rate * value))
      clip(own, bounds)
    })
  }
  return { perturbed, queries, interrupted: rounds.interrupted }
}
