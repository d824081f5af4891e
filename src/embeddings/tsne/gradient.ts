/**
 * The gradient of KL(P‖Q), in two parts: like points attract, all points repel each other. With
 * q_ij = 1 / (1 + ‖y_i − y_j‖²) and Z = Σ_{k≠l} q_kl, Q_ij = q_ij / Z and
 *
 *     ∂KL/∂y_i = 4 Σ_j (P_ij − Q_ij) q_ij (y_i − y_j)
 */
import type { Affinities } from './affinities.js'
import type { Tree } from './tree.js'

/** Writes Σ_j P_ij q_ij (y_i − y_j) for every point i. */
export function attract(
  { points, starts, columns, values }: Affinities,
  y: Float64Array,
  dimensions: number,
  forces: Float64Array,
): void {
  const three = dimensions === 3
  for (let i = 0; i < points; i++) {
    const own = i * dimensions
    const [x0, x1, x2] = [y[own]!, y[own + 1]!, three ? y[own + 2]! : 0]
    let f0 = 0
    let f1 = 0
    let f2 = 0
    const end = starts[i + 1]!
    for (let at = starts[i]!; at < end; at++) {
      const j = columns[at]! * dimensions
      const d0 = x0 - y[j]!
      const d1 = x1 - y[j + 1]!
      const d2 = three ? x2 - y[j + 2]! : 0
      const force = values[at]! / (1 + d0 * d0 + d1 * d1 + d2 * d2)
      f0 += force * d0
      f1 += force * d1
      f2 += force * d2
    }
    forces[own] = f0
    forces[own + 1] = f1
    if (three) forces[own + 2] = f2
  }
}

/**
 * Writes Σ_j q_ij² (y_i − y_j) for every point i, of all pairs.
 *
 * @returns Z.
 */
export function repelExactly(y: Float64Array, dimensions: number, forces: Float64Array): number {
  const three = dimensions === 3
  forces.fill(0)
  let z = 0
  for (let i = 0; i < y.length; i += dimensions) {
    const [x0, x1, x2] = [y[i]!, y[i + 1]!, three ? y[i + 2]! : 0]
    let f0 = 0
    let f1 = 0
    let f2 = 0
    for (let j = 0; j < i; j += dimensions) {
      const d0 = x0 - y[j]!
      const d1 = x1 - y[j + 1]!
      const d2 = three ? x2 - y[j + 2]! : 0
      const q = 1 / (1 + d0 * d0 + d1 * d1 + d2 * d2)
      z += q
      const force = q * q
      f0 += force * d0
      f1 += force * d1
      f2 += force * d2
      forces[j]! -= force * d0
      forces[j + 1]! -= force * d1
      if (three) forces[j + 2]! -= force * d2
    }
    forces[i]! += f0
    forces[i + 1]! += f1
    if (three) forces[i + 2]! += f2
  }
  return 2 * z
}

/** Walks a tree for the forces of repulsion. */
export class Walk {
  /** What acts on the points of a leaf: places and how many points stand for each. */
  #places: Float64Array
  #weights: Float64Array

  constructor(points: number, dimensions: number) {
    this.#places = new Float64Array(points * dimensions)
    this.#weights = new Float64Array(points)
  }

  /**
   * Writes about Σ_j q_ij² (y_i − y_j) for every point i: points of a node that is far away for its size,
   * diagonal < θ · distance, count as so many at their mean (van der Maaten 2014). The distance is that from the
   * box around the points of a leaf, which share one walk.
   *
   * @returns Z.
   */
  repel(tree: Tree, theta: number, forces: Float64Array): number {
    let z = 0
    for (let leaf = 0; leaf < tree.leafCount; leaf++) {
      const node = tree.leaves[leaf]!
      z += this.#act(tree, node, this.#collect(tree, node, theta * theta), forces)
    }
    return z
  }

