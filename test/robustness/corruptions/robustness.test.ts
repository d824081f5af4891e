import { expect } from 'chai'
import { Dataset } from '../../../datasets/dataset.js'
import { scenes, splits } from '../../../datasets/scenes/index.js'
import { mixSeeds } from '../../../src/image/random.js'
import type { Network } from '../../../src/network/network.js'
import { zooNetwork } from '../../../src/network/zoo/index.js'
import { corrupt } from '../../../src/robustness/corruptions/corrupt.js'
import { type Robustness, robustness } from '../../../src/robustness/corruptions/robustness.js'
import { alexNetErrors } from '../../../src/robustness/published.js'
import { chooseSignal } from '../../../src/work/signal.js'
import { rejection } from '../../rejection.js'

describe('robustness', () => {
  const data = scenes({ ...splits.test, length: 6 })
  const options = {
    images: 6,
    corruptions: ['gaussian noise', 'contrast'],
    severities: [1, 5],
    seed: 9,
  } as const
  let small: Network
  let net: Network
  let found: Robustness
  before(async () => {
    ;[small, net] = await Promise.all([zooNetwork('scenes-32k'), zooNetwork('scenes')])
    found = await robustness([small, net], data, options)
  })
  after(() => Promise.all([small.release(), net.release()]))

  it('counts wrong answers, picture by picture', async () => {
    expect(found.shape).deep.equal([2, 2, 2])
    const expected: number[] = []
    const clean: number[] = []
    for (const network of [small, net]) {
      const wrong = async (
        change: (image: (typeof first)['image'], i: number) => Promise<typeof image>,
      ) => {
        let count = 0
        for (let i = 0; i < 6; i++) {
          const { image, label } = data.get(i)
          const { data: scores } = await network.scoresOf(await change(image, i))
          count += Number(scores.indexOf(Math.max(...scores)) !== label)
        }
        return count / 6
      }
      const first = data.get(0)
      clean.push(await wrong((image) => Promise.resolve(image)))
      for (const name of options.corruptions)
        for (const severity of options.severities)
          expected.push(
            await wrong((image, i) => corrupt(image, name, severity, { seed: mixSeeds(9, i) })),
          )
    }
    expect([...found.data]).deep.equal([...Float32Array.from(expected)])
    expect(found.networks.map((network) => network.clean)).deep.equal(clean)
    expect(Math.max(...expected)).above(0.5) // noise of severity 5 does hurt
  })

  it('makes corruption errors of them, beside the first network or the one asked for', async () => {
    const { ce, corrupted } = found.of('scenes')
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b)
    const own = sum(corrupted['gaussian noise']!)
    expect(ce['gaussian noise']).closeTo(
      own / sum(found.of('scenes-32k').corrupted['gaussian noise']!),
      1e-12,
    )
    expect(found.of('scenes-32k').meanCE).closeTo(1, 1e-12)
    const other = await robustness([small, net], data, {
      ...options,
      corruptions: ['gaussian noise'],
      baseline: 'scenes',
    })
    expect(other.of('scenes').meanCE).closeTo(1, 1e-12)
    expect(other.of('scenes-32k').corrupted['gaussian noise']).deep.equal(
      found.of('scenes-32k').corrupted['gaussian noise'],
    )
    expect(() => found.of('scene')).throw(RangeError, "'scenes'")
  })

  it('shows a table, bars, curves and details, and says what it did', () => {
    expect(found.toString()).match(/Corruption robustness: 6 pictures[^]*scenes-32k[^]*100\.0 %/)
    expect(found.chart.toString()).contains('mCE')
    expect(found.curves.toString()).contains('noise').contains('digital').not.contains('weather')
    expect(found.details.toString()).contains('gaussian noise').contains('contrast')
    for (const figure of [found, found.chart, found.curves, found.details])
      expect(figure.png().length).above(5000)
    const { method, network, parameters } = found.provenance
    expect([method, network]).deep.equal(['robustness', 'scenes-32k, scenes'])
    expect(parameters).include({ images: 6, seed: 9, constants: 'imagenet' })
    expect(found.interrupted).equal(false)
  })

  it('takes a published table, and one network beside it', async () => {
    const flat = { clean: 0.5, corrupted: { contrast: [0.5, 0.9] } }
    const alone = await robustness({ mine: net }, data, {
      ...options,
      images: 2,
      corruptions: ['contrast'],
      baseline: flat,
    })
    const [a, b] = alone.of('mine').corrupted.contrast as [number, number]
    expect(alone.of('mine').meanCE).closeTo((a + b) / 1.4, 1e-12)
    expect(alone.toString()).contains('the table given (published)')
    const error = await rejection(robustness([net], data, { ...options, baseline: alexNetErrors }))
    expect(error.message).match(/all five severities/)
  })

  it('keeps the pictures that were done at an interrupt', async () => {
    const controller = new AbortController()
    const interrupting = new Dataset(6, data.classes, (i) => {
      if (i === 2) controller.abort()
      return data.get(i)
    })
    chooseSignal(controller.signal)
    const partial = await robustness([small, net], interrupting, options).finally(() =>
      chooseSignal(undefined),
    )
    expect(partial.interrupted).equal(true)
    expect(partial.images).equal(2)
    const two = await robustness([small, net], data, { ...options, images: 2 })
    expect([...partial.data]).deep.equal([...two.data])

    chooseSignal(AbortSignal.abort())
    const error = await rejection(
      robustness([net], data, options).finally(() => chooseSignal(undefined)),
    )
    expect(error.name).equal('AbortError')
  })

  it('refuses what it cannot do', async () => {
    const message = async (...args: Parameters<typeof robustness>): Promise<string> => {
      const error = await rejection(robustness(...args))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message([], data)).equal('there are no networks to compare')
    expect(await message([net, net], data)).match(/two of the networks are called 'scenes'/)
    expect(await message([net], data, { images: 0 })).match(/1 or more/)
    expect(await message([net], data, { severities: [] })).match(/at least one severity/)
    expect(await message([net], data, { severities: [7] })).match(/from 1 to 5, not 7/)
    expect(await message([net], data, { corruptions: ['fog', 'fog'] })).match(/fog is given twice/)
    expect(await message([net], data, { baseline: 'scene' })).match(/'scene'.*'scenes'/)
    const others = new Dataset(1, ['zebra'], () => ({ image: data.get(0).image, label: 0 }))
    expect(await message([net], others, options)).match(/zebra/)
  })
})
