/** Mixtures of normal distributions, of colours or any other few numbers. */
import { mixSeeds, Random } from '../image/random.js'

/** One normal distribution of a mixture. */
export interface Component {
  /** Its share of the mixture; those of all components add up to 1. */
  weight: number
  mean: Float64Array
  /** D × D, row by row. */
  covariance: Float64Array
}

export interface MixtureOptions {
  /** How many components; fewer where there are fewer different points. Default 5, as in GrabCut. */
  components?: number
  /** Added to the variances, so that flat colours have some. Default 1e-4: a hundredth of the range of colours. */
  regularisation?: number
  /** Rounds of expectation and maximisation at most. Default 50. */
  iterations?: number
  /** Rounds end where the mean log-likelihood gains less. Default 1e-3, as in scikit-learn. */
  tolerance?: number
  /** Which first means. Default 0. */
  seed?: number
}

/**
 * A mixture of normal distributions with full covariances, fitted by expectation–maximisation from the means of
 * k-means++ (Dempster, Laird, Rubin 1977; Arthur, Vassilvitskii 2007).
 *
 * @example
 *   const colours = Mixture.fit(points, 3) // r, g, b of one point after the other
 *   colours.logDensities(points)
 */
export class Mixture {
  constructor(
    readonly dimensions: number,
    readonly components: readonly Component[],
  ) {}

  /**
   * Fits a mixture.
   *
   * @param points The D numbers of each point, one point after the other.
   * @throws RangeError where there are no points, numbers are not finite, or options that there cannot be.
   */
  static fit(points: Float64Array, dimensions: number, options: MixtureOptions = {}): Mixture {
    const { components = 5, regularisation = 1e-4, seed = 0 } = options
    checkPoints(points, dimensions)
    if (!(Number.isInteger(components) && components > 0))
      throw new RangeError(`a mixture has 1 component or more, not ${components}`)
    if (!(regularisation > 0)) throw new RangeError(`variances need more than ${regularisation}`)
    const means = firstMeans(points, dimensions, components, new Random(mixSeeds(seed)))
    const nearest = new Float64Array((points.length / dimensions) * means.length)
    for (let i = 0; i * dimensions < points.length; i++) {
      const distances = means.map((mean) => squaredDistance(points, i * dimensions, mean))
      nearest[i * means.length + distances.indexOf(Math.min(...distances))] = 1
    }
    const first = maximised(points, dimensions, nearest, means.length, regularisation)
    return new Mixture(dimensions, first).refit(points, options)
  }

  /** The same mixture, fitted further, or to other points. Parameters and errors are those of {@link fit}. */
  refit(points: Float64Array, options: Omit<MixtureOptions, 'components' | 'seed'> = {}): Mixture {
    const { regularisation = 1e-4, iterations = 50, tolerance = 1e-3 } = options
    checkPoints(points, this.dimensions)
    let mixture: Mixture = new Mixture(this.dimensions, this.components)
    let before = -Infinity
    for (let round = 0; round < iterations; round++) {
      const { shares, likelihood } = mixture.#expected(points)
      if (!(likelihood - before >= tolerance)) break
      before = likelihood
      const count = mixture.components.length
      mixture = new Mixture(
        this.dimensions,
        maximised(points, this.dimensions, shares, count, regularisation),
      )
    }
    return mixture
  }

  /** The logarithm of the density at each point. */
  logDensities(points: Float64Array): Float64Array {
    const densities = this.components.map((one) => logDensity(one, this.dimensions))
    const found = new Float64Array(points.length / this.dimensions)
    const terms = new Float64Array(densities.length)
    for (let i = 0; i < found.length; i++) {
      for (let k = 0; k < terms.length; k++) terms[k] = densities[k]!(points, i * this.dimensions)
      found[i] = logSum(terms)
    }
    return found
  }

  /** How far each point belongs to each component, and the mean log-likelihood of the points. */
  #expected(points: Float64Array): { shares: Float64Array; likelihood: number } {
    const densities = this.components.map((one) => logDensity(one, this.dimensions))
    const count = densities.length
    const all = points.length / this.dimensions
    const shares = new Float64Array(all * count)
    const terms = new Float64Array(count)
    let sum = 0
    for (let i = 0; i < all; i++) {
      for (let k = 0; k < count; k++) terms[k] = densities[k]!(points, i * this.dimensions)
      const whole = logSum(terms)
      sum += whole
      for (let k = 0; k < count; k++) shares[i * count + k] = Math.exp(terms[k]! - whole)
    }
    return { shares, likelihood: sum / all }
  }
}

