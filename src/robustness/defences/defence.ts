/** Defences by changing the picture before the network sees it. */
import { part } from '../../attribution/batch.js'
import { softmax } from '../../attribution/softmax.js'
import type { Tensor } from '../../engine/tensor.js'
import type { Image } from '../../image/image.js'
import { mixSeeds, Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { pictureOf, pixelModel, type PixelModel } from '../attacks/pixel-model.js'

/** What is done to a picture before the network sees it. */
export interface Defence {
  /** For tables: 'JPEG, quality 50'. */
  name: string
  /** How many changed copies the network judges; their probabilities are averaged. 1 where nothing is random. */
  samples: number
  /** A changed copy of a picture in [0, 1], of the same size. */
  apply(image: Image, random: Random): Image | Promise<Image>
}

/**
 * A network behind a defence, as attacks see it. Its scores are log-probabilities: of the mean over the copies.
 *
 * A defence may have no useful gradient: rounding has none at all. An attack that gives up there is fooled itself.
 * Athalye et al. (2018) go on: backward pass differentiable approximation (BPDA) takes the gradient of the network
 * at the changed picture, as if the change were not there, and expectation over transformation (EOT) the mean over
 * the copies.
 *
 * @param seed Which copies, where they are random; each call has others.
 */
export function defended(net: Network, defence: Defence, seed: number): PixelModel {
  const model = pixelModel(net)
  let calls = 0

  /** So many calls of `use`, with a changed copy of all pictures each. */
  const each = async (pixels: Tensor, use: (copy: Tensor) => Promise<void>): Promise<void> => {
    const call = calls++
    for (let sample = 0; sample < defence.samples; sample++) {
      const copy = { data: new Float32Array(pixels.data.length), shape: pixels.shape }
      for (let i = 0; i < pixels.shape[0]!; i++) {
        const random = new Random(mixSeeds(seed, call, sample, i))
        const changed = await defence.apply(pictureOf(pixels, i), random)
        const own = part(copy, i)
        own.set(changed.data.subarray(0, own.length))
      }
      await use(copy)
    }
  }
  return {
    net,
    async scores(pixels) {
      const count = pixels.shape[0]!
      const sums = {
        data: new Float32Array(count * net.classes.length),
        shape: [count, net.classes.length],
      }
      await each(pixels, async (copy) => {
        const scores = await model.scores(copy)
        for (let i = 0; i < count; i++) {
          const own = part(sums, i)
          softmax(part(scores, i)).forEach((p, k) => (own[k]! += p / defence.samples))
        }
      })
      return { data: sums.data.map((p) => Math.log(Math.max(p, 1e-30))), shape: sums.shape }
    },
    async gradient(pixels, asked) {
      const value = new Float32Array(pixels.shape[0]!)
      const gradient = new Float32Array(pixels.data.length)
      await each(pixels, async (copy) => {
        const found = await model.gradient(copy, asked)
        found.value.forEach((v, i) => (value[i]! += v / defence.samples))
        found.gradient.forEach((g, p) => (gradient[p]! += g / defence.samples))
      })
      return { value, gradient }
    },
  }
}
