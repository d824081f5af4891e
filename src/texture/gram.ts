import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { interactiveMatrices, type Matrix, matrixMap } from '../figures/matrix-map.js'
import { picture } from '../figures/picture.js'
import type { Interactive } from '../figures/plotly.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import { nameList } from '../network/names.js'
import type { Network } from '../network/network.js'
import { gramMatrix, type GramNormalisation } from '../objectives/gram.js'
import { provenance, type Provenance, Result } from '../result.js'
import { featureMaps, pixelsAtOwnSize, styleLayers } from './feature-layers.js'

export interface GramOptions {
  /**
   * By what it is divided: 'none', the number of places 'hw', or of all numbers of the layer 'chw' (default). See
   * {@link GramNormalisation}.
   */
  normalisation?: GramNormalisation
}

/** What the numbers of each normalisation are, for colour bars. */
const meanings: Record<GramNormalisation, string> = {
  none: 'Σ F F′ over places',
  hw: 'Σ F F′ / HW',
  chw: 'Σ F F′ / CHW',
}

/** Gram matrices of a picture in layers of a network. */
export class Grams extends Result {
  constructor(
    private readonly matrices: readonly (Matrix & { gram: Tensor })[],
    readonly normalisation: GramNormalisation,
    private readonly picture: Image,
    origin: Provenance,
  ) {
    const [first] = matrices
    const data = new Float32Array(matrices.reduce((sum, { gram }) => sum + gram.data.length, 0))
    let at = 0
    for (const { gram } of matrices) {
      data.set(gram.data, at)
      at += gram.data.length
    }
    super({ data, shape: matrices.length === 1 ? first!.gram.shape : [data.length] }, origin, () =>
      this.#drawn(),
    )
  }

  /** The layers, in the order in which they were asked for. */
  get layers(): string[] {
    return this.matrices.map(({ name }) => name)
  }

  /**
   * One layer's matrix, [1, C, C].
   *
   * @throws RangeError for a layer that was not asked for.
   */
  of(layer: string): Tensor {
    const found = this.matrices.find(({ name }) => name === layer)
    if (found) return found.gram
    throw new RangeError(
      `the Gram matrices are those of ${this.layers.join(', ')}, not of '${layer}'`,
    )
  }

  /**
   * The matrices as a chart to zoom into, with channels and values under the pointer, a button for each layer.
   *
   * @throws Error where plotly.js-dist-min is not installed.
   * @example await (await viz(net).on(texture).gram(['conv1', 'conv2'])).interactive()
   */
  interactive(): Promise<Interactive> {
    return interactiveMatrices(this.matrices, { ...this.#look(), still: this.figure })
  }

  #look() {
    const signed = this.matrices.some(({ data }) => data.some((value) => value < 0))
    const colors = signed ? ('diverging' as const) : ('sequential' as const)
    return { label: meanings[this.normalisation], axis: 'channel', colors }
  }

  #drawn(): Figure {
    const maps = this.matrices.map((matrix) =>
      matrixMap(matrix, { ...this.#look(), percentile: 99 }),
    )
    return row([picture(this.picture, { title: 'Picture' }), ...maps], { title: 'Gram matrices' })
  }
}

/**
 * Gram matrices G = F Fᵀ of a picture's feature maps: how strongly each pair of channels is active together, summed
 * over all places (Gatys et al. 2015). It is HW times the mean outer product of a place's features, and says nothing
 * of where things are.
 *
 * @param image Taken at its own size.
 * @param layers Layers of feature maps. Default: {@link styleLayers}.
 * @returns Of one layer [1, C, C]; of several all numbers, one matrix after the other, and `of(layer)` has each.
 * @throws RangeError for an unknown layer, naming the nearest, for one without feature maps, and for a normalisation
 *   that there is not.
 * @example (await gram(net, texture, 'conv2', { normalisation: 'hw' })).shape // [1, 64, 64]
 */
export async function gram(
  net: Network,
  image: Image,
  layers: string | readonly string[] = styleLayers(net),
  { normalisation = 'chw' }: GramOptions = {},
): Promise<Grams> {
  const names = nameList('layer', layers)
  if (names.length === 0) throw new RangeError('name a layer, whose Gram matrix is to be shown')
  const pixels = pixelsAtOwnSize(net, image)
  const features = await featureMaps(net, pixels, names)
  const matrices = names.map((name) => {
    const one = gramMatrix(features[name]!, normalisation)
    return { name, data: one.data, size: one.shape[1]!, gram: one }
  })
  const origin = provenance(net, 'gram', pixels, { layers: names, normalisation })
  return new Grams(matrices, normalisation, image, origin)
}
