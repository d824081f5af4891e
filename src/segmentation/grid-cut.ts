/** The cheapest cut between two terminals through a grid of pixels. */

/** How neighbours are numbered; the opposite of direction d is 7 − d. */
export const directions = [
  [-1, -1],
  [0, -1],
  [1, -1],
  [-1, 0],
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const

export interface Grid {
  width: number
  height: number
  /** What it costs to separate each pixel from the source: to call it background. ≥ 0. */
  source: ArrayLike<number>
  /** What it costs to separate each pixel from the sink: to call it object. ≥ 0. */
  sink: ArrayLike<number>
  /**
   * What it costs that a pixel lies with the source and its neighbour with the sink, 8 for each pixel, in the
   * order of {@link directions}. ≥ 0; those that lead out of the grid are ignored.
   */
  neighbours: ArrayLike<number>
}

export interface Cut {
  /** 1 for the pixels on the source's side, else 0. Where cuts are equally cheap, the one nearest to the source. */
  side: Uint8Array
  /** The largest flow, which is the cost of the cut. */
  flow: number
}

const FREE = 0
const SOURCE = 1
const SINK = 2

/** In place of the direction of a parent. */
const TERMINAL = 8
const NONE = 9

/**
 * The minimum cut of a grid of 8 neighbours: two trees grow from the terminals until they meet; what flows along
 * the path saturates an edge of it; the pixels that it fed are adopted by others of their tree, or set free.
 *
 * Boykov, Kolmogorov: An Experimental Comparison of Min-Cut/Max-Flow Algorithms for Energy Minimization in
 * Vision (2004), with their marking heuristics.
 *
 * @throws RangeError where numbers are missing, negative or not finite.
 * @example gridCut({ width: 2, height: 1, source: [9, 0], sink: [0, 9], neighbours }).side // [1, 0]
 */
export function gridCut(grid: Grid): Cut {
  check(grid)
  const { width, height } = grid
  // A frame of pixels without capacity, so that every pixel has 8 neighbours.
  const stride = width + 2
  const total = stride * (height + 2)
  const offsets = directions.map(([x, y]) => y * stride + x)
  const framed = (i: number): number => (Math.floor(i / width) + 1) * stride + (i % width) + 1

  /** What still fits through the edges to the neighbours, and (positive) from the source or (negative) to the sink. */
  const rest = new Float64Array(8 * total)
  const terminal = new Float64Array(total)
  const tree = new Uint8Array(total)
  const parent = new Uint8Array(total).fill(NONE)
  /** The distance to the terminal, and when it was last known to be right. */
  const distance = new Int32Array(total)
  const stamp = new Int32Array(total)
  let time = 0
  let flow = 0

  const active = new Queue(total)
  for (let i = 0; i < width * height; i++) {
    const p = framed(i)
    const [x, y] = [i % width, Math.floor(i / width)]
    directions.forEach(([dx, dy], d) => {
      const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height
      if (inside) rest[8 * p + d] = grid.neighbours[8 * i + d]!
    })
    flow += Math.min(grid.source[i]!, grid.sink[i]!)
    terminal[p] = grid.source[i]! - grid.sink[i]!
    if (terminal[p] === 0) continue
    tree[p] = terminal[p] > 0 ? SOURCE : SINK
    parent[p] = TERMINAL
    distance[p] = 1
    active.add(p)
  }

  /** What fits from a pixel to its neighbour as seen from its tree: away from the source, or towards the sink. */
  const room = (p: number, d: number): number =>
    tree[p] === SOURCE ? rest[8 * p + d]! : rest[8 * (p + offsets[d]!) + 7 - d]!

  /** Grows the tree at a pixel; the direction in which it meets the other tree, or −1. */
  const grow = (p: number): number => {
    for (let d = 0; d < 8; d++) {
      if (!(room(p, d) > 0)) continue
      const q = p + offsets[d]!
      if (tree[q] === FREE) {
        tree[q] = tree[p]!
        parent[q] = 7 - d
        stamp[q] = stamp[p]!
        distance[q] = distance[p]! + 1
        active.add(q)
      } else if (tree[q] !== tree[p]) return d
      else if (stamp[q]! <= stamp[p]! && distance[q]! > distance[p]!) {
        parent[q] = 7 - d // a shorter way to the terminal
        stamp[q] = stamp[p]!
        distance[q] = distance[p]! + 1
      }
    }
    return -1
  }

  const orphans: number[] = []
  const orphan = (p: number): void => {
    parent[p] = NONE
    orphans.push(p)
  }

  /** From a pixel to the terminal of its tree: each pixel, and the edge through which its flow comes or goes. */
  const edgeToParent = (p: number): number => {
    const d = parent[p]!
    return tree[p] === SOURCE ? 8 * (p + offsets[d]!) + 7 - d : 8 * p + d
  }
  const reverse = (edge: number): number => {
    const d = edge % 8
    return 8 * ((edge - d) / 8 + offsets[d]!) + 7 - d
  }

  /** Sends as much as fits along the path that crosses from the source's tree to the sink's by an edge. */
  const augment = (crossing: number): void => {
    const ends = [Math.floor(crossing / 8), Math.floor(reverse(crossing) / 8)]
    let most = rest[crossing]!
    for (let p of ends) {
      for (; parent[p] !== TERMINAL; p += offsets[parent[p]!]!)
        most = Math.min(most, rest[edgeToParent(p)]!)
      most = Math.min(most, Math.abs(terminal[p]!))
    }
    rest[crossing]! -= most
    rest[reverse(crossing)]! += most
    for (let p of ends) {
      while (parent[p] !== TERMINAL) {
        const edge = edgeToParent(p)
        const next = p + offsets[parent[p]!]!
        rest[edge]! -= most
        rest[reverse(edge)]! += most
        if (rest[edge] === 0) orphan(p)
        p = next
      }
      terminal[p]! -= Math.sign(terminal[p]!) * most
      if (terminal[p] === 0) orphan(p)
    }
    flow += most
  }

  /** How far a pixel's terminal is, or Infinity where its tree's branch has been cut. */
  const distanceToTerminal = (from: number): number => {
    let steps = 0
    for (let p = from; ; p += offsets[parent[p]!]!) {
      if (stamp[p] === time) {
        steps += distance[p]!
        break
      }
      if (parent[p] === NONE) return Infinity
      steps++
      if (parent[p] === TERMINAL) {
        stamp[p] = time
        distance[p] = 1
        break
      }
    }
    let left = steps
    for (let p = from; stamp[p] !== time; p += offsets[parent[p]!]!) {
      stamp[p] = time
      distance[p] = left--
    }
    return steps
  }

  /** Finds an orphan a parent of its own tree that is still fed, or sets it free and orphans its children. */
  const adopt = (p: number): void => {
    let [best, nearest] = [NONE, Infinity]
    for (let d = 0; d < 8; d++) {
      const q = p + offsets[d]!
      if (tree[q] !== tree[p] || parent[q] === NONE || !(room(q, 7 - d) > 0)) continue
      const away = distanceToTerminal(q)
      if (away < nearest) [best, nearest] = [d, away]
    }
    parent[p] = best
    if (best !== NONE) {
      stamp[p] = time
      distance[p] = nearest + 1
      return
    }
    for (let d = 0; d < 8; d++) {
      const q = p + offsets[d]!
      if (tree[q] !== tree[p]) continue
      if (room(q, 7 - d) > 0) active.add(q)
      if (parent[q] === 7 - d) orphan(q)
    }
    tree[p] = FREE
  }

  for (let p = active.first(); p >= 0; p = active.first()) {
    const met = tree[p] === FREE ? -1 : grow(p)
    if (met < 0) {
      active.remove()
      continue
    }
    time++
    augment(tree[p] === SOURCE ? 8 * p + met : reverse(8 * p + met))
    for (let i = 0; i < orphans.length; i++) adopt(orphans[i]!)
    orphans.length = 0
  }

  const side = Uint8Array.from({ length: width * height }, (_, i) =>
    Number(tree[framed(i)] === SOURCE),
  )
  return { side, flow }
}

/** Each number of a range waits once at most; first come, first served. */
class Queue {
  private readonly waiting: Uint8Array
  private readonly ring: Int32Array
  private start = 0
  private count = 0

  constructor(range: number) {
    this.waiting = new Uint8Array(range)
    this.ring = new Int32Array(range)
  }

  add(value: number): void {
    if (this.waiting[value]) return
    this.waiting[value] = 1
    this.ring[(this.start + this.count++) % this.ring.length] = value
  }

  /** −1 where nothing waits. */
  first(): number {
    return this.count > 0 ? this.ring[this.start]! : -1
  }

  remove(): void {
    this.waiting[this.first()] = 0
    this.start = (this.start + 1) % this.ring.length
    this.count--
  }
}

function check({ width, height, source, sink, neighbours }: Grid): void {
  const pixels = width * height
  const lists = { source, sink, neighbours }
  for (const [name, list] of Object.entries(lists)) {
    const expected = name === 'neighbours' ? 8 * pixels : pixels
    if (list.length !== expected)
      throw new RangeError(
        `'${name}' of a grid of ${width}×${height} has ${expected} numbers, not ${list.length}`,
      )
    for (let i = 0; i < list.length; i++)
      if (!(list[i]! >= 0 && list[i]! < Infinity))
        throw new RangeError(`capacities are finite and not negative, but '${name}' has ${list[i]}`)
  }
}
