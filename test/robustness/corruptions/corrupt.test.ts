import { expect } from 'chai'
import { scenes } from '../../../datasets/scenes/index.js'
import { Image } from '../../../src/image/image.js'
import { mixSeeds, Random } from '../../../src/image/random.js'
import { constants } from '../../../src/robustness/corruptions/constants.js'
import {
  corrupt,
  type Corruption,
  corruptionFamilies,
  corruptions,
} from '../../../src/robustness/corruptions/corrupt.js'
import { corruptionSheet } from '../../../src/robustness/corruptions/sheet.js'
import { rejection } from '../../rejection.js'

/** Peak signal-to-noise ratio in dB. */
function psnr(a: Image, b: Image): number {
  const mean = a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length
  return -10 * Math.log10(mean)
}

/** How much of the picture is left, whatever its brightness and contrast: the correlation of the values. */
function correlation(a: Image, b: Image): number {
  const mean = (x: Float32Array): number => x.reduce((sum, value) => sum + value, 0) / x.length
  const [p, q] = [mean(a.data), mean(b.data)]
  let [ab, aa, bb] = [0, 0, 0]
  a.data.forEach((value, i) => {
    const [u, v] = [value - p, b.data[i]! - q]
    ab += u * v
    aa += u * u
    bb += v * v
  })
  return ab / Math.sqrt(aa * bb)
}

describe('corruptions', () => {
  const { image } = scenes({ classes: ['elephant'], seed: 7 }).get(0)
  const all = new Map<Corruption, Image[]>()
  before(async () => {
    for (const name of corruptions) {
      const images: Image[] = []
      for (let severity = 1; severity <= 5; severity++)
        // At the constants' own scale: the steps of small pictures are finer than a pixel.
        images.push(await corrupt(image, name, severity, { seed: 3, scale: 1 }))
      all.set(name, images)
    }
  })

  it('are the fifteen of the paper, in four families', () => {
    expect(corruptions).length(15)
    expect(new Set(corruptions).size).equal(15)
    expect(Object.values(corruptionFamilies).map(({ length }) => length)).deep.equal([3, 4, 4, 4])
    for (const table of Object.values(constants))
      expect(Object.keys(table).filter((name) => name !== 'side')).have.members([...corruptions])
  })

  it('change a picture, keep its size, and stay in [0, 1]', () => {
    for (const [name, images] of all)
      for (const { width, height, data } of images) {
        expect([width, height], name).deep.equal([96, 96])
        expect(
          data.every((value) => value >= 0 && value <= 1),
          name,
        ).equal(true)
        expect(data, name).not.deep.equal(image.data)
      }
  })

  it('get worse with the severity', () => {
    for (const [name, images] of all) {
      // Fog and frost change the brightness as well: what counts is what is left to be seen. The constants of snow
      // and elastic trade one effect for another; see below.
      if (name === 'snow' || name === 'elastic') continue
      const measure = name === 'fog' || name === 'frost' ? correlation : psnr
      const values = images.map((corrupted) => measure(corrupted, image))
      values.slice(1).forEach((value, i) => expect(value, `${name} ${i + 2}`).below(values[i]!))
    }
  })

  it('get worse from end to end where the paper trades one effect for another', () => {
    const snow = all.get('snow')!.map((corrupted) => psnr(corrupted, image))
    expect(snow[4]).below(snow[0]! - 3)
    // Severities 1 and 2 turn and stretch the picture, 3 to 5 crumple it.
    const elastic = all.get('elastic')!.map((corrupted) => psnr(corrupted, image))
    expect(elastic[1]).below(elastic[0]!)
    expect(elastic[3]).below(elastic[2]!)
    expect(elastic[4]).below(elastic[3]!)
  })

  it('are the same for the same seed, and differ by seed where they are random', async () => {
    const random: Corruption[] = [
      ...corruptionFamilies.noise,
      ...(['glass blur', 'motion blur', 'snow', 'frost', 'fog', 'elastic'] as const),
    ]
    for (const name of corruptions) {
      const again = await corrupt(image, name, 2, { seed: 3, scale: 1 })
      expect(again.data, name).deep.equal(all.get(name)![1]!.data)
      const other = await corrupt(image, name, 2, { seed: 4, scale: 1 })
      const same = other.data.every((value, i) => value === again.data[i])
      expect(same, name).equal(!random.includes(name))
    }
  })

  it('take pictures of any size, also with the constants of CIFAR', async () => {
    const random = new Random(mixSeeds(5))
    for (const [width, height] of [
      [33, 20],
      [7, 40],
      [1, 1],
    ] as const) {
      const data = Float32Array.from({ length: 3 * width * height }, () => random.uniform())
      const small = new Image(width, height, data)
      for (const name of corruptions)
        for (const whose of ['imagenet', 'cifar'] as const) {
          const corrupted = await corrupt(small, name, 5, { constants: whose })
          expect([corrupted.width, corrupted.height]).deep.equal([width, height])
          expect(corrupted.data.every(Number.isFinite), `${name} ${width}×${height}`).equal(true)
        }
    }
  })

  it("are milder with CIFAR's constants, at their scale", async () => {
    const options = { seed: 3, scale: 1 }
    for (const name of [
      'gaussian noise',
      'impulse noise',
      'contrast',
      'jpeg',
      'defocus blur',
    ] as const) {
      const mild = await corrupt(image, name, 3, { ...options, constants: 'cifar' })
      expect(psnr(mild, image), name).above(psnr(all.get(name)![2]!, image))
    }
  })

  it('are shown on one sheet', async () => {
    const sheet = await corruptionSheet(image, { corruptions: ['fog', 'jpeg'], seed: 3 })
    expect(sheet.toString()).match(/fog, jpeg, each in 5 severities/)
    expect(sheet.png().length).above(10_000)
    const error = await rejection(corruptionSheet(image, { corruptions: [] }))
    expect(error.message).equal('there are no corruptions to show')
  })

  it('refuse what they do not know', async () => {
    const wrong = async (...args: Parameters<typeof corrupt>): Promise<string> => {
      const error = await rejection(corrupt(...args))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await wrong(image, 'gaussian_noise' as Corruption)).match(
      /'gaussian_noise'.*'gaussian noise'/,
    )
    for (const severity of [0, 6, 2.5, NaN])
      expect(await wrong(image, 'fog', severity)).equal(
        `a severity is a whole number from 1 to 5, not ${severity}`,
      )
    expect(await wrong(image, 'fog', 1, { scale: 0 })).match(/above 0, not 0/)
    expect(await wrong(image, 'fog', 1, { constants: 'cifar10' as 'cifar' })).match(
      /'cifar10'.*'cifar'/,
    )
  })
})
