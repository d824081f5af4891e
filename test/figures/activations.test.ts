/** The figures that activations, weights and patches are shown in. */
import { expect } from 'chai'
import { brackets } from '../../src/figures/brackets.js'
import { lineChart } from '../../src/figures/lines.js'
import { mosaics } from '../../src/figures/mosaics.js'
import { theme } from '../../src/figures/theme.js'
import { valueBars } from '../../src/figures/value-bars.js'
import { Image } from '../../src/image/image.js'
import { render } from './pixels.js'

const red = (width: number, height: number): Image => {
  const image = new Image(width, height)
  image.data.fill(1, 0, width * height)
  return image
}
const isRed = ([r, g, b]: number[]): boolean => r! > 240 && g! < 15 && b! < 15

describe('brackets', () => {
  it('draw every tile in its place, behind its label', async () => {
    const images = [red(3, 3), red(3, 3), red(3, 3)]
    const figure = brackets([
      { label: '0', images },
      { label: '17', images: images.slice(0, 1) },
    ])
    const shown = await render(figure)
    let [tiles, before] = [0, false]
    for (let x = 0; x < shown.width; x += 0.5) {
      const now = isRed(shown.at(x, 6))
      if (now && !before) tiles++
      before = now
    }
    expect(tiles).equal(4) // both groups fit into one line
    expect(shown.inkInPadding()).equal(undefined)
    expect(figure.toString()).equal('2 groups of up to 3 tiles of 3×3 pixels: 0, 17')
  })

  it('go on in further lines where there are many, and stay as wide as a notebook', () => {
    const images = Array.from({ length: 500 }, () => red(3, 3))
    const { width } = brackets([{ label: '0', images }])
    expect(width).within(800, theme.maxWidth - 2 * theme.padding)
  })

  it('refuse what does not belong together', () => {
    expect(() => brackets([])).throw(RangeError, 'at least one image')
    const images = [red(3, 3), red(2, 3)]
    expect(() => brackets([{ label: '0', images }])).throw('one size')
  })
})

describe('line charts', () => {
  const chart = { x: [0, 1, 2], xLabel: 'step', yLabel: 'loss' }

  it('draw the lines where their values are', async () => {
    const flat = await render(lineChart({ ...chart, lines: [{ values: [5, 5, 5] }] }))
    const falling = await render(lineChart({ ...chart, lines: [{ values: [5, 0, 5] }] }))
    // Nowhere below the top is the flat line; the other one crosses the middle of the chart twice.
    const crossings = (shown: typeof flat): number => {
      let count = 0
      let before = false
      for (let x = 40; x < shown.width - 10; x += 0.5) {
        const now = shown.at(x, 110).every((value) => value < 90)
        if (now && !before) count++
        before = now
      }
      return count
    }
    expect(crossings(flat)).equal(0)
    expect(crossings(falling)).equal(2)
    expect(falling.inkInPadding()).equal(undefined)
  })

  it('mark places', async () => {
    const marks = [{ x: 1, label: 'limit' }]
    const shown = await render(lineChart({ ...chart, lines: [{ values: [1, 1, 1] }], marks }))
    let found = 0
    for (let x = 0; x < shown.width; x += 0.5) {
      const [r, g, b] = shown.at(x, 150)
      if (r > g + 60 && r > b + 60) found++
    }
    expect(found).within(1, 5)
  })

  it('refuse lines that do not fit', () => {
    const lines = [{ values: [1, 2] }]
    expect(() => lineChart({ ...chart, lines })).throw(RangeError, '2 values for 3 places')
    expect(() => lineChart({ ...chart, lines: [{ values: [1, NaN, 2] }] })).throw('not NaN')
  })
})

describe('mosaics', () => {
  it('hold the pictures row by row, with those beside them to the right', async () => {
    const images = [red(8, 8), new Image(8, 8), new Image(8, 8), red(8, 8)]
    const shown = await render(mosaics([{ label: '17', images, beside: images.toReversed() }]))
    const width = (shown.width - 6 - 4) / 4
    const top = 16 + 3
    const cell = (square: number, row: number, column: number): boolean =>
      isRed(
        shown.at(
          square * (2 * width + 2 + 6) + column * (width + 2) + width / 2,
          top + row * (width + 2) + width / 2,
        ),
      )
    expect([cell(0, 0, 0), cell(0, 0, 1), cell(0, 1, 0), cell(0, 1, 1)]).deep.equal([
      true,
      false,
      false,
      true,
    ])
    expect([cell(1, 0, 0), cell(1, 1, 1)]).deep.equal([true, true])
    expect(shown.inkInPadding()).equal(undefined)
  })

  it('stay within the width that they are given, however many there are', () => {
    const images = Array.from({ length: 9 }, () => red(50, 50))
    for (const count of [1, 3, 12, 40])
      for (const width of [300, 460, 932]) {
        const groups = Array.from({ length: count }, (_, i) => ({ label: String(i), images }))
        expect(mosaics(groups, { width }).width).within(100, width)
      }
  })

  it('show what has no pictures as empty', () => {
    const figure = mosaics([{ label: 'never active', images: [] }], { places: 9 })
    expect(figure.height).above(100)
    expect(() => mosaics([])).throw(RangeError, 'no mosaics')
  })
})

describe('bars of values', () => {
  it('reach from 0 to both sides', async () => {
    const figure = valueBars({ values: [2, -1], names: ['a', 'b'], label: 'activation' })
    const shown = await render(figure)
    const filled = (y: number): number[] => {
      const found: number[] = []
      for (let x = 0; x < shown.width; x += 0.5) {
        const [r, g, b] = shown.at(x, y)
        if (Math.abs(r - 0x7f) < 3 && Math.abs(g - 0x93) < 3 && Math.abs(b - 0xad) < 3)
          found.push(x)
      }
      return found
    }
    const [up, down] = [filled(9.5), filled(28.5)]
    expect(up.length / down.length).closeTo(2, 0.05)
    expect(Math.max(...down)).closeTo(Math.min(...up), 1)
    expect(figure.toString()).equal('activation\n       2  a\n      −1  b')
    expect(shown.inkInPadding()).equal(undefined)
  })

  it('refuse values that are none', () => {
    const bars = (values: number[]) => () => valueBars({ values, names: ['a', 'b'], label: 'x' })
    expect(bars([1])).throw(RangeError, '1 values for 2 names')
    expect(bars([1, NaN])).throw('that of b is NaN')
  })
})
