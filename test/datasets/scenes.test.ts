import { createHash } from 'node:crypto'
import { expect } from 'chai'
import {
  type Background,
  backgrounds,
  type ClassName,
  classNames,
  groups,
  licences,
  type Scene,
  scenes,
  heldOutStyle,
  splits,
  type Style,
  styles,
} from '../../datasets/scenes/index.js'
import { paintBackground } from '../../datasets/scenes/backgrounds/index.js'
import { backgroundSeed } from '../../datasets/scenes/draw.js'
import { processorTime } from '../processor-time.js'

describe('scenes', () => {
  const some = Array.from({ length: 200 }, (_, i) => scenes({ seed: 11 }).get(i))

  it('has at least 64 classes in groups, 6 styles and 12 backgrounds', () => {
    expect(classNames.length).to.be.at.least(64)
    expect(new Set(classNames).size).to.equal(classNames.length)
    expect(Object.values(groups).flat()).to.have.members([...classNames])
    expect(styles).to.have.length(6)
    expect(backgrounds.length).to.be.at.least(12)
  })

  describe('a scene', () => {
    it('holds picture, names, mask and box of the agreed form', () => {
      for (const { image, mask, label, className, style, background, box, ...rest } of some) {
        expect([image.width, image.height, mask.length]).to.deep.equal([96, 96, 96 * 96])
        expect(image.data.every((value) => value >= 0 && value <= 1)).to.equal(true)
        expect(mask.every((value) => value === 0 || value === 1)).to.equal(true)
        expect(className).to.equal(classNames[label])
        expect(styles).to.include(style)
        expect(backgrounds).to.include(background)
        expect(box.right).to.be.above(box.left)
        expect(rest.seed).to.equal(11)
      }
    })

    it('has a box that is the smallest around its mask', () => {
      for (const { mask, box } of some) {
        const marked = [...mask.keys()].filter((i) => mask[i] === 1)
        const columns = marked.map((i) => i % 96)
        const rows = marked.map((i) => Math.floor(i / 96))
        expect(box).to.deep.equal({
          left: Math.min(...columns),
          top: Math.min(...rows),
          right: Math.max(...columns) + 1,
          bottom: Math.max(...rows) + 1,
        })
      }
    })

    it('differs from its background on the mask, and nowhere but there and at the outline', () => {
      const covered: number[] = []
      for (const scene of some) {
        const { mask, className, style } = scene
        const differs = differenceFromBackground(scene)
        const reach = dilated(mask, 96)
        const elsewhere = differs.filter((differing, i) => differing === 1 && reach[i] === 0)
        // Whiskers and stalks thinner than half a pixel are drawn, but not in the mask.
        expect(elsewhere.length / mask.length, `${style} ${className}`).to.be.below(0.002)
        covered.push(count(differs.map((differing, i) => differing & mask[i]!)) / count(mask))
      }
      // An object may by chance have its background's colour somewhere, but not often.
      expect(mean(covered)).to.be.above(0.97)
    })

    it('shows the whole object, or nearly, at a size that can be seen', () => {
      for (const { mask, box, className } of some) {
        expect(Math.max(box.right - box.left, box.bottom - box.top), className).to.be.above(30)
        expect(share(mask), className).to.be.above(0.02)
        expect(share(mask), className).to.be.below(0.75)
      }
    })
  })

  describe('reproducibility', () => {
    it('gives the same scene for the same seed and index, asked in any order', () => {
      const again = scenes({ seed: 11 })
      for (const index of [17, 3, 150, 0]) expect(again.get(index)).to.deep.equal(some[index])
    })

    it('gives another scene for another index or seed', () => {
      const pictures = new Set(some.map(({ image }) => digest(image.data)))
      expect(pictures.size).to.equal(some.length)
      expect(scenes({ seed: 12 }).get(0).image.data).not.to.deep.equal(some[0]?.image.data)
    })

    it('describes a scene without drawing it', () => {
      const data = scenes({ seed: 11 })
      for (const [index, scene] of some.entries()) expect(scene).to.include(data.describe(index))
      expect(() => data.describe(data.length)).to.throw(RangeError)
    })

    it('shows the same scene at another size', () => {
      const [large, half] = [scenes({ size: 192 }), scenes({ size: 96 })]
      for (let i = 0; i < 10; i++) {
        const { mask, box, ...rest } = half.get(i)
        const twice = large.get(i)
        expect(rest.className).to.equal(twice.className)
        expect(share(twice.mask)).to.be.closeTo(share(mask), 0.02)
        expect(twice.box.left / 2).to.be.closeTo(box.left, 1.5)
        expect(twice.box.bottom / 2).to.be.closeTo(box.bottom, 1.5)
        expect(meanDifference(rest.image.data, halved(twice.image.data, 192))).to.be.below(0.05)
      }
    })
  })

  describe('options', () => {
    it('shows every class, style and background equally often', () => {
      const data = scenes({ length: 20_000, seed: 4 })
      const all = Array.from({ length: data.length }, (_, i) => data.describe(i))
      expectUniform(
        all.map(({ label }) => label),
        classNames.length,
      )
      expectUniform(
        all.map(({ style }) => styles.indexOf(style)),
        styles.length,
      )
      expectUniform(
        all.map(({ background }) => backgrounds.indexOf(background)),
        backgrounds.length,
      )
    })

    it('chooses style and background independently of class', () => {
      const data = scenes({ length: 30_000, seed: 4 })
      const all = Array.from({ length: data.length }, (_, i) => data.describe(i))
      expectUniform(
        all.map(({ label, style }) => label * styles.length + styles.indexOf(style)),
        classNames.length * styles.length,
      )
      expectUniform(
        all.map(
          ({ label, background }) => label * backgrounds.length + backgrounds.indexOf(background),
        ),
        classNames.length * backgrounds.length,
      )
    })

    it('keeps to the chosen classes, styles and backgrounds, and labels them in that order', () => {
      const classes: ClassName[] = ['wolf', 'cat']
      const chosen = { styles: ['twemoji', 'noto'], backgrounds: ['brick'] } as const
      const data = scenes({ classes, ...chosen, length: 60 })
      expect(data.classes).to.deep.equal(classes)
      expect(data.length).to.equal(60)
      const seen = [...data]
      expect(new Set(seen.map(({ style }) => style))).to.have.keys('twemoji', 'noto')
      expect(new Set(seen.map(({ background }) => background))).to.have.keys('brick')
      for (const { label, className } of seen) expect(className).to.equal(classes[label])
    })

    it('puts a biased class on its background, and no other', () => {
      const data = scenes({ bias: { wolf: 'snow', fox: 'grass' }, length: 3000 })
      const all = Array.from({ length: data.length }, (_, i) => data.describe(i))
      const under = (name: string) =>
        new Set(all.filter((d) => d.className === name).map((d) => d.background))
      expect(under('wolf')).to.have.keys('snow')
      expect(under('fox')).to.have.keys('grass')
      expect(under('dog').size).to.be.above(5)
    })

    it('leaves the drawing as it is at variation 0', () => {
      const data = scenes({ classes: ['football'], styles: ['noto'], variation: 0, length: 20 })
      for (const { box } of data) {
        const touchesEdge = Object.values(box).some((side) => side === 0 || side === 96)
        if (!touchesEdge)
          // a ball neither turned nor stretched fills a square
          expect((box.right - box.left) / (box.bottom - box.top)).to.be.closeTo(1, 0.06)
      }
    })

    it('bends the form of an object where it stands, and nothing else of the scene', () => {
      const options = { classes: ['football'], styles: ['noto'], variation: 0, length: 20 } as const
      const bent = scenes({ ...options, bend: 0.1 })
      const shares: number[] = []
      for (const [i, { mask, box, background }] of [...scenes(options)].entries()) {
        const other = bent.get(i)
        expect(other.background).to.equal(background)
        const [size, differing] = [mask, mask.map((covered, at) => covered ^ other.mask[at]!)].map(
          (pixels) => pixels.reduce((sum, pixel) => sum + pixel, 0),
        ) as [number, number]
        shares.push(differing / size)
        for (const side of ['left', 'top', 'right', 'bottom'] as const)
          expect(other.box[side]).to.be.closeTo(box[side], 0.15 * (box.right - box.left))
      }
      expect(Math.min(...shares)).to.be.above(0.005)
      expect(shares.reduce((sum, share) => sum + share) / shares.length).to.be.within(0.03, 0.25)
    })

    it('repaints the share of objects that is asked for, and nothing else of the scene', () => {
      const options = { classes: ['football'], length: 60 } as const
      const [plain, painted] = [scenes(options), scenes({ ...options, repaint: 0.5 })]
      const changed = Array.from(plain, ({ image, mask, box, background }, i) => {
        const other = painted.get(i)
        expect(other).to.deep.include({ mask, background })
        const differing = [...image.data.keys()]
          .filter((j) => image.data[j] !== other.image.data[j])
          .map((j) => j % mask.length)
        for (const at of differing) {
          expect(at % 96).to.be.within(box.left - 2, box.right + 1) // the mask ends where a pixel is half covered
          expect(Math.floor(at / 96)).to.be.within(box.top - 2, box.bottom + 1)
        }
        return differing.length > 0
      })
      expect(changed.filter(Boolean).length).to.be.within(18, 42)
    })

    it('filters by description alone', () => {
      const cats = scenes({ length: 500 }).filter(({ className }) => className === 'cat')
      expect(cats.length).to.be.within(2, 50)
      expect([...cats].every(({ className }) => className === 'cat')).to.equal(true)
    })
  })

  describe('errors', () => {
    it('lists the nearest classes, styles and backgrounds', () => {
      expect(() => scenes({ classes: ['elefant' as ClassName] })).to.throw(
        RangeError,
        /no class 'elefant'; the nearest are 'elephant'/,
      )
      expect(() => scenes({ styles: ['twitter' as Style] })).to.throw(/no style 'twitter'.*twemoji/)
      expect(() => scenes({ backgrounds: ['gras' as Background] })).to.throw(/'gras'.*'grass'/)
      expect(() => scenes({ bias: { wolf: 'snwo' as Background } })).to.throw(/'snwo'.*'snow'/)
    })

    it('says which values are possible', () => {
      expect(() => scenes({ classes: [] })).to.throw(/at least one class/)
      expect(() => scenes({ classes: ['cat', 'cat'] })).to.throw(/class 'cat' is given twice/)
      expect(() => scenes({ size: 20 })).to.throw(RangeError, /32 to 256, not 20/)
      expect(() => scenes({ seed: 0.5 })).to.throw(RangeError, /whole number, not 0.5/)
      expect(() => scenes({ repaint: 2 })).to.throw(
        RangeError,
        /repaint is a number from 0 to 1, not 2/,
      )
      expect(() => scenes({ bend: 0.5 })).to.throw(RangeError, /bend is a number from 0 to 0.3/)
      expect(() => scenes({ variation: -1 })).to.throw(RangeError, /not -1/)
      expect(() => scenes({ length: 3 }).get(3)).to.throw(RangeError, /0 to 2/)
    })
  })

  it('splits so that the held-out style is in no other split and no scene in two', () => {
    const { heldOut, ...others } = splits
    for (const split of Object.values(others)) expect(split.styles).not.to.include(heldOutStyle)
    expect(heldOut.styles).to.deep.equal([heldOutStyle])
    const first = Object.values(splits).map((split) => digest(scenes(split).get(0).image.data))
    expect(new Set(first).size).to.equal(4)
  })

  it('states the licence of every pack', () => {
    const stated = licences()
    expect(stated.map(({ style }) => style)).to.deep.equal([...styles])
    expect(scenes.licences()).to.deep.equal(stated)
    for (const { pack, author, licence, licenceUrl, url } of stated) {
      expect(pack).not.to.equal('')
      expect(author).not.to.equal('')
      expect(['Apache-2.0', 'MIT', 'CC-BY-4.0']).to.include(licence)
      expect(licenceUrl).to.match(/^https:/)
      expect(url).to.match(/^https:/)
    }
  })

  it('is quick (reported, not asserted)', function () {
    const data = scenes({ seed: 12 })
    for (let i = 0; i < 1000; i++) data.get(i) // reliefs and drawings are made once
    const start = processorTime()
    for (let i = 1000; i < 2000; i++) data.get(i)
    const perSecond = 1e6 / (processorTime() - start)
    if (this.test) this.test.title += `: ${perSecond.toFixed(0)} scenes a second of one core`
  })
})

