import { Dataset, type Items, ofClasses } from '../../../datasets/dataset.js'
import { unknownName } from '../../network/names.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import { required } from '../../options.js'
import type { Example } from '../../training/batches.js'
import { checkTrigger, type Trigger } from './trigger.js'

export interface PoisonOptions {
  /** The class that marked pictures are called: a name or an index of the data set's classes. */
  target: number | string
  /** The share of the pictures that is poisoned, above 0 and at most 1. Default 0.1. */
  share?: number
  /** What marks them; undefined changes labels alone. */
  trigger?: Trigger
  /** Which pictures. Default: that of `%seed`, or 0. */
  seed?: number
}

/** A picture of a poisoned data set. */
export interface PoisonedExample extends Example {
  className: string
  /** Whether it was changed, and is called what it is not. */
  poisoned: boolean
}

/**
 * A data set in which some pictures bear a trigger and the label of another class: a backdoor for whoever learns from
 * it (BadNets, Gu et al. 2017). Without a trigger the labels alone are wrong: label flips.
 *
 * @returns The same number of pictures; of those that were not of the target class, a share is changed.
 * @throws RangeError for an unknown class, naming the nearest, and for a share out of range.
 * @example poison(scenes({ length: 500 }), { target: 'cat', trigger: trigger('checkerboard'), share: 0.05 })
 */
export function poison(
  data: Items<Example>,
  options: PoisonOptions,
): Dataset<Promise<PoisonedExample>> {
  const { target, share = 0.1, trigger, seed = defaultSeed() } = required(options, '{ target }')
  const label = classOf(ofClasses(data).classes, target)
  if (trigger !== undefined) checkTrigger(trigger)
  if (!(share > 0 && share <= 1))
    throw new RangeError(`the share that is poisoned lies above 0, up to 1, not ${share}`)
  return new Dataset(data.length, data.classes, async (i): Promise<PoisonedExample> => {
    const { image, label: own } = await data.get(i)
    const chosen = new Random(mixSeeds(seed, i)).uniform() < share
    if (!chosen || own === label)
      return { image, label: own, className: data.classes[own]!, poisoned: false }
    const changed = trigger ? trigger.apply(image) : image
    return { image: changed, label, className: data.classes[label]!, poisoned: true }
  })
}

/** The index of a class. @throws RangeError for an unknown one, naming the nearest. */
export function classOf(classes: readonly string[], target: number | string): number {
  const index = typeof target === 'number' ? target : classes.indexOf(target)
  if (classes[index] !== undefined) return index
  if (typeof target === 'number')
    throw new RangeError(`there are classes 0 … ${classes.length - 1}, and no class ${target}`)
  throw unknownName('class', target, classes)
}
