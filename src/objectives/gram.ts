/** Gram matrices: which channels of a layer are active together, wherever that is. */
import type { Tensor } from '../engine/tensor.js'
import type { Builder } from '../network/builder.js'
import { float32 } from '../network/graph.js'
import { Objective, type ObjectiveParameter, type Subject } from './objective.js'

/**
 * By what a Gram matrix is divided. Three are in use: 'none' (Gatys et al. 2015, whose loss divides later), the
 * number of places 'hw' (Gatys's own PyTorch code, Lucid), and that of all numbers 'chw' (CS231n, Johnson et al.).
 */
export type GramNormalisation = 'none' | 'hw' | 'chw'

const normalisations: readonly GramNormalisation[] = ['none', 'hw', 'chw']

/**
 * The Gram matrix G = F Fᵀ of feature maps F, [C, H·W]: G_ij is the sum over all places of channel i times
 * channel j. Where things are in the picture has no part in it.
 *
 * @param features [N, C, H, W]
 * @param normalisation Default 'chw'.
 * @param mask How much each place counts, [1, H, W], 0 or more: the guided Gram matrix of a region (Gatys et al.
 *   2017), of features times mask; places are counted as Σ mask². Default: all count 1.
 * @returns [N, C, C], symmetric, positive semidefinite.
 * @throws RangeError for what are no feature maps, for a normalisation that there is not, and for a mask of another
 *   size or without a place that counts.
 * @example const { conv2 } = await net.run(photo, { layers: ['conv2'] }); gramMatrix(conv2)
 */
export function gramMatrix(
  features: Tensor,
  normalisation: GramNormalisation = 'chw',
  mask?: Tensor,
): Tensor {
  const [images, channels, height, width] = mapShape(features.shape, 'features')
  if (mask) {
    const size = placesOf(mask, height, width)
    const guided = features.data.map((value, i) => value * mask.data[i % (height * width)]!)
    return products(
      guided,
      [images, channels, height * width],
      1 / divisor(normalisation, channels, size),
    )
  }
  const scale = 1 / divisor(normalisation, channels, height * width)
  return products(features.data, [images, channels, height * width], scale)
}

function products(
  features: Float32Array,
  [images, channels, places]: readonly [number, number, number],
  scale: number,
): Tensor {
  const data = new Float32Array(images * channels * channels)
  for (let n = 0; n < images; n++)
    for (let i = 0; i < channels; i++)
      for (let j = 0; j <= i; j++) {
        const [a, b] = [(n * channels + i) * places, (n * channels + j) * places]
        let sum = 0
        for (let k = 0; k < places; k++) sum += features[a + k]! * features[b + k]!
        data[(n * channels + i) * channels + j] = sum * scale
        data[(n * channels + j) * channels + i] = sum * scale
      }
  return { data, shape: [images, channels, channels] }
}

/** The same within a graph: [N, C, H, W] → [N, C, C]. */
export function gramOf(b: Builder, maps: string, normalisation: GramNormalisation): string {
  const [images, channels, height, width] = mapShape(b.shape(maps), `'${maps}'`)
  const rows = b.reshape(maps, [images, channels, height * width])
  const gram = b.add('MatMul', [rows, b.transpose(rows, [0, 2, 1])])
  const by = divisor(normalisation, channels, height * width)
  return by === 1 ? gram : b.add('Mul', [gram, b.scalar(1 / by)])
}

export interface StyleOptions {
  /** Of both matrices, the given one's as well. Default 'chw'. */
  normalisation?: GramNormalisation
  /** Of the image's own matrix: how much each place of the layer counts, [1, H, W]. Default: all count 1. */
  mask?: Tensor
}

