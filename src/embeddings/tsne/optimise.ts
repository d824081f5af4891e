/** The descent of t-SNE: where the points of a map move. */
import { steps } from '../../work/index.js'
import type { Affinities } from './affinities.js'
import { attract, divergence, repelExactly, Walk } from './gradient.js'
import { TreeBuilder } from './tree.js'

export interface DescentOptions {
  dimensions: 2 | 3
  iterations: number
  /** Undefined for the exact method. */
  theta: number | undefined
  exaggeration: number
  exaggerationIterations: number
  learningRate: number
  /** Makes what is to be seen while it goes on. */
  show: (points: Float64Array) => unknown
}

export interface Descended {
  /** KL(P‖Q) of the points, without exaggeration. */
  divergence: number
  /** KL(P‖Q) every {@link EVERY} iterations. */
  divergences: number[]
  iterations: number
  interrupted: boolean
}

/** Iterations after which the momentum rises (van der Maaten & Hinton 2008, section 3.4). */
const MOMENTUM_RISES = 250
/** How often the divergence is computed. */
const EVERY = 50
/** A gradient as small as this leads nowhere. */
const SMALLEST = 1e-7

/**
 * Moves the points downhill: gradient descent with momentum .5, then .8, and a gain for each coordinate that
 * grows while its gradient keeps its sign (Jacobs 1988).
 *
 * @param points Where they begin, N × dimensions; they are moved.
 */
export async function descend(
  p: Affinities,
  points: Float64Array,
  options: DescentOptions,
): Promise<Descended> {
  const { dimensions, iterations, exaggeration, exaggerationIterations, learningRate } = options
  const like = new Float64Array(points.length)
  const all = new Float64Array(points.length)
  const moves = new Float64Array(points.length)
  const gains = new Float64Array(points.length).fill(1)
  const repel = repulsion(p.points, options)
  const divergences: number[] = []
  let z = repel(points, all)

  const loop = steps(iterations, {
    label: 't-SNE',
    unit: 'iterations',
    partial: true,
    transient: true,
  })
  loop.show(() => options.show(points))
  for await (const iteration of loop) {
    attract(p, points, dimensions, like)
    const factor = iteration < exaggerationIterations ? exaggeration : 1
    const momentum = iteration < MOMENTUM_RISES ? 0.5 : 0.8
    let norm = 0
    for (let i = 0; i < points.length; i++) {
      const slope = 4 * (factor * like[i]! - all[i]! / z)
      norm += slope * slope
      const gain = slope * moves[i]! < 0 ? gains[i]! + 0.2 : Math.max(0.01, gains[i]! * 0.8)
      gains[i] = gain
      moves[i] = momentum * moves[i]! - learningRate * gain * slope
      points[i]! += moves[i]!
    }
    z = repel(points, all)
    if (iteration % EVERY !== EVERY - 1) continue
    divergences.push(divergence(p, points, dimensions, z))
    loop.note(`KL ${divergences.at(-1)!.toFixed(3)}`)
    if (Math.sqrt(norm) < SMALLEST && iteration > exaggerationIterations) break
  }
  return {
    divergence: divergence(p, points, dimensions, z),
    divergences,
    iterations: loop.done,
    interrupted: loop.interrupted,
  }
}

/** Writes what repels the points, and returns Z. */
function repulsion(
  points: number,
  { theta, dimensions }: DescentOptions,
): (y: Float64Array, forces: Float64Array) => number {
  if (theta === undefined) return (y, forces) => repelExactly(y, dimensions, forces)
  const builder = new TreeBuilder(points, dimensions)
  const walk = new Walk(points, dimensions)
  return (y, forces) => walk.repel(builder.build(y), theta, forces)
}
