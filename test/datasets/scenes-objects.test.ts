import { expect } from 'chai'
import {
  classNames,
  plantedBias,
  type Scene,
  scenes,
  type SceneObject,
  type ScenesOptions,
  styles,
  texturedClasses,
} from '../../datasets/scenes/index.js'
import { filledWith } from '../../datasets/scenes/conflict.js'
import { sprite } from '../../datasets/scenes/sprites.js'

describe('scenes of more than one object on a background', () => {
  const some = (options: ScenesOptions, length = 40): Scene[] => [
    ...scenes({ seed: 21, ...options, length }),
  ]
  const plain = some({})

  it('leave everything else as it is in the plain scene', () => {
    const variants: ScenesOptions[] = [
      { objects: 3 },
      { clutter: 5 },
      { occlusion: 0.4 },
      { conflict: true },
      { grey: classNames },
    ]
    for (const options of variants)
      some(options).forEach(({ label, className, style, background }, i) => {
        expect({ label, className, style, background }).to.deep.equal({
          label: plain[i]!.label,
          className: plain[i]!.className,
          style: plain[i]!.style,
          background: plain[i]!.background,
        })
      })
  })

  it('are the same again for the same seed and index', () => {
    const options: ScenesOptions = { objects: 2, clutter: 3, occlusion: 0.2, conflict: true }
    const data = scenes({ seed: 21, ...options })
    some(options, 5).forEach((scene, i) => expect(data.get(i)).to.deep.equal(scene))
  })

  it('hold one object where nothing else is asked for', () => {
    for (const { className, mask, box, objects, clutter } of plain) {
      expect(objects).to.deep.equal([{ className, mask, box }])
      expect(clutter).to.deep.equal([])
    }
  })

  describe('objects', () => {
    for (const count of [2, 3, 4])
      it(`shows ${count} of different classes, each with a mask and box of its own`, () => {
        const kinds = new Set<string>()
        for (const { className, others, objects, mask, box } of some({ objects: count })) {
          const names = objects.map((object) => object.className)
          expect(names).to.deep.equal([className, ...(others ?? [])])
          expect(new Set(names).size).to.equal(count)
          expect(objects[0]).to.deep.equal({ className, mask, box })
          expectDisjoint(objects)
          for (const object of objects) {
            expect(area(object), object.className).to.be.above(60)
            expectTight(object)
          }
          names.forEach((name) => kinds.add(name))
        }
        expect(kinds.size).to.be.above(20)
      })

    it('puts the labelled one anywhere, and gives it no more room than the others', () => {
      const two = some({ objects: 2 }, 300)
      const centre = ({ box }: SceneObject): [number, number] => [
        (box.left + box.right) / 2,
        (box.top + box.bottom) / 2,
      ]
      const isFirst = two.map(({ objects }) => {
        const [a, b] = [centre(objects[0]!), centre(objects[1]!)]
        return a[0] + a[1] < b[0] + b[1]
      })
      expect(isFirst.filter(Boolean).length / two.length).to.be.within(0.4, 0.6)
      const share = (k: number): number =>
        two.reduce((sum, { objects }) => sum + area(objects[k]!), 0)
      expect(share(0) / share(1)).to.be.within(0.85, 1.18)
    })
  })

  it('clutter: smaller objects of other classes, behind the labelled one', () => {
    some({ clutter: 4 }).forEach(({ className, clutter, mask, objects }, i) => {
      expect(mask).to.deep.equal(plain[i]!.mask)
      expect(clutter).to.have.length(4)
      expectDisjoint([...objects, ...clutter])
      for (const object of clutter) {
        expect(object.className).not.to.equal(className)
        const { left, top, right, bottom } = object.box
        expect(Math.max(right - left, bottom - top)).to.be.below(0.4 * 96)
      }
    })
  })

  it('occlusion: hides the share of the object that was asked for, and says so in its mask', () => {
    for (const occlusion of [0.25, 0.6])
      some({ occlusion }).forEach(({ image, mask, objects }, i) => {
        const before = plain[i]!
        // whole columns of equal position may fall either way
        expect(1 - area(objects[0]!) / area(before.objects[0]!)).to.be.within(
          occlusion - 0.01,
          occlusion + 0.06,
        )
        const plane = mask.length
        for (let p = 0; p < plane; p++) {
          if (mask[p]) {
            expect(before.mask[p]).to.equal(1)
            for (let c = p; c < 3 * plane; c += plane)
              if (image.data[c] !== before.image.data[c])
                expect.fail('the object is changed where it is seen')
          }
        }
        expectTight(objects[0]!)
      })
  })

  describe('conflict', () => {
    it("keeps the silhouette, and takes a textured class's colours", () => {
      some({ conflict: true }).forEach(({ className, texture, mask, image }, i) => {
        expect(texture).not.to.equal(className)
        expect(texturedClasses).to.include(texture)
        expect(mask).to.deep.equal(plain[i]!.mask)
        expect(image.data).not.to.deep.equal(plain[i]!.image.data)
      })
    })

    it('keeps to the chosen classes', () => {
      for (const { className, texture } of some({ conflict: true, classes: ['cat', 'ant'] }))
        expect([className, texture]).to.have.members(['cat', 'ant'])
    })

    it("fills every opaque pixel with a colour of the texture's inside", () => {
      for (const style of styles) {
        const [shape, texture] = [sprite(style, 'cat', 64), sprite(style, 'ladybug', 64)]
        const filled = filledWith(shape, texture)
        const colours = new Set<string>()
        for (let i = 0; i < texture.pixels.length; i += 4)
          if (texture.pixels[i + 3]! >= 250) colours.add(texture.pixels.subarray(i, i + 3).join())
        for (let i = 0; i < shape.pixels.length; i += 4) {
          expect(filled.pixels[i + 3]).to.equal(shape.pixels[i + 3])
          if (shape.pixels[i + 3] === 255)
            expect(colours.has(filled.pixels.subarray(i, i + 3).join())).to.equal(true)
        }
      }
    })
  })

  describe('a planted bias', () => {
    const all = (options: ScenesOptions) => {
      const data = scenes({ seed: 5, length: 20_000, ...options })
      return Array.from({ length: data.length }, (_, i) => data.describe(i))
    }
    const shareOn = (options: ScenesOptions, name: string, background: string): number => {
      const those = all(options).filter(({ className }) => className === name)
      return those.filter((scene) => scene.background === background).length / those.length
    }

    it('holds for the pair in one direction, in the other, or not at all', () => {
      const { options, swapped, unbiased } = plantedBias
      expect(shareOn(options, 'wolf', 'snow')).to.equal(1)
      expect(shareOn(options, 'fox', 'grass')).to.equal(1)
      expect(shareOn(swapped, 'wolf', 'grass')).to.equal(1)
      expect(shareOn(swapped, 'fox', 'snow')).to.equal(1)
      expect(shareOn(unbiased, 'wolf', 'snow')).to.be.below(0.15)
    })

    it('is as strong as asked for', () => {
      const bias = { wolf: 'snow' } as const
      const share = shareOn({ bias, biasStrength: 0.8, classes: ['wolf', 'cat'] }, 'wolf', 'snow')
      expect(share).to.be.closeTo(0.8 + 0.2 / 14, 0.02)
      expect(shareOn({ bias, biasStrength: 0 }, 'wolf', 'snow')).to.be.below(0.15)
    })

    it('draws both in shades of grey, and no other class', () => {
      const options = { ...plantedBias.options, classes: [...plantedBias.pair, 'tiger'] } as const
      for (const { className, image, mask } of some(options)) {
        const plane = mask.length
        const tints = [...mask.keys()]
          .filter((i) => mask[i] === 1)
          .map((i) => [image.data[i]!, image.data[plane + i]!, image.data[2 * plane + i]!])
          .map((rgb) => Math.max(...rgb) - Math.min(...rgb))
          .sort((a, b) => a - b)
        const median = tints[tints.length >> 1]!
        if (className === 'tiger') expect(median).to.be.above(0.1)
        else expect(median, className).to.be.below(0.02)
      }
    })
  })

  it('says which numbers are possible', () => {
    expect(() => scenes({ objects: 5 })).to.throw(RangeError, /objects .* from 1 to 4, not 5/)
    expect(() => scenes({ objects: 2, classes: ['cat'] })).to.throw(RangeError, /2 classes or more/)
    expect(() => scenes({ clutter: 0.5 })).to.throw(RangeError, /clutter .* 0 to 12, not 0.5/)
    expect(() => scenes({ occlusion: 1 })).to.throw(RangeError, /occlusion .* 0 to 0.9, not 1/)
    expect(() => scenes({ biasStrength: NaN })).to.throw(RangeError, /biasStrength .*not NaN/)
    expect(() => scenes({ conflict: true, classes: ['cat'] })).to.throw(RangeError, /two classes/)
    expect(() => scenes({ grey: ['wulf' as 'wolf'] })).to.throw(RangeError, /'wulf'.*'wolf'/)
  })
})

const area = ({ mask }: SceneObject): number => mask.reduce((sum, value) => sum + value, 0)

function expectDisjoint(objects: readonly SceneObject[]): void {
  const total = new Uint8Array(objects[0]!.mask.length)
  for (const { mask } of objects) mask.forEach((value, i) => (total[i]! += value))
  expect(Math.max(...total)).to.equal(1)
}

function expectTight({ mask, box }: SceneObject): void {
  const marked = [...mask.keys()].filter((i) => mask[i] === 1)
  const [columns, rows] = [marked.map((i) => i % 96), marked.map((i) => Math.floor(i / 96))]
  expect(box).to.deep.equal({
    left: Math.min(...columns),
    top: Math.min(...rows),
    right: Math.max(...columns) + 1,
    bottom: Math.max(...rows) + 1,
  })
}
