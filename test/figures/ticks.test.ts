import { expect } from 'chai'
import { formatNumber, formatTicks, niceTicks, powerOfTen } from '../../src/figures/ticks.js'

describe('ticks', () => {
  it('are round numbers within the range', () => {
    const cases: [number, number, number, string][] = [
      [0, 1, 5, '0 0.2 0.4 0.6 0.8 1.0'],
      [0, 1.68, 5, '0 0.5 1.0 1.5'],
      [-20, 20, 5, '−20 −10 0 10 20'],
      [0, 0.543, 3, '0 0.2 0.4'],
      [3, 7, 4, '3 4 5 6 7'],
      [-0.3, 0.3, 2, '−0.2 0 0.2'],
      [-0.0499, 0.0499, 5, '−0.04 −0.02 0 0.02 0.04'],
      [-0.0499, 0.0499, 3, '−0.04 0 0.04'],
    ]
    for (const [low, high, count, text] of cases)
      expect(formatTicks(niceTicks(low, high, count)).labels.join(' ')).to.equal(text)
  })

  it('share one power of ten where they are tiny or huge', () => {
    expect(formatTicks(niceTicks(0, 3e-6, 3))).to.deep.equal({
      labels: ['0', '1', '2', '3'],
      exponent: -6,
    })
    expect(formatTicks(niceTicks(0, 25000, 5)).exponent).to.equal(4)
    expect(formatTicks([0, 0.01]).exponent).to.equal(0)
  })

  it('always hold 0 where the range does, whatever the scale', () => {
    for (let power = -30; power <= 30; power += 3)
      for (const span of [1, 1.7, 2.3, 4.9, 9.99]) {
        const high = span * 10 ** power
        for (const low of [0, -high]) {
          const ticks = niceTicks(low, high, 4)
          expect(ticks).to.include(0)
          expect(ticks.length).to.be.within(2, 7)
          expect(new Set(formatTicks(ticks).labels).size).to.equal(ticks.length)
        }
      }
  })

  it('writes numbers for readers', () => {
    expect([0, 1, 0.0123456, -2.5, 12345, 2.31e-7].map(formatNumber)).to.deep.equal([
      '0',
      '1',
      '0.0123',
      '−2.5',
      '1.23×10⁴',
      '2.31×10⁻⁷',
    ])
    expect(powerOfTen(-12)).to.equal('10⁻¹²')
  })
})
