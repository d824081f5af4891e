import { expect } from 'chai'
import { type Quadrature, quadrature, quadratures } from '../../src/attribution/quadrature.js'

const integrate = (rule: Quadrature, count: number, f: (x: number) => number): number =>
  quadrature(rule, count).reduce((sum, { at, weight }) => sum + weight * f(at), 0)

describe('quadrature', () => {
  it("has numpy's points and weights of Gauss and Legendre", () => {
    const points = [-0.906179845938664, -0.538469310105683, 0, 0.538469310105683, 0.906179845938664]
    const weights = [
      0.236926885056189, 0.478628670499367, 0.568888888888889, 0.478628670499367, 0.236926885056189,
    ]
    quadrature('gausslegendre', 5).forEach(({ at, weight }, i) => {
      expect(at).closeTo((1 + points[i]!) / 2, 1e-14)
      expect(weight).closeTo(weights[i]! / 2, 1e-14)
    })
    expect(quadrature('gausslegendre', 1)).deep.equal([{ at: 0.5, weight: 1 }])
  })

  it('of Gauss and Legendre is exact to degree 2n − 1 and no further', () => {
    for (const count of [1, 2, 3, 7, 20]) {
      for (let degree = 0; degree < 2 * count; degree++)
        expect(integrate('gausslegendre', count, (x) => x ** degree)).closeTo(
          1 / (degree + 1),
          1e-13,
        )
      const beyond = integrate('gausslegendre', count, (x) => (2 * x - 1) ** (2 * count))
      if (count < 20) expect(Math.abs(beyond - 1 / (2 * count + 1))).above(1e-6)
    }
    for (const count of [50, 300])
      expect(integrate('gausslegendre', count, Math.exp)).closeTo(Math.E - 1, 1e-13)
  })

  it('has ascending points in [0, 1] and weights that add up to 1', () => {
    for (const rule of quadratures)
      for (const count of [2, 9, 50]) {
        const steps = quadrature(rule, count)
        expect(steps).length(count)
        expect(steps.reduce((sum, { weight }) => sum + weight, 0)).closeTo(1, 1e-13)
        steps.forEach(({ at }, i) => {
          expect(at).within(i === 0 ? 0 : steps[i - 1]!.at + 1e-9, 1)
        })
      }
  })

  it('of Riemann takes the ends and middles that its names say', () => {
    const points = (rule: Quadrature): number[] => quadrature(rule, 4).map(({ at }) => at)
    expect(points('riemann_left')).deep.equal([0, 0.25, 0.5, 0.75])
    expect(points('riemann_middle')).deep.equal([0.125, 0.375, 0.625, 0.875])
    expect(points('riemann_right')).deep.equal([0.25, 0.5, 0.75, 1])
    const trapezoid = quadrature('riemann_trapezoid', 3)
    expect(trapezoid.map(({ at }) => at)).deep.equal([0, 0.5, 1])
    expect(trapezoid.map(({ weight }) => weight)).deep.equal([0.25, 0.5, 0.25])
  })

  it('refuses what there is not', () => {
    const wrong = (rule: string, count: number) => () => quadrature(rule as Quadrature, count)
    expect(wrong('simpson', 5)).throw(
      RangeError,
      "no quadrature 'simpson'; there are 'gausslegendre'",
    )
    expect(wrong('gausslegendre', 0)).throw(RangeError, 'takes 1 or more whole steps, not 0')
    expect(wrong('gausslegendre', 2.5)).throw(RangeError, 'not 2.5')
    expect(wrong('riemann_trapezoid', 1)).throw(RangeError, 'takes 2 or more whole steps, not 1')
  })
})
