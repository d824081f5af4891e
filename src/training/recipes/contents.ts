/** Pictures to learn painting from: scenes with many things in them, seen from near and far. */
import { Dataset } from '../../../datasets/dataset.js'
import { scenes } from '../../../datasets/scenes/index.js'
import { crop } from '../../image/crop.js'
import { mixSeeds, Random } from '../../image/random.js'
import { augment } from '../augmentation.js'
import type { Example } from '../batches.js'

export interface ContentsOptions {
  length: number
  /** Side in pixels. */
  size: number
  seed: number
}

/** Sides of the whole scenes, of which windows are seen, as multiples of the window's. */
const FROM = [1, 1.5, 2, 2.5]

/** Windows of random scenes, a class for all of them. */
export function contents({ length, size, seed }: ContentsOptions): Dataset<Example> {
  const whole = FROM.map((factor) =>
    scenes({
      seed,
      length,
      size: Math.round(factor * size),
      clutter: 5,
      variation: 1.5,
      repaint: 0.3,
    }),
  )
  return new Dataset(length, ['picture'], (index) => {
    const random = new Random(mixSeeds(seed, index, STREAM))
    const { image } = random.pick(whole).get(index)
    const room = image.width - size + 1
    const seen = crop(image, random.integer(room), random.integer(room), size, size)
    return { image: augment(seen, { flip: true, colour: 0.35 }, random), label: 0 }
  })
}

/** Which random choice it is: none of the scenes' own. */
const STREAM = 0xc047
