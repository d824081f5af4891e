import { expect } from 'chai'
import { type Components, principalComponents } from '../../src/embeddings/components.js'
import type { Matrix } from '../../src/embeddings/matrix.js'
import { Random } from '../../src/image/random.js'
import { type Components as Expected, digits, firstDigits, sklearn } from './digits.js'

/** Vectors whose variances along some hidden directions fall. */
function decaying(rows: number, columns: number): Matrix {
  const random = new Random(3)
  const hidden = 40
  const mixing = Float64Array.from({ length: hidden * columns }, () => random.normal())
  const data = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    const own = Array.from({ length: hidden }, (_, k) => random.normal() * 0.8 ** k)
    for (let c = 0; c < columns; c++)
      data[i * columns + c] =
        5 + own.reduce((sum, value, k) => sum + value * mixing[k * columns + c]!, 0)
  }
  return { data, rows, columns }
}

/** Power iteration on the covariance, one direction after the other, in double precision. */
function twin({ data, rows, columns }: Matrix, count: number): number[][] {
  const mean = Array.from({ length: columns }, (_, c) => {
    let sum = 0
    for (let i = 0; i < rows; i++) sum += data[i * columns + c]!
    return sum / rows
  })
  const found: number[][] = []
  for (let k = 0; k < count; k++) {
    let v = Float64Array.from({ length: columns }, (_, c) => Math.sin(c * (k + 1) + 1))
    for (let step = 0; step < 150; step++) {
      const next = new Float64Array(columns)
      for (let i = 0; i < rows; i++) {
        let score = 0
        for (let c = 0; c < columns; c++) score += (data[i * columns + c]! - mean[c]!) * v[c]!
        for (let c = 0; c < columns; c++) next[c]! += score * (data[i * columns + c]! - mean[c]!)
      }
      for (const other of found) {
        const share = other.reduce((sum, value, c) => sum + value * next[c]!, 0)
        other.forEach((value, c) => (next[c]! -= share * value))
      }
      const length = Math.hypot(...next)
      v = next.map((value) => value / length)
    }
    found.push([...v])
  }
  return found
}

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0) /
  (Math.hypot(...Array.from(a)) * Math.hypot(...Array.from(b)))

const direction = ({ directions }: Components, k: number): Float32Array =>
  directions.data.subarray(k * directions.columns, (k + 1) * directions.columns)

describe('principal components', () => {
  const check = (found: Components, expected: Expected): void => {
    expect(found.total / expected.total).closeTo(1, 1e-5)
    expected.variances.forEach((variance, k) => {
      expect(found.variances[k]! / variance, `variance ${k}`).closeTo(1, 1e-4)
      // With the same sign.
      expect(cosine(direction(found, k), expected.directions[k]!)).closeTo(1, 1e-5)
    })
  }

  it("equal NumPy's singular value decomposition", async () => {
    const found = await principalComponents(digits, 4, 0)
    check(found, sklearn.pca)
    // What is known of this data set.
    expect(found.variances[0]! / found.total).closeTo(0.1489, 5e-5)
    expect(found.variances[1]! / found.total).closeTo(0.1362, 5e-5)
  })

  it('and where there are more columns than rows', async () => {
    check(await principalComponents(firstDigits(30), 4, 0), sklearn.pcaOfFew)
  })

  it('of large matrices, by the randomised method, equal a plain power iteration', async function () {
    this.timeout(60_000)
    const matrix = decaying(500, 340)
    const found = await principalComponents(matrix, 5, 1)
    twin(matrix, 5).forEach((expected, k) =>
      expect(Math.abs(cosine(direction(found, k), expected)), `direction ${k}`).closeTo(1, 1e-5),
    )
  })

  it('are orthonormal, and scores are those of centred vectors', async () => {
    const matrix = decaying(400, 350)
    const found = await principalComponents(matrix, 6, 0)
    for (let a = 0; a < 6; a++)
      for (let b = 0; b < 6; b++) {
        const dot = direction(found, a).reduce((sum, v, c) => sum + v * direction(found, b)[c]!, 0)
        expect(dot).closeTo(a === b ? 1 : 0, 1e-5)
      }
    const sums = new Float64Array(6)
    found.scores.data.forEach((score, at) => (sums[at % 6]! += score))
    const scale = Math.sqrt(found.variances[0]!)
    for (const sum of sums) expect(sum / 400 / scale).closeTo(0, 1e-4)
  })

  it('depend on nothing but the seed', async () => {
    const matrix = decaying(320, 310)
    const [a, b] = [
      await principalComponents(matrix, 2, 5),
      await principalComponents(matrix, 2, 5),
    ]
    expect(a.directions.data).deep.equal(b.directions.data)
  })

  it('of vectors that are all alike have no variance', async () => {
    const same = { data: new Float32Array(40).fill(3), rows: 10, columns: 4 }
    const found = await principalComponents(same, 2, 0)
    expect([...found.variances, found.total]).deep.equal([0, 0, 0])
    expect(found.scores.data.every((score) => score === 0)).true
  })
})
