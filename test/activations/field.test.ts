import { expect } from 'chai'
import { cropField, fieldOf, outlined } from '../../src/activations/field.js'
import { Image } from '../../src/image/image.js'
import { neuron } from '../../src/objectives/units.js'
import { randomTensor, toyNetwork } from '../toys.js'

const picture = (width: number, height: number): Image =>
  new Image(
    width,
    height,
    Float32Array.from({ length: 3 * width * height }, (_, i) => i / 1000),
  )

describe('the field of a neuron', () => {
  it('holds what its gradient depends on, and nothing less', async () => {
    const net = await toyNetwork([3, 20, 22], (toy, input) => {
      const maps = toy.conv('one', input, 4, 5, { stride: 2, padding: 2 })
      return toy.linear(
        'fc',
        toy.flatten('flatten', toy.conv('two', maps, 3, 3, { padding: 1 })),
        2,
      )
    })
    const { layers } = net
    const two = layers.find(({ name }) => name === 'two')!
    for (const position of [
      [0, 0],
      [4, 5],
      [9, 10],
    ] as const) {
      const field = fieldOf(two, position)!
      const { data } = await net.gradient(randomTensor([1, 3, 20, 22]), {
        of: neuron('two', [1, ...position]),
      })
      const [rows, columns] = [new Set<number>(), new Set<number>()]
      data.forEach((value, i) => {
        if (value === 0) return
        rows.add(Math.floor(i / 22) % 20)
        columns.add(i % 22)
      })
      expect([Math.min(...rows), Math.max(...rows)]).deep.equal([
        Math.max(0, field.top),
        Math.min(19, field.top + field.height - 1),
      ])
      expect([Math.min(...columns), Math.max(...columns)]).deep.equal([
        Math.max(0, field.left),
        Math.min(21, field.left + field.width - 1),
      ])
    }
    expect(
      fieldOf(
        layers.find(({ name }) => name === 'fc')!,
        [0, 0],
      ),
    ).equal(undefined)
    await net.release()
  })

  it('is cut out, and filled with a colour beyond the edges', () => {
    const image = picture(5, 4)
    const cut = cropField(image, { top: -1, left: 3, height: 3, width: 4 }, [0.1, 0.2, 0.3])
    expect([cut.width, cut.height]).deep.equal([4, 3])
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 4; x++) {
          const [row, column] = [y - 1, x + 3]
          const inside = row >= 0 && row < 4 && column >= 0 && column < 5
          const expected = inside ? image.data[(c * 4 + row) * 5 + column]! : [0.1, 0.2, 0.3][c]!
          expect(cut.data[(c * 3 + y) * 4 + x]).closeTo(expected, 1e-7)
        }
  })

  it('is framed in a copy of the image, as far as it lies within', () => {
    const image = picture(6, 6)
    const framed = outlined(image, { top: 2, left: 3, height: 9, width: 2 })
    const changed = [...Array(36).keys()].filter((i) => framed.data[i] !== image.data[i])
    expect(changed).deep.equal([15, 16, 21, 22, 27, 28, 33, 34])
    expect([...image.data]).deep.equal([...picture(6, 6).data])
  })
})
