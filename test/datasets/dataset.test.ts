import { expect } from 'chai'
import { Dataset } from '../../datasets/dataset.js'

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
})