  /** Fills the list of what acts on a leaf. @returns Its length. */
  #collect(tree: Tree, own: number, theta2: number): number {
    const { dimensions, sorted, centre, extent, after, leaf, from, to, nodes } = tree
    const three = dimensions === 3
    const places = this.#places
    const weights = this.#weights
    const [low, high] = [
      [Infinity, Infinity, Infinity],
      [-Infinity, -Infinity, -Infinity],
    ]
    for (let i = from[own]!; i < to[own]!; i++)
      for (let d = 0; d < dimensions; d++) {
        const value = sorted[i * dimensions + d]!
        low[d] = Math.min(low[d]!, value)
        high[d] = Math.max(high[d]!, value)
      }
    const [l0, l1, l2] = low as [number, number, number]
    const [h0, h1, h2] = high as [number, number, number]
    let count = 0
    let node = 0
    while (node < nodes) {
      const c = node * dimensions
      const c0 = centre[c]!
      const c1 = centre[c + 1]!
      const c2 = three ? centre[c + 2]! : 0
      const d0 = c0 < l0 ? l0 - c0 : c0 > h0 ? c0 - h0 : 0
      const d1 = c1 < l1 ? l1 - c1 : c1 > h1 ? c1 - h1 : 0
      let distance = d0 * d0 + d1 * d1
      if (three) {
        const d2 = c2 < l2 ? l2 - c2 : c2 > h2 ? c2 - h2 : 0
        distance += d2 * d2
      }
      if (extent[node]! < theta2 * distance) {
        const at = count * dimensions
        places[at] = c0
        places[at + 1] = c1
        if (three) places[at + 2] = c2
        weights[count++] = to[node]! - from[node]!
        node = after[node]!
      } else if (leaf[node] === 1) {
        for (let i = from[node]!; i < to[node]!; i++) {
          const at = count * dimensions
          const p = i * dimensions
          places[at] = sorted[p]!
          places[at + 1] = sorted[p + 1]!
          if (three) places[at + 2] = sorted[p + 2]!
          weights[count++] = 1
        }
        node = after[node]!
      } else node++
    }
    return count
  }

  #act(
    { dimensions, sorted, order, from, to }: Tree,
    own: number,
    count: number,
    forces: Float64Array,
  ): number {
    const three = dimensions === 3
    const places = this.#places
    const weights = this.#weights
    let z = 0
    for (let i = from[own]!; i < to[own]!; i++) {
      const p = i * dimensions
      const x0 = sorted[p]!
      const x1 = sorted[p + 1]!
      const x2 = three ? sorted[p + 2]! : 0
      let f0 = 0
      let f1 = 0
      let f2 = 0
      for (let k = 0, at = 0; k < count; k++, at += dimensions) {
        const d0 = x0 - places[at]!
        const d1 = x1 - places[at + 1]!
        const d2 = three ? x2 - places[at + 2]! : 0
        const q = 1 / (1 + d0 * d0 + d1 * d1 + d2 * d2)
        const sum = weights[k]! * q
        z += sum
        const force = sum * q
        f0 += force * d0
        f1 += force * d1
        f2 += force * d2
      }
      z -= 1 // the point itself
      const out = order[i]! * dimensions
      forces[out] = f0
      forces[out + 1] = f1
      if (three) forces[out + 2] = f2
    }
    return z
  }
}

/** KL(P‖Q) = Σ P_ij ln(P_ij / Q_ij), where Q_ij = q_ij / Z. */
export function divergence(
  { points, starts, columns, values }: Affinities,
  y: Float64Array,
  dimensions: number,
  z: number,
): number {
  let kl = 0
  for (let i = 0; i < points; i++)
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const p = values[at]!
      if (p === 0) continue
      let distance = 0
      for (let d = 0; d < dimensions; d++)
        distance += (y[i * dimensions + d]! - y[columns[at]! * dimensions + d]!) ** 2
      kl += p * Math.log(p * (1 + distance) * z)
    }
  return kl
}
