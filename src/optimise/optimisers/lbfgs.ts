/** L-BFGS, which remembers how the gradient changed along its last steps, and searches along a line. */
import { wholeNumber } from '../../options.js'
import { dot } from '../../vectors.js'

export interface LbfgsOptions {
  /** How many steps it remembers. Default 10. */
  memory?: number
  /** c₁ of the Wolfe conditions, by which the value must fall. Default 1e-4. */
  decrease?: number
  /** c₂, by which the slope must. Default 0.9. */
  curvature?: number
  /** Values that a step's search along its line may look at. Default 20. */
  evaluations?: number
}

/** L-BFGS, with its settings: an optimiser that asks for values in between, and so is no part of a graph. */
export interface LineSearch extends Required<LbfgsOptions> {
  readonly kind: 'l-bfgs'
  readonly code: string
}

/**
 * L-BFGS (Liu & Nocedal 1989), with a search along the line for the weak Wolfe conditions by bisection (Lewis &
 * Overton 2013). For smooth objectives that are the same at every step, such as those of texture synthesis.
 *
 * @throws RangeError for settings that there cannot be.
 * @example await optimise(net, { of: style('conv2', gram), direction: 'descend', optimiser: lbfgs() })
 */
export function lbfgs(options: LbfgsOptions = {}): LineSearch {
  const { memory = 10, decrease = 1e-4, curvature = 0.9, evaluations = 20 } = options
  wholeNumber('memory', memory)
  wholeNumber('evaluations', evaluations)
  if (!(decrease > 0 && decrease < curvature && curvature < 1))
    throw new RangeError(
      `0 < decrease < curvature < 1 does not hold for ${decrease} and ${curvature}`,
    )
  const code = `lbfgs({ memory: ${memory} })`
  return { kind: 'l-bfgs', code, memory, decrease, curvature, evaluations }
}

/** A value and its gradient at a point. */
export interface Evaluated {
  point: Float32Array
  value: number
  gradient: Float32Array
}

/**
 * Minimises a function, a step at a time. It ends by itself where no step along the line lowers the value any more.
 *
 * @param evaluate May tell more than value and gradient; what it tells of each step is handed on.
 * @param from Where it begins, evaluated.
 */
export async function* minimise<E extends Evaluated>(
  evaluate: (point: Float32Array) => Promise<E>,
  from: E,
  settings: LineSearch = lbfgs(),
): AsyncGenerator<E, void, undefined> {
  const history: { s: Float32Array; y: Float32Array; rho: number }[] = []
  let at = from
  for (;;) {
    let direction = descent(at.gradient, history)
    if (dot(direction, at.gradient) >= 0) {
      // Rounding has spoilt what it remembers.
      history.length = 0
      direction = descent(at.gradient, history)
    }
    // Nothing is known of the length of the first step: it is 1 at most, and short where the slope is steep.
    const magnitude = at.gradient.reduce((sum, value) => sum + Math.abs(value), 0)
    const first = history.length > 0 ? 1 : Math.min(1, 1 / (magnitude || 1))
    const next = await search(evaluate, at, direction, first, settings)
    if (!next) return
    const s = next.point.map((value, i) => value - at.point[i]!)
    const y = next.gradient.map((value, i) => value - at.gradient[i]!)
    const curvature = dot(s, y)
    if (curvature > 1e-10 * dot(y, y)) {
      history.push({ s, y, rho: 1 / curvature })
      if (history.length > settings.memory) history.shift()
    }
    at = next
    yield at
  }
}

/** −H g by the recursion over what is remembered. */
function descent(
  gradient: Float32Array,
  history: readonly { s: Float32Array; y: Float32Array; rho: number }[],
): Float32Array {
  const q = gradient.map((value) => -value)
  const alphas: number[] = []
  for (const { s, y, rho } of [...history].reverse()) {
    const alpha = rho * dot(s, q)
    alphas.push(alpha)
    for (let i = 0; i < q.length; i++) q[i]! -= alpha * y[i]!
  }
  const last = history.at(-1)
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y))
    for (let i = 0; i < q.length; i++) q[i]! *= scale
  }
  for (const { s, y, rho } of history) {
    const change = alphas.pop()! - rho * dot(y, q)
    for (let i = 0; i < q.length; i++) q[i]! += change * s[i]!
  }
  return q
}

/** A point along a line with a lower value and a gentler slope; undefined where there is none lower. */
async function search<E extends Evaluated>(
  evaluate: (point: Float32Array) => Promise<E>,
  at: E,
  direction: Float32Array,
  first: number,
  { decrease, curvature, evaluations }: LineSearch,
): Promise<E | undefined> {
  const slope = dot(at.gradient, direction)
  if (!(slope < 0)) return undefined
  let [low, high, length] = [0, Infinity, first]
  let best: E | undefined
  for (let tried = 0; tried < evaluations; tried++) {
    const found = await evaluate(at.point.map((value, i) => value + length * direction[i]!))
    if (!(found.value <= at.value + decrease * length * slope)) high = length
    else {
      if (!best || found.value < best.value) best = found
      if (dot(found.gradient, direction) >= curvature * slope) return found
      low = length
    }
    length = high < Infinity ? (low + high) / 2 : 2 * low
  }
  return best
}
