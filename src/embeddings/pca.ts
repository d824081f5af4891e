import type { Tensor } from '../engine/tensor.js'
import { formatPercent } from '../figures/bars.js'
import type { Figure } from '../figures/figure.js'
import { row } from '../figures/row.js'
import { valueBars } from '../figures/value-bars.js'
import { defaultSeed, mixSeeds } from '../image/random.js'
import { type Components, principalComponents } from './components.js'
import type { Embedding } from './embedding.js'
import { type Projected, Projection, scatterOf } from './projection.js'

export interface PcaOptions {
  /** How many components. Default 10, or as many as there are. */
  components?: number
  /** How many of them the map shows: 2 (default) or 3. */
  dimensions?: 2 | 3
  /** Of the randomised method that large matrices take. Default: that of `%seed`, or 0. */
  seed?: number
}

/** Where the vectors lie along their principal components, [N, components]. */
export class Pca extends Projection {
  constructor(
    projected: Projected,
    scores: Tensor,
    private readonly found: Components,
  ) {
    super(projected, scores, () => row([scatterOf(projected), varianceBars(found)]))
  }

  /** Each component's share of the whole variance. */
  get explained(): number[] {
    return Array.from(this.found.variances, (variance) => share(variance, this.found))
  }

  /** The variance along each component, with N − 1 in the denominator. */
  get variances(): Float64Array {
    return this.found.variances
  }

  /** The components as vectors of length 1, [components, D]; the largest element of each is positive. */
  get directions(): Tensor {
    const { data, rows, columns } = this.found.directions
    return { data, shape: [rows, columns] }
  }

  /** The mean vector, which components are taken about. */
  get mean(): Float64Array {
    return this.found.mean
  }
}

const share = (variance: number, { total }: Components): number =>
  total > 0 ? variance / total : 0

/**
 * Principal component analysis of features (Hotelling 1933): the orthogonal directions along which they vary
 * most. It keeps distances as well as a plane can, which t-SNE does not try to.
 *
 * @returns [N, components]: scores, of mean 0. A component has no sign of its own: its largest element is made
 *   positive.
 * @throws RangeError for options that there cannot be, and for fewer than 2 pictures.
 * @example
 *   const { explained } = await pca(features, { components: 20 })
 */
export async function pca(embedding: Embedding, options: PcaOptions = {}): Promise<Pca> {
  const { matrix, layer } = embedding
  const { dimensions = 2, seed = defaultSeed() } = options
  const most = Math.min(matrix.rows, matrix.columns)
  const { components = Math.min(10, most) } = options
  if (matrix.rows < 2) throw new RangeError('principal components are of 2 vectors or more')
  if (!(Number.isInteger(components) && components >= 1 && components <= most))
    throw new RangeError(
      `${matrix.rows} vectors of ${matrix.columns} have 1 to ${most} components, not ${components}`,
    )
  if (dimensions !== 2 && dimensions !== 3)
    throw new RangeError(`a map has 2 or 3 dimensions, not ${String(dimensions)}`)
  const found = await principalComponents(matrix, components, mixSeeds(seed))
  const { scores } = found
  const points = new Float32Array(matrix.rows * dimensions)
  for (let i = 0; i < matrix.rows; i++)
    for (let d = 0; d < Math.min(dimensions, components); d++)
      points[i * dimensions + d] = scores.data[i * components + d]!
  const together = found.variances
    .slice(0, dimensions)
    .reduce((sum, variance) => sum + share(variance, found), 0)
  const projected: Projected = {
    embedding,
    points: { data: points, shape: [matrix.rows, dimensions] },
    method: 'pca',
    title: `Principal components of ${layer}`,
    caption: `The map shows ${formatPercent(together)} of the variance of ${matrix.columns} features.`,
    axes: Array.from({ length: dimensions }, (_, d) => {
      const own = found.variances[d]
      return `component ${d + 1}${own === undefined ? '' : ` (${formatPercent(share(own, found))})`}`
    }),
    parameters: { components, dimensions, seed },
  }
  return new Pca(projected, { data: scores.data, shape: [matrix.rows, components] }, found)
}

/** More bars than these say nothing more. */
const BARS = 20

function varianceBars(found: Components): Figure {
  const shares = Array.from(found.variances.slice(0, BARS), (one) => 100 * share(one, found))
  const all = found.variances.reduce((sum, one) => sum + share(one, found), 0)
  return valueBars({
    values: shares,
    names: shares.map((_, i) => `component ${i + 1}`),
    label: 'explained variance (%)',
    title: 'Explained variance',
    caption: `${found.variances.length} components explain ${formatPercent(Math.min(1, all))} together.`,
  })
}
