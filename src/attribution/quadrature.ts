/** Integrals over [0, 1] as weighted sums. */

/** Captum's names for the ways to integrate. */
export const quadratures = [
  'gausslegendre',
  'riemann_left',
  'riemann_right',
  'riemann_middle',
  'riemann_trapezoid',
] as const

export type Quadrature = (typeof quadratures)[number]

/** ∫ f ≈ Σ weight · f(at) */
export interface QuadratureStep {
  /** In [0, 1], ascending. */
  at: number
  weight: number
}

/**
 * The points and weights of a rule.
 *
 * `gausslegendre` is exact for polynomials of degree 2n − 1. `riemann_trapezoid` has n points, both ends
 * among them, and weights 1 / (n − 1), which add up to 1; Captum's are 1 / n and come out too small.
 *
 * @param count 1 or more; for the trapezoid 2 or more.
 * @throws RangeError for any other count, and for an unknown rule.
 */
export function quadrature(rule: Quadrature, count: number): QuadratureStep[] {
  if (!quadratures.includes(rule))
    throw new RangeError(`no quadrature '${String(rule)}'; there are '${quadratures.join("', '")}'`)
  const least = rule === 'riemann_trapezoid' ? 2 : 1
  if (!(Number.isInteger(count) && count >= least))
    throw new RangeError(`${rule} takes ${least} or more whole steps, not ${count}`)
  if (rule === 'gausslegendre') return gaussLegendre(count)
  if (rule === 'riemann_trapezoid')
    return Array.from({ length: count }, (_, i) => ({
      at: i / (count - 1),
      weight: (i === 0 || i === count - 1 ? 0.5 : 1) / (count - 1),
    }))
  const shift = { riemann_left: 0, riemann_middle: 0.5, riemann_right: 1 }[rule]
  return Array.from({ length: count }, (_, i) => ({ at: (i + shift) / count, weight: 1 / count }))
}

/** The roots of the Legendre polynomial Pₙ by Newton's method; weights 2 / ((1 − x²) Pₙ′(x)²) on [−1, 1]. */
function gaussLegendre(count: number): QuadratureStep[] {
  return Array.from({ length: count }, (_, i) => {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (count + 0.5))
    let slope = 0
    for (let change = 1, round = 0; Math.abs(change) > 1e-15 && round < 20; round++) {
      const { value, derivative } = legendre(count, x)
      change = value / derivative
      slope = derivative
      x -= change
    }
    return { at: (1 + x) / 2, weight: 1 / ((1 - x * x) * slope * slope) }
  })
}

/** Pₙ and its derivative by Bonnet's recursion. */
function legendre(n: number, x: number): { value: number; derivative: number } {
  let [before, value] = [1, x]
  for (let k = 2; k <= n; k++)
    [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k]
  return { value, derivative: (n * (x * value - before)) / (x * x - 1) }
}
