/** A data set as points in two or three dimensions. */
import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { type Interactive, interactiveScatter } from '../figures/plotly.js'
import { picturesAt, pictureGrid } from '../figures/picture-map.js'
import { scatter } from '../figures/scatter.js'
import { provenance, Result } from '../result.js'
import { type Assignment, assignCells } from './cells.js'
import type { Embedding } from './embedding.js'
import type { Matrix } from './matrix.js'
import { purity, trustworthiness } from './quality.js'

/** A map, and what it is one of. */
export interface Projected {
  embedding: Embedding
  /** [N, 2] or [N, 3] */
  points: Tensor
  method: string
  title: string
  caption?: string
  /** What stands on the axes; none where they mean nothing. */
  axes?: readonly string[]
  parameters: Record<string, unknown>
}

/** Points, [N, 2] or [N, 3], in the order of the data set. */
export class Projection extends Result {
  constructor(
    protected readonly projected: Projected,
    /** The numbers of the result, where they are more than the points. */
    values: Tensor = projected.points,
    draw: () => Figure = () => scatterOf(projected),
  ) {
    const { embedding, method, parameters } = projected
    const { net, layer, pictures } = embedding.source
    const origin = provenance(net, method, pictures.digest ?? embedding.provenance.input, {
      ...embedding.provenance.parameters,
      layer,
      ...parameters,
    })
    super(values, origin, draw)
  }

  /** The points as the map shows them, [N, 2] or [N, 3]. */
  get points(): Tensor {
    return this.projected.points
  }

  /**
   * The pictures themselves in place of points; where they overlap, later ones cover earlier ones.
   *
   * @example (await features.tsne()).pictures()
   */
  pictures(): Figure {
    const { embedding, title } = this.flat('pictures')
    return picturesAt({
      images: thumbnailsOf(embedding),
      points: this.points,
      title: `${title}: the pictures`,
    }).drawnFrom(this)
  }

  /**
   * The pictures in a grid, each near its point (Karpathy 2014): cells are assigned so that the squares of the
   * distances add up to the least ('optimal', the default for up to 1024 pictures), or each picture takes the
   * nearest cell that is free ('greedy').
   *
   * @throws RangeError where the map has three dimensions.
   * @example (await features.tsne()).grid()
   */
  grid(assignment?: Assignment): Figure {
    const { embedding, title } = this.flat('grid')
    const { cells, columns, rows } = assignCells(this.points, assignment)
    return pictureGrid({
      images: thumbnailsOf(embedding),
      cells,
      columns,
      rows,
      title: `${title}: the pictures in a grid`,
      caption: 'Each picture stands in a cell near its point of the map.',
    }).drawnFrom(this)
  }

  /**
   * A scatter chart to turn, zoom and look into: under the pointer appear a point's picture and class.
   *
   * @throws Error where plotly.js is not installed.
   * @example await (await features.tsne({ dimensions: 3 })).interactive()
   */
  interactive(): Promise<Interactive> {
    const { embedding, title, axes } = this.projected
    const { labels, classes } = embedding
    return interactiveScatter({
      points: this.points,
      labels,
      classes,
      title,
      axes,
      images: thumbnailsOf(embedding),
      still: scatterOf(this.projected).drawnFrom(this),
    })
  }

  /** Of the nearest neighbours of each point in the map the share of its class: see {@link Embedding.purity}. */
  purity(count = 10): Promise<number> {
    return purity(matrixOf(this.points), this.projected.embedding.labels, count)
  }

  /**
   * Whether neighbours in the map are neighbours by their features: 1 where all are (Venna & Kaski 2001).
   *
   * @param count How many neighbours. Default 5, as in scikit-learn.
   */
  trustworthiness(count = 5): Promise<number> {
    return trustworthiness(this.projected.embedding.matrix, matrixOf(this.points), count)
  }

  private flat(what: string): Projected {
    if (this.points.shape[1] === 2) return this.projected
    throw new RangeError(`${what} are of maps with two dimensions; this one has 3`)
  }
}

const matrixOf = ({ data, shape }: Tensor): Matrix => ({
  data,
  rows: shape[0]!,
  columns: shape[1]!,
})

const thumbnailsOf = ({ source, shape }: Embedding) => ({
  count: shape[0]!,
  get: (index: number) => source.thumbnails.get(index),
})

/** The map as a chart of points. */
export function scatterOf({ embedding, points, title, caption, axes }: Projected): Figure {
  const { labels, classes } = embedding
  return scatter({ points, labels, classes, title, caption, axes })
}