/** 1 where the picture visibly differs from the background that was painted under the object. */
function differenceFromBackground({ image, background, seed, index }: Scene): Uint8Array {
  const under = paintBackground(background, image.width, backgroundSeed(seed, index))
  const plane = image.width * image.height
  return Uint8Array.from({ length: plane }, (_, i) =>
    [0, plane, 2 * plane].some((c) => Math.abs(image.data[c + i]! - under.data[c + i]!) > 1e-3)
      ? 1
      : 0,
  )
}

/** The mask and its eight neighbours, twice: where an object's soft outline may reach. */
function dilated(mask: Uint8Array, size: number): Uint8Array {
  return Uint8Array.from(mask, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)]
    for (let dy = -2; dy <= 2; dy++)
      for (let dx = -2; dx <= 2; dx++) {
        const inside = x + dx >= 0 && x + dx < size && y + dy >= 0 && y + dy < size
        if (inside && mask[(y + dy) * size + x + dx] === 1) return 1
      }
    return 0
  })
}

/** Each 2 × 2 pixels averaged, in three planes. */
function halved(data: Float32Array, size: number): Float32Array {
  const half = size / 2
  return Float32Array.from({ length: 3 * half * half }, (_, i) => {
    const [x, row] = [i % half, Math.floor(i / half)]
    const corner = 2 * row * size + 2 * x
    return mean([0, 1, size, size + 1].map((step) => data[corner + step]!))
  })
}

/** That each of `kinds` outcomes is as frequent as chance allows (χ², five standard deviations). */
function expectUniform(outcomes: readonly number[], kinds: number): void {
  const counts = new Array<number>(kinds).fill(0)
  for (const outcome of outcomes) counts[outcome]! += 1
  const expected = outcomes.length / kinds
  const chiSquared = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
  expect(chiSquared).to.be.below(kinds - 1 + 5 * Math.sqrt(2 * (kinds - 1)))
}

const digest = (data: Float32Array) => createHash('sha256').update(data).digest('hex')

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

const count = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0)

const share = (mask: Uint8Array) => count(mask) / mask.length

const meanDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
