import { expect } from 'chai'
import { affinities } from '../../src/embeddings/tsne/affinities.js'
import { divergence, repelExactly } from '../../src/embeddings/tsne/gradient.js'
import { tsnePoints, type TsneOptions } from '../../src/embeddings/tsne.js'
import { purity, trustworthiness } from '../../src/embeddings/quality.js'
import { chooseSignal } from '../../src/work/signal.js'
import type { WorkSink } from '../../src/work/work.js'
import { rejection } from '../rejection.js'
import { digits, firstDigits, labels, pointsOf, sklearn } from './digits.js'

/** KL(P‖Q) with all pairs in Q, whatever found the map. */
async function divergenceOf(rows: number, neighbours: number | 'all', points: Float32Array) {
  const p = await affinities(firstDigits(rows), 30, neighbours)
  const y = Float64Array.from(points)
  return divergence(p, y, 2, repelExactly(y, 2, new Float64Array(y.length)))
}

const asMatrix = (data: Float32Array, columns = 2) => ({
  data,
  rows: data.length / columns,
  columns,
})

const sink = Symbol.for('fovea.progress')

describe('t-SNE', function () {
  this.timeout(120_000)

  it("over all pairs comes as low as scikit-learn's, on the same affinities", async () => {
    const { rows } = sklearn.tsneExact
    const found = await tsnePoints(firstDigits(rows), { method: 'exact' })
    const theirs = await divergenceOf(rows, 'all', pointsOf(sklearn.tsneExact))
    // So the affinities are the same.
    expect(theirs).closeTo(sklearn.tsneExact.divergence, 1e-4)
    expect(found.divergence).below(1.05 * theirs)
    expect(found.divergence).closeTo(await divergenceOf(rows, 'all', found.points), 1e-4)
    expect(await trustworthiness(firstDigits(rows), asMatrix(found.points), 5)).above(0.99)
  })

  it("by the tree comes as low as scikit-learn's, on the same affinities", async () => {
    const found = await tsnePoints(digits)
    const ours = await divergenceOf(digits.rows, 90, found.points)
    expect(ours).below(1.05 * (await divergenceOf(digits.rows, 90, pointsOf(sklearn.tsne))))
    expect(found.divergence / ours).closeTo(1, 0.02) // Z by the tree
    const trust = await trustworthiness(digits, asMatrix(found.points), 5)
    expect(trust)
      .above(0.99)
      .least(sklearn.tsne.trustworthiness - 0.002)
    expect(await purity(asMatrix(found.points), labels, 10)).above(0.95)
    expect(found.iterations).equal(1000)
    expect(found.interrupted).false
  })

  it('in three dimensions keeps neighbours as well', async () => {
    const few = firstDigits(500)
    const { points } = await tsnePoints(few, { dimensions: 3, iterations: 500 })
    expect(points.length).equal(1500)
    expect(await trustworthiness(few, asMatrix(points, 3), 5)).above(0.99)
  })

  it('pulls two far groups apart', async () => {
    const groups = firstDigits(40)
    const data = groups.data.map((value, i) => (i < 20 * 64 ? value : value + 200))
    const { points } = await tsnePoints({ ...groups, data }, { perplexity: 5 })
    const group = Array.from({ length: 40 }, (_, i) => Number(i >= 20))
    expect(await purity(asMatrix(points), group, 5)).equal(1)
  })

  it('is determined by its seed', async () => {
    const few = firstDigits(150)
    const run = async (options: TsneOptions) =>
      (await tsnePoints(few, { iterations: 30, ...options })).points
    expect(await run({ init: 'random', seed: 1 })).deep.equal(
      await run({ init: 'random', seed: 1 }),
    )
    expect(await run({ init: 'random', seed: 1 })).not.deep.equal(
      await run({ init: 'random', seed: 2 }),
    )
    expect(await run({})).deep.equal(await run({}))
  })

  it('begins with the components, very small', async () => {
    const { points } = await tsnePoints(firstDigits(100), { iterations: 0 })
    const first = points.filter((_, i) => i % 2 === 0)
    const variance = first.reduce((sum, value) => sum + value * value, 0) / 99
    expect(Math.sqrt(variance)).closeTo(1e-4, 1e-7)
  })

  it('shows the map while it goes on, and stops at an interrupt with the map that it has', async () => {
    const controller = new AbortController()
    const shown: unknown[] = []
    const host = globalThis as { [sink]?: WorkSink }
    host[sink] = ({ label, done, show }) => {
      if (label !== 't-SNE' || done < 20) return
      shown.push(show?.())
      controller.abort()
    }
    chooseSignal(controller.signal)
    try {
      const found = await tsnePoints(digits, { iterations: 100_000 }, (points) => points.length)
      expect(found.interrupted).true
      expect(found.iterations).least(20).below(10_000)
      expect(found.points.every(Number.isFinite)).true
      expect(Math.hypot(...found.points.subarray(0, 20))).above(1e-4)
      expect(shown[0]).equal(2 * digits.rows)
    } finally {
      chooseSignal(undefined)
      delete host[sink]
    }
  })

  it('copes with vectors that are all alike, and with few', async () => {
    const same = { data: new Float32Array(60).fill(1), rows: 20, columns: 3 }
    expect((await tsnePoints(same, { iterations: 20 })).points.every(Number.isFinite)).true
    expect((await tsnePoints(firstDigits(4), { iterations: 50 })).points.length).equal(8)
  })

  it('refuses what there cannot be', async () => {
    const message = async (options: object, rows = 50) => {
      const error = await rejection(tsnePoints(firstDigits(rows), options))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message({ perplexity: 50 })).equal("t-SNE's perplexity is from 1 to 49, not 50")
    expect(await message({ dimensions: 4 })).equal("t-SNE's dimensions is 2 or 3, not 4")
    expect(await message({ method: 'fft' })).equal("t-SNE's method is barnes-hut or exact, not fft")
    expect(await message({ theta: -1 })).contains('from 0 to 1')
    expect(await message({ iterations: 1.5 })).contains('whole number')
    expect(await message({}, 3)).equal('t-SNE needs 4 vectors or more, not 3')
  })
})
