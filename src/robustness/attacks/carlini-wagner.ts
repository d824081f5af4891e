import { part } from '../../attribution/batch.js'
import type { Network } from '../../network/network.js'
import { classScore } from '../../objectives/scores.js'
import { positive, wholeNumber } from '../../options.js'
import { steps as loop } from '../../work/index.js'
import { type Attack, attackOn } from './attack.js'
import type { AttackInput } from './pixel-model.js'
import { copyOf, type Found, type GoalOptions, margins, type Problem } from './problem.js'

export interface CarliniWagnerOptions extends GoalOptions {
  /** Steps of each search at most. Default 10,000. */
  steps?: number
  /** How often the weight of being fooled is changed. Default 9. */
  searches?: number
  /** The learning rate of Adam. Default 0.01. */
  rate?: number
  /** The weight c of being fooled, at first. Default 0.001. */
  weight?: number
  /** κ: by how much the score of the other class is to be larger. Default 0. */
  confidence?: number
  /** Whether a search ends where it no longer gets on. Default true. */
  abortEarly?: boolean
}

/**
 * The attack of Carlini and Wagner for L2 (2017): the smallest perturbation by optimisation.
 *
 *     min ‖x' − x‖² + c · max(S_label − max S_other + κ, 0),   x' = (1 + tanh w) / 2
 *
 * The pixels stay in [0, 1] by themselves; Adam looks for w; c grows tenfold until the picture fools, and is then
 * bisected. It finds smaller perturbations than others and takes far longer: in a lecture take
 * `{ steps: 100, searches: 4, rate: 0.02, weight: 1 }`. Defaults as in foolbox 3.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @returns The changed pixels, [N, C, H, W]: the smallest change found, or none where there was none; an
 *   interrupt gives the best by then.
 * @throws RangeError for an unknown class, naming the nearest, and for options that there cannot be.
 * @example (await carliniWagner(net, photo, { steps: 100, searches: 4, weight: 1 })).outcomes[0].norms.l2
 */
export async function carliniWagner(
  net: Network,
  input: AttackInput,
  options: CarliniWagnerOptions = {},
): Promise<Attack> {
  const { target, label, ...rest } = options
  const plan = carliniWagnerPlan(rest)
  return attackOn(
    net,
    input,
    { target, label },
    {
      name: 'carlini-wagner',
      title: 'Carlini–Wagner L2',
      parameters: { ...plan },
      amplifies: true,
      run: (problem) => optimise(problem, plan),
    },
  )
}

export type CarliniWagnerPlan = Required<Omit<CarliniWagnerOptions, keyof GoalOptions>>

export const carliniWagnerPlan = (
  options: Omit<CarliniWagnerOptions, keyof GoalOptions>,
): CarliniWagnerPlan => ({
  steps: 10_000,
  searches: 9,
  rate: 0.01,
  weight: 0.001,
  confidence: 0,
  abortEarly: true,
  ...options,
})

/** Keeps tanh away from ±1, where it has no slope. */
const INNER = 0.999999
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8]

/** The loops of {@link carliniWagner}. */
export async function optimise(problem: Problem, plan: CarliniWagnerPlan): Promise<Found> {
  const { model, original, goal } = problem
  const { steps, searches, rate, weight, confidence, abortEarly } = plan
  wholeNumber('steps', steps)
  wholeNumber('searches', searches)
  positive('the rate', rate)
  positive('the weight', weight)
  if (!(confidence >= 0)) throw new RangeError(`the confidence is 0 or more, not ${confidence}`)
  const [low, high] = problem.bounds
  const [middle, reach] = [(low + high) / 2, (high - low) / 2]
  const { shape } = original
  const images = shape[0]!
  const size = original.data.length / images

  const begin = original.data.map((x) => Math.atanh(((x - middle) / reach) * INNER))
  // The picture that w = begin stands for, from which distances are taken.
  const origin = begin.map((w) => middle + reach * Math.tanh(w))
  const best = copyOf(original)
  const bestDistance = goal.labels.map(() => Infinity)
  const weights = goal.labels.map(() => weight)
  const lower = goal.labels.map(() => 0)
  const upper = goal.labels.map(() => Infinity)
  const queries = goal.labels.map(() => 0)

  const rounds = loop(searches * steps, { label: 'Carlini–Wagner', partial: true, transient: true })
  let w = begin.slice()
  let [first, second] = [new Float32Array(w.length), new Float32Array(w.length)]
  let fooledNow = goal.labels.map(() => false)
  let lossBefore = Infinity
  let skipUntil = 0
  for await (const round of rounds) {
    const step = round % steps
    if (step === 0) {
      w = begin.slice()
      ;[first, second] = [new Float32Array(w.length), new Float32Array(w.length)]
      fooledNow = goal.labels.map(() => false)
      lossBefore = Infinity
    }
    if (round < skipUntil) {
      if (step === steps - 1) chooseWeights()
      continue
    }
    const pixels = { data: w.map((v) => middle + reach * Math.tanh(v)), shape }
    const rivals = margins(await model.scores(pixels), goal)
    const active = rivals.map(({ margin }) => margin + confidence > 0)
    const { gradient } = await model.gradient(pixels, (from, to) =>
      classScore(rivals.slice(from, to).map(({ keep }) => keep)).minus(
        classScore(rivals.slice(from, to).map(({ reach }) => reach)),
      ),
    )
    let loss = 0
    for (let i = 0; i < images; i++) {
      queries[i]! += 2
      let distance = 0
      for (let p = i * size; p < (i + 1) * size; p++)
        distance += (pixels.data[p]! - origin[p]!) ** 2
      const { margin } = rivals[i]!
      loss += distance + weights[i]! * Math.max(0, margin + confidence)
      if (margin + confidence <= 0 && margin < 0) {
        fooledNow[i] = true
        if (distance < bestDistance[i]!) {
          bestDistance[i] = distance
          part(best, i).set(part(pixels, i))
        }
      }
      const push = active[i] ? weights[i]! : 0
      for (let p = i * size; p < (i + 1) * size; p++) {
        const slope = reach * (1 - Math.tanh(w[p]!) ** 2)
        const g = (push * gradient[p]! + 2 * (pixels.data[p]! - origin[p]!)) * slope
        first[p] = BETA1 * first[p]! + (1 - BETA1) * g
        second[p] = BETA2 * second[p]! + (1 - BETA2) * g * g
        const mean = first[p]! / (1 - BETA1 ** (step + 1))
        const square = second[p]! / (1 - BETA2 ** (step + 1))
        w[p]! -= (rate * mean) / (Math.sqrt(square) + EPSILON)
      }
    }
    if (abortEarly && step % Math.ceil(steps / 10) === 0) {
      if (loss > 0.9999 * lossBefore) skipUntil = round - step + steps
      lossBefore = loss
    }
    if (step === steps - 1) chooseWeights()
  }
  return { perturbed: best, queries, interrupted: rounds.interrupted }

  /** After a search: less weight where it fooled, more where it did not. */
  function chooseWeights(): void {
    for (let i = 0; i < images; i++) {
      if (fooledNow[i]) upper[i] = weights[i]!
      else lower[i] = weights[i]!
      weights[i] = upper[i] === Infinity ? 10 * weights[i]! : (lower[i]! + upper[i]!) / 2
    }
  }
}
