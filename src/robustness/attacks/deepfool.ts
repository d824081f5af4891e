import { part } from '../../attribution/batch.js'
import type { Tensor } from '../../engine/tensor.js'
import type { Network } from '../../network/network.js'
import { classScore } from '../../objectives/scores.js'
import { wholeNumber } from '../../options.js'
import { steps as loop } from '../../work/index.js'
import { type Attack, attackOn } from './attack.js'
import { absoluteSum, euclidean } from '../../vectors.js'
import { type BudgetNorm, steepest } from './norms.js'
import type { AttackInput } from './pixel-model.js'
import { clip, copyOf, type Found, type GoalOptions, type Problem, reached } from './problem.js'

export interface DeepFoolOptions extends Pick<GoalOptions, 'label'> {
  /** In which norm the perturbation is to be small. Default 'l2'. */
  norm?: BudgetNorm
  /** Steps at most. Default 50. */
  steps?: number
  /** How far beyond the boundary it goes, as a share of the way. Default 0.02. */
  overshoot?: number
  /** How many of the most probable classes may be reached, the image's own among them. Default 10. */
  candidates?: number
}

/**
 * DeepFool: the shortest way out of the class, as if the network were linear, again and again until it is out
 * (Moosavi-Dezfooli et al. 2016).
 *
 *     k = argmin |f_k| / ‖w_k‖,   f_k = S_k − S_label,   w_k = ∂f_k / ∂x,   r = |f_k| / ‖w_k‖² · w_k
 *
 * Of a linear classifier the first step ends on the boundary. Untargeted. Defaults as in foolbox 3.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @returns The changed pixels, [N, C, H, W]; so small a change may be lost where the picture is rounded to 8
 *   bits, and what is saved is then amplified until it is not.
 * @throws RangeError for an unknown class, naming the nearest, and for options that there cannot be.
 * @example (await deepFool(net, photo)).outcomes[0].norms.l2
 */
export async function deepFool(
  net: Network,
  input: AttackInput,
  options: DeepFoolOptions = {},
): Promise<Attack> {
  const { label, ...rest } = options
  const plan = deepFoolPlan(rest)
  return attackOn(
    net,
    input,
    { label },
    {
      name: 'deepfool',
      title: 'DeepFool',
      parameters: { ...plan },
      amplifies: true,
      run: (problem) => stepOut(problem, plan),
    },
  )
}

export type DeepFoolPlan = Required<Omit<DeepFoolOptions, 'label'>>

export const deepFoolPlan = (options: Omit<DeepFoolOptions, 'label'>): DeepFoolPlan => ({
  norm: 'l2',
  steps: 50,
  overshoot: 0.02,
  candidates: 10,
  ...options,
})

/**
 * A step is at least as long: ever shorter ones come to lie just before the boundary, and would end there. The
 * authors' code adds as much to every step.
 */
const LEAST = 1e-4

/** The loop of {@link deepFool}, image by image. */
export async function stepOut(problem: Problem, plan: DeepFoolPlan): Promise<Found> {
  const { model, original, goal } = problem
  const { norm, steps, overshoot, candidates } = plan
  if (goal.targets) throw new TypeError('DeepFool leaves a class, and has no target')
  if (norm !== 'linf' && norm !== 'l2')
    throw new RangeError(`the norm of DeepFool is 'linf' or 'l2', not '${String(norm)}'`)
  wholeNumber('steps', steps)
  wholeNumber('candidates', candidates, 2)
  if (!(overshoot >= 0)) throw new RangeError(`the overshoot is 0 or more, not ${overshoot}`)
  const perturbed = copyOf(original)
  const queries = goal.labels.map(() => 0)
  const images = loop(goal.labels.length, {
    label: 'DeepFool',
    unit: 'images',
    partial: true,
    transient: true,
  })
  const shape = [1, ...original.shape.slice(1)]
  for await (const i of images) {
    const [own, start] = [part(perturbed, i), part(original, i)]
    const sum = new Float32Array(start.length)
    const label = goal.labels[i]!
    let others: number[] | undefined
    for (let step = 0; step < steps; step++) {
      const scores = (await model.scores({ data: own, shape })).data
      if (reached(goal, i, scores)) break
      others ??= ranked(scores)
        .filter((k) => k !== label)
        .slice(0, candidates - 1)
      const ways = await gradients(problem, { data: own, shape }, others, label)
      // The nearest boundary, were the scores linear.
      const slopeOf = norm === 'l2' ? euclidean : absoluteSum
      const best = others
        .map((k, n) => {
          const way = part(ways, n)
          const slope = slopeOf(way)
          return {
            way,
            distance: slope > 0 ? Math.abs(scores[k]! - scores[label]!) / slope : Infinity,
          }
        })
        .reduce((a, b) => (b.distance < a.distance ? b : a))
      queries[i]! += 1 + others.length
      if (best.distance === Infinity) break
      const direction = steepest(best.way, norm)
      const length = Math.max(best.distance, LEAST)
      for (let p = 0; p < own.length; p++) {
        sum[p]! += length * direction[p]!
        own[p] = start[p]! + (1 + overshoot) * sum[p]!
      }
      clip(own, problem.bounds)
    }
  }
  return { perturbed, queries, interrupted: images.interrupted }
}

/** ∂(S_k − S_label) / ∂x for several classes k at once. */
async function gradients(
  { model }: Problem,
  image: Tensor,
  others: readonly number[],
  label: number,
): Promise<Tensor> {
  const copies = new Float32Array(others.length * image.data.length)
  others.forEach((_, n) => copies.set(image.data, n * image.data.length))
  const shape = [others.length, ...image.shape.slice(1)]
  const { gradient } = await model.gradient({ data: copies, shape }, (from, to) =>
    classScore(others.slice(from, to)).minus(classScore(label)),
  )
  return { data: gradient, shape }
}

/** The classes, the largest score first. */
const ranked = (scores: Float32Array): number[] =>
  Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b)
