import { expect } from 'chai'
import type { Matrix } from '../../src/embeddings/matrix.js'
import { type Metric, nearest } from '../../src/embeddings/nearest.js'
import { hasVectorIndex, vectorIndex } from '../../src/embeddings/vector-index.js'
import { Random } from '../../src/image/random.js'
import { rejection } from '../rejection.js'
import { digits, firstDigits } from './digits.js'

function vectors(rows: number, columns: number, seed: number, offset = 0): Matrix {
  const random = new Random(seed)
  const length = rows * columns
  return { data: Float32Array.from({ length }, () => offset + random.normal()), rows, columns }
}

/** All distances by plain loops, sorted. */
function twin(queries: Matrix, base: Matrix, metric: Metric, count: number, except?: number[]) {
  const row = ({ data, columns }: Matrix, i: number) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns))
  return Array.from({ length: queries.rows }, (_, q) => {
    const a = row(queries, q)
    return Array.from({ length: base.rows }, (_, index) => {
      const b = row(base, index)
      const dot = a.reduce((sum, value, i) => sum + value * b[i]!, 0)
      const distance =
        metric === 'l2'
          ? Math.hypot(...a.map((value, i) => value - b[i]!))
          : 1 - dot / (Math.hypot(...a) * Math.hypot(...b))
      return { index, distance }
    })
      .filter(({ index }) => index !== except?.[q])
      .sort((x, y) => x.distance - y.distance)
      .slice(0, count)
  })
}

describe('nearest neighbours', () => {
  for (const metric of ['l2', 'cosine'] as const)
    it(`by ${metric} equal those of plain loops, also far from the origin`, async () => {
      for (const offset of [0, 1000]) {
        const [queries, base] = [vectors(300, 16, 1, offset), vectors(700, 16, 2, offset)]
        const found = await nearest(queries, base, 7, { metric })
        const expected = twin(queries, base, metric, 7).flat()
        expect([...found.indices]).deep.equal(expected.map(({ index }) => index))
        expected.forEach(({ distance }, i) =>
          expect(found.distances[i]).closeTo(distance, 1e-9 * Math.max(1, distance)),
        )
      }
    })

  it('leave out who asks', async () => {
    const base = vectors(50, 4, 3)
    const except = Array.from({ length: 50 }, (_, i) => i)
    const found = await nearest(base, base, 3, { except })
    const expected = twin(base, base, 'l2', 3, except).flat()
    expect([...found.indices]).deep.equal(expected.map(({ index }) => index))
    expect(found.distances.every((distance) => distance > 0)).true
  })

  it('of equal distances give the earlier vector first', async () => {
    const base = { data: Float32Array.from([1, 1, 0, 1, 2, 2]), rows: 6, columns: 1 }
    const found = await nearest({ data: Float32Array.of(1), rows: 1, columns: 1 }, base, 6)
    expect([...found.indices]).deep.equal([0, 1, 3, 2, 4, 5])
  })

  it('are as many as there can be', async () => {
    const base = vectors(4, 3, 1)
    const found = await nearest(base, base, 10, { except: [0, 1, 2, 3] })
    expect(found.count).equal(3)
    expect([...found.indices.slice(0, 3)].sort()).deep.equal([1, 2, 3])
  })

  it('of a vector of zeros are, by cosine, all at 1', async () => {
    const base = { data: Float32Array.from([0, 0, 3, 4]), rows: 2, columns: 2 }
    const query = { data: Float32Array.of(0, 0), rows: 1, columns: 2 }
    const found = await nearest(query, base, 2, { metric: 'cosine' })
    expect([...found.distances]).deep.equal([1, 1])
  })

  it('by cosine, a vector of zeros is no nearer than others', async () => {
    const angles = Array.from({ length: 60 }, (_, i) => 1.2 + i / 300) // 1 − cos of 0.64 to 0.83
    const base = {
      data: Float32Array.from([
        ...Array<number>(120).fill(0),
        ...angles.flatMap((a) => [Math.cos(a), Math.sin(a)]),
      ]),
      rows: 120,
      columns: 2,
    }
    const query = { data: Float32Array.of(1, 0), rows: 1, columns: 2 }
    const { indices } = await nearest(query, base, 3, { metric: 'cosine' })
    expect([...indices]).deep.equal([60, 61, 62])
  })

  it('need vectors of one length', async () => {
    const error = await rejection(nearest(vectors(2, 3, 1), vectors(2, 4, 1), 1))
    expect(error).instanceOf(RangeError)
    expect(error.message).equal('queries have 3 elements, but the vectors 4')
  })
})

describe('an index of vectors', () => {
  it('finds nearly all of the nearest', async function () {
    if (!hasVectorIndex()) this.skip() // the package usearch is optional
    for (const metric of ['l2', 'cosine'] as const) {
      const except = Array.from({ length: 100 }, (_, i) => i)
      const exact = await nearest(firstDigits(100), digits, 10, { metric, except })
      const found = vectorIndex(digits, metric).nearest(firstDigits(100), 10, except)
      const hits = found.indices.filter((index, at) => {
        const row = Math.floor(at / 10)
        return exact.indices.subarray(10 * row, 10 * row + 10).includes(index)
      })
      expect(hits.length / 1000).above(0.95)
      expect(found.distances[0]).closeTo(exact.distances[0]!, 1e-6)
    }
  })

  it('says what it needs where that is missing', function () {
    if (hasVectorIndex()) this.skip()
    expect(() => vectorIndex(digits, 'l2')).throw(Error, 'npm install usearch')
  })
})
