import { expect } from 'chai'
import { markOf } from '../../src/figures/class-marks.js'
import { scatter } from '../../src/figures/scatter.js'
import { Image } from '../../src/image/image.js'

const points = (data: number[], dimensions = 2) => ({
  data: Float32Array.from(data),
  shape: [data.length / dimensions, dimensions],
})

/** How many pixels of a figure have about this colour. */
function pixelsOf(figure: { toCanvas(): Parameters<typeof Image.fromCanvas>[0] }, colour: string) {
  const { data, width, height } = Image.fromCanvas(figure.toCanvas())
  const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
  // Points are drawn with an opacity of 0.8 on white.
  const mixed = wanted.map((value) => 0.8 * value + 0.2)
  const plane = width * height
  let count = 0
  for (let i = 0; i < plane; i++)
    if (mixed.every((value, c) => Math.abs(data[c * plane + i]! - value) < 0.02)) count++
  return count
}

describe('a scatter chart', () => {
  it('has every point in the colour of its class', () => {
    const figure = scatter({
      points: points([0, 0, 1, 1, 2, 0, 3, 2]),
      labels: [0, 1, 1, 1],
      classes: ['cat', 'dog'],
      title: 'Map',
    })
    const [cat, dog] = [0, 1].map((label) => pixelsOf(figure, markOf(label).colour))
    expect(cat).above(50)
    expect(dog! / cat!).closeTo(3, 0.3)
    expect(figure.toString()).equal('Map: 4 points in 2 dimensions, of 2 classes')
  })

  it('tells 80 classes apart', () => {
    const marks = Array.from({ length: 80 }, (_, label) => markOf(label))
    expect(new Set(marks.map(({ colour, symbol }) => colour + symbol)).size).equal(80)
  })

  it('keeps the names of many classes below, within the width of a notebook', () => {
    const labels = Array.from({ length: 72 }, (_, i) => i)
    const places = labels.flatMap((i) => [Math.sin(i), Math.cos(i)])
    const classes = labels.map((i) => `class of number ${i}`)
    expect(scatter({ points: points(places), labels, classes }).width).below(932)
    const cube = points(
      Array.from({ length: 216 }, (_, i) => Math.sin(i * i)),
      3,
    )
    expect(scatter({ points: cube, labels, classes }).width).below(932)
  })

  it('holds where all points coincide, and without classes', () => {
    const figure = scatter({ points: points([1, 1, 1, 1]), axes: ['a', 'b'] })
    expect(figure.png().length).above(500)
    expect(figure.toString()).equal('2 points in 2 dimensions')
  })

  it('refuses points that are none', () => {
    expect(() => scatter({ points: points([1, 2, 3, 4], 4) })).throw(RangeError, 'not [1, 4]')
    expect(() => scatter({ points: points([1, NaN]) })).throw(RangeError, 'finite')
    expect(() => scatter({ points: points([1, 2]), labels: [1, 2] })).throw(
      RangeError,
      '2 labels for 1 points',
    )
  })
})
