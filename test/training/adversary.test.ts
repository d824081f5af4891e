import { expect } from 'chai'
import { Random } from '../../src/image/random.js'
import { type Adversary, attacked, type Normalisation } from '../../src/training/adversary.js'

const normalisation: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.2, 0.5] }
const shape = [2, 3, 4, 4]
const size = 48

/** Grey images, normalised. */
const grey = Float32Array.from({ length: 2 * size }, () => 0)
/** A gradient that does not depend on the image: of a linear loss. */
const slope = Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(i + 1))

const stdAt = (i: number): number => normalisation.std[Math.floor(i / 16) % 3]!
const inPixels = (changed: Float32Array, from = grey): Float32Array =>
  changed.map((value, i) => (value - from[i]!) * stdAt(i))

const attack = (adversary: Adversary, images = grey, seed = 1): Promise<Float32Array> =>
  attacked(images, shape, adversary, normalisation, new Random(seed), async () => slope.slice())

describe('projected gradient ascent', () => {
  it('finds the maximum of a linear loss on the L∞ ball: ε · sign', async () => {
    const delta = inPixels(await attack({ norm: 'linf', epsilon: 0.03, steps: 4 }))
    delta.forEach((d, i) => expect(d).closeTo(0.03 * Math.sign(slope[i]!), 1e-6))
  })

  it('finds the maximum of a linear loss on the L2 ball of each image: ε · g / ‖g‖', async () => {
    const delta = inPixels(await attack({ norm: 'l2', epsilon: 0.1, steps: 40, step: 0.1 }))
    for (const start of [0, size]) {
      // By pixels the gradient is divided by the deviation.
      const g = Array.from(slope.subarray(start, start + size), (d, i) => d / stdAt(i))
      const length = Math.hypot(...g)
      g.forEach((d, i) => expect(delta[start + i]).closeTo((0.1 * d) / length, 1e-4))
    }
  })

  it('stays within ε and within pictures', async () => {
    const random = new Random(5)
    const images = Float32Array.from(
      { length: 2 * size },
      (_, i) => (random.uniform() - 0.5) / stdAt(i),
    )
    for (const norm of ['l2', 'linf'] as const) {
      const changed = await attack({ norm, epsilon: 0.5, steps: 3 }, images)
      const delta = inPixels(changed, images)
      for (const start of [0, size]) {
        const own = delta.subarray(start, start + size)
        const reach = norm === 'l2' ? Math.hypot(...own) : Math.max(...own.map(Math.abs))
        expect(reach)
          .above(0.01)
          .and.most(0.5 + 1e-5)
      }
      changed.forEach((value, i) => expect(value * stdAt(i) + 0.5).within(-1e-6, 1 + 1e-6))
    }
  })

  it('leaves the images as they are, and begins at random: by its seed', async () => {
    const images = grey.slice()
    const weak: Adversary = { norm: 'linf', epsilon: 0.1, steps: 1, step: 1e-9 }
    const one = await attack(weak, images, 1)
    expect(images).deep.equal(grey)
    expect(await attack(weak, images, 1)).deep.equal(one)
    expect(await attack(weak, images, 2)).not.deep.equal(one)
  })
})
