import { expect } from 'chai'
import { kmeans } from '../../src/embeddings/kmeans.js'
import { mixSeeds, Random } from '../../src/image/random.js'

describe('k-means', () => {
  const random = new Random(mixSeeds(3))
  const middles = [
    [0, 0],
    [10, 0],
    [0, 10],
    [10, 10],
    [5, 20],
  ]
  const rows = 200
  const data = Float32Array.from({ length: 2 * rows }, (_, i) =>
    random.normal(middles[Math.floor(i / 2) % 5]![i % 2], 0.8),
  )

  it('finds groups that lie apart, and their means', () => {
    const { labels, centres } = kmeans({ data, rows, columns: 2 }, 5, 1)
    for (let group = 0; group < 5; group++) {
      const own = [...labels.keys()].filter((i) => i % 5 === group)
      expect(new Set(own.map((i) => labels[i])).size).equal(1)
      const at = labels[own[0]!]!
      for (const axis of [0, 1]) {
        const mean = own.reduce((sum, i) => sum + data[2 * i + axis]!, 0) / own.length
        expect(centres.data[2 * at + axis]).closeTo(mean, 1e-4)
      }
    }
    expect(new Set(labels).size).equal(5)
  })

  it('gives every row the nearest centre, also where groups are not apart', () => {
    const { labels, centres } = kmeans({ data, rows, columns: 2 }, 9, 1)
    for (let i = 0; i < rows; i++) {
      const distances = Array.from({ length: 9 }, (_, g) =>
        Math.hypot(
          data[2 * i]! - centres.data[2 * g]!,
          data[2 * i + 1]! - centres.data[2 * g + 1]!,
        ),
      )
      expect(distances[labels[i]!]).closeTo(Math.min(...distances), 1e-5)
    }
  })

  it('refuses more groups than rows', () => {
    expect(() => kmeans({ data, rows, columns: 2 }, 201, 1)).throw(RangeError, '1 to 200 groups')
  })
})
