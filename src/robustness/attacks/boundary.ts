import { part } from '../../attribution/batch.js'
import { Image } from '../../image/image.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { positive, wholeNumber } from '../../options.js'
import { steps as loop } from '../../work/index.js'
import { type Attack, attackOn } from './attack.js'
import { dot, euclidean } from '../../vectors.js'
import { type AttackInput, pixelsToAttack } from './pixel-model.js'
import { clip, copyOf, type Found, type GoalOptions, type Problem, reached } from './problem.js'

export interface BoundaryOptions extends GoalOptions {
  /**
   * A picture that is taken for the target, or for any other class, to begin at. Default: the picture mixed with
   * as much noise as it needs, which finds no target class.
   */
  start?: Image
  /** Steps. Default 25,000. */
  steps?: number
  /** Length of a step along the boundary, as a share of the distance to the picture. Adapted. Default 0.01. */
  sphericalStep?: number
  /** Length of a step towards the picture, as a share of the distance. Adapted. Default 0.01. */
  sourceStep?: number
  /**
   * Steps between looks at how often a spherical step alone succeeds, by which the lengths are adapted: 30 looks adapt
   * the one, 100 both. Default 10; fewer cost more questions, and serve short walks.
   */
  adaptEvery?: number
  /** Which noise. Default: that of `%seed`, or 0. */
  seed?: number
}

/**
 * The boundary attack (Brendel et al. 2018): a black box attack by decisions alone. It begins with a picture of
 * another class, and walks along the boundary ever nearer to the given one: a random step at the same distance,
 * then one towards it, each taken only where the class stays another. The lengths of the steps adapt to how often
 * they succeed. Defaults as in foolbox 3.
 *
 * @param input A picture, several, or pixels in [0, 1] [N, C, H, W].
 * @returns The changed pixels, [N, C, H, W]; an interrupt gives the nearest by then.
 * @throws RangeError for an unknown class, naming the nearest, where `start` is not of the class that it should
 *   be, where no start is found, and for options that there cannot be.
 * @example (await boundary(net, photo, { steps: 2000, seed: 7 })).outcomes[0].norms.l2
 */
export async function boundary(
  net: Network,
  input: AttackInput,
  options: BoundaryOptions = {},
): Promise<Attack> {
  const { target, label, start, ...rest } = options
  const plan = boundaryPlan(rest)
  const begin = start && pixelsToAttack(net, start).data
  return attackOn(
    net,
    input,
    { target, label },
    {
      name: 'boundary',
      title: 'Boundary attack',
      parameters: { ...plan, start: start ? 'a picture' : 'noise' },
      amplifies: true,
      run: (problem) => walk(problem, plan, begin),
    },
  )
}

export type BoundaryPlan = Required<Omit<BoundaryOptions, keyof GoalOptions | 'start'>>

export const boundaryPlan = (
  options: Omit<BoundaryOptions, keyof GoalOptions | 'start'>,
): BoundaryPlan => ({
  steps: 25_000,
  sphericalStep: 0.01,
  sourceStep: 0.01,
  adaptEvery: 10,
  seed: options.seed ?? defaultSeed(),
  ...options,
})

/** How much a step grows or shrinks where it succeeds too often or too seldom. */
const ADAPTATION = 1.5
/** A walk ends where steps towards the picture have become as short as this. */
const CONVERGED = 1e-7
/** Pictures of noise that are tried, and mixtures with each. */
const [NOISES, MIXTURES] = [50, 100]

/** The walk of {@link boundary}, image by image. */
export async function walk(
  problem: Problem,
  plan: BoundaryPlan,
  begin: Float32Array | undefined,
): Promise<Found> {
  const { original, goal } = problem
  const { steps, seed } = plan
  wholeNumber('steps', steps)
  wholeNumber('adaptEvery', plan.adaptEvery)
  positive('the spherical step', plan.sphericalStep)
  positive('the source step', plan.sourceStep)
  const perturbed = copyOf(original)
  const queries = goal.labels.map(() => 0)
  const shape = [1, ...original.shape.slice(1)]
  const fools = async (i: number, pixels: Float32Array): Promise<boolean> => {
    queries[i]!++
    return reached(goal, i, (await problem.model.scores({ data: pixels, shape })).data)
  }

  const rounds = loop(goal.labels.length * steps, {
    label: 'Boundary attack',
    partial: true,
    transient: true,
  })
  let state: Walk | undefined
  for await (const round of rounds) {
    const i = Math.floor(round / steps)
    const source = part(original, i)
    if (round % steps === 0) {
      const random = new Random(mixSeeds(seed, i))
      const start = begin ?? (await mixedWithNoise(i, source, random, fools, problem))
      if (!(await fools(i, start)))
        throw new RangeError(
          `the picture to begin at is not taken for ${goal.targets ? 'the target' : 'another class'}`,
        )
      state = new Walk(source, start, random, plan)
      part(perturbed, i).set(start)
    }
    if (!state || state.converged) continue
    const checks = round % plan.adaptEvery === 0
    const { spherical, candidate } = state.propose(problem.bounds)
    const candidateFools = await fools(i, candidate)
    state.judge(candidate, candidateFools, checks ? await fools(i, spherical) : undefined)
    part(perturbed, i).set(state.at)
  }
  return { perturbed, queries, interrupted: rounds.interrupted }
}

