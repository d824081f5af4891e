import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { hogSimilarity, ranks, spearman, ssim } from '../../../src/attribution/trust/similarity.js'
import { fixture } from '../../reference.js'
import { randomTensor } from '../../toys.js'

interface Recorded {
  width: number
  height: number
  maps: Record<string, number[]>
  pairs: { a: string; b: string; spearman: number; ssim: number; hog: number }[]
}

const recorded = JSON.parse(readFileSync(fixture('trust/similarity.json'), 'utf8')) as Recorded

describe('similarity of maps', () => {
  const plane = (name: string) => ({ ...recorded, data: Float32Array.from(recorded.maps[name]!) })

  for (const { a, b, ...expected } of recorded.pairs)
    it(`of '${a}' and '${b}' is what scipy and scikit-image find`, () => {
      const [one, two] = [plane(a), plane(b)]
      expect(spearman(one.data, two.data)).closeTo(expected.spearman, 1e-6)
      expect(ssim(one, two)).closeTo(expected.ssim, 1e-5)
      expect(hogSimilarity(one, two)).closeTo(expected.hog, 1e-4)
      expect(ssim(two, one)).closeTo(ssim(one, two), 1e-12)
    })

  it('is 1 of a map and itself, however it is stretched', () => {
    const one = plane('noisy')
    const two = { ...one, data: one.data.map((value) => 3 * value - 7) }
    for (const measure of [ssim, hogSimilarity]) expect(measure(one, two)).closeTo(1, 1e-4)
    expect(spearman(one.data, two.data)).closeTo(1, 1e-9)
    expect(
      spearman(
        one.data,
        one.data.map((value) => -value),
      ),
    ).closeTo(-1, 1e-9)
    expect(
      spearman(
        one.data,
        one.data.map((value) => value ** 3),
      ),
    ).closeTo(1, 1e-6)
  })

  it('of a map without any order is 0', () => {
    const flat = new Float32Array(40).fill(2)
    expect(spearman(flat, randomTensor([40]).data)).equal(0)
  })

  it('gives equal values the mean of their ranks', () => {
    expect([...ranks(Float32Array.of(3, 1, 3, 0, 3))]).deep.equal([4, 2, 4, 1, 4])
  })

  it('refuses maps that cannot be compared', () => {
    const small = { data: new Float32Array(100), width: 10, height: 10 }
    expect(() => ssim(small, small)).throw(RangeError, '11×11 or more, not 10×10')
    expect(() => hogSimilarity(small, small)).throw(RangeError, '3×3 cells of 8 pixels')
    expect(() => spearman(small.data, new Float32Array(99))).throw(RangeError, '100 and 99 pixels')
  })
})
