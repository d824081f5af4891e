import { expect } from 'chai'
import { Dataset } from '../../datasets/dataset.js'
import { evaluate, wilson } from '../../src/training/evaluate.js'
import { classes, images, tinyNetwork } from './tiny.js'

describe('evaluation', () => {
  it('counts what each image is called, in batches of any size', async () => {
    const net = await tinyNetwork()
    const truth = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const { data } = await net.scoresOf(images.get(i).image)
        return [images.get(i).label, data.indexOf(Math.max(...data))] as const
      }),
    )
    const expected = classes.map((_, a) =>
      classes.map((_, b) => truth.filter(([label, guess]) => label === a && guess === b).length),
    )
    for (const batch of [5, 12, 64]) {
      const { accuracy, confusion, count, perClass } = await evaluate(net, images, { batch })
      expect(confusion.map((row) => [...row])).deep.equal(expected)
      expect(count).equal(12)
      expect(accuracy.share).closeTo(expected.reduce((sum, row, i) => sum + row[i]!, 0) / 12, 1e-9)
      perClass.forEach((row, i) => {
        expect(row.count).equal(expected[i]!.reduce((sum, n) => sum + n, 0))
        expect(row.accuracy).closeTo(expected[i]![i]! / row.count, 1e-9)
      })
    }
  })

  it("gives Wilson's interval", () => {
    // Wilson (1927) for 15 of 20: the roots of (p̂ − p)² = z² p (1 − p) / n.
    for (const [successes, trials] of [
      [15, 20],
      [0, 10],
      [500, 500],
    ] as const) {
      const { share, low, high } = wilson(successes, trials)
      for (const p of [low, high])
        expect((share - p) ** 2).closeTo((1.959964 ** 2 * p * (1 - p)) / trials, 1e-6)
      expect(low).most(share)
      expect(high).least(share)
    }
    expect(wilson(15, 20).low).closeTo(0.5313, 1e-4)
    expect(wilson(15, 20).high).closeTo(0.8881, 1e-4)
  })

  it('refuses data that do not fit', async () => {
    const net = await tinyNetwork()
    const empty = new Dataset(0, classes, (i) => images.get(i))
    const error: unknown = await evaluate(net, empty).catch((reason: unknown) => reason)
    expect((error as Error).message).match(/the data set is empty/)
  })
})
