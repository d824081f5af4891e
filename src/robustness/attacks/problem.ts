/** What an attack is given, and what it finds. */
import { part } from '../../attribution/batch.js'
import type { Tensor } from '../../engine/tensor.js'
import type { Network } from '../../network/network.js'
import type { Target } from '../../objectives/scores.js'
import { crossEntropy } from '../../objectives/scores.js'
import { type Asked, inBytes, type PixelModel } from './pixel-model.js'

export interface GoalOptions {
  /** The class to be taken for, or one for each image. Default: any class but its own. */
  target?: Target
  /** The class that the image is of, or one for each. Default: what the network takes it for. */
  label?: Target
}

/** What each image is to be taken for. */
export interface Goal {
  /** The class that it is of. */
  labels: readonly number[]
  /** The class to be taken for; undefined: any other. */
  targets: readonly number[] | undefined
}

export interface Problem {
  model: PixelModel
  /** Pixels in `bounds`, [N, C, H, W]. */
  original: Tensor
  goal: Goal
  /** What pixels are. Pictures: [0, 1]; anything else is for comparisons with formulas, and is not rounded. */
  bounds: readonly [low: number, high: number]
}

export interface Found {
  /** [N, C, H, W], as the attack left it. */
  perturbed: Tensor
  /** How often the network was asked about each image, forward or back. */
  queries: readonly number[]
  /** Whether an interrupt ended it before its time. */
  interrupted: boolean
}

export const PIXELS = [0, 1] as const

/**
 * The goal for these images.
 *
 * @throws RangeError for unknown classes, naming the nearest, for lists of another length, and where an image
 *   is taken for its target already.
 */
export async function goalOf(
  model: PixelModel,
  original: Tensor,
  { target, label }: GoalOptions,
): Promise<Goal> {
  const count = original.shape[0]!
  const classes = (given: Target): number[] => {
    const list = typeof given === 'object' ? given : Array.from({ length: count }, () => given)
    if (list.length !== count)
      throw new RangeError(`${list.length} classes were given for ${count} images`)
    return list.map((one) => model.net.classIndex(one))
  }
  const targets = target === undefined ? undefined : classes(target)
  const given = label === undefined ? undefined : classes(label)
  if (targets === undefined && given) return { labels: given, targets }
  const seen = topClasses(await model.scores(original))
  const already = targets?.findIndex((one, i) => one === seen[i]) ?? -1
  if (already >= 0)
    throw new RangeError(
      `'${model.net.name}' already takes ${count > 1 ? `image ${already}` : 'the image'} for ` +
        `'${model.net.className(seen[already]!)}': choose another target`,
    )
  return { labels: given ?? seen, targets }
}

/** The class of the largest score, row by row. */
export const topClasses = (scores: Tensor): number[] =>
  Array.from({ length: scores.shape[0]! }, (_, i) => topClass(part(scores, i)))

export const topClass = (scores: Float32Array): number =>
  scores.reduce((best, score, i) => (score > scores[best]! ? i : best), 0)

/** Whether an image with these scores has reached the goal. */
export function reached({ labels, targets }: Goal, i: number, scores: Float32Array): boolean {
  const top = topClass(scores)
  return targets ? top === targets[i] : top !== labels[i]
}

/** Which images have reached the goal. */
export const allReached = (goal: Goal, scores: Tensor): boolean[] =>
  Array.from({ length: scores.shape[0]! }, (_, i) => reached(goal, i, part(scores, i)))

/** What attacks by the gradient ascend: the loss of the true class, or less that of the target. */
export const attackLoss =
  ({ labels, targets }: Goal): Asked =>
  (from, to) =>
    targets ? crossEntropy(targets.slice(from, to)).times(-1) : crossEntropy(labels.slice(from, to))

/** By how much each image still misses its goal, below 0 where it is reached, and which two classes decide. */
export function margins(
  scores: Tensor,
  { labels, targets }: Goal,
): { margin: number; keep: number; reach: number }[] {
  return labels.map((label, i) => {
    const own = part(scores, i)
    const fixed = targets?.[i] ?? label
    const rival = own.reduce(
      (best, score, k) => (k !== fixed && (best < 0 || score > own[best]!) ? k : best),
      -1,
    )
    const [keep, reach] = targets ? [rival, fixed] : [fixed, rival]
    return { margin: own[keep]! - own[reach]!, keep, reach }
  })
}

/** A copy, to be changed. */
export const copyOf = ({ data, shape }: Tensor): Tensor => ({ data: data.slice(), shape })

/** Keeps pixels within the bounds. */
export function clip(pixels: Float32Array, [low, high]: Problem['bounds']): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(high, Math.max(low, pixels[i]!))
}

/** The pixels as a file would hold them; such as are no picture stay as they are. */
export const asSaved = ({ data, shape }: Tensor, bounds: Problem['bounds']): Tensor => ({
  data: bounds === PIXELS ? inBytes(data) : data,
  shape,
})

/** For provenance: class names and all else as it was told. */
export const goalParameters = (
  net: Network,
  { labels, targets }: Goal,
): Record<string, unknown> => ({
  label: labels.map((one) => net.className(one)),
  ...(targets && { target: targets.map((one) => net.className(one)) }),
})
