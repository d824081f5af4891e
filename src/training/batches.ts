/** Batches for the trainer: which images, in which order, changed how. All of it follows from the seed. */
import type { Items } from '../../datasets/dataset.js'
import type { Image } from '../image/image.js'
import { type Preprocessing, preprocess, view } from '../image/preprocessing.js'
import { mixSeeds, Random } from '../image/random.js'
import { augment, type Augmentation } from './augmentation.js'

/** What is trained on: a picture and the index of its class. */
export interface Example {
  readonly image: Image
  readonly label: number
}

/** Normalised pixels [N, C, H, W] and the class of each image. */
export interface Batch {
  images: Float32Array
  labels: Int32Array
}

export interface BatchOptions {
  /** Images in a batch. */
  size: number
  seed: number
  /** Whether every epoch has an order of its own. */
  shuffle: boolean
  augmentation: Augmentation | undefined
  preprocessing: Preprocessing
  channels: 1 | 3
}

/** Which random choice a stream of random numbers is for. */
const stream = { order: 1, augmentation: 2 } as const

/**
 * Makes batches by their number: the same number gives the same batch, so that a training can begin anywhere.
 * Of each epoch, the images that fill no batch are left out.
 */
export function batchMaker(
  data: Items<Example>,
  { size, seed, shuffle, augmentation, preprocessing, channels }: BatchOptions,
): (step: number) => Promise<Batch> {
  const perEpoch = Math.floor(data.length / size)
  let order: { epoch: number; indices: Int32Array } | undefined
  const orderOf = (epoch: number): Int32Array => {
    if (order?.epoch !== epoch) {
      const random = new Random(mixSeeds(seed, stream.order, epoch))
      order = { epoch, indices: random.permutation(data.length) }
    }
    return order.indices
  }
  return async (step) => {
    const epoch = Math.floor(step / perEpoch)
    const start = (step % perEpoch) * size
    const [height, width] = preprocessing.size
    const images = new Float32Array(size * channels * height * width)
    const labels = new Int32Array(size)
    for (let i = 0; i < size; i++) {
      const index = shuffle ? orderOf(epoch)[start + i]! : start + i
      const given = data.get(index)
      const { image, label } = given instanceof Promise ? await given : given
      checkLabel(label, index, data.classes.length)
      let seen = view(image, preprocessing)
      if (augmentation) {
        const random = new Random(mixSeeds(seed, stream.augmentation, epoch, index))
        seen = augment(seen, augmentation, random)
      }
      labels[i] = label
      images.set(preprocess(seen, preprocessing, channels).data, i * channels * height * width)
    }
    return { images, labels }
  }
}

function checkLabel(label: number, index: number, classes: number): void {
  if (!Number.isInteger(label) || label < 0 || label >= classes)
    throw new RangeError(
      `item ${index} of the data set has the label ${label}; expected the index of one of ${classes} classes`,
    )
}
