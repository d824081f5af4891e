/** The tree of Barnes & Hut (1986) over points in two or three dimensions. */

/** So many points are summed one by one rather than divided further. */
const LEAF = 8
/** Points that coincide cannot be told apart by dividing. */
const DEPTH = 40

/**
 * A quadtree or octree. Nodes lie in arrays, each before its children, so that a walk needs no stack: it goes on
 * with the next node to enter one, and with `after` to leave it out.
 */
export interface Tree {
  dimensions: number
  nodes: number
  leafCount: number
  /** The points in the tree's order, `dimensions` numbers each. */
  sorted: Float64Array
  /** Which point stands at each place of that order. */
  order: Int32Array
  /** By node: its points are those at `from` … `to` − 1 of the order. */
  from: Int32Array
  to: Int32Array
  /** By node: the next one that is not inside it. */
  after: Int32Array
  /** By node: whether it has no children. */
  leaf: Uint8Array
  /** The nodes that have none. */
  leaves: Int32Array
  /** By node: the square of the diagonal of the box around its points. */
  extent: Float64Array
  /** By node: the mean of its points. */
  centre: Float64Array
}

/** Makes trees of always the same number of points, in always the same memory. */
export class TreeBuilder {
  readonly #tree: Tree
  readonly #scratch: Int32Array
  #points: Float64Array = new Float64Array()
  #count = 0
  #leaves = 0

  constructor(
    private readonly points: number,
    private readonly dimensions: number,
  ) {
    const nodes = 2 * points // each division leaves two parts or more
    this.#scratch = new Int32Array(points)
    this.#tree = {
      dimensions,
      nodes: 0,
      leafCount: 0,
      sorted: new Float64Array(points * dimensions),
      order: new Int32Array(points),
      from: new Int32Array(nodes),
      to: new Int32Array(nodes),
      after: new Int32Array(nodes),
      leaf: new Uint8Array(nodes),
      leaves: new Int32Array(points),
      extent: new Float64Array(nodes),
      centre: new Float64Array(nodes * dimensions),
    }
  }

  /** @returns The tree of these points; valid until the next call. */
  build(points: Float64Array): Tree {
    const tree = this.#tree
    this.#points = points
    for (let i = 0; i < this.points; i++) tree.order[i] = i
    this.#count = 0
    this.#leaves = 0
    this.#divide(0, this.points, 0)
    tree.nodes = this.#count
    tree.leafCount = this.#leaves
    const { dimensions } = this
    for (let i = 0; i < this.points; i++)
      for (let d = 0; d < dimensions; d++)
        tree.sorted[i * dimensions + d] = points[tree.order[i]! * dimensions + d]!
    return tree
  }

  /** A node of the points at `from` … `to` − 1, divided at the middle of the box around them. */
  #divide(from: number, to: number, depth: number): void {
    const { dimensions } = this
    const points = this.#points
    const { order, centre, extent, leaf, after, ...tree } = this.#tree
    const node = this.#count++
    tree.from[node] = from
    tree.to[node] = to
    const middles = [0, 0, 0]
    extent[node] = 0
    for (let d = 0; d < dimensions; d++) {
      let [low, high, sum] = [Infinity, -Infinity, 0]
      for (let i = from; i < to; i++) {
        const value = points[order[i]! * dimensions + d]!
        if (value < low) low = value
        if (value > high) high = value
        sum += value
      }
      centre[node * dimensions + d] = sum / (to - from)
      middles[d] = (low + high) / 2
      extent[node] += (high - low) ** 2
    }
    leaf[node] = Number(to - from <= LEAF || depth === DEPTH || extent[node] === 0)
    if (leaf[node] === 0) this.#children(from, to, 0, middles, depth)
    else tree.leaves[this.#leaves++] = node
    after[node] = this.#count
  }

  /** Divides by one dimension after the other, so that 2^dimensions children come about. */
  #children(from: number, to: number, d: number, middles: readonly number[], depth: number): void {
    if (from === to) return
    if (d === this.dimensions) {
      this.#divide(from, to, depth + 1)
      return
    }
    const { order } = this.#tree
    const points = this.#points
    const scratch = this.#scratch
    const middle = middles[d]!
    let [low, high] = [from, 0]
    for (let i = from; i < to; i++) {
      const point = order[i]!
      if (points[point * this.dimensions + d]! <= middle) order[low++] = point
      else scratch[high++] = point
    }
    for (let i = 0; i < high; i++) order[low + i] = scratch[i]!
    this.#children(from, low, d + 1, middles, depth)
    this.#children(low, to, d + 1, middles, depth)
  }
}
