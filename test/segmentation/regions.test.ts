import { expect } from 'chai'
import { mixSeeds, Random } from '../../src/image/random.js'
import {
  intersectionOverUnion,
  largestRegion,
  otsu,
  quantile,
  regions,
} from '../../src/segmentation/regions.js'

const maskOf = (...rows: string[]): Uint8Array =>
  Uint8Array.from(rows.join(''), (letter) => Number(letter === '#'))

describe('regions', () => {
  const mask = maskOf('#..##', '.#...', '#.#.#', '....#')

  it('are connected by edges and corners, in reading order', () => {
    const { labels, sizes } = regions(mask, 5)
    expect(sizes).deep.equal([0, 4, 2, 2])
    expect([...labels.subarray(0, 5)]).deep.equal([1, 0, 0, 2, 2])
    expect(labels[19]).equal(3)
  })

  it('do not reach around the ends of a row', () => {
    expect(regions(maskOf('..#', '#..'), 3).sizes).deep.equal([0, 1, 1])
  })

  it('have a largest one, the first of equals, none in an empty mask', () => {
    expect([...largestRegion(mask, 5)]).deep.equal([...maskOf('#....', '.#...', '#.#..', '.....')])
    expect([...largestRegion(maskOf('#.#'), 3)]).deep.equal([1, 0, 0])
    expect([...largestRegion(maskOf('...'), 3)]).deep.equal([0, 0, 0])
  })

  it('overlap by intersection over union', () => {
    expect(intersectionOverUnion(maskOf('##..'), maskOf('.##.'))).closeTo(1 / 3, 1e-12)
    expect(intersectionOverUnion(mask, mask)).equal(1)
    expect(intersectionOverUnion(maskOf('..'), maskOf('..'))).equal(1)
    expect(intersectionOverUnion(maskOf('#.'), maskOf('..'))).equal(0)
    expect(() => intersectionOverUnion(mask, [1])).throw(RangeError, 'masks of 20 and 1 pixels')
  })
})

describe('thresholds', () => {
  it('by quantiles agree with numpy', () => {
    // numpy.quantile([3, 1, 4, 1, 5], [0, .3, .95, 1])
    const values = [3, 1, 4, 1, 5]
    expect([0, 0.3, 0.95, 1].map((share) => +quantile(values, share).toFixed(9))).deep.equal([
      1, 1.4, 4.8, 5,
    ])
    expect(() => quantile(values, 1.2)).throw(RangeError, 'from 0 to 1, not 1.2')
  })

  it('by Otsu part numbers so that no other threshold leaves less variance', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(mixSeeds(seed))
      const values = Array.from({ length: 30 }, (_, i) =>
        Math.round(10 * (i % 4 ? random.normal(0, 1) : random.normal(4, 1))),
      )
      const within = (threshold: number): number =>
        [values.filter((v) => v <= threshold), values.filter((v) => v > threshold)].reduce(
          (sum, part) => {
            const mean = part.reduce((a, b) => a + b, 0) / part.length
            return sum + part.reduce((a, b) => a + (b - mean) ** 2, 0)
          },
          0,
        )
      const least = Math.min(...values.map(within).filter((v) => !Number.isNaN(v)))
      expect(within(otsu(values)), `seed ${seed}`).closeTo(least, 1e-9 * least)
    }
  })

  it('by Otsu leave nothing above numbers that are all the same', () => {
    expect(otsu([2, 2, 2])).equal(2)
  })
})
