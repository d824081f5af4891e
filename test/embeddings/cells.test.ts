import { expect } from 'chai'
import { assignCells } from '../../src/embeddings/cells.js'
import { Random } from '../../src/image/random.js'

const points = (...places: [number, number][]) => ({
  data: Float32Array.from(places.flat()),
  shape: [places.length, 2],
})

function randomPoints(count: number) {
  const random = new Random(4)
  const places = Array.from({ length: count }, (): [number, number] => [
    random.normal(),
    random.normal(),
  ])
  return points(...places)
}

/** The squares of the distances to the cells, in units of a cell. */
function cost({ data, shape }: ReturnType<typeof points>, cells: ArrayLike<number>): number {
  const [count] = shape as [number]
  const columns = Math.ceil(Math.sqrt(count))
  const rows = Math.ceil(count / columns)
  const scaled = (axis: number, most: number) => {
    const values = Array.from({ length: count }, (_, i) => data[2 * i + axis]!)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return values.map((value) => ((value - low) / (high - low)) * (most - 1))
  }
  const [x, y] = [scaled(0, columns), scaled(1, rows)]
  return Array.from(cells).reduce(
    (sum, cell, i) =>
      sum + (x[i]! - (cell % columns)) ** 2 + (rows - 1 - y[i]! - Math.floor(cell / columns)) ** 2,
    0,
  )
}

describe('cells of a grid', () => {
  it('are where the points are, the second axis upwards', () => {
    const { cells, columns, rows } = assignCells(points([0, 0], [1, 0], [0, 1], [1, 1]))
    expect([columns, rows]).deep.equal([2, 2])
    expect([...cells]).deep.equal([2, 3, 0, 1])
  })

  it('are assigned in the best of all ways', () => {
    const few = randomPoints(6)
    let best = Infinity
    const permute = (taken: number[]): void => {
      if (taken.length === 6) best = Math.min(best, cost(few, taken))
      for (let cell = 0; cell < 6; cell++) if (!taken.includes(cell)) permute([...taken, cell])
    }
    permute([])
    expect(cost(few, assignCells(few, 'optimal').cells)).closeTo(best, 1e-9)
  })

  // Shares of what an order costs that does not look at the points; the last of a greedy way go far.
  for (const [assignment, share] of [
    ['optimal', 0.5],
    ['greedy', 0.7],
  ] as const)
    it(`hold one point each (${assignment})`, () => {
      const many = randomPoints(150)
      const { cells, columns, rows } = assignCells(many, assignment)
      expect([columns, rows]).deep.equal([13, 12])
      expect(new Set(cells).size).equal(150)
      expect(cells.every((cell) => cell >= 0 && cell < 156)).true
      expect(cost(many, cells)).below(share * cost(many, [...Array(150).keys()]))
    })

  it('cost no more in the best way than in the greedy one', () => {
    const many = randomPoints(100)
    const [best, greedy] = (['optimal', 'greedy'] as const).map((way) =>
      cost(many, assignCells(many, way).cells),
    )
    expect(best).below(greedy!)
  })

  it('refuse an assignment that there is not', () => {
    expect(() => assignCells(randomPoints(4), 'best' as 'optimal')).throw(RangeError, "not 'best'")
  })
})
