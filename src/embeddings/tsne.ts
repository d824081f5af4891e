import { type Tensor } from '../engine/tensor.js'
import { formatNumber } from '../figures/ticks.js'
import { scatter } from '../figures/scatter.js'
import { defaultSeed, mixSeeds, Random } from '../image/random.js'
import { principalComponents } from './components.js'
import { type Matrix } from './matrix.js'
import type { Embedding } from './embedding.js'
import { type Projected, Projection } from './projection.js'
import { affinities } from './tsne/affinities.js'
import { descend, type Descended } from './tsne/optimise.js'

export interface TsneOptions {
  /** Of the map: 2 (default) or 3. */
  dimensions?: 2 | 3
  /** How many neighbours each vector has, in effect: 5 to 50 are usual. Default 30, or a third of the vectors. */
  perplexity?: number
  /** Default 1000. */
  iterations?: number
  /**
   * 'barnes-hut' (default, O(N log N); van der Maaten 2014), or 'exact' over all pairs: O(N²) in time and
   * memory, for a few thousand vectors at most.
   */
  method?: 'barnes-hut' | 'exact'
  /** Of Barnes and Hut: how large a group may look from where it counts as one point. Default 0.5; 0 is exact. */
  theta?: number
  /** By how much affinities are exaggerated at first. Default 12, as in scikit-learn; in the paper 4. */
  exaggeration?: number
  /** For how many iterations. Default 250, as in scikit-learn; in the paper 50. */
  exaggerationIterations?: number
  /** Default N / (4 · exaggeration), at least 50: N / exaggeration where others leave the 4 out (Belkina 2019). */
  learningRate?: number
  /** Where points begin: the first principal components ('pca', default) or 'random'; both very near 0. */
  init?: 'pca' | 'random'
  /** Of a random start, and of components found by a randomised method. Default: that of `%seed`, or 0. */
  seed?: number
}

/** A map by t-SNE. */
export class Tsne extends Projection {
  constructor(
    projected: Projected,
    private readonly found: Descended,
    /** How large P is: over all pairs, or over neighbours. Divergences of the two cannot be compared. */
    readonly method: 'barnes-hut' | 'exact',
  ) {
    super(projected)
  }

  /** KL(P‖Q) of the map, in nats. */
  get divergence(): number {
    return this.found.divergence
  }

  /** KL(P‖Q) every 50 iterations. */
  get divergences(): readonly number[] {
    return this.found.divergences
  }

  /** The iterations that were completed. */
  get iterations(): number {
    return this.found.iterations
  }

  /** Whether an interrupt ended it early. */
  get interrupted(): boolean {
    return this.found.interrupted
  }
}

/** Points begin with this standard deviation along the first axis. */
const BEGIN = 1e-4

/** What t-SNE finds: points, N × dimensions. */
export interface TsnePoints extends Descended {
  points: Float32Array
  /** The options, completed. */
  parameters: TsneParameters
}

type TsneParameters = Readonly<Record<string, unknown>> & Required<TsneOptions>

/**
 * t-SNE: a map in which vectors that are near each other lie together. It keeps neighbourhoods, not distances:
 * how large a cluster is, and how far it is from others, means nothing (Wattenberg, Viégas & Johnson 2016).
 *
 * van der Maaten, Hinton: Visualizing Data using t-SNE (2008); van der Maaten: Accelerating t-SNE using
 * Tree-Based Algorithms (2014). Constants are those of scikit-learn, where they differ from the paper's.
 *
 * An interrupt ends it with the map as it is then.
 *
 * @param vectors One in each row.
 * @param show Makes what is to be seen while it goes on.
 * @throws RangeError for options that there cannot be and for fewer than 4 vectors; AbortError at an interrupt
 *   before there is a map.
 * @example
 *   const { points } = await tsnePoints({ data, rows: 1797, columns: 64 }, { perplexity: 40 })
 */
export async function tsnePoints(
  vectors: Matrix,
  options: TsneOptions = {},
  show: (points: Float32Array) => unknown = () => undefined,
): Promise<TsnePoints> {
  const parameters = complete(options, vectors.rows)
  const { dimensions, perplexity, method, init, seed } = parameters
  const neighbours = method === 'exact' ? 'all' : Math.ceil(3 * perplexity)
  const p = await affinities(vectors, perplexity, neighbours)
  const start =
    init === 'pca'
      ? await componentsOf(vectors, dimensions, seed)
      : randomPoints(vectors.rows * dimensions, seed)
  const found = await descend(p, start, {
    ...parameters,
    theta: method === 'exact' ? undefined : parameters.theta,
    show: (points) => show(Float32Array.from(points)),
  })
  return { ...found, points: Float32Array.from(start), parameters }
}

