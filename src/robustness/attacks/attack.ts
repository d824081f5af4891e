/** What an attack returns, and how it is judged: on the picture as saved. */
import { part } from '../../attribution/batch.js'
import type { RankedClass } from '../../attribution/predict.js'
import { softmax } from '../../attribution/softmax.js'
import type { Tensor } from '../../engine/tensor.js'
import type { Image } from '../../image/image.js'
import type { Network } from '../../network/network.js'
import { provenance, Result } from '../../result.js'
import { attackFigure } from './attack-figure.js'
import { type BudgetNorm, type Norms, normsOf } from './norms.js'
import {
  type AttackInput,
  inBytes,
  pictureOf,
  pixelModel,
  type PixelModel,
  pixelsToAttack,
} from './pixel-model.js'
import {
  clip,
  copyOf,
  type Found,
  type Goal,
  type GoalOptions,
  goalOf,
  goalParameters,
  PIXELS,
  type Problem,
  reached,
  topClass,
} from './problem.js'

/** What became of one image. */
export interface Outcome {
  /** What the network takes the picture for. */
  before: RankedClass
  /** What it takes the changed picture for, as saved in 8 bits. */
  after: RankedClass
  /** The class to be taken for, where there was one. */
  target: RankedClass | undefined
  /** Whether the saved picture is taken for the target; without one, for another class than its own. */
  fooled: boolean
  /** The same of the pixels that the attack arrived at, before they were rounded to 8 bits. */
  fooledUnrounded: boolean
  /** Size of the change that the attack arrived at. */
  norms: Norms
  /** Size of the change in the saved picture. */
  savedNorms: Norms
  /** By what the change was multiplied for it to survive the rounding: 1, but for the smallest perturbations. */
  amplified: number
  /** How often the network was asked, forward or back. */
  queries: number
}

/** An attack by name, and what it does. */
export interface Method {
  /** As in `viz(net).on(photo).attack(name)`. */
  name: string
  title: string
  /** What it was told, defaults included. */
  parameters: Record<string, unknown>
  /** The budget that the saved picture must keep as well; none where the smallest change is looked for. */
  budget?: { norm: BudgetNorm; epsilon: number }
  /** Whether a change that the rounding to 8 bits undoes is amplified until it does not. Default false. */
  amplifies?: boolean
  run: (problem: Problem) => Promise<Found>
}

/** The changed pixels of an attack, [N, C, H, W] in [0, 1], what became of each image, and the figure. */
export class Attack extends Result {
  constructor(
    /** The pictures that were attacked: what the network saw, in 8 bits. */
    readonly originals: readonly Image[],
    /** The changed pictures, rounded to 8 bits: a PNG of them is loaded as the same. */
    readonly images: readonly Image[],
    readonly outcomes: readonly Outcome[],
    /** Whether an interrupt ended it before its time. */
    readonly interrupted: boolean,
    ...[pixels, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(pixels, origin, draw)
  }

  /** The share of the images that fooled the network, as saved. */
  get successRate(): number {
    return this.outcomes.filter(({ fooled }) => fooled).length / this.outcomes.length
  }
}

/** Runs an attack on a network. */
export const attackOn = (
  net: Network,
  input: AttackInput,
  wanted: GoalOptions,
  method: Method,
): Promise<Attack> => attackModel(pixelModel(net), input, wanted, method)

/** Runs an attack on a network behind a defence, or without one. */
export async function attackModel(
  model: PixelModel,
  input: AttackInput,
  wanted: GoalOptions,
  method: Method,
): Promise<Attack> {
  const { net } = model
  const original = pixelsToAttack(net, input)
  const goal = await goalOf(model, original, wanted)
  const problem: Problem = { model, original, goal, bounds: PIXELS }
  const found = await method.run(problem)
  const { saved, factors } = await savedPixels(problem, found.perturbed, method)

  const [before, unrounded, after] = [
    await model.scores(original),
    await model.scores(found.perturbed),
    await model.scores(saved),
  ]
  const [, , height, width] = original.shape as [number, number, number, number]
  const norms = (pixels: Tensor, i: number): Norms =>
    normsOf(part(pixels, i), part(original, i), height * width)
  const outcomes = goal.labels.map((_, i): Outcome => {
    const target = goal.targets?.[i]
    return {
      before: ranked(net, part(before, i)),
      after: ranked(net, part(after, i)),
      target: target === undefined ? undefined : ranked(net, part(after, i), target),
      fooled: reached(goal, i, part(after, i)),
      fooledUnrounded: reached(goal, i, part(unrounded, i)),
      norms: norms(found.perturbed, i),
      savedNorms: norms(saved, i),
      amplified: factors[i]!,
      queries: found.queries[i]!,
    }
  })
  const originals = outcomes.map((_, i) => pictureOf(original, i))
  const images = outcomes.map((_, i) => pictureOf(saved, i))
  const parameters = { ...method.parameters, ...goalParameters(net, goal) }
  const origin = provenance(net, method.name, original, parameters)
  const { interrupted } = found
  return new Attack(originals, images, outcomes, interrupted, found.perturbed, origin, () =>
    attackFigure({
      net,
      title: method.title,
      originals,
      images,
      outcomes,
      interrupted,
      before: outcomes.map((_, i) => softmax(part(before, i))),
      after: outcomes.map((_, i) => softmax(part(after, i))),
    }),
  )
}

/** A class by its scores: the first one, or a given one. */
function ranked(net: Network, scores: Float32Array, index = topClass(scores)): RankedClass {
  const probability = softmax(scores)[index]!
  return { index, name: net.className(index), probability, score: scores[index]! }
}

/** Multiples of a change that are tried until it survives the rounding. */
const FACTORS = [1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 8]

/** The pictures in 8 bits: within the budget, or amplified where the smallest change would be lost. */
async function savedPixels(
  { model, original, goal }: Problem,
  perturbed: Tensor,
  { budget, amplifies }: Method,
): Promise<{ saved: Tensor; factors: number[] }> {
  const saved = { data: inBytes(perturbed.data), shape: perturbed.shape }
  const factors = goal.labels.map(() => 1)
  if (budget?.norm === 'linf') keepWithin(saved.data, original.data, budget.epsilon)
  if (!amplifies) return { saved, factors }
  const unrounded = await fooledBy(model, goal, perturbed)
  for (const factor of FACTORS) {
    const enough = await fooledBy(model, goal, saved)
    const lost = enough.map((fools, i) => !fools && unrounded[i]!)
    if (!lost.includes(true)) break
    const next = copyOf(original)
    lost.forEach((isLost, i) => {
      if (!isLost) return
      factors[i] = factor
      const [own, end] = [part(next, i), part(perturbed, i)]
      for (let p = 0; p < own.length; p++) own[p]! += factor * (end[p]! - own[p]!)
      clip(own, PIXELS)
      part(saved, i).set(inBytes(own))
    })
  }
  return { saved, factors }
}

async function fooledBy(model: PixelModel, goal: Goal, pixels: Tensor): Promise<boolean[]> {
  const scores = await model.scores(pixels)
  return goal.labels.map((_, i) => reached(goal, i, part(scores, i)))
}

/** Moves pixels that the rounding has brought further than ε from the original one level back. */
function keepWithin(saved: Float32Array, original: Float32Array, epsilon: number): void {
  const tolerance = 1e-6
  for (let p = 0; p < saved.length; p++) {
    const change = saved[p]! - original[p]!
    if (Math.abs(change) > epsilon + tolerance && Math.abs(change) > 0.5 / 255 + tolerance)
      saved[p] = Math.round(saved[p]! * 255 - Math.sign(change)) / 255
  }
}
