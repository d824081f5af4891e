import { expect } from 'chai'
import { picture } from '../src/figures/picture.js'
import { row } from '../src/figures/row.js'
import { displayMetadata } from '../src/image/display.js'
import { Image } from '../src/image/image.js'
import { relativeDifference, type ResultRecord, SKETCH, summarise } from '../src/record.js'
import { type Provenance, Result } from '../src/result.js'
import { randomTensor } from './toys.js'

const norm = (data: ArrayLike<number>): number => Math.hypot(...Array.from(data))

describe('the record of a result', () => {
  it('holds shape, norm and mean', () => {
    const summary = summarise({ data: Float32Array.of(3, -4, 0, 0), shape: [2, 2] })
    expect(summary)
      .deep.include({ shape: [2, 2], norm: 5, mean: -0.25 })
      .not.property('notFinite')
    expect(summary.sketch).length(SKETCH)
    expect(norm(summary.sketch)).closeTo(5, 1e-6) // unless two of two values share a sum
    expect(summary.sha256).match(/^[0-9a-f]{64}$/)
  })

  it('counts what is not finite, and leaves it out', () => {
    const data = Float32Array.of(NaN, 3, Infinity, -4)
    expect(summarise({ data, shape: [4] })).deep.include({ notFinite: 2, norm: 5, mean: -0.5 })
  })

  it('is small, and survives JSON', () => {
    const summary = summarise(randomTensor([3, 64, 64]))
    const json = JSON.stringify(summary)
    expect(json).length.below(500)
    expect(JSON.parse(json)).deep.equal(summary)
  })

  describe('the distance of two', () => {
    it('is 0 for equal arrays, and infinite where shapes or holes differ', () => {
      const data = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i))
      const whole = summarise({ data, shape: [3, 4] })
      expect(relativeDifference(whole, summarise({ data: data.slice(), shape: [3, 4] }))).equal(0)
      expect(relativeDifference(whole, summarise({ data, shape: [4, 3] }))).equal(Infinity)
      const holed = data.with(2, NaN)
      expect(relativeDifference(whole, summarise({ data: holed, shape: [3, 4] }))).equal(Infinity)
    })

    it('is exact where one value differs', () => {
      const { data, shape } = randomTensor([3, 20, 20])
      for (const index of [0, 17, 1199]) {
        const other = data.with(index, data[index]! + 2)
        const largest = Math.max(norm(data), norm(other))
        const found = relativeDifference(
          summarise({ data, shape }),
          summarise({ data: other, shape }),
        )
        expect(found).closeTo(2 / largest, 1e-6 / largest + 1e-8)
      }
    })

    it('sees two neighbours change places', () => {
      const { data, shape } = randomTensor([1000])
      const other = data.with(0, data[1]!).with(1, data[0]!)
      const apart = Math.abs(data[0]! - data[1]!) * Math.SQRT2
      const found = relativeDifference(
        summarise({ data, shape }),
        summarise({ data: other, shape }),
      )
      expect(found * norm(data)).within(apart / 2, apart * 2)
    })

    it('has the right mean square, and the standard error that is promised', () => {
      const ratios = Array.from({ length: 300 }, (_, seed) => {
        const [a, b] = [randomTensor([2000], seed), randomTensor([2000], seed + 1000)]
        const apart = norm(a.data.map((value, i) => value - b.data[i]!))
        const largest = Math.max(norm(a.data), norm(b.data))
        return (relativeDifference(summarise(a), summarise(b)) * largest) / apart
      })
      const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length
      expect(mean(ratios.map((ratio) => ratio ** 2))).closeTo(1, 0.1)
      expect(Math.sqrt(mean(ratios.map((ratio) => (ratio - mean(ratios)) ** 2)))).closeTo(
        0.18,
        0.03,
      )
      expect(Math.min(...ratios)).above(0.4)
    })
  })

  describe('beside a figure', () => {
    const image = new Image(8, 8, randomTensor([3, 8, 8]).data)
    const origin = (method: string): Provenance => ({
      method,
      network: 'toy',
      digest: 'd'.repeat(64),
      parameters: { seed: 3 },
      engine: 'none',
      fovea: '0',
    })
    const result = (method: string) =>
      new Result(randomTensor([4]), origin(method), () => picture(image, { title: method }))
    const recorded = (shown: { [displayMetadata](): { fovea?: unknown } }) =>
      ((shown[displayMetadata]().fovea ?? []) as ResultRecord[]).map(({ method }) => method)

    it('is there for each result in a row, once, also under a title and in rows of rows', () => {
      const [a, b] = [result('a'), result('b')]
      expect(recorded(a.figure)).deep.equal(['a'])
      const both = row([a.figure, picture(image), b.figure], { title: 'Both' })
      expect(recorded(both)).deep.equal(['a', 'b'])
      expect(recorded(row([both, a.figure]))).deep.equal(['a', 'b'])
    })

    it('is not there for pictures', () => {
      expect(picture(image)[displayMetadata]()).not.property('fovea')
    })
  })
})
