import type { Items } from '../../../datasets/dataset.js'
import { type MaximalPatches, maximalPatches } from '../../activations/patches.js'
import type { Network } from '../../network/network.js'
import { classScore } from '../../objectives/scores.js'
import { pixelsOf } from '../../attribution/question.js'
import { wholeNumber } from '../../options.js'
import type { Example } from '../../training/batches.js'
import { checkClasses } from '../../training/evaluate.js'
import { follow } from '../../work/index.js'
import { topClass } from '../attacks/problem.js'

export interface FindTriggerOptions {
  /** The class that may have a backdoor. */
  target: number | string
  /** Feature maps to look at. Default: the last ones before the classifier. */
  layer?: string
  /** How many units to show. Default 6. */
  units?: number
  /** How many patches of each. Default 9. */
  top?: number
}

/**
 * Looks for a backdoor in the pictures that a network has learned from: which units of a layer decide for a class
 * on the pictures that are called so, and what do these units answer to? Units of an honest class show parts of its
 * objects; where one shows the same mark on all kinds of pictures, the mark is the trigger.
 *
 * Of each picture that is called so, the unit that speaks loudest gets a vote: by the sum of activation × gradient over
 * all its places, of the lead of the class's score over the best other one. So a trigger that decides a few pictures is
 * not drowned by the objects on all others.
 *
 * @param data The pictures learned from, as they are labelled.
 * @returns The maximal patches of those units, the one with most votes first.
 * @throws RangeError where the data do not fit, for an unknown class or layer, naming the nearest, and where no picture
 *   is called so; AbortError at an interrupt.
 * @example await findTrigger(poisoned, pictures, { target: 'cat' })
 */
export async function findTrigger(
  net: Network,
  data: Items<Example>,
  options: FindTriggerOptions,
): Promise<MaximalPatches> {
  const { target, layer = net.lastFeatureMaps, units = 6, top = 9 } = options
  checkClasses(net, data)
  wholeNumber('the number of units', units)
  const label = net.classIndex(target)
  let votes: Float64Array | undefined
  const indices = Array.from({ length: data.length }, (_, i) => i)
  const progress = { label: 'Looking for a trigger', unit: 'pictures', transient: true }
  for await (const i of follow(indices, progress)) {
    const { image, label: own } = await data.get(i)
    if (own !== label) continue
    const input = pixelsOf(net, image)
    const scores = (await net.scoresOf(input)).data
    const rival = topClass(scores.map((score, k) => (k === label ? -Infinity : score)))
    const of = classScore(label).minus(classScore(rival))
    const found = await net.differentiate(input, { of, wrt: [layer], layers: [layer] })
    const [gradient, activation] = [found.gradients[layer]!, found.activations[layer]!]
    const channels = activation.shape[1]!
    const places = activation.data.length / channels
    const voices = new Float64Array(channels)
    for (let p = 0; p < activation.data.length; p++)
      voices[Math.floor(p / places)]! += gradient.data[p]! * activation.data[p]!
    const loudest = voices.reduce((best, voice, k) => (voice > voices[best]! ? k : best), 0)
    votes ??= new Float64Array(channels)
    votes[loudest]!++
  }
  if (!votes) throw new RangeError(`no picture is called '${net.className(label)}'`)
  const found = votes
  const order = Array.from(found.keys()).sort((a, b) => found[b]! - found[a]! || a - b)
  const addresses = order.slice(0, units).map((channel) => `${layer}:${channel}`)
  return maximalPatches(net, data, addresses, { top, cache: false })
}