/** Where a walk is, and how long its steps are. */
class Walk {
  private readonly sphericals: boolean[] = []
  private readonly successes: boolean[] = []
  private sphericalStep: number
  private sourceStep: number

  constructor(
    private readonly source: Float32Array,
    public at: Float32Array,
    private readonly random: Random,
    plan: BoundaryPlan,
  ) {
    this.sphericalStep = plan.sphericalStep
    this.sourceStep = plan.sourceStep
  }

  get converged(): boolean {
    return this.sourceStep < CONVERGED
  }

  /** A step along the sphere around the source, and from there one towards the source. */
  propose(bounds: Problem['bounds']): { spherical: Float32Array; candidate: Float32Array } {
    const { source, at, random, sphericalStep, sourceStep } = this
    const away = at.map((value, p) => value - source[p]!)
    const distance = euclidean(away)
    const direction = away.map((value) => value / distance)
    // Noise at right angles to the way to the source, as long as the step.
    const noise = Float32Array.from({ length: at.length }, () => random.normal())
    const along = dot(noise, direction)
    for (let p = 0; p < noise.length; p++) noise[p]! -= along * direction[p]!
    const scale = (sphericalStep * distance) / euclidean(noise)
    // Back onto the sphere.
    const back = 1 / Math.sqrt(1 + sphericalStep ** 2)
    const spherical = source.map((value, p) => value + back * (away[p]! + scale * noise[p]!))
    clip(spherical, bounds)
    const left = euclidean(spherical.map((value, p) => value - source[p]!))
    const length = Math.max(0, sourceStep * distance + left - distance)
    const share = left > 0 ? length / left : 0
    const candidate = spherical.map((value, p) => value + share * (source[p]! - value))
    clip(candidate, bounds)
    return { spherical, candidate }
  }

  /** Takes the step where it fools and is nearer. @param spherical Whether the step along the sphere fools, where asked. */
  judge(candidate: Float32Array, fools: boolean, spherical: boolean | undefined): void {
    const distance = (to: Float32Array): number =>
      euclidean(to.map((value, p) => value - this.source[p]!))
    if (fools && distance(candidate) < distance(this.at)) this.at = candidate
    if (spherical === undefined) return
    this.sphericals.push(spherical)
    this.successes.push(fools)
    const often = adapt(this.sphericals, 100, 0.5, 0.2)
    this.sphericalStep *= often
    this.sourceStep *= often * adapt(this.successes, 30, 0.25, 0.1)
  }
}

/** The factor for a step length, once enough tries are known, which are then forgotten. */
function adapt(tries: boolean[], enough: number, often: number, seldom: number): number {
  if (tries.length < enough) return 1
  const share = tries.filter(Boolean).length / tries.length
  tries.length = 0
  return share > often ? ADAPTATION : share < seldom ? 1 / ADAPTATION : 1
}

/** The picture with the least noise mixed in that makes it another class. */
async function mixedWithNoise(
  i: number,
  source: Float32Array,
  random: Random,
  fools: (i: number, pixels: Float32Array) => Promise<boolean>,
  { bounds: [low, high], goal, model }: Problem,
): Promise<Float32Array> {
  for (let n = 0; n < NOISES; n++) {
    const noise = source.map(() => random.uniform(low, high))
    if (!(await fools(i, noise))) continue
    for (let m = 1; m <= MIXTURES; m++) {
      const share = m / MIXTURES
      const mixed = source.map((value, p) => (1 - share) * value + share * noise[p]!)
      if (await fools(i, mixed)) return mixed
    }
  }
  const wanted = goal.targets ? `'${model.net.className(goal.targets[i]!)}'` : 'another class'
  throw new RangeError(`no noise is taken for ${wanted}: give a picture that is, as \`start\``)
}
