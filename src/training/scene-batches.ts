/** Batches of scenes for the trainer, made on a worker thread. */
import { type Scene, scenes, type ScenesOptions } from '../../datasets/scenes/index.js'
import { preprocess, type Preprocessing } from '../image/preprocessing.js'
import { float32 } from '../network/graph.js'
import type { MakeBatch } from './prefetch.js'
import type { Batch } from './train.js'

export interface SceneBatchOptions {
  scenes: ScenesOptions
  batch: number
  preprocessing: Preprocessing
}

export const makeBatch: MakeBatch<SceneBatchOptions, Batch> = (options) => {
  const data = scenes(options.scenes)
  return (index) =>
    toBatch(
      Array.from({ length: options.batch }, (_, i) => data.get(index * options.batch + i)),
      options.preprocessing,
    )
}

/** Some scenes as one batch. */
export function toBatch(some: readonly Scene[], preprocessing: Preprocessing): Batch {
  const [height, width] = preprocessing.size
  const images = new Float32Array(some.length * 3 * height * width)
  some.forEach(({ image }, i) =>
    images.set(preprocess(image, preprocessing).data, i * 3 * height * width),
  )
  return {
    images: float32(images, [some.length, 3, height, width]),
    labels: Int32Array.from(some, ({ label }) => label),
  }
}
