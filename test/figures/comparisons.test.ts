import { expect } from 'chai'
import { comparison } from '../../src/figures/comparison.js'
import { namedLines } from '../../src/figures/named-lines.js'
import { numberTable } from '../../src/figures/number-table.js'
import { render } from './pixels.js'

describe('tables of numbers', () => {
  it('fill cells with their colours, two of them along the diagonal', async () => {
    const figure = numberTable({
      values: [
        [1, 2],
        [3, 4],
      ],
      colour: (row, column) =>
        row === 0 && column === 0
          ? '#ff0000'
          : row === 1 && column === 1
            ? ['#00ff00', '#0000ff']
            : undefined,
    })
    const picture = await render(figure)
    expect(picture.at(4, 4)).deep.equal([255, 0, 0])
    expect(picture.at(34, 4)).deep.equal([255, 255, 255])
    expect(picture.at(33, 30)).deep.equal([0, 255, 0])
    expect(picture.at(57, 49)).deep.equal([0, 0, 255])
    expect(picture.inkInPadding()).equal(undefined)
  })

  it('write numbers in full, and say them in words', () => {
    const figure = numberTable({
      values: [
        [-1, 0.126],
        ['a', 2],
      ],
      title: 'T',
    })
    expect(figure.toString()).equal('T: −1 0.13 / a 2')
  })

  it('refuse what is no table', () => {
    expect(() => numberTable({ values: [] })).throw(RangeError, 'a number at least')
    expect(() => numberTable({ values: [[1, 2], [3]] })).throw(RangeError, 'they have 2 and 1')
  })
})

describe('comparisons', () => {
  const columns = [
    { title: 'error', better: 'low' as const },
    { title: 'hits', better: 'high' as const },
  ]
  const rows = [
    { name: 'first', values: [0.1, 0.2] },
    { name: 'second', values: [0.5, 0.9] },
    { name: 'control', values: [0, NaN], control: true },
  ]

  it('say all numbers in words', () => {
    const text = comparison({ columns, rows, title: 'T' }).toString()
    expect(text).match(/^T\n/)
    expect(text).match(/first +0\.10 +0\.20/)
    expect(text).match(/control +0\.00 +–/)
    expect(comparison({ columns, rows: [{ name: 'a', values: [-0.001, -1] }] }).toString()).match(
      /a +0\.00 +−1\.00/,
    )
  })

  it('shade the better cell greener, and controls not at all', async () => {
    const picture = await render(comparison({ columns, rows }))
    const cell = (row: number, column: number) =>
      picture.at(
        picture.width - (2 - column) * 92 + 6,
        picture.height - (3 - row) * 26 + 5 - (row < 2 ? 8 : 0),
      )
    const green = ([r, g]: [number, number, number]) => g - r
    expect(green(cell(0, 0))).above(30)
    expect(green(cell(1, 0))).equal(0)
    expect(green(cell(1, 1))).above(30)
    expect(green(cell(0, 1))).equal(0)
    expect(green(cell(2, 0))).below(5)
    expect(picture.inkInPadding()).equal(undefined)
  })

  it('refuse rows that do not fit', () => {
    expect(() => comparison({ columns, rows: [] })).throw(RangeError, 'a row at least')
    expect(() => comparison({ columns, rows: [{ name: 'a', values: [1] }] })).throw(
      RangeError,
      "row 'a' has 1 values for 2 columns",
    )
  })
})

describe('lines to compare', () => {
  const options = { x: [0, 0.5, 1], xLabel: 'step', yLabel: 'score' }

  it('stay on their card and say where they end', async () => {
    const figure = namedLines({
      ...options,
      lines: [
        { name: 'a', values: [1, 0.5, -0.2] },
        { name: 'b', values: [1, 1, 1], control: true },
      ],
    })
    expect(figure.toString()).equal('score by step; at the end a −0.2, b 1')
    const picture = await render(figure)
    expect(picture.inkInPadding()).equal(undefined)
    expect(picture.hasInk(0, 0, 40, 14)).true // the label of the axis
  })

  it('may have names along the axis', async () => {
    const figure = namedLines({
      ...options,
      x: ['none', 'fc8'],
      lines: [{ name: 'a', values: [1, 0] }],
    })
    expect((await render(figure)).inkInPadding()).equal(undefined)
  })

  it('refuse what cannot be drawn', () => {
    const wrong = (lines: { name: string; values: number[] }[]) => () =>
      namedLines({ ...options, lines })
    expect(wrong([])).throw(RangeError, 'a line, and a place')
    expect(wrong([{ name: 'a', values: [1] }])).throw(
      RangeError,
      "line 'a' has 1 values for 3 places",
    )
    expect(wrong([{ name: 'a', values: [1, NaN, 2] }])).throw(RangeError, 'not NaN')
  })
})
