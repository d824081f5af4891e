import { expect } from 'chai'
import { purity, trustworthiness } from '../../src/embeddings/quality.js'
import { rejection } from '../rejection.js'
import { digits, firstDigits, pointsOf, sklearn } from './digits.js'

describe('trustworthiness', () => {
  for (const name of ['tsne', 'tsneExact'] as const)
    it(`of a map equals scikit-learn's (${name})`, async () => {
      const map = sklearn[name]
      const points = { data: pointsOf(map), rows: map.rows, columns: 2 }
      const found = await trustworthiness(firstDigits(map.rows), points, 5)
      // Digits have equal distances, whose ranks are a matter of taste.
      expect(found).closeTo(map.trustworthiness, 1e-4)
    })

  it('is 1 of the vectors themselves, and less of a wrong order', async () => {
    const line = { data: Float32Array.from({ length: 20 }, (_, i) => i * i), rows: 20, columns: 1 }
    expect(await trustworthiness(line, line, 3)).equal(1)
    const shuffled = { ...line, data: line.data.map((_, i) => (7 * i) % 20) }
    expect(await trustworthiness(line, shuffled, 3)).below(0.8)
  })

  it('needs fewer neighbours than half of the points', async () => {
    const error = await rejection(trustworthiness(digits, digits, 1000))
    expect(error).instanceOf(RangeError)
    expect(error.message).contains('not 1000')
  })
})

describe('purity', () => {
  it('is the share of neighbours of the same class', async () => {
    const line = { data: Float32Array.from([0, 1, 3, 10, 11, 13]), rows: 6, columns: 1 }
    expect(await purity(line, [0, 0, 0, 1, 1, 1], 2)).equal(1)
    // The neighbours: 1 2 | 0 2 | 1 0 | 4 5 | 3 5 | 4 3.
    expect(await purity(line, [0, 0, 1, 1, 1, 1], 2)).closeTo((1 + 1 + 0 + 2 + 2 + 2) / 12, 1e-12)
  })
})
