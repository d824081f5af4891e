import { part } from '../../attribution/batch.js'
import type { Tensor } from '../../engine/tensor.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { classScore } from '../../objectives/scores.js'
import { positive, wholeNumber } from '../../options.js'
import { steps as loop } from '../../work/index.js'
import { type Attack, attackOn } from './attack.js'
import { euclidean } from '../../vectors.js'
import { type BudgetNorm, checkBudget, project, steepest } from './norms.js'
import type { Asked, AttackInput } from './pixel-model.js'
import {
  attackLoss,
  clip,
  copyOf,
  type Found,
  type GoalOptions,
  margins,
  type Problem,
} from './problem.js'

export interface PgdOptions extends GoalOptions {
  /** How the change is measured: by its largest element ('linf', default) or its length ('l2'). */
  norm?: BudgetNorm
  /** The largest change, for pixels in [0, 1]. Default 4 / 255 for 'linf', 1 for 'l2'. */
  epsilon?: number
  /** How many steps. Default 40 for 'linf', 50 for 'l2'. */
  steps?: number
  /** Length of a step. Default 4/3 · ε / steps for 'linf', 5/4 · ε / steps for 'l2': foolbox's for its steps. */
  step?: number
  /**
   * What is ascended: the 'cross-entropy' of the true class (default), or the 'margin' by which another class is
   * ahead, whose gradient does not vanish where the network is sure (Carlini & Wagner 2017).
   */
  loss?: 'cross-entropy' | 'margin'
  /** Whether to begin at a random place within the budget. Default true. */
  randomStart?: boolean
  /** Which random place. Default: that of `%seed`, or 0. */
  seed?: number
}

/** What {@link bim} takes. */
export type BimOptions = Omit<PgdOptions, 'randomStart' | 'seed'>

/**
 * Projected gradient descent on the loss, the strongest attack of first order for its budget (Madry et al. 2018).
 *
 *     x ← clip(x₀ + P_ε(x + step · s(∂L / ∂x) − x₀))
 *
 * where s is the sign for L∞ and g / ‖g‖₂ for L2, and P_ε brings the change back within the budget. It takes all
 * its steps and returns where they end. Defaults as in foolbox 3.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @returns The changed pixels, [N, C, H, W]; an interrupt gives those it had by then.
 * @throws RangeError for an unknown class, naming the nearest, and for options that there cannot be.
 * @example (await pgd(net, photo, { norm: 'l2', epsilon: 0.5, target: 'goldfish' })).outcomes[0].savedNorms
 */
export const pgd = (net: Network, input: AttackInput, options: PgdOptions = {}): Promise<Attack> =>
  pgdOn(net, input, options, { name: 'pgd', title: 'PGD' })

/**
 * The basic iterative method (Kurakin et al. 2017): {@link pgd} from the picture itself, by default in 10 steps
 * of ε / 5 as in foolbox 3.
 *
 * @throws RangeError as {@link pgd} does.
 * @example (await bim(net, photo, { epsilon: 2 / 255 })).outcomes[0].fooled
 */
export async function bim(
  net: Network,
  input: AttackInput,
  options: BimOptions = {},
): Promise<Attack> {
  const { norm = 'linf', epsilon = usual(norm).epsilon, steps = 10 } = options
  const told = { step: 0.2 * epsilon, ...options, norm, epsilon, steps, randomStart: false }
  return pgdOn(net, input, told, { name: 'bim', title: 'BIM' })
}

async function pgdOn(
  net: Network,
  input: AttackInput,
  { target, label, ...options }: PgdOptions,
  names: { name: string; title: string },
): Promise<Attack> {
  const plan = pgdPlan(options)
  const { norm, epsilon } = plan
  return attackOn(
    net,
    input,
    { target, label },
    {
      ...names,
      parameters: { ...plan },
      budget: { norm, epsilon },
      run: (problem) => descend(problem, plan),
    },
  )
}

export type PgdPlan = Required<Omit<PgdOptions, keyof GoalOptions>>

const usual = (norm: BudgetNorm): { epsilon: number; steps: number; reach: number } =>
  norm === 'l2'
    ? { epsilon: 1, steps: 50, reach: 5 / 4 }
    : { epsilon: 4 / 255, steps: 40, reach: 4 / 3 }

/** The options with their defaults. */
export function pgdPlan(options: Omit<PgdOptions, keyof GoalOptions>): PgdPlan {
  const { norm = 'linf', randomStart = true, seed = defaultSeed() } = options
  const { loss = 'cross-entropy' } = options
  const { epsilon = usual(norm).epsilon, steps = usual(norm).steps } = options
  const { step = (usual(norm).reach * epsilon) / steps } = options
  return { norm, epsilon, steps, step, loss, randomStart, seed }
}

/** The loop of {@link pgd}. Each step asks once with 'cross-entropy', twice with 'margin'. */
export async function descend(problem: Problem, plan: PgdPlan): Promise<Found> {
  const { model, original, goal, bounds } = problem
  const { norm, epsilon, steps, step, loss, randomStart, seed } = plan
  const images = original.shape[0]!
  checkBudget(norm, epsilon, part(original, 0).length)
  wholeNumber('steps', steps)
  positive('the length of a step', step)
  if (loss !== 'cross-entropy' && loss !== 'margin')
    throw new RangeError(`the loss is 'cross-entropy' or 'margin', not '${String(loss)}'`)
  const perturbed = copyOf(original)

  /** Moves an image and brings it back within the budget and the bounds. */
  const move = (i: number, by: (p: number) => number): void => {
    const [own, start] = [part(perturbed, i), part(original, i)]
    const delta = own.map((value, p) => value - start[p]! + by(p))
    project(delta, norm, epsilon)
    for (let p = 0; p < own.length; p++) own[p] = start[p]! + delta[p]!
    clip(own, bounds)
  }
  if (randomStart)
    for (let i = 0; i < images; i++) {
      const start = randomWithin(part(original, i).length, norm, epsilon, mixSeeds(seed, i))
      move(i, (p) => start[p]!)
    }
  const asked = async (pixels: Tensor): Promise<Asked> => {
    if (loss === 'cross-entropy') return attackLoss(goal)
    const rivals = margins(await model.scores(pixels), goal)
    return (from, to) => {
      const some = rivals.slice(from, to)
      const ahead = classScore(some.map(({ reach }) => reach))
      return ahead.minus(classScore(some.map(({ keep }) => keep)))
    }
  }
  const rounds = loop(steps, { label: 'Attack', partial: true, transient: true })
  let done = 0
  for await (const round of rounds) {
    const { gradient } = await model.gradient(perturbed, await asked(perturbed))
    const slopes = { data: gradient, shape: original.shape }
    for (let i = 0; i < images; i++) {
      const direction = steepest(part(slopes, i), norm)
      move(i, (p) => step * direction[p]!)
    }
    done = round + 1
  }
  return {
    perturbed,
    queries: goal.labels.map(() => done * (loss === 'margin' ? 2 : 1)),
    interrupted: rounds.interrupted,
  }
}

/** Uniform within the cube, or within the ball. */
function randomWithin(size: number, norm: BudgetNorm, epsilon: number, seed: number): Float32Array {
  const random = new Random(seed)
  if (norm === 'linf')
    return Float32Array.from({ length: size }, () => random.uniform(-epsilon, epsilon))
  const direction = Float32Array.from({ length: size }, () => random.normal())
  const length = (epsilon * random.uniform() ** (1 / size)) / euclidean(direction)
  return direction.map((value) => value * length)
}
