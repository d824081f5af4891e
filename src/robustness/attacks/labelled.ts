/** Labelled pictures for attacks on many. */
import { Dataset, type Items } from '../../../datasets/dataset.js'
import { imageOf, type Pictured } from '../../activations/stream.js'
import type { Image } from '../../image/image.js'
import type { Network } from '../../network/network.js'
import { wholeNumber } from '../../options.js'
import type { Example } from '../../training/batches.js'
import { checkClasses } from '../../training/evaluate.js'
import { follow } from '../../work/index.js'
import { pixelModel, pixelsToAttack } from './pixel-model.js'
import { topClass } from './problem.js'

/** Pictures that a network names correctly. */
export interface Named {
  images: Image[]
  labels: number[]
  /** Their numbers in the data set. */
  indices: number[]
  /** How many pictures were looked at to find them. */
  seen: number
}

/**
 * The first pictures of a data set that the network names correctly: only they can be fooled about.
 *
 * @param count How many at most.
 * @throws RangeError where the data do not fit the network, or none is named correctly; AbortError at an
 *   interrupt.
 */
export async function correctlyNamed(
  net: Network,
  data: Items<Example>,
  count: number,
): Promise<Named> {
  wholeNumber('the number of images', count)
  checkClasses(net, data)
  const model = pixelModel(net)
  const found: Named = { images: [], labels: [], indices: [], seen: 0 }
  const indices = Array.from({ length: data.length }, (_, i) => i)
  const label = 'Looking for pictures that are named correctly'
  for await (const i of follow(indices, { label, unit: 'pictures', transient: true })) {
    const { image, label } = await data.get(i)
    found.seen++
    if (topClass((await model.scores(pixelsToAttack(net, image))).data) === label) {
      found.images.push(image)
      found.labels.push(label)
      found.indices.push(i)
    }
    if (found.images.length === count) break
  }
  if (found.images.length === 0)
    throw new RangeError(`'${net.name}' names none of the ${found.seen} pictures correctly`)
  return found
}

/**
 * Pictures with the classes that a network takes them for: of photographs without classes, what it says now is what an
 * attack is to change.
 *
 * @throws AbortError at an interrupt.
 * @example await viz(net).attackReport(await labelledBy(net, photos), { images: photos.length })
 */
export async function labelledBy(
  net: Network,
  pictures: Iterable<Pictured> | AsyncIterable<Pictured>,
): Promise<Dataset<Example>> {
  const model = pixelModel(net)
  const found: Example[] = []
  const label = 'Asking the network'
  for await (const item of follow(pictures, { label, unit: 'pictures', transient: true })) {
    const image = imageOf(item)
    const scores = await model.scores(pixelsToAttack(net, image))
    found.push({ image, label: topClass(scores.data) })
  }
  return new Dataset(found.length, net.classes, (i) => found[i]!)
}

/** Lists in parts of a size. */
export function* inParts<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size)
}

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return NaN
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
