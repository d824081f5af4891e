import { expect } from 'chai'
import { type Baseline, baselineParameter, baselinePixels } from '../../src/attribution/baseline.js'
import { blurPlane } from '../../src/image/blur.js'
import { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { randomTensor, toyNetwork } from '../toys.js'

describe('baselines', () => {
  let net: Network
  const pixels = randomTensor([2, 3, 4, 5])
  const plane = 20
  before(async () => {
    net = await toyNetwork(
      [3, 4, 5],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      { preprocessing: { size: [4, 5], mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.1] } },
    )
  })
  after(() => net.release())

  const planes = (baseline: Baseline): number[][] => {
    const { data, shape } = baselinePixels(net, pixels, baseline)
    expect(shape).deep.equal([2, 3, 4, 5])
    return Array.from({ length: 6 }, (_, i) => [...data.subarray(i * plane, (i + 1) * plane)])
  }
  const expectFlat = (found: number[][], values: number[]): void =>
    found.forEach((numbers, i) => {
      for (const number of numbers) expect(number).closeTo(values[i]!, 1e-6)
    })

  it('of a number is that number in normalised pixels', () => {
    expectFlat(planes(0), [0, 0, 0, 0, 0, 0])
    expectFlat(planes(-1.5), Array<number>(6).fill(-1.5))
  })

  it('black, grey and white are colours of the picture', () => {
    expectFlat(planes('black'), [-2, -2, -3, -2, -2, -3])
    expectFlat(planes('grey'), [0, 0.5, 2, 0, 0.5, 2])
    expectFlat(planes('white'), [2, 3, 7, 2, 3, 7])
    const white = new Image(5, 4, new Float32Array(60).fill(1))
    expect(planes('white')[2]![0]).closeTo(net.preprocess(white).data[2 * plane]!, 1e-6)
  })

  it('mean is the mean colour of each image', () => {
    const means = Array.from({ length: 6 }, (_, i) => {
      const values = pixels.data.subarray(i * plane, (i + 1) * plane)
      return values.reduce((sum, value) => sum + value, 0) / plane
    })
    expectFlat(planes('mean'), means)
  })

  it('blur is the image itself, blurred', () => {
    const blurred = blurPlane(pixels.data.subarray(plane, 2 * plane), 5, 4, (10 / 224) * 4)
    expect(planes('blur')[1]).deep.equal([...blurred])
  })

  it('an image or pixels stand for all images, or one for each', () => {
    const black = new Image(5, 4)
    expectFlat(planes(black), [-2, -2, -3, -2, -2, -3])
    const one = randomTensor([1, 3, 4, 5], 7)
    expect(planes(one).flat()).deep.equal([...one.data, ...one.data])
    const each = randomTensor([2, 3, 4, 5], 8)
    expect(planes(each).flat()).deep.equal([...each.data])
  })

  it('stands in the provenance', () => {
    const one = randomTensor([1, 3, 4, 5], 7)
    expect(baselineParameter('black', one)).equal('black')
    expect(baselineParameter(0, one)).equal(0)
    expect(baselineParameter(one, one)).match(/^pixels, SHA-256 [0-9a-f]{64}$/)
    expect(baselineParameter(one, randomTensor([1, 3, 4, 5], 9))).not.equal(
      baselineParameter(one, one),
    )
  })

  it('refuses what is none', () => {
    const wrong = (baseline: unknown) => () => baselinePixels(net, pixels, baseline as Baseline)
    expect(wrong('gray')).throw(RangeError, "no baseline 'gray'; it is a number, 'black', 'grey'")
    expect(wrong(NaN)).throw(RangeError, 'a baseline is a finite number, not NaN')
    expect(wrong(randomTensor([3, 3, 4, 5]))).throw(RangeError, '[2, 3, 4, 5], not [3, 3, 4, 5]')
    expect(wrong(randomTensor([1, 3, 5, 4]))).throw(RangeError, 'not [1, 3, 5, 4]')
    const holed = randomTensor([1, 3, 4, 5])
    holed.data[7] = NaN
    expect(wrong(holed)).throw(RangeError, 'is NaN')
  })
})
