import { expect } from 'chai'
import { blurPlane } from '../../src/image/blur.js'
import { Random } from '../../src/image/random.js'

describe('blurPlane', () => {
  const [width, height, sigma] = [9, 7, 1.3]
  const random = new Random(4)
  const plane = Float32Array.from({ length: width * height }, () => random.uniform(-1, 1))

  it('is the weighted mean by a Gaussian of the distance, within 3 σ along either axis', () => {
    const radius = Math.ceil(3 * sigma)
    const blurred = blurPlane(plane, width, height, sigma)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let [sum, total] = [0, 0]
        for (let v = 0; v < height; v++)
          for (let u = 0; u < width; u++) {
            if (Math.abs(u - x) > radius || Math.abs(v - y) > radius) continue
            const weight = Math.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * sigma ** 2))
            sum += weight * plane[v * width + u]!
            total += weight
          }
        expect(blurred[y * width + x]).closeTo(sum / total, 1e-6)
      }
  })

  it('leaves a flat plane as it is, its edges too', () => {
    const flat = new Float32Array(width * height).fill(0.7)
    for (const value of blurPlane(flat, width, height, 10)) expect(value).closeTo(0.7, 1e-6)
  })

  it('needs a standard deviation', () => {
    for (const wrong of [0, -1, NaN, Infinity])
      expect(() => blurPlane(plane, width, height, wrong)).throw(RangeError, `not ${wrong}`)
  })
})
