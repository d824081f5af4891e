import { part } from '../../attribution/batch.js'
import { softmax } from '../../attribution/softmax.js'
import type { Tensor } from '../../engine/tensor.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { wholeNumber } from '../../options.js'
import { steps as loop } from '../../work/index.js'
import { type Attack, attackOn } from './attack.js'
import type { AttackInput } from './pixel-model.js'
import { asSaved, copyOf, type Found, type GoalOptions, type Problem, reached } from './problem.js'

export interface OnePixelOptions extends GoalOptions {
  /** How many pixels may be changed. Default 1; the paper also takes 3 and 5. */
  pixels?: number
  /** Candidates in each generation. Default 400. */
  population?: number
  /** Generations at most. Default 75. */
  generations?: number
  /** Which first candidates and mutations. Default: that of `%seed`, or 0. */
  seed?: number
}

/**
 * The one pixel attack (Su et al. 2019): differential evolution looks for a place and a colour. It needs the
 * probabilities alone, and no gradient.
 *
 * A candidate is (row, column, colour) for each pixel, at first places at random and colours of N(½, ½²). A child
 * is a + F (b − c), F = 0.5, of three others, and takes its parent's place where it does better: where the true
 * class is less probable, or the target more. It ends when the best one fools.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @returns The changed pixels, [N, C, H, W]; an interrupt gives the best by then.
 * @throws RangeError for an unknown class, naming the nearest, and for options that there cannot be.
 * @example (await onePixel(net, photo, { pixels: 3, generations: 20, seed: 7 })).outcomes[0].queries
 */
export async function onePixel(
  net: Network,
  input: AttackInput,
  options: OnePixelOptions = {},
): Promise<Attack> {
  const { target, label, ...rest } = options
  const plan = onePixelPlan(rest)
  return attackOn(
    net,
    input,
    { target, label },
    {
      name: 'one-pixel',
      title: plan.pixels === 1 ? 'One pixel' : `${plan.pixels} pixels`,
      parameters: { ...plan },
      run: (problem) => evolve(problem, plan),
    },
  )
}

export type OnePixelPlan = Required<Omit<OnePixelOptions, keyof GoalOptions>>

export const onePixelPlan = (options: Omit<OnePixelOptions, keyof GoalOptions>): OnePixelPlan => ({
  pixels: 1,
  population: 400,
  generations: 75,
  seed: options.seed ?? defaultSeed(),
  ...options,
})

/** Share of the difference of two candidates that is added to a third. */
const F = 0.5
/** Pictures that are made at once, before they go through the network. */
const AT_ONCE = 128

/** The loop of {@link onePixel}, image by image. */
export async function evolve(problem: Problem, plan: OnePixelPlan): Promise<Found> {
  const { original, goal } = problem
  const { pixels, population, generations, seed } = plan
  const [, channels = 1, height = 1, width = 1] = original.shape
  wholeNumber('the number of pixels', pixels)
  wholeNumber('the population', population, 4)
  wholeNumber('generations', generations)
  if (pixels > height * width)
    throw new RangeError(`an image of ${width}×${height} does not have ${pixels} pixels`)
  const perturbed = copyOf(original)
  const queries = goal.labels.map(() => 0)
  const genes = 2 + channels

  const rounds = loop(goal.labels.length * generations, {
    label: 'Differential evolution',
    unit: 'generations',
    partial: true,
    transient: true,
  })
  let random = new Random(0)
  let candidates: Float64Array[] = []
  let fitness: number[] = []
  let done = false
  for await (const round of rounds) {
    const i = Math.floor(round / generations)
    const start = part(original, i)
    if (round % generations === 0) {
      random = new Random(mixSeeds(seed, i))
      candidates = Array.from({ length: population }, () =>
        Float64Array.from({ length: pixels * genes }, (_, g) =>
          g % genes === 0
            ? random.uniform(0, height)
            : g % genes === 1
              ? random.uniform(0, width)
              : random.normal(0.5, 0.5),
        ),
      )
      const first = await judge(
        problem,
        i,
        candidates.map((genes) => paint(start, genes)),
      )
      fitness = first.fitness
      queries[i]! += population
      done = keepBest(first.fooled)
    }
    if (done) continue
    const children = candidates.map(() => {
      const [a, b, c] = three(population, random).map((n) => candidates[n]!) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ]
      return a.map((value, g) => value + F * (b[g]! - c[g]!))
    })
    const next = await judge(
      problem,
      i,
      children.map((genes) => paint(start, genes)),
    )
    queries[i]! += population
    next.fitness.forEach((value, n) => {
      if (value <= fitness[n]!) return
      fitness[n] = value
      candidates[n] = children[n]!
    })
    done = keepBest(next.fooled)

    /** Writes the best picture. @returns whether it fools. */
    function keepBest(anyFooled: boolean): boolean {
      const best = fitness.reduce((a, value, n) => (value > fitness[a]! ? n : a), 0)
      part(perturbed, i).set(paint(start, candidates[best]!))
      rounds.note(`image ${i + 1} of ${goal.labels.length}`)
      return anyFooled
    }
  }
  return { perturbed, queries, interrupted: rounds.interrupted }

  /** The picture of a candidate; what lies outside is brought to the nearest place and colour there is. */
  function paint(image: Float32Array, candidate: Float64Array): Float32Array {
    const painted = image.slice()
    for (let k = 0; k < candidate.length; k += genes) {
      const y = Math.min(height - 1, Math.max(0, Math.floor(candidate[k]!)))
      const x = Math.min(width - 1, Math.max(0, Math.floor(candidate[k + 1]!)))
      for (let c = 0; c < channels; c++)
        painted[(c * height + y) * width + x] = Math.min(1, Math.max(0, candidate[k + 2 + c]!))
    }
    return painted
  }
}

/** How well pictures of image i do: the larger the better. A picture that fools is better than all that do not. */
async function judge(
  { model, original, goal, bounds }: Problem,
  i: number,
  pictures: Float32Array[],
): Promise<{ fitness: number[]; fooled: boolean }> {
  const fitness: number[] = []
  const { labels, targets } = goal
  const shape = original.shape.slice(1)
  for (let from = 0; from < pictures.length; from += AT_ONCE) {
    const some = pictures.slice(from, from + AT_ONCE)
    const batch: Tensor = {
      data: new Float32Array(some.length * some[0]!.length),
      shape: [some.length, ...shape],
    }
    some.forEach((picture, n) => part(batch, n).set(picture))
    const scores = await model.scores(asSaved(batch, bounds))
    some.forEach((_, n) => {
      const own = part(scores, n)
      const probabilities = softmax(own)
      const good = targets ? probabilities[targets[i]!]! : 1 - probabilities[labels[i]!]!
      fitness.push(good + (reached(goal, i, own) ? 1 : 0))
    })
  }
  return { fitness, fooled: fitness.some((value) => value >= 1) }
}

/** Three different numbers below `count`. */
function three(count: number, random: Random): number[] {
  const chosen: number[] = []
  while (chosen.length < 3) {
    const one = random.integer(count)
    if (!chosen.includes(one)) chosen.push(one)
  }
  return chosen
}
