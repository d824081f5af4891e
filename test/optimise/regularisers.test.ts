import { expect } from 'chai'
import { blurPlane } from '../../src/image/blur.js'
import { denoisePlane } from '../../src/image/denoise.js'
import { blurEvery } from '../../src/optimise/regularisers/blur-every.js'
import { centreBias } from '../../src/optimise/regularisers/centre-bias.js'
import { clipSmallContribution, clipSmallNorm } from '../../src/optimise/regularisers/clip.js'
import { decay } from '../../src/optimise/regularisers/decay.js'
import { denoise } from '../../src/optimise/regularisers/denoise.js'
import { randomTensor } from '../toys.js'

const shape = [2, 3, 4, 5] as const
const numbers = (seed: number): Float32Array => randomTensor([...shape], seed).data
/** Pixel i of an image, over its colours. */
const colours = (data: Float32Array, image: number, i: number): number[] =>
  [0, 1, 2].map((c) => data[(image * 3 + c) * 20 + i]!)

describe('regularisers', () => {
  for (const [name, regulariser, measure] of [
    ['clipSmallNorm', clipSmallNorm(50), (x: number[]) => Math.hypot(...x)],
    [
      'clipSmallContribution',
      clipSmallContribution(50),
      (x: number[], g: number[]) => Math.abs(x.reduce((sum, value, c) => sum + value * g[c]!, 0)),
    ],
  ] as const)
    it(`${name}(50) clips the smaller half of the pixels of each image, and leaves the others`, () => {
      const [before, pixels, gradient] = [numbers(1), numbers(1), numbers(2)]
      regulariser.apply!({ pixels, gradient, shape, step: 0, steps: 1 })
      for (const image of [0, 1]) {
        const sizes = Array.from({ length: 20 }, (_, i) =>
          measure(colours(before, image, i), colours(gradient, image, i)),
        )
        const order = [...sizes.keys()].sort((a, b) => sizes[a]! - sizes[b]!)
        for (const i of order.slice(0, 10)) expect(colours(pixels, image, i)).deep.equal([0, 0, 0])
        for (const i of order.slice(10))
          expect(colours(pixels, image, i)).deep.equal(colours(before, image, i))
      }
    })

  it('blurEvery blurs each colour of each image', () => {
    const [before, pixels] = [numbers(1), numbers(1)]
    const regulariser = blurEvery(0.7, { every: 3 })
    expect(regulariser.every).equal(3)
    regulariser.apply!({ pixels, gradient: pixels, shape, step: 0, steps: 1 })
    for (const map of [0, 5])
      expect(pixels.subarray(map * 20, (map + 1) * 20)).deep.equal(
        blurPlane(before.subarray(map * 20, (map + 1) * 20), 5, 4, 0.7),
      )
  })

  it('denoise denoises each colour of each image, by a weight that may change', () => {
    const [before, pixels] = [numbers(1), numbers(1)]
    const regulariser = denoise((step, steps) => 1 + (2 * step) / steps, { iterations: 30 })
    regulariser.apply!({ pixels, gradient: pixels, shape, step: 5, steps: 10 })
    for (const map of [0, 5])
      expect(pixels.subarray(map * 20, (map + 1) * 20)).deep.equal(
        denoisePlane(before.subarray(map * 20, (map + 1) * 20), 5, 4, 2, { iterations: 30 }),
      )
    expect(denoise(0.5, { every: 2, tolerance: 0.1 }).code).equal(
      'denoise(0.5, { every: 2, tolerance: 0.1 })',
    )
  })

  it('centreBias lets gradients count in the middle first, and nearly everywhere at the end', () => {
    const mask = centreBias().mask!
    const [first, last] = [mask(0, 100, 9, 9), mask(99, 100, 9, 9)]
    expect(first[40]).equal(1)
    expect(first[0]).below(0.01)
    expect(last[0]).above(0.5)
    expect([...first].every((value, i) => value <= last[i]!)).equal(true)
  })

  it('refuse what they cannot be', () => {
    expect(() => decay(1)).throw(RangeError, 'decay is a share in [0, 1), not 1')
    expect(() => blurEvery(0)).throw(RangeError, 'above 0 pixels')
    expect(() => denoise(0)).throw(RangeError, 'above 0, not 0')
    expect(() => denoise(1, { iterations: 0.5 })).throw(RangeError, 'iterations')
    expect(() => blurEvery(1, { every: 0 })).throw(RangeError, 'every 1, 2, … steps')
    expect(() => clipSmallNorm(101)).throw(RangeError, 'from 0 to 100')
    expect(() => centreBias({ from: 1, to: 0.5 })).throw(RangeError, 'not from 1 to 0.5')
  })
})