/** Means that lie far apart: each a point drawn by its squared distance to those before. */
function firstMeans(
  points: Float64Array,
  dimensions: number,
  wanted: number,
  random: Random,
): Float64Array[] {
  const count = points.length / dimensions
  const at = (i: number): Float64Array => points.slice(i * dimensions, (i + 1) * dimensions)
  const means = [at(random.integer(count))]
  const distances = new Float64Array(count).fill(Infinity)
  while (means.length < wanted) {
    let total = 0
    for (let i = 0; i < count; i++) {
      const distance = squaredDistance(points, i * dimensions, means.at(-1)!)
      distances[i] = Math.min(distances[i]!, distance)
      total += distances[i]!
    }
    if (!(total > 0)) break // no further different points
    let left = random.uniform() * total
    const chosen = distances.findIndex((distance) => (left -= distance) < 0)
    means.push(at(chosen >= 0 ? chosen : distances.indexOf(Math.max(...distances))))
  }
  return means
}

/** The components that points belong to by given shares; those that nothing belongs to are left out. */
function maximised(
  points: Float64Array,
  dimensions: number,
  shares: Float64Array,
  count: number,
  regularisation: number,
): Component[] {
  const all = points.length / dimensions
  return Array.from({ length: count }, (_, k): Component => {
    let weight = 0
    const mean = new Float64Array(dimensions)
    for (let i = 0; i < all; i++) {
      const share = shares[i * count + k]!
      weight += share
      for (let d = 0; d < dimensions; d++) mean[d]! += share * points[i * dimensions + d]!
    }
    for (let d = 0; d < dimensions; d++) mean[d]! /= weight
    const covariance = new Float64Array(dimensions ** 2)
    for (let i = 0; i < all; i++) {
      const share = shares[i * count + k]! / weight
      if (share === 0) continue
      for (let a = 0; a < dimensions; a++) {
        const away = share * (points[i * dimensions + a]! - mean[a]!)
        for (let b = 0; b <= a; b++)
          covariance[a * dimensions + b]! += away * (points[i * dimensions + b]! - mean[b]!)
      }
    }
    for (let a = 0; a < dimensions; a++)
      for (let b = 0; b < a; b++) covariance[b * dimensions + a] = covariance[a * dimensions + b]!
    for (let d = 0; d < dimensions; d++) covariance[d * (dimensions + 1)]! += regularisation
    return { weight: weight / all, mean, covariance }
  }).filter(({ weight }) => weight > 1e-12)
}

/** log(weight × density) of the point that begins at a place, with the covariance taken apart once (Cholesky). */
function logDensity(
  { weight, mean, covariance }: Component,
  dimensions: number,
): (points: Float64Array, at: number) => number {
  const lower = cholesky(covariance, dimensions)
  let constant = Math.log(weight) - (dimensions / 2) * Math.log(2 * Math.PI)
  for (let d = 0; d < dimensions; d++) constant -= Math.log(lower[d * (dimensions + 1)]!)
  const solved = new Float64Array(dimensions)
  return (points, at) => {
    let squares = 0
    for (let a = 0; a < dimensions; a++) {
      let value = points[at + a]! - mean[a]!
      for (let b = 0; b < a; b++) value -= lower[a * dimensions + b]! * solved[b]!
      solved[a] = value / lower[a * (dimensions + 1)]!
      squares += solved[a]! ** 2
    }
    return constant - squares / 2
  }
}

function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size)
  for (let a = 0; a < size; a++)
    for (let b = 0; b <= a; b++) {
      let sum = matrix[a * size + b]!
      for (let k = 0; k < b; k++) sum -= lower[a * size + k]! * lower[b * size + k]!
      lower[a * size + b] = a === b ? Math.sqrt(sum) : sum / lower[b * (size + 1)]!
    }
  return lower
}

/** log Σ exp, without overflow. */
function logSum(terms: Float64Array): number {
  let most = -Infinity
  for (const term of terms) if (term > most) most = term
  let sum = 0
  for (const term of terms) sum += Math.exp(term - most)
  return most + Math.log(sum)
}

function squaredDistance(points: Float64Array, at: number, mean: Float64Array): number {
  let sum = 0
  for (let d = 0; d < mean.length; d++) sum += (points[at + d]! - mean[d]!) ** 2
  return sum
}

function checkPoints(points: Float64Array, dimensions: number): void {
  if (points.length === 0) throw new RangeError('a mixture needs points to be fitted to')
  if (points.length % dimensions !== 0)
    throw new RangeError(`${points.length} numbers are no points of ${dimensions} numbers each`)
  const wrong = points.find((value) => !Number.isFinite(value))
  if (wrong !== undefined) throw new RangeError(`a mixture needs finite numbers, not ${wrong}`)
}
