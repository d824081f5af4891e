/** The features of a data set, and what can be done with them. */
import { imageOf, type Pictured, type PictureSet } from '../activations/stream.js'
import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { heatMap } from '../figures/heatmap.js'
import { resizePlane } from '../image/resize.js'
import { unnormalise } from '../image/preprocessing.js'
import type { Network } from '../network/network.js'
import { type Provenance, Result } from '../result.js'
import type { Matrix } from './matrix.js'
import { type Neighbours, neighbours, type NeighboursOptions, type Query } from './neighbours.js'
import { type Pca, pca, type PcaOptions } from './pca.js'
import { purity } from './quality.js'
import { averaged } from './rows.js'
import { type Metric } from './nearest.js'
import type { Thumbnails } from './thumbnails.js'
import { type Tsne, tsne, type TsneOptions } from './tsne.js'

/** Where features come from. */
export interface EmbeddingSource {
  net: Network
  /** The layer; 'pixels' for the pictures themselves. */
  layer: string
  pictures: PictureSet
  /** The class of each picture, −1 where it has none. */
  labels: Int32Array
  classes: readonly string[]
  thumbnails: Thumbnails
  interrupted: boolean
}

/** What a layer makes of every picture, [N, D]: {@link embed} makes it. */
export class Embedding extends Result {
  #pixels: Embedding | undefined

  constructor(
    readonly source: EmbeddingSource,
    features: Tensor,
    origin: Provenance,
  ) {
    super(features, origin, () => overview(this))
  }

  get layer(): string {
    return this.source.layer
  }

  /** The class of each picture, −1 where it has none. */
  get labels(): Int32Array {
    return this.source.labels
  }

  get classes(): readonly string[] {
    return this.source.classes
  }

  /** Whether an interrupt ended it early: then it has the first pictures only. */
  get interrupted(): boolean {
    return this.source.interrupted
  }

  get matrix(): Matrix {
    return { data: this.data, rows: this.shape[0]!, columns: this.shape[1]! }
  }

  /**
   * The same pictures by their pixels, in place of features: what the network sees, 48 pixels on its longer side.
   *
   * @example await features.pixels.tsne()
   */
  get pixels(): Embedding {
    if (this.#pixels) return this.#pixels
    const { thumbnails } = this.source
    const { data, rows, columns } = thumbnails.matrix(this.shape[0]!)
    const size = [thumbnails.height, thumbnails.width]
    this.#pixels = new Embedding(
      { ...this.source, layer: 'pixels' },
      { data, shape: [rows, columns] },
      { ...this.provenance, parameters: { layer: 'pixels', pictures: rows, size } },
    )
    return this.#pixels
  }

  /** The features of another picture. */
  async featuresOf(picture: Pictured): Promise<Float32Array> {
    const { net, layer, thumbnails } = this.source
    const input = net.preprocess(imageOf(picture))
    if (layer === 'pixels') return thumbnails.pixelsOf(unnormalise(input, net.preprocessing))
    const output = (await net.run(input, { layers: [layer] }))[layer]!
    return this.provenance.parameters.spatial === 'average' ? averaged(output).data : output.data
  }

  /**
   * The pictures nearest to others, by features and by pixels (Krizhevsky et al. 2012, figure 4).
   *
   * @param query Pictures, or numbers of pictures of the data set, which are not their own neighbours. Default:
   *   five of the data set.
   * @param options.count How many neighbours. Default 5.
   * @param options.metric 'l2' (default) or 'cosine'.
   * @returns Distances, [queries, count]; `indices` are the neighbours.
   * @throws RangeError where there is no such picture, and for options that there cannot be.
   * @example await features.neighbours([3, photo], { count: 6, metric: 'cosine' })
   */
  neighbours(query?: Query | readonly Query[], options?: NeighboursOptions): Promise<Neighbours> {
    return neighbours(this, query, options)
  }

