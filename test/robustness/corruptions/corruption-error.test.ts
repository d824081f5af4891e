import { expect } from 'chai'
import {
  type Corruption,
  corruptionFamilies,
  corruptions,
} from '../../../src/robustness/corruptions/corrupt.js'
import {
  corruptionErrors,
  type ErrorTable,
  familyErrors,
} from '../../../src/robustness/corruptions/corruption-error.js'
import { corruptionBars } from '../../../src/robustness/corruptions/error-bars.js'
import { alexNetErrors, publishedCorruptionErrors } from '../../../src/robustness/published.js'

/** Corruption errors as table 1 of the paper prints them: percent of AlexNet's, rounded, in the paper's order. */
const printed: Record<string, number[]> = {
  SqueezeNet: [107, 106, 105, 100, 103, 101, 100, 101, 103, 97, 97, 98, 106, 109, 134],
  'VGG-11': [97, 97, 100, 92, 99, 93, 91, 92, 91, 84, 75, 86, 97, 107, 100],
  'VGG-19': [89, 91, 95, 89, 98, 90, 90, 89, 86, 75, 68, 80, 97, 102, 94],
  'VGG-19 with batch norm': [82, 83, 88, 82, 94, 84, 86, 80, 78, 69, 61, 74, 94, 85, 83],
  'ResNet-18': [87, 88, 91, 84, 91, 87, 89, 86, 84, 78, 69, 78, 90, 80, 85],
  'ResNet-50': [80, 82, 83, 75, 89, 78, 80, 78, 75, 66, 57, 71, 85, 77, 77],
}

describe('corruption errors', () => {
  it('follow the formulas, worked out by hand', () => {
    const baseline: ErrorTable = {
      clean: 0.4,
      corrupted: { fog: [0.5, 0.6, 0.7], jpeg: [0.45, 0.5, 0.55] },
    }
    const network: ErrorTable = {
      clean: 0.2,
      corrupted: { fog: [0.2, 0.3, 0.4], jpeg: [0.35, 0.3, 0.4] },
    }
    const { ce, relativeCE, meanCE, relativeMeanCE } = corruptionErrors(network, baseline)
    expect(ce.fog).closeTo(0.9 / 1.8, 1e-12)
    expect(ce.jpeg).closeTo(1.05 / 1.5, 1e-12)
    expect(relativeCE.fog).closeTo(0.3 / 0.6, 1e-12)
    expect(relativeCE.jpeg).closeTo(0.45 / 0.3, 1e-12)
    expect(meanCE).closeTo(0.6, 1e-12)
    expect(relativeMeanCE).closeTo(1, 1e-12)
    const families = familyErrors(ce)
    expect(families.weather).closeTo(0.5, 1e-12)
    expect(families.digital).closeTo(0.7, 1e-12)
    expect(families.noise).NaN
  })

  it('of the baseline itself are 100 %', () => {
    const { meanCE, relativeMeanCE, ce } = corruptionErrors(alexNetErrors, alexNetErrors)
    expect(meanCE).closeTo(1, 1e-12)
    expect(relativeMeanCE).closeTo(1, 1e-12)
    expect(Object.keys(ce)).deep.equal([...corruptions])
  })

  for (const [name, row] of Object.entries(printed))
    it(`reproduce the published mCE of ${name} from its row, to its rounding`, () => {
      const corrupted = Object.fromEntries(
        corruptions.map((corruption, i) => [
          corruption,
          alexNetErrors.corrupted[corruption]!.map((error) => (error * row[i]!) / 100),
        ]),
      )
      const { clean, meanCE, relativeMeanCE } = publishedCorruptionErrors.find(
        (published) => published.name === name,
      )!
      const found = corruptionErrors({ clean, corrupted }, alexNetErrors)
      expect(found.meanCE).closeTo(meanCE, 0.0025)
      // Errors of a whole percent weigh more where little is lost.
      expect(found.relativeMeanCE).closeTo(relativeMeanCE, 0.03)
    })

  it('show the point of the paper: mCE falls, relative mCE does not', () => {
    const of = (name: string) => publishedCorruptionErrors.find((row) => row.name === name)!
    expect(of('ResNet-50').meanCE).below(0.8 * of('AlexNet').meanCE)
    expect(of('ResNet-50').relativeMeanCE).above(of('AlexNet').relativeMeanCE)
    const figure = corruptionBars(publishedCorruptionErrors, { title: 'ImageNet-C' })
    expect(figure.toString()).contains(
      'ResNet-50: clean error 23.9 %, mCE 76.7 %, relative mCE 105.0 %',
    )
    expect(figure.png().length).above(5000)
    expect(() => corruptionBars([])).throw(RangeError, 'no networks')
  })

  it('leave out what the baseline gives no measure for', () => {
    const baseline: ErrorTable = { clean: 0.3, corrupted: { fog: [0, 0], jpeg: [0.2, 0.3] } }
    const network: ErrorTable = { clean: 0, corrupted: { fog: [0.5, 0.5], jpeg: [0.1, 0.2] } }
    const { ce, relativeCE, meanCE, relativeMeanCE } = corruptionErrors(network, baseline)
    expect(ce.fog).NaN
    expect(meanCE).closeTo(0.6, 1e-12)
    expect([relativeCE.fog, relativeCE.jpeg, relativeMeanCE]).deep.equal([NaN, NaN, NaN])
  })

  it('refuse tables that do not fit', () => {
    const one: ErrorTable = { clean: 0, corrupted: { fog: [0.1, 0.2] } }
    const message = (corrupted: ErrorTable['corrupted']): RegExpMatchArray | null | string => {
      try {
        corruptionErrors({ clean: 0, corrupted }, one)
        return null
      } catch (error) {
        expect(error).instanceOf(RangeError)
        return (error as Error).message
      }
    }
    expect(message({ fog: [0.1] })).equal(
      "'fog' is known at 1 severities, but of the baseline at 2",
    )
    expect(message({ snow: [0.1, 0.3] })).match(/'snow'.*baseline at 0/)
    expect(message({ fog: [0.1, 0.2] })).equal(null)
  })

  it('are grouped as in the paper', () => {
    const all: readonly Corruption[] = Object.values(corruptionFamilies).flat()
    expect(all).deep.equal([...corruptions])
  })
})
