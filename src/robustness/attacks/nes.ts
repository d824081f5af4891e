import { part } from '../../attribution/batch.js'
import { softmax } from '../../attribution/softmax.js'
import type { Tensor } from '../../engine/tensor.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { positive, wholeNumber } from '../../options.js'
import { steps as loop } from '../../work/index.js'
import { type Attack, attackOn } from './attack.js'
import { type BudgetNorm, checkBudget, project, steepest } from './norms.js'
import type { AttackInput } from './pixel-model.js'
import {
  asSaved,
  clip,
  copyOf,
  type Found,
  type Goal,
  type GoalOptions,
  type Problem,
  reached,
} from './problem.js'

export interface NesOptions extends GoalOptions {
  /** How the change is measured: by its largest element ('linf', default) or its length ('l2'). */
  norm?: BudgetNorm
  /** The largest change, for pixels in [0, 1]. Default 0.05 for 'linf', as in the paper, 2 for 'l2'. */
  epsilon?: number
  /** Steps at most. Default 200: with 50 samples, 10,000 questions and one for each step. */
  steps?: number
  /** Length of a step. Default: a fifth of ε. */
  step?: number
  /** Questions for one estimate of the gradient, an even number. Default 50. */
  samples?: number
  /** How much of the former estimates each one keeps, in [0, 1). Default 0.9. */
  momentum?: number
  /** Standard deviation of the noise that estimates it. Default 0.01. */
  noise?: number
  /** Which noise. Default: that of `%seed`, or 0. */
  seed?: number
}

/**
 * A black box attack by scores alone (Ilyas et al. 2018): the gradient is estimated by natural evolution
 * strategies, from pairs of noisy copies, and followed as in {@link pgd}.
 *
 *     ∂L/∂x ≈ 1 / (n σ) Σ (L(x + σ u) − L(x − σ u)) u,   u ~ N(0, 1),   n / 2 pairs
 *
 * Each estimate is mixed with those before it (momentum). It ends when the picture, as saved in 8 bits, fools. Only the network's probabilities are looked at.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @returns The changed pixels, [N, C, H, W]; an interrupt gives those it had by then. `outcomes[i].queries` says
 *   how often the network was asked.
 * @throws RangeError for an unknown class, naming the nearest, and for options that there cannot be.
 * @example (await nes(net, photo, { epsilon: 8 / 255, seed: 7 })).outcomes[0].queries
 */
export async function nes(
  net: Network,
  input: AttackInput,
  options: NesOptions = {},
): Promise<Attack> {
  const { target, label, ...rest } = options
  const plan = nesPlan(rest)
  const { norm, epsilon } = plan
  return attackOn(
    net,
    input,
    { target, label },
    {
      name: 'nes',
      title: 'Black box by scores (NES)',
      parameters: { ...plan },
      budget: { norm, epsilon },
      run: (problem) => estimate(problem, plan),
    },
  )
}

export type NesPlan = Required<Omit<NesOptions, keyof GoalOptions>>

export function nesPlan(options: Omit<NesOptions, keyof GoalOptions>): NesPlan {
  const { norm = 'linf', samples = 50, noise = 0.01, steps = 200 } = options
  const { epsilon = norm === 'l2' ? 2 : 0.05, seed = defaultSeed() } = options
  const { step = epsilon / 5, momentum = 0.9 } = options
  return { norm, epsilon, steps, step, samples, momentum, noise, seed }
}

/** The loop of {@link nes}, image by image. */
export async function estimate(problem: Problem, plan: NesPlan): Promise<Found> {
  const { model, original, goal, bounds } = problem
  const { norm, epsilon, steps, step, samples, momentum, noise, seed } = plan
  const size = part(original, 0).length
  checkBudget(norm, epsilon, size)
  wholeNumber('steps', steps)
  wholeNumber('samples', samples, 2)
  if (samples % 2) throw new RangeError(`samples come in pairs: an even number, not ${samples}`)
  positive('the length of a step', step)
  positive('the noise', noise)
  if (!(momentum >= 0 && momentum < 1))
    throw new RangeError(`the momentum lies in [0, 1), not ${momentum}`)
  const perturbed = copyOf(original)
  const queries = goal.labels.map(() => 0)
  const shape = original.shape.slice(1)
  const copies: Tensor = { data: new Float32Array(samples * size), shape: [samples, ...shape] }

  const rounds = loop(goal.labels.length * steps, {
    label: 'Black box attack',
    partial: true,
    transient: true,
  })
  const gradient = new Float32Array(size)
  let done = false
  for await (const round of rounds) {
    const i = Math.floor(round / steps)
    const own = part(perturbed, i)
    if (round % steps === 0) {
      done = false
      gradient.fill(0)
    }
    if (done) continue
    const now = { data: own, shape: [1, ...shape] }
    queries[i]!++
    done = reached(goal, i, (await model.scores(asSaved(now, bounds))).data)
    if (done) continue

    const random = new Random(mixSeeds(seed, i, round % steps))
    const directions: Float32Array[] = []
    for (let pair = 0; pair < samples / 2; pair++) {
      const u = Float32Array.from({ length: size }, () => random.normal())
      directions.push(u)
      part(copies, 2 * pair).set(own.map((value, p) => value + noise * u[p]!))
      part(copies, 2 * pair + 1).set(own.map((value, p) => value - noise * u[p]!))
    }
    const scores = await model.scores(copies)
    queries[i]! += samples
    for (let p = 0; p < size; p++) gradient[p]! *= momentum
    directions.forEach((u, pair) => {
      const [above, below] = [2 * pair, 2 * pair + 1].map((n) => loss(goal, i, part(scores, n)))
      const slope = ((1 - momentum) * (above! - below!)) / (samples * noise)
      for (let p = 0; p < size; p++) gradient[p]! += slope * u[p]!
    })
    const [start, direction] = [part(original, i), steepest(gradient, norm)]
    const delta = own.map((value, p) => value - start[p]! + step * direction[p]!)
    project(delta, norm, epsilon)
    for (let p = 0; p < size; p++) own[p] = start[p]! + delta[p]!
    clip(own, bounds)
  }
  return { perturbed, queries, interrupted: rounds.interrupted }
}

/** What is to grow: −log of the true class's probability, or log of the target's. */
function loss({ labels, targets }: Goal, i: number, scores: Float32Array): number {
  const probability = softmax(scores)[targets ? targets[i]! : labels[i]!]!
  const logarithm = Math.log(Math.max(probability, 1e-30))
  return targets ? logarithm : -logarithm
}