/**
 * The map of an embedding; its picture grows while it is computed.
 *
 * @see tsnePoints
 * @example await (await tsne(features, { perplexity: 40 })).interactive()
 */
export async function tsne(embedding: Embedding, options: TsneOptions = {}): Promise<Tsne> {
  const { matrix, layer, labels, classes } = embedding
  const { dimensions = 2 } = options
  const title = `t-SNE of ${layer}`
  const live = (points: Float32Array) =>
    scatter({ points: shaped(points, dimensions), labels, classes, title })
  const { points, parameters, ...found } = await tsnePoints(matrix, options, live)
  const { perplexity, method } = parameters
  const projected: Projected = {
    embedding,
    points: shaped(points, dimensions),
    method: 'tsne',
    title,
    caption:
      `${matrix.rows.toLocaleString('en')} vectors of ${matrix.columns}, perplexity ` +
      `${formatNumber(perplexity)}, KL ${found.divergence.toFixed(2)} after ${found.iterations} iterations. ` +
      `Neighbourhoods have a meaning; the sizes of clusters and the distances between them have none.`,
    parameters,
  }
  return new Tsne(projected, found, method)
}

const shaped = (data: Float32Array, dimensions: number): Tensor => ({
  data,
  shape: [data.length / dimensions, dimensions],
})

function complete(options: TsneOptions, points: number): TsneParameters {
  const within = (name: string, value: number, low: number, high = Infinity): number => {
    if (value >= low && value <= high) return value
    const range = high === Infinity ? `${low} or more` : `from ${low} to ${high}`
    throw new RangeError(`t-SNE's ${name} is ${range}, not ${value}`)
  }
  const whole = (name: string, value: number): number => {
    if (Number.isInteger(value) && value >= 0) return value
    throw new RangeError(`t-SNE's ${name} is a whole number, 0 or more, not ${value}`)
  }
  const oneOf = <T extends string | number>(name: string, value: T, values: readonly T[]): T => {
    if (values.includes(value)) return value
    throw new RangeError(`t-SNE's ${name} is ${values.join(' or ')}, not ${value}`)
  }
  if (points < 4) throw new RangeError(`t-SNE needs 4 vectors or more, not ${points}`)
  const most = (points - 1) / 3
  const exaggeration = within('exaggeration', options.exaggeration ?? 12, 1)
  return {
    dimensions: oneOf('dimensions', options.dimensions ?? 2, [2, 3]),
    // With more, the neighbours that there are could not be told apart.
    perplexity: within('perplexity', options.perplexity ?? Math.min(30, most), 1, points - 1),
    iterations: whole('iterations', options.iterations ?? 1000),
    method: oneOf('method', options.method ?? 'barnes-hut', ['barnes-hut', 'exact']),
    theta: within('theta', options.theta ?? 0.5, 0, 1),
    exaggeration,
    exaggerationIterations: whole('exaggerationIterations', options.exaggerationIterations ?? 250),
    learningRate: within(
      'learningRate',
      options.learningRate ?? Math.max(50, points / exaggeration / 4),
      Number.MIN_VALUE,
    ),
    init: oneOf('init', options.init ?? 'pca', ['pca', 'random']),
    seed: options.seed ?? defaultSeed(),
  }
}

async function componentsOf(
  vectors: Matrix,
  dimensions: number,
  seed: number,
): Promise<Float64Array> {
  const { scores, variances } = await principalComponents(vectors, dimensions, mixSeeds(seed))
  const scale = variances[0]! > 0 ? BEGIN / Math.sqrt(variances[0]!) : 0
  const points = new Float64Array(vectors.rows * dimensions)
  // There are fewer components than dimensions where vectors have fewer elements.
  for (let i = 0; i < vectors.rows; i++)
    for (let d = 0; d < scores.columns; d++)
      points[i * dimensions + d] = scale * scores.data[i * scores.columns + d]!
  return points
}

function randomPoints(size: number, seed: number): Float64Array {
  const random = new Random(mixSeeds(seed))
  return Float64Array.from({ length: size }, () => random.normal(0, BEGIN))
}
