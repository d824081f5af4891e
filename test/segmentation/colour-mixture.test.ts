import { expect } from 'chai'
import { mixSeeds, Random } from '../../src/image/random.js'
import { Mixture } from '../../src/segmentation/colour-mixture.js'

/** 60 points in two overlapping groups, the same in numpy. */
const points = Float64Array.from(
  Array.from({ length: 60 }, (_, i) => {
    const x = i % 3 === 0 ? 0.2 + 0.1 * Math.sin(i) : 0.6 + 0.2 * Math.cos(1.7 * i)
    const y =
      i % 3 === 0 ? 0.3 + 0.05 * Math.cos(3 * i) + 0.5 * (x - 0.2) : 0.5 + 0.1 * Math.sin(2.3 * i)
    return [x, y]
  }).flat(),
)

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length

describe('mixtures of normal distributions', () => {
  it('of one component are the mean and the covariance', () => {
    const { components } = Mixture.fit(points, 2, { components: 1, regularisation: 1e-9 })
    expect(components).length(1)
    const [one] = components
    const [xs, ys] = [0, 1].map((d) => points.filter((_, i) => i % 2 === d))
    const covariance = (a: Float64Array, b: Float64Array) =>
      mean(a.map((value, i) => (value - mean(a)) * (b[i]! - mean(b))))
    expect(one!.weight).closeTo(1, 1e-12)
    expect([...one!.mean][0]).closeTo(mean(xs!), 1e-12)
    expect([...one!.mean][1]).closeTo(mean(ys!), 1e-12)
    const expected = [
      covariance(xs!, xs!) + 1e-9,
      covariance(xs!, ys!),
      covariance(xs!, ys!),
      covariance(ys!, ys!) + 1e-9,
    ]
    one!.covariance.forEach((value, i) => expect(value).closeTo(expected[i]!, 1e-12))
  })

  it('have the density of the formula', () => {
    const mixture = new Mixture(2, [
      { weight: 0.3, mean: Float64Array.of(0, 1), covariance: Float64Array.of(2, 0.5, 0.5, 1) },
      { weight: 0.7, mean: Float64Array.of(-1, 0), covariance: Float64Array.of(1, -0.2, -0.2, 3) },
    ])
    const at = [0.4, -0.3]
    const density = mixture.components.reduce((sum, { weight, mean, covariance }) => {
      const [a, b, , d] = covariance as unknown as [number, number, number, number]
      const determinant = a * d - b * b
      const [x, y] = [at[0]! - mean[0]!, at[1]! - mean[1]!]
      const square = (d * x * x - 2 * b * x * y + a * y * y) / determinant
      return sum + (weight * Math.exp(-square / 2)) / (2 * Math.PI * Math.sqrt(determinant))
    }, 0)
    expect(mixture.logDensities(Float64Array.from(at))[0]).closeTo(Math.log(density), 1e-12)
    expect(mixture.logDensities(Float64Array.of(1e4, 1e4))[0]).finite.below(-1e6)
  })

  it('converge to scikit-learn’s', () => {
    // GaussianMixture(2, reg_covar=1e-4, tol=1e-10, max_iter=500) of scikit-learn 1.2.1
    const expected = [
      [0.51465, 0.2998, 0.34296, 0.023533, 0.0096084, 0.0096084, 0.0049678],
      [0.48535, 0.65245, 0.53064, 0.017478, -0.0049937, -0.0049937, 0.0031824],
    ]
    const options = { components: 2, tolerance: 1e-12, iterations: 500 }
    const mixture = Mixture.fit(points, 2, options)
    expect(mean(mixture.logDensities(points))).closeTo(1.8101168, 1e-6)
    mixture.components
      .toSorted((a, b) => a.mean[0]! - b.mean[0]!)
      .forEach(({ weight, mean, covariance }, k) =>
        [weight, ...mean, ...covariance].forEach((value, i) =>
          expect(value).closeTo(expected[k]![i]!, 1e-4),
        ),
      )
  })

  it('find groups that lie apart, whatever the first means', () => {
    const random = new Random(mixSeeds(3))
    const centres = [
      [0.1, 0.1, 0.1],
      [0.9, 0.2, 0.5],
      [0.3, 0.8, 0.9],
    ]
    const cloud = Float64Array.from(
      { length: 900 },
      (_, i) => centres[Math.floor(i / 3) % 3]![i % 3]! + random.normal(0, 0.02),
    )
    for (const seed of [0, 1, 2, 3]) {
      const { components } = Mixture.fit(cloud, 3, { components: 3, seed })
      for (const centre of centres) {
        const found = components.find(
          ({ mean }) => Math.hypot(...mean.map((value, d) => value - centre[d]!)) < 0.01,
        )
        expect(found?.weight, `seed ${seed}`).closeTo(1 / 3, 1e-3)
        expect(Math.sqrt(found!.covariance[0]!)).closeTo(0.0224, 0.004) // with 0.01 of regularisation
      }
    }
  })

  it('never become less likely from round to round', () => {
    let before = -Infinity
    for (let iterations = 1; iterations <= 12; iterations++) {
      const fitted = Mixture.fit(points, 2, { components: 4, iterations, tolerance: 0, seed: 1 })
      const likelihood = mean(fitted.logDensities(points))
      expect(likelihood).least(before - 2e-3) // the variances' regularisation is no part of it
      before = likelihood
    }
  })

  it('have no more components than there are different points', () => {
    const flat = Float64Array.from({ length: 300 }, (_, i) => (i < 150 ? 0.2 : 0.7))
    const mixture = Mixture.fit(flat, 3, { components: 5 })
    expect(mixture.components).length(2)
    for (const value of mixture.logDensities(flat)) expect(value).finite
  })

  it('refuse what cannot be fitted', () => {
    expect(() => Mixture.fit(new Float64Array(0), 3)).throw(RangeError, 'needs points')
    expect(() => Mixture.fit(new Float64Array(4), 3)).throw(
      RangeError,
      '4 numbers are no points of 3',
    )
    expect(() => Mixture.fit(Float64Array.of(1, NaN), 1)).throw(
      RangeError,
      'finite numbers, not NaN',
    )
    expect(() => Mixture.fit(points, 2, { components: 0 })).throw(RangeError, '1 component or more')
  })
})
