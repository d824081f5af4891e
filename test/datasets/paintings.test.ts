import { expect } from 'chai'
import { painting, paintings } from '../../datasets/paintings/index.js'
import type { Image } from '../../src/image/image.js'

/** Mean squared difference of neighbouring pixels. */
function roughness({ width, height, data }: Image): number {
  let sum = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x + 1 < width; x++)
      sum += (data[y * width + x + 1]! - data[y * width + x]!) ** 2
  return sum / (height * (width - 1))
}

describe('paintings', () => {
  it('follow from their name and seed', () => {
    for (const name of paintings) {
      const one = painting(name, { size: 24, seed: 1 })
      expect(painting(name, { size: 24, seed: 1 }).data, name).deep.equal(one.data)
      expect(painting(name, { size: 24, seed: 2 }).data, name).not.deep.equal(one.data)
    }
    const means = paintings.map((name) => {
      const { data } = painting(name, { size: 48 })
      return data.reduce((sum, value) => sum + value, 0) / data.length
    })
    expect(new Set(means.map((mean) => mean.toFixed(3))).size).equal(paintings.length)
  })

  it('have larger strokes where they are asked for', () => {
    const [fine, coarse] = [1, 3].map((scale) => painting('mosaic', { size: 72, scale }))
    expect(roughness(coarse!)).below(0.7 * roughness(fine!))
  })

  it('say what is wrong with what they are told', () => {
    expect(() => painting('mosaics' as 'mosaic')).throw(
      /no painting 'mosaics'; the nearest are 'mosaic'/,
    )
    expect(() => painting('ink', { size: 0 })).throw(/1 to 4096 pixels, not 0/)
    expect(() => painting('ink', { scale: -1 })).throw(/a number above 0, not -1/)
  })
})
