/** Pictures of a data set on their way through a network, a batch at a time. */
import { readAhead } from '../../datasets/read-ahead.js'
import type { Recipe } from '../../datasets/recipe.js'
import { part } from '../attribution/batch.js'
import { sizeOf, type Tensor } from '../engine/tensor.js'
import { anImage, Image } from '../image/image.js'
import { preprocessInto, type viewInto } from '../image/preprocessing.js'
import type { Network } from '../network/network.js'

/** A picture, or an item that has one. */
export type Pictured = Image | { readonly image: Image }

/** Pictures by number, made at once or promised: any data set of pictures. */
export interface PictureSet {
  readonly length: number
  get(index: number): Pictured | Promise<Pictured>
  /** What names the pictures, where a data set can: the same digest, the same pictures. */
  readonly digest?: string
  /** How other processes make the same data set, where they can. */
  readonly recipe?: Recipe
}

/** @throws TypeError for what is no picture. */
export function imageOf(item: Pictured): Image {
  const image: unknown = item instanceof Image ? item : (item as Partial<typeof item>)?.image
  return anImage(image ?? item)
}

/** A data set, or a list of pictures. @throws TypeError for anything else. */
export function pictureSet(data: PictureSet | readonly Pictured[]): PictureSet {
  if (Array.isArray(data)) {
    const list = data as readonly Pictured[]
    return { length: list.length, get: (index) => list[index]! }
  }
  const set = data as PictureSet
  if (typeof set?.length === 'number' && typeof set.get === 'function') return set
  throw new TypeError('pictures are a data set or a list of images')
}

/** Whether pictures can be gone through one by one. */
export const isIterable = <T>(
  data: Iterable<T> | AsyncIterable<T> | object,
): data is Iterable<T> | AsyncIterable<T> =>
  Symbol.iterator in Object(data) || Symbol.asyncIterator in Object(data)

/** Consecutive pictures as the network's input. */
export interface InputBatch {
  /** The number of the first one in the data set. */
  first: number
  /** How many there are; what is left of a last batch repeats its last picture. */
  count: number
  /** [size, C, H, W]; valid until the next batch. */
  pixels: Tensor
}

/** Consecutive pictures of a set, as a set of their own. */
export const picturesIn = (
  data: PictureSet,
  { first, count }: { first: number; count: number },
): PictureSet => ({ length: count, get: (index) => data.get(first + index) })

/** So many pixels go through at once by default: 28 pictures of 96×96, 5 of 224×224; more gained nothing. */
const PIXELS = 2 ** 18
const MOST = 32

/**
 * How many pictures a network takes at once.
 *
 * @param wanted Default: by the size of its input.
 * @throws RangeError where that is no whole number, or the network was exported for another.
 */
export function batchSize(net: Network, pictures: number, wanted?: number): number {
  const fixed = net.graph.inputs[0]?.shape?.[0]
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted > 0))
    throw new RangeError(`a batch holds 1 picture or more, not ${wanted}`)
  if (typeof fixed === 'number') return fixed
  const [height, width] = net.preprocessing.size
  const usual = Math.max(1, Math.min(MOST, Math.floor(PIXELS / (height * width))))
  return Math.max(1, Math.min(pictures, wanted ?? usual))
}

/**
 * All pictures of a data set in order, in batches of one size. Where they must be read first, the next ones
 * are read while the network computes.
 *
 * @param prepare What becomes of each: the network's input by default; or its pixels in [0, 1], for a graph that
 *   normalises them itself, which is faster.
 * @throws TypeError where an item has no picture; what reading an item throws.
 */
export async function* inputBatches(
  net: Network,
  data: PictureSet,
  size: number,
  prepare: typeof viewInto = preprocessInto,
): AsyncGenerator<InputBatch, void, undefined> {
  let pixels: Tensor | undefined
  let index = 0
  for await (const item of readAhead(data.length, (i) => data.get(i), size)) {
    const image = checked(item, index)
    if (!pixels) {
      const { shape } = net.preprocess(image)
      pixels = { data: new Float32Array(size * sizeOf(shape)), shape: [size, ...shape.slice(1)] }
    }
    const slot = index % size
    const own = part(pixels, slot)
    prepare(own, image, net.preprocessing, pixels.shape[1] === 1 ? 1 : 3)
    index++
    if (slot + 1 < size && index < data.length) continue
    for (let i = slot + 1; i < size; i++) part(pixels, i).set(own)
    yield { first: index - slot - 1, count: slot + 1, pixels }
  }
}

function checked(item: unknown, index: number): Image {
  const image = item instanceof Image ? item : (item as { image?: unknown } | undefined)?.image
  if (image instanceof Image) return image
  throw new TypeError(`item ${index} of the data set is no image and has none as \`image\``)
}
