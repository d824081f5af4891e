import { expect } from 'chai'
import { energyWithin, pointsAt } from '../../../src/attribution/trust/localisation.js'

describe('localisation', () => {
  const map = Float32Array.of(0, 1, 0, 0, -9, 2, 0, 0, 1, 0, 4, 0)
  const plane = { data: map, width: 4, height: 3 }
  const mask = (...on: number[]) => Uint8Array.from(map, (_, i) => Number(on.includes(i)))

  it('points where the largest value lies, whatever the largest magnitude is', () => {
    expect(pointsAt(plane, mask(10))).true
    expect(pointsAt(plane, mask(4))).false
    expect(pointsAt(plane, mask(0, 1, 2))).false
  })

  it('lets a near miss pass where that is allowed', () => {
    expect(pointsAt(plane, mask(5), 1)).false // diagonal: 1.41 away
    expect(pointsAt(plane, mask(5), 1.5)).true
    expect(pointsAt(plane, mask(11), 1)).true
  })

  it('of an empty map, or with an empty mask, points nowhere', () => {
    expect(pointsAt({ ...plane, data: new Float32Array(12) }, mask(0))).false
    expect(pointsAt(plane, mask(), 99)).false
  })

  it('measures the share of what is positive', () => {
    expect(energyWithin(map, mask(10, 4))).closeTo(4 / 8, 1e-12)
    expect(energyWithin(map, mask(1, 8))).closeTo(2 / 8, 1e-12)
    expect(energyWithin(new Float32Array(12).fill(3), mask(1, 2, 3))).closeTo(0.25, 1e-12)
    expect(energyWithin(new Float32Array(12).fill(-1), mask(1))).NaN
  })

  it('refuses a mask of another size', () => {
    expect(() => energyWithin(map, [1])).throw(RangeError, 'a mask of 1 pixels does not fit')
    expect(() => pointsAt(plane, [1])).throw(RangeError, 'a mask of 1 pixels does not fit')
  })
})
