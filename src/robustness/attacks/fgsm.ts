import { part } from '../../attribution/batch.js'
import type { Network } from '../../network/network.js'
import { type Attack, attackOn } from './attack.js'
import { checkBudget } from './norms.js'
import type { AttackInput } from './pixel-model.js'
import { attackLoss, clip, copyOf, type Found, type GoalOptions, type Problem } from './problem.js'

export interface FgsmOptions extends GoalOptions {
  /** The change of every pixel, for pixels in [0, 1]. Default 4 / 255. */
  epsilon?: number
}

/**
 * The fast gradient sign method: one step, every pixel as far as it may (Goodfellow et al. 2015).
 *
 *     x' = clip(x + ε · sign(∂L / ∂x))
 *
 * L is the cross-entropy of the true class; with a target, less that of the target. The change looks like noise, and
 * is often called so, but every sign is chosen: as many random ones do next to nothing. The paper's panda became a
 * gibbon with ε = 0.007; a picture of 8 bits can change by a multiple of 1 / 255 = 0.0039 only, and is rounded
 * so that it stays within ε.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @returns The changed pixels, [N, C, H, W].
 * @throws RangeError for an unknown class, naming the nearest, and for ε out of range.
 * @example (await fgsm(net, photo, { epsilon: 2 / 255 })).outcomes[0].fooled
 */
export async function fgsm(
  net: Network,
  input: AttackInput,
  options: FgsmOptions = {},
): Promise<Attack> {
  const { epsilon = 4 / 255, ...goal } = options
  return attackOn(net, input, goal, {
    name: 'fgsm',
    title: 'FGSM',
    parameters: { epsilon },
    budget: { norm: 'linf', epsilon },
    run: (problem) => signStep(problem, epsilon),
  })
}

/** The step of {@link fgsm}. */
export async function signStep(problem: Problem, epsilon: number): Promise<Found> {
  const { model, original, goal, bounds } = problem
  checkBudget('linf', epsilon, part(original, 0).length)
  const perturbed = copyOf(original)
  const { gradient } = await model.gradient(original, attackLoss(goal))
  gradient.forEach((slope, i) => (perturbed.data[i]! += epsilon * Math.sign(slope)))
  clip(perturbed.data, bounds)
  return { perturbed, queries: goal.labels.map(() => 1), interrupted: false }
}