/**
 * How far the Gram matrix of a layer is from a given one: Σ (G − Ĝ)² over all pairs of channels.
 *
 * The style loss of Gatys et al. (2015, 2016): with 'chw', ¼ of it is their E_l = Σ (G − Ĝ)² / (4 C² (HW)²). To be
 * descended, or subtracted.
 *
 * @param layer Layer of feature maps.
 * @param gram What to match, [1, C, C] or one for each image, in the same normalisation: {@link gramMatrix}.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, for one without feature maps, and
 *   for a matrix of another size.
 * @example
 *   const { conv2 } = await net.run(painting, { layers: ['conv2'] })
 *   await optimise(net, { of: style('conv2', gramMatrix(conv2)), direction: 'descend', optimiser: lbfgs() })
 */
export const style = (
  layer: string,
  gram: Tensor,
  { normalisation = 'chw', mask }: StyleOptions = {},
): Objective => {
  if (!normalisations.includes(normalisation)) throw unknown(normalisation)
  const sizeOf = (subject: Subject) => mapShape(subject.shape(layer), `layer '${layer}'`)
  return new Objective({
    key: `style(${JSON.stringify(layer)}, ${normalisation}${mask ? ', mask' : ''})`,
    code: `style(${JSON.stringify(layer)}, { normalisation: '${normalisation}'${mask ? ', mask' : ''} })`,
    describe: () => `difference of the Gram matrices of ${layer}`,
    parameters: [
      (subject, batch) => {
        const channels = sizeOf(subject)[1]
        const [images, ...size] = gram.shape
        if (size.join() !== `${channels},${channels}` || (images !== 1 && images !== batch))
          throw new RangeError(
            `the Gram matrix of '${layer}' is [1, ${channels}, ${channels}], not [${gram.shape.join(', ')}]`,
          )
        return float32(gram.data, gram.shape)
      },
      ...(mask ? maskParameters(mask, normalisation, sizeOf) : []),
    ],
    build(b, subject, [target, weights, scale]) {
      const maps = subject.value(layer)
      const own =
        weights === undefined
          ? gramOf(b, maps, normalisation)
          : b.add('Mul', [gramOf(b, b.add('Mul', [maps, weights]), 'none'), scale!])
      const difference = b.add('Sub', [own, target!])
      return b.sum(b.add('Mul', [difference, difference]), [1, 2])
    },
  })
}

/** What a region feeds: the mask, and what its matrix is multiplied by. */
const maskParameters = (
  mask: Tensor,
  normalisation: GramNormalisation,
  sizeOf: (subject: Subject) => [number, number, number, number],
): ObjectiveParameter[] => [
  (subject) => {
    const [, , height, width] = sizeOf(subject)
    placesOf(mask, height, width)
    return float32(mask.data, [1, 1, height, width])
  },
  (subject) => {
    const [, channels, height, width] = sizeOf(subject)
    return float32([1 / divisor(normalisation, channels, placesOf(mask, height, width))], [])
  },
]

/** For how many places a mask counts: Σ mask². */
function placesOf({ data, shape }: Tensor, height: number, width: number): number {
  if (shape.join() !== `1,${height},${width}`)
    throw new RangeError(
      `a mask of this layer is [1, ${height}, ${width}], not [${shape.join(', ')}]`,
    )
  const places = data.reduce((sum, value) => sum + value * value, 0)
  if (!(places > 0)) throw new RangeError('no place of the mask counts: it is 0 everywhere')
  return places
}

function divisor(normalisation: GramNormalisation, channels: number, places: number): number {
  if (normalisation === 'none') return 1
  if (normalisation === 'hw') return places
  if (normalisation === 'chw') return channels * places
  throw unknown(normalisation)
}

const unknown = (normalisation: unknown): RangeError =>
  new RangeError(
    `a Gram matrix is divided by ${normalisations.map((name) => `'${name}'`).join(', ')}, ` +
      `not '${String(normalisation)}'`,
  )

function mapShape(
  shape: readonly (number | string)[],
  what: string,
): [number, number, number, number] {
  if (shape.length === 4) return shape.map(Number) as [number, number, number, number]
  throw new RangeError(
    `${what}: a Gram matrix is one of feature maps [N, C, H, W], not of [${shape.join(', ')}]`,
  )
}