  /**
   * Principal component analysis: the directions in which the features vary most.
   *
   * @param options.components How many. Default 10.
   * @param options.dimensions How many of them the map shows, 2 (default) or 3.
   * @returns [N, components]; `explained` is each one's share of the variance.
   * @example (await features.pca()).explained
   */
  pca(options?: PcaOptions): Promise<Pca> {
    return pca(this, options)
  }

  /**
   * A map of the pictures by t-SNE (van der Maaten & Hinton 2008).
   *
   * @param options.dimensions 2 (default) or 3.
   * @param options.perplexity Default 30.
   * @returns [N, dimensions]. An interrupt gives the map as it is then.
   * @throws RangeError for options that there cannot be.
   * @example await (await features.tsne({ seed: 7 })).interactive()
   */
  tsne(options?: TsneOptions): Promise<Tsne> {
    return tsne(this, options)
  }

  /**
   * How well the classes lie apart: of the nearest neighbours of each picture the share that is of its class.
   *
   * @param count How many neighbours. Default 10.
   * @throws RangeError where the pictures have no classes.
   * @example [await features.purity(), await features.pixels.purity()]
   */
  async purity(count = 10, metric: Metric = 'l2'): Promise<number> {
    if (this.labels.includes(-1))
      throw new RangeError('how well classes lie apart is asked of pictures that have classes')
    return purity(this.matrix, this.labels, count, metric)
  }
}

/** An embedding that is still being computed; what is asked of it waits for it. */
export class Embedded implements PromiseLike<Embedding> {
  #embedding: Promise<Embedding> | undefined

  constructor(private readonly make: () => Promise<Embedding>) {}

  then<A = Embedding, B = never>(
    fulfilled?: ((value: Embedding) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#embedding ??= this.make()
    return this.#embedding.then(fulfilled, rejected)
  }

  /** @see Embedding.neighbours */
  neighbours(query?: Query | readonly Query[], options?: NeighboursOptions): Promise<Neighbours> {
    return this.then((embedding) => embedding.neighbours(query, options))
  }

  /** @see Embedding.pca */
  pca(options?: PcaOptions): Promise<Pca> {
    return this.then((embedding) => embedding.pca(options))
  }

  /** @see Embedding.tsne */
  tsne(options?: TsneOptions): Promise<Tsne> {
    return this.then((embedding) => embedding.tsne(options))
  }

  /** @see Embedding.purity */
  purity(count?: number, metric?: Metric): Promise<number> {
    return this.then((embedding) => embedding.purity(count, metric))
  }
}

/** The features as a picture: at most so many rows and columns. */
const [ROWS, COLUMNS] = [300, 460]

/** Fewer are enlarged by a whole factor. */
const fitting = (count: number, most: number): number =>
  count >= most ? most : count * Math.floor(most / count)

function overview({ data, shape, layer, labels, classes }: Embedding): Figure {
  const [pictures, features] = shape as [number, number]
  const order = [...labels.keys()].sort((a, b) => labels[a]! - labels[b]! || a - b)
  const sorted = new Float32Array(data.length)
  order.forEach((i, row) =>
    sorted.set(data.subarray(i * features, (i + 1) * features), row * features),
  )
  const shrunk = pictures > ROWS || features > COLUMNS
  const [height, width] = [fitting(pictures, ROWS), fitting(features, COLUMNS)]
  const filter = shrunk ? 'bilinear' : 'nearest'
  const plane = resizePlane(sorted, features, pictures, width, height, { filter })
  const signed = plane.some((value) => value < 0)
  const labelled = classes.length > 0 && labels.some((label) => label >= 0)
  return heatMap({
    data: plane,
    width,
    height,
    colors: signed ? 'diverging' : 'sequential',
    percentile: 99.5,
    label: layer === 'pixels' ? 'value of a pixel' : `activation of ${layer}`,
    title: `${layer}: ${pictures.toLocaleString('en')} pictures × ${features.toLocaleString('en')} features`,
    caption:
      `A row for each picture${labelled ? ', in the order of the classes' : ''}, a column for each feature` +
      `${shrunk ? ', means of several where there are more than pixels' : ''}.`,
  })
}
