import { expect } from 'chai'
import { scenes } from '../../datasets/scenes/index.js'
import { blurPlane } from '../../src/image/blur.js'
import { denoisePlane } from '../../src/image/denoise.js'
import { Random } from '../../src/image/random.js'
import { relativeError as errorOf } from '../reference.js'

const [width, height] = [24, 16]
const noisy = (seed: number): Float32Array => {
  const random = new Random(seed)
  return Float32Array.from(
    { length: width * height },
    (_, i) => (i % width < 10 ? 0.2 : 0.8) + 0.1 * random.normal(),
  )
}

const relativeError = (actual: Float32Array, expected: Float32Array): number =>
  errorOf({ data: actual, shape: [actual.length] }, { data: expected, shape: [expected.length] })

/** Σ|∇u| + ½ w Σ(u − f)². */
function energy(u: ArrayLike<number>, f: ArrayLike<number>, w: number): number {
  let sum = 0
  for (let i = 0; i < u.length; i++) {
    const dx = i % width < width - 1 ? u[i + 1]! - u[i]! : 0
    const dy = i + width < u.length ? u[i + width]! - u[i]! : 0
    sum += Math.hypot(dx, dy) + 0.5 * w * (u[i]! - f[i]!) ** 2
  }
  return sum
}

/** The same minimum by another way: projected gradients of the dual problem (Chambolle 2004). */
function byDuality(f: Float32Array, w: number, iterations: number): Float32Array {
  const { length } = f
  const [px, py] = [new Float64Array(length), new Float64Array(length)]
  const u = Float64Array.from(f)
  for (let k = 0; k < iterations; k++) {
    for (let i = 0; i < length; i++) {
      const left = i % width > 0 ? px[i - 1]! : 0
      const above = i >= width ? py[i - width]! : 0
      u[i] = f[i]! + (px[i]! - left + py[i]! - above) / w
    }
    for (let i = 0; i < length; i++) {
      const x = px[i]! + (i % width < width - 1 ? u[i + 1]! - u[i]! : 0) * (w / 8)
      const y = py[i]! + (i + width < length ? u[i + width]! - u[i]! : 0) * (w / 8)
      const longer = Math.max(1, Math.hypot(x, y))
      px[i] = x / longer
      py[i] = y / longer
    }
  }
  return Float32Array.from(u)
}

describe('total variation denoising', () => {
  const exact = { iterations: 4000, tolerance: 1e-9 }

  it('brings the sides of a step nearer to each other, by 1 / (weight · columns)', () => {
    const step = Float32Array.from({ length: width * height }, (_, i) => (i % width < 12 ? 0 : 1))
    const found = denoisePlane(step, width, height, 1, exact)
    for (const i of [0, 11, 24, 200]) {
      const expected = i % width < 12 ? 1 / 12 : 1 - 1 / 12
      expect(found[i]).closeTo(expected, 1e-4)
    }
    // Where that is more than half of the step, nothing is left of it.
    const flat = denoisePlane(step, width, height, 0.1, exact)
    expect(Math.max(...flat) - Math.min(...flat)).below(1e-3)
    expect(flat[0]).closeTo(0.5, 1e-3)
  })

  for (const weight of [3, 20])
    it(`finds the minimum that the dual problem has, at a weight of ${weight}`, () => {
      const f = noisy(1)
      const twin = byDuality(f, weight, 40_000)
      const found = denoisePlane(f, width, height, weight, exact)
      expect(relativeError(found, twin)).below(1e-3)
      expect(energy(found, f, weight)).closeTo(energy(twin, f, weight), 1e-4)
      // A hundred iterations, which are usual, come near.
      expect(relativeError(denoisePlane(f, width, height, weight), twin)).below(0.02)
    })

  it('takes noise from a picture and leaves its edges, better than any blur', () => {
    const [side, random] = [96, new Random(2)]
    const clean = scenes({ length: 20 })
      .get(7)
      .image.data.subarray(0, side * side)
    const f = clean.map((value) => value + 0.1 * random.normal())
    const error = (one: Float32Array): number => relativeError(one, clean)
    const best = (candidates: Float32Array[]): number => Math.min(...candidates.map(error))
    const blurred = best([0.4, 0.6, 0.8, 1, 1.3].map((sigma) => blurPlane(f, side, side, sigma)))
    const denoised = best([6, 8, 10, 14].map((weight) => denoisePlane(f, side, side, weight)))
    expect(denoised).below(0.9 * blurred)
    expect(blurred).below(0.9 * error(f))
  })

  it('leaves a flat plane as it is, and refuses what there cannot be', () => {
    const flat = new Float32Array(width * height).fill(0.3)
    expect(relativeError(denoisePlane(flat, width, height, 0.01), flat)).below(1e-6)
    expect(() => denoisePlane(flat, width, height, 0)).throw(RangeError, 'above 0, not 0')
    expect(() => denoisePlane(flat, width, height, 1, { iterations: 0 })).throw(RangeError)
    expect(() => denoisePlane(flat, width, height, 1, { tolerance: NaN })).throw(RangeError)
  })
})
