import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { Image } from '../../src/image/image.js'
import { loadImage } from '../../src/image/load.js'
import { resize, resizePlane, resizeShortestSide, type Filter } from '../../src/image/resize.js'
import { fixture } from './fixture.js'

interface Recorded {
  width: number
  height: number
  data: number[]
  cases: {
    by: string
    width: number
    height: number
    filter: Filter
    antialias: boolean
    data: number[]
  }[]
}

const recorded = JSON.parse(readFileSync(fixture('resize.json'), 'utf8')) as Recorded
const plane = Float32Array.from(recorded.data)

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).to.equal(b.length)
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN))))
}

describe('resizePlane', () => {
  for (const { by, width, height, filter, antialias, data } of recorded.cases)
    it(`agrees with ${by}: ${filter}${antialias ? ', antialiased' : ''}, 11×9 to ${width}×${height}`, () => {
      const options = { filter, antialias }
      const resized = resizePlane(plane, recorded.width, recorded.height, width, height, options)
      expect(largestDifference(resized, data)).to.be.below(1e-5)
    })

  it('keeps a constant constant, whatever the filter', () => {
    for (const filter of ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const)
      for (const antialias of [true, false]) {
        const resized = resizePlane(new Float32Array(35).fill(0.25), 7, 5, 16, 3, {
          filter,
          antialias,
        })
        expect(largestDifference(resized, new Float32Array(48).fill(0.25))).to.be.below(1e-6)
      }
  })

  it('names what is wrong', () => {
    expect(() => resizePlane(plane, 11, 9, 0, 4)).to.throw(RangeError, '11×9 to 0×4')
    expect(() => resizePlane(plane, 10, 9, 4, 4)).to.throw(RangeError, '10×9 does not hold 99')
    const filter = 'cubic' as Filter
    expect(() => resizePlane(plane, 11, 9, 4, 4, { filter })).to.throw(RangeError, 'bicubic')
  })
})

describe('resize', () => {
  it('agrees with Pillow, which rounds to bytes after each pass, within a byte', async () => {
    const photo = await loadImage(fixture('photo.png'))
    const expected = await loadImage(fixture('photo_40.png'))
    const resized = resizeShortestSide(photo, 40)
    expect([resized.width, resized.height]).to.deep.equal([expected.width, expected.height])
    expect(largestDifference(resized.data, expected.data)).to.be.below(1.001 / 255)
  })

  it('keeps the colours of sharp filters within [0, 1]', () => {
    const edge = new Image(8, 8)
    edge.data.forEach((_, i) => (edge.data[i] = i % 8 < 4 ? 0 : 1))
    for (const filter of ['bicubic', 'lanczos'] as const) {
      const { data } = resize(edge, 21, 21, { filter })
      expect(Math.min(...data)).to.equal(0)
      expect(Math.max(...data)).to.equal(1)
    }
  })
})

describe('resizeShortestSide', () => {
  it('rounds the longer side down and leaves an image that fits alone', () => {
    const image = new Image(97, 64)
    const { width, height } = resizeShortestSide(image, 40)
    expect([width, height]).to.deep.equal([60, 40]) // 60.625
    const upright = resizeShortestSide(new Image(64, 97), 40)
    expect([upright.width, upright.height]).to.deep.equal([40, 60])
    expect(resizeShortestSide(image, 64)).to.equal(image)
  })
})
