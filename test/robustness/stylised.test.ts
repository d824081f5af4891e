import { expect } from 'chai'
import { scenes } from '../../datasets/scenes/index.js'
import { stylisedScenes } from '../../src/robustness/stylised.js'

describe('stylised scenes', () => {
  const options = { seed: 5, length: 300, classes: ['wolf', 'tiger', 'pizza'] } as const

  it('are the same scenes, a share of them with another texture', () => {
    const plain = scenes(options)
    const mixed = stylisedScenes({ ...options, share: 0.3 })
    expect(mixed.classes).deep.equal(plain.classes)
    let filled = 0
    for (let i = 0; i < mixed.length; i++) {
      const [a, b] = [plain.describe(i), mixed.describe(i)]
      expect(b).include({ ...a })
      if (b.texture !== undefined) {
        filled++
        expect(b.texture).not.equal(b.className)
      }
    }
    expect(filled / 300).within(0.22, 0.38)
    for (let i = 0; i < 12; i++) {
      const [a, b] = [plain.get(i), mixed.get(i)]
      expect([...b.mask]).deep.equal([...a.mask])
      const same = b.image.data.every((value, k) => value === a.image.data[k])
      expect(same).equal(mixed.describe(i).texture === undefined)
    }
  })

  it('are all or none of them at the ends', () => {
    const textures = (share: number): number =>
      Array.from({ length: 50 }, (_, i) =>
        stylisedScenes({ ...options, share }).describe(i),
      ).filter(({ texture }) => texture !== undefined).length
    expect([textures(0), textures(1)]).deep.equal([0, 50])
  })

  it('are the same for the same seed', () => {
    const list = (seed: number): (string | undefined)[] =>
      Array.from({ length: 40 }, (_, i) => stylisedScenes({ ...options, seed }).describe(i).texture)
    expect(list(5)).deep.equal(list(5))
    expect(list(5)).not.deep.equal(list(6))
  })

  it('refuse a share that there cannot be', () => {
    for (const share of [-0.1, 1.1, NaN])
      expect(() => stylisedScenes({ share })).throw(RangeError, `not ${share}`)
  })
})
