import { expect } from 'chai'
import { affinities } from '../../../src/embeddings/tsne/affinities.js'
import { digits, firstDigits, sklearn } from '../digits.js'

describe('affinities', () => {
  it("over all pairs equal scikit-learn's", async () => {
    const { points, perplexity, p } = sklearn.affinities
    const found = await affinities(firstDigits(points), perplexity, 'all')
    // Upper triangle, row by row.
    const expected = (i: number, j: number): number => {
      const [a, b] = [Math.min(i, j), Math.max(i, j)]
      return p[a * points - (a * (a + 1)) / 2 + b - a - 1]!
    }
    let count = 0
    for (let i = 0; i < points; i++)
      for (let at = found.starts[i]!; at < found.starts[i + 1]!; at++) {
        const j = found.columns[at]!
        // Entropies agree to 1e-5 in either.
        expect(found.values[at]).closeTo(expected(i, j), 1e-5 * expected(i, j) + 2e-8)
        count++
      }
    expect(count).equal(points * (points - 1))
  })

  it('over neighbours are symmetric, without a diagonal, and add up to 1', async () => {
    const { starts, columns, values, points } = await affinities(digits, 30, 90)
    const at = (i: number, j: number): number | undefined => {
      const place = columns.subarray(starts[i], starts[i + 1]).indexOf(j)
      return place < 0 ? undefined : values[starts[i]! + place]
    }
    expect(values.reduce((a, b) => a + b, 0)).closeTo(1, 1e-9)
    for (let i = 0; i < points; i += 37) {
      expect(at(i, i)).undefined
      const row = columns.subarray(starts[i], starts[i + 1])
      expect(new Set(row).size).equal(row.length).least(90)
      for (const j of row) expect(at(j, i)).closeTo(at(i, j)!, 1e-15)
    }
  })

  it('have the perplexity that was asked for, also of vectors that lie far apart', async () => {
    // Three points on a line: of the middle one both neighbours are alike.
    for (const scale of [1e-3, 1, 1e3]) {
      const line = { data: Float32Array.from([0, 1, 2], (x) => x * scale), rows: 3, columns: 1 }
      const { starts, columns, values } = await affinities(line, 1.5, 'all')
      const middle = Array.from(columns.subarray(starts[1], starts[2]))
      expect(middle.sort()).deep.equal([0, 2])
      const own = values.subarray(starts[1], starts[2])
      expect(own[0]).closeTo(own[1]!, 1e-9)
      // p(1|0) by its perplexity of 1.5: H = ln 1.5.
      const ends = values.subarray(starts[0], starts[1])
      const near = 6 * Math.max(...ends) - 0.5
      const entropy = -near * Math.log(near) - (1 - near) * Math.log(1 - near)
      expect(entropy).closeTo(Math.log(1.5), 1e-4)
    }
  })

  it('of vectors that are all alike are all alike', async () => {
    const same = { data: new Float32Array(10).fill(2), rows: 5, columns: 2 }
    const { values } = await affinities(same, 2, 'all')
    for (const value of values) expect(value).closeTo(1 / 20, 1e-12)
  })
})
