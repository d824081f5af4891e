import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Dataset, type Items } from '../../datasets/dataset.js'
import { scenes } from '../../datasets/scenes/index.js'
import { display, displayMetadata } from '../../src/image/display.js'
import { Image } from '../../src/image/image.js'
import { rejection } from '../rejection.js'

describe('Dataset', () => {
  const asked: number[] = []
  const squares = new Dataset(10, ['even', 'odd'], (i) => {
    asked.push(i)
    return i * i
  })

  beforeEach(() => {
    asked.length = 0
  })

  it('makes an item only when it is asked for', () => {
    const larger = squares.map((n) => n + 1)
    expect(asked).to.deep.equal([])
    expect(larger.get(3)).to.equal(10)
    expect(asked).to.deep.equal([3])
  })

  it('keeps length and classes when items are mapped', () => {
    const words = squares.map((n, i) => `${i}² = ${n}`)
    expect(words.length).to.equal(10)
    expect(words.classes).to.deep.equal(['even', 'odd'])
    expect(words.get(9)).to.equal('9² = 81')
  })

  it('selects items in any order, repeated if wished', () => {
    const selected = squares.select([7, 0, 7])
    expect([...selected]).to.deep.equal([49, 0, 49])
    expect(selected.length).to.equal(3)
    expect(asked).to.deep.equal([7, 0, 7])
  })

  it('is walked from the first item to the last', () => {
    expect([...squares]).to.deep.equal([0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
  })

  it('names the indices there are when asked for another', () => {
    for (const index of [-1, 10, 1.5, NaN])
      expect(() => squares.get(index)).to.throw(RangeError, /no item .* of 10 .*0 to 9/)
    expect(() => squares.select([12]).get(0)).to.throw(RangeError, /no item 12/)
    expect(() => squares.select([]).get(0)).to.throw(RangeError, /it is empty/)
  })

  it('refuses a length that is not a whole number', () => {
    expect(() => new Dataset(-1, [], () => 0)).to.throw(RangeError, /-1/)
    expect(() => new Dataset(2.5, [], () => 0)).to.throw(RangeError, /2\.5/)
  })

  it('refuses to select what is not there', () => {
    expect(() => squares.select([3, 10])).to.throw(RangeError, /no item 10 .* of 10/)
  })

  it('takes and skips, both ending with the items', () => {
    expect([...squares.take(3)]).to.deep.equal([0, 1, 4])
    expect([...squares.skip(8)]).to.deep.equal([64, 81])
    expect([...squares.skip(2).take(2).skip(1)]).to.deep.equal([9])
    expect(squares.take(99).length).to.equal(10)
    expect(squares.skip(99).length).to.equal(0)
    expect(() => squares.take(-1)).to.throw(RangeError, /take .* not -1/)
    expect(() => squares.skip(0.5)).to.throw(RangeError, /skip .* not 0.5/)
  })

  it('appends data sets of the same classes', () => {
    const three = squares.take(2).concat(squares.take(0), squares.skip(8), squares.take(1))
    expect([...three]).to.deep.equal([0, 1, 64, 81, 0])
    const other = new Dataset(1, ['even', 'uneven'], () => 0)
    expect(() => squares.concat(other)).to.throw(
      RangeError,
      /class 1 is 'odd' in one and 'uneven' in the other/,
    )
    expect(() => squares.concat(new Dataset(1, ['even'], () => 0))).to.throw(/missing/)
  })

  it('shuffles by the seed, every item once', () => {
    const shuffled = [...squares.shuffle(3)]
    expect(shuffled)
      .to.have.members([...squares])
      .and.not.deep.equal([...squares])
    expect([...squares.shuffle(3)]).to.deep.equal(shuffled)
    expect([...squares.shuffle(4)]).to.not.deep.equal(shuffled)
  })

  describe('descriptions', () => {
    const read: number[] = []
    const words = ['a', 'b', 'c']
    const described = new Dataset<Promise<string>, { label: number }>(
      90,
      words,
      async (i) => {
        read.push(i)
        return `${words[i % 3]}${i}`
      },
      (i) => ({ label: i % 3 }),
    )
    beforeEach(() => {
      read.length = 0
    })

    it('are all that a filter looks at, also after other steps', async () => {
      const some = described
        .map((word) => word.toUpperCase())
        .skip(10)
        .concat(described.take(0).map((word) => word))
        .filter(({ label }, index) => label === 2 && index < 9)
      expect(read).to.deep.equal([])
      expect(await Promise.all(some)).to.deep.equal(['C11', 'C14', 'C17'])
      expect(read).to.deep.equal([11, 14, 17])
    })

    it('are the items themselves where there are no others', () => {
      const even = squares.map((n) => n + 1).filter((n) => n % 2 === 0)
      expect([...even]).to.deep.equal([2, 10, 26, 50, 82])
    })

    it('are missed where nothing is known before reading', () => {
      const unknown = new Dataset(4, [], async (i) => i)
      expect(() => unknown.filter(() => true)).to.throw(TypeError, /before they are read/)
      expect(() => unknown.split({ a: 1 }, { stratified: true })).to.throw(TypeError)
      expect(() => squares.labels()).to.throw(TypeError, /item 0 .* no label/)
    })

    it('give the labels', () => {
      expect([...described.take(4).labels()]).to.deep.equal([0, 1, 2, 0])
    })

    it('are not needed to filter by the items', async () => {
      const unknown = new Dataset(20, [], async (i) => i)
      const kept = await unknown.filterItems(async (n, index) => n % 5 === 0 && index > 0)
      expect(await Promise.all(kept)).to.deep.equal([5, 10, 15])
      const failing = unknown.filterItems((n) => {
        if (n === 7) throw new Error('seven')
        return true
      })
      expect((await rejection(failing)).message).to.equal('seven')
    })

    it('of scenes filter without a drawing', () => {
      const wolves = scenes({ seed: 5 }).filter(({ className }) => className === 'wolf')
      expect(wolves.take(2).filter(({ background }) => background !== 'snow').length).to.be.at.most(
        2,
      )
      expect(wolves.get(0).className).to.equal('wolf')
    })
  })

  describe('split', () => {
    const numbers = new Dataset(1000, [], (i) => i)
    const classes = ['many', 'some', 'few']
    const label = (i: number): number => (i % 20 === 0 ? 2 : i % 5 === 0 ? 1 : 0)
    const labelled = new Dataset<number, { label: number }>(
      1000,
      classes,
      (i) => i,
      (i) => ({
        label: label(i),
      }),
    )

    it('gives each part its share, in random order, and every item to one part', () => {
      const { train, validation, test } = numbers.split(
        { train: 0.7, validation: 0.1, test: 0.2 },
        { seed: 1 },
      )
      expect([train.length, validation.length, test.length]).to.deep.equal([700, 100, 200])
      const all = [...train, ...validation, ...test]
      expect(all.toSorted((a, b) => a - b)).to.deep.equal([...numbers])
      expect([...train]).to.not.deep.equal([...train].sort((a, b) => a - b))
    })

    it('is the same for the same seed and another for another', () => {
      const test = (seed: number) => [...numbers.split({ train: 0.8, test: 0.2 }, { seed }).test]
      expect(test(1)).to.deep.equal(test(1))
      expect(test(1)).to.not.have.members(test(2))
    })

    it('leaves out what is in no share', () => {
      const { some } = numbers.split({ some: 0.25 })
      expect(some.length).to.equal(250)
      const { few } = labelled.split({ few: 0.25 }, { stratified: true })
      expect(few.length).to.equal(250)
    })

    it('keeps classes in proportion where it is stratified', () => {
      const count = (set: Iterable<number>) =>
        [0, 1, 2].map((k) => [...set].filter((i) => label(i) === k).length)
      expect(count(numbers)).to.deep.equal([800, 150, 50])
      for (const seed of [1, 2, 3]) {
        const { train, test } = labelled.split(
          { train: 0.9, test: 0.1 },
          { seed, stratified: true },
        )
        expect(count(train)).to.deep.equal([720, 135, 45])
        expect(count(test)).to.deep.equal([80, 15, 5])
        expect(new Set([...train, ...test]).size).to.equal(1000)
      }
      // Without it, three seeds in a row hit all of these numbers with a chance far below 1 in 1000.
      const plain = [1, 2, 3].map((seed) => count(numbers.split({ test: 0.1 }, { seed }).test))
      expect(plain).to.not.deep.equal(Array(3).fill([80, 15, 5]))
    })

    it('has right totals where classes are too small to be divided', () => {
      const pairs = new Dataset<number, { label: number }>(
        200,
        [],
        (i) => i,
        (i) => ({
          label: i >> 1,
        }),
      )
      const { train, test } = pairs.split({ train: 0.8, test: 0.2 }, { stratified: true })
      expect([train.length, test.length]).to.deep.equal([160, 40])
      // 0.4 of two is none or one
      const perClass = [...test].reduce(
        (counts, i) => (counts[i >> 1]!++, counts),
        Array<number>(100).fill(0),
      )
      expect(Math.max(...perClass)).to.equal(1)
    })

    it('works on few items and none', () => {
      const one = numbers.take(1).split({ train: 0.8, test: 0.2 })
      expect([one.train.length, one.test.length]).to.deep.equal([1, 0])
      expect(numbers.take(0).split({ train: 0.5, test: 0.5 }).train.length).to.equal(0)
    })

    it('says which shares are possible', () => {
      expect(() => numbers.split({})).to.throw(RangeError, /one part or more/)
      expect(() => numbers.split({ a: 0.8, b: 0.3 })).to.throw(RangeError, /at most 1.*1\.1/)
      expect(() => numbers.split({ a: 80 })).to.throw(RangeError, /'a' .* not 80/)
      expect(() => numbers.split({ a: NaN })).to.throw(RangeError, /NaN/)
      expect(() => numbers.split({ a: -0.1 })).to.throw(RangeError, /-0\.1/)
      expect(numbers.split({ a: 0.7, b: 0.1, c: 0.2 }).c.length).to.equal(200) // 0.7 + 0.1 + 0.2 > 1
    })
  })

  describe('batches', () => {
    const collect = async <B>(batches: AsyncIterable<B>): Promise<B[]> => {
      const all: B[] = []
      for await (const batch of batches) all.push(batch)
      return all
    }

    it('hold the items in order, the last one what is left', async () => {
      const batches = squares.batches(4)
      expect(batches.length).to.equal(3)
      const expected = [
        [0, 1, 4, 9],
        [16, 25, 36, 49],
        [64, 81],
      ]
      expect(await collect(batches)).to.deep.equal(expected)
      expect(await collect(batches)).to.deep.equal(expected) // again, from the first
      expect(await collect(squares.batches(4, { dropLast: true }))).to.deep.equal(
        expected.slice(0, 2),
      )
      expect(await collect(squares.take(0).batches(4))).to.deep.equal([])
    })

    it('are shuffled by seed and epoch', async () => {
      const order = async (seed: number, epoch: number) =>
        (await collect(squares.batches(3, { shuffle: true, seed, epoch }))).flat()
      expect(await order(1, 0)).to.have.members([...squares])
      expect(await order(1, 0)).to.deep.equal(await order(1, 0))
      expect(await order(1, 1)).to.not.deep.equal(await order(1, 0))
      expect(await order(2, 1)).to.not.deep.equal(await order(1, 1))
    })

    it('make what is made at once only when it is asked for', async () => {
      for await (const batch of squares.batches(2, { prefetch: 3 })) {
        expect(batch).to.deep.equal([0, 1])
        break
      }
      expect(asked).to.deep.equal([0, 1])
    })

    it('read promised items ahead, few at a time and in order', async () => {
      let [reading, most, started] = [0, 0, 0]
      const slow = new Dataset(60, [], async (i) => {
        started++
        most = Math.max(most, ++reading)
        await sleep((i * 7) % 5)
        reading--
        return i
      })
      const seen: number[] = []
      for await (const batch of slow.batches(10, { prefetch: 1 })) {
        await sleep(30)
        expect(started).to.equal(Math.min(60, seen.length + 20)) // this batch and the next
        seen.push(...batch)
      }
      expect(seen).to.deep.equal(Array.from({ length: 60 }, (_, i) => i))
      expect(most).to.equal(8)
    })

    it('stop reading when nobody wants more', async () => {
      let started = 0
      const slow = new Dataset(100, [], async (i) => {
        started++
        await sleep(1)
        return i
      })
      for await (const batch of slow.batches(2)) {
        expect(batch).to.deep.equal([0, 1])
        break
      }
      const atBreak = started
      await sleep(20)
      expect(started).to.equal(atBreak)
      expect(started).to.be.below(20)
    })

    it("throw an error of reading when it is that batch's turn", async () => {
      const unhandled: unknown[] = []
      const note = (error: unknown) => unhandled.push(error)
      process.on('unhandledRejection', note)
      const broken = new Dataset(10, [], async (i) => {
        if (i === 5) throw new Error('item 5 is broken')
        return i
      })
      const seen: number[][] = []
      const walk = async () => {
        for await (const batch of broken.batches(2, { prefetch: 4 })) {
          seen.push(batch)
          await sleep(2)
        }
      }
      expect((await rejection(walk())).message).to.equal('item 5 is broken')
      expect(seen).to.deep.equal([
        [0, 1],
        [2, 3],
      ])
      await sleep(5)
      process.off('unhandledRejection', note)
      expect(unhandled).to.deep.equal([])
    })

    it('have a whole, positive size', () => {
      for (const size of [0, -1, 2.5, NaN])
        expect(() => squares.batches(size)).to.throw(RangeError, /a batch has 1 item or more/)
      expect(() => squares.batches(2, { prefetch: -1 })).to.throw(RangeError, /prefetch/)
    })
  })

  it('is gone through asynchronously, promised or not', async () => {
    const seen: number[] = []
    for await (const item of new Dataset(20, [], async (i) => i)) seen.push(item)
    for await (const item of squares.take(3)) seen.push(item)
    expect(seen).to.deep.equal([...Array.from({ length: 20 }, (_, i) => i), 0, 1, 4])
  })

  it('fits one type, whether items are promised or not', async () => {
    const sum = async (items: Items<{ label: number }>): Promise<number> => {
      let total = 0
      for (let i = 0; i < items.length; i++) total += (await items.get(i)).label
      return total
    }
    const promised = new Dataset(3, [], async (i) => ({ label: i }))
    expect(await sum(promised)).to.equal(3)
    expect(await sum(promised.map(({ label }) => ({ label: 2 * label })))).to.equal(6)
    expect(
      await sum(scenes({ length: 1, classes: ['dog', 'cat'] }).map(() => ({ label: 4 }))),
    ).to.equal(4)
  })

  describe('contact sheet', () => {
    const flat = (grey: number, width: number, height: number): Image =>
      new Image(width, height, new Float32Array(3 * width * height).fill(grey))
    const pictures = (count: number) =>
      new Dataset(count, ['dark', 'light'], (i) => ({
        image: flat(i / count, 20 + i, 30),
        className: i < count / 2 ? 'dark' : 'light',
      }))

    it('shows pictures of any size, with names', async () => {
      const figure = await pictures(5).sheet()
      expect(figure.toString()).to.equal('data set of 5 items, 2 classes: 5 tiles of 24×30 pixels')
      expect(figure.caption).to.equal('')
      expect((await pictures(5).sheet({ count: 1 })).caption).to.equal(
        'Shown: 1 of them. Classes: dark, light',
      )
    })

    it('has every class', async () => {
      const shown: number[] = []
      const sorted = new Dataset<{ image: Image }, { label: number }>(
        50_000,
        Array.from({ length: 100 }, (_, i) => `class ${i}`),
        (i) => {
          shown.push(Math.floor(i / 500))
          return { image: flat(0, 8, 8) }
        },
        (i) => ({ label: Math.floor(i / 500) }),
      )
      await sorted.sheet()
      expect(shown).to.deep.equal(Array.from({ length: 100 }, (_, i) => i))
      shown.length = 0
      await sorted.take(1000).sheet({ count: 7 })
      expect(shown).to.deep.equal([0, 0, 0, 0, 1, 1, 1])
    })

    it('is what a notebook shows', async () => {
      const data = scenes({ length: 40, seed: 3 })
      const bundle = await data[display]()
      expect(Object.keys(bundle)).to.have.members(['image/png', 'text/plain'])
      expect(bundle['text/plain']).to.match(/^data set of 40 items, \d+ classes/)
      const metadata = await data[displayMetadata]()
      expect(metadata).to.have.nested.property('image/png.width')
    })

    it('is replaced by words where there are no pictures', async () => {
      expect(await squares[display]()).to.deep.equal({
        'text/plain': 'data set of 10 items, 2 classes: even, odd',
      })
      expect(await squares[displayMetadata]()).to.deep.equal({})
      expect(await squares.take(0)[display]()).to.deep.equal({
        'text/plain': 'data set of 0 items, 2 classes: even, odd',
      })
      expect(await rejection(squares.sheet())).to.be.instanceOf(TypeError)
      expect((await rejection(pictures(5).sheet({ count: 0 }))).message).to.match(/1 to 400/)
    })
  })
})
