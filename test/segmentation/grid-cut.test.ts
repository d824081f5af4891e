import { expect } from 'chai'
import { mixSeeds, Random } from '../../src/image/random.js'
import { directions, type Grid, gridCut } from '../../src/segmentation/grid-cut.js'

/** What a division of the pixels costs, by the definition. */
function costOf(
  { width, height, source, sink, neighbours }: Grid,
  side: ArrayLike<number>,
): number {
  let cost = 0
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      cost += side[i] ? sink[i]! : source[i]!
      directions.forEach(([dx, dy], d) => {
        const [u, v] = [x + dx, y + dy]
        if (u < 0 || u >= width || v < 0 || v >= height) return
        if (side[i] && !side[v * width + u]) cost += neighbours[8 * i + d]!
      })
    }
  return cost
}

/** Edmonds and Karp's algorithm on a full matrix of capacities: the shortest path with room, again and again. */
function slowFlow(grid: Grid): number {
  const { width, height, source, sink, neighbours } = grid
  const pixels = width * height
  const [s, t] = [pixels, pixels + 1]
  const rest = Array.from({ length: pixels + 2 }, () => new Float64Array(pixels + 2))
  for (let i = 0; i < pixels; i++) {
    rest[s]![i] = source[i]!
    rest[i]![t] = sink[i]!
    directions.forEach(([dx, dy], d) => {
      const [x, y] = [(i % width) + dx, Math.floor(i / width) + dy]
      if (x >= 0 && x < width && y >= 0 && y < height)
        rest[i]![y * width + x] = neighbours[8 * i + d]!
    })
  }
  let flow = 0
  for (;;) {
    const from = new Int32Array(pixels + 2).fill(-1)
    from[s] = s
    const queue = [s]
    for (const node of queue)
      rest[node]!.forEach((room, next) => {
        if (room <= 0 || from[next]! >= 0) return
        from[next] = node
        queue.push(next)
      })
    if (from[t]! < 0) return flow
    let most = Infinity
    for (let node = t; node !== s; node = from[node]!)
      most = Math.min(most, rest[from[node]!]![node]!)
    for (let node = t; node !== s; node = from[node]!) {
      rest[from[node]!]![node]! -= most
      rest[node]![from[node]!]! += most
    }
    flow += most
  }
}

function randomGrid(seed: number, largest: number, number: (random: Random) => number): Grid {
  const random = new Random(mixSeeds(seed))
  const [width, height] = [1 + random.integer(largest), 1 + random.integer(largest)]
  const list = (length: number) => Float64Array.from({ length }, () => number(random))
  const pixels = width * height
  return { width, height, source: list(pixels), sink: list(pixels), neighbours: list(8 * pixels) }
}

describe('the minimum cut of a grid', () => {
  it('is the cheapest of all divisions of small grids', () => {
    for (let seed = 0; seed < 60; seed++) {
      const grid = randomGrid(seed, 3, (random) => random.integer(7))
      const { side, flow } = gridCut(grid)
      const pixels = grid.width * grid.height
      let least = Infinity
      for (let bits = 0; bits < 2 ** pixels; bits++)
        least = Math.min(
          least,
          costOf(
            grid,
            Array.from({ length: pixels }, (_, i) => (bits >> i) & 1),
          ),
        )
      expect(flow, `seed ${seed}`).equal(least)
      expect(costOf(grid, side), `seed ${seed}`).equal(least)
    }
  })

  it('costs what a slow algorithm lets flow, on random grids with many saturated and missing edges', () => {
    for (let seed = 0; seed < 120; seed++) {
      // Strong terminals at few places and narrow edges make long ways, orphans and adoptions.
      const grid = randomGrid(seed, 9, (random) =>
        random.uniform() < 0.4 ? 0 : random.integer(12),
      )
      const lone = (list: ArrayLike<number>) =>
        Array.from(list, (value, i) => ((i * 7 + seed) % 5 === 0 ? 6 * value : 0))
      const sparse = seed % 2 ? grid : { ...grid, source: lone(grid.source), sink: lone(grid.sink) }
      const { side, flow } = gridCut(sparse)
      expect(flow, `seed ${seed}`).equal(slowFlow(sparse))
      expect(costOf(sparse, side), `seed ${seed}`).equal(flow)
    }
  })

  it('bears capacities that are no whole numbers, on grids of thousands of pixels', () => {
    const random = new Random(mixSeeds(5))
    const [width, height] = [70, 50]
    const list = (length: number, scale: number) =>
      Float64Array.from({ length }, () => random.uniform(0, scale) ** 3)
    const pixels = width * height
    const grid = { width, height, source: list(pixels, 3), sink: list(pixels, 3) }
    const whole = { ...grid, neighbours: list(8 * pixels, 1.5) }
    const { side, flow } = gridCut(whole)
    expect(costOf(whole, side)).closeTo(flow, 1e-9 * flow)
    expect(side.some(Boolean) && side.some((value) => !value)).true
  })

  it('of equally cheap cuts takes the one nearest to the source, and needs no terminals', () => {
    const none = new Float64Array(24)
    const chain = new Float64Array(24)
    chain[4] = chain[8 + 4] = 2
    const line = { width: 3, height: 1 }
    expect([
      ...gridCut({ ...line, source: [9, 0, 0], sink: [0, 0, 9], neighbours: chain }).side,
    ]).deep.equal([1, 0, 0])
    const empty = gridCut({ ...line, source: [0, 0, 0], sink: [0, 0, 0], neighbours: none })
    expect([...empty.side, empty.flow]).deep.equal([0, 0, 0, 0])
  })

  it('refuses what is no grid', () => {
    const grid = {
      width: 2,
      height: 1,
      source: [1, 2],
      sink: [1, 2],
      neighbours: Array(16).fill(1),
    }
    expect(() => gridCut({ ...grid, sink: [1] })).throw(
      RangeError,
      "'sink' of a grid of 2×1 has 2 numbers, not 1",
    )
    expect(() => gridCut({ ...grid, source: [1, NaN] })).throw(RangeError, "but 'source' has NaN")
    expect(() => gridCut({ ...grid, sink: [1, -2] })).throw(RangeError, "but 'sink' has -2")
  })
})
