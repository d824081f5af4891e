/** What a stylised picture is compared with: the content's features, and the styles' Gram matrices. */
import type { Tensor } from '../engine/tensor.js'
import { Image } from '../image/image.js'
import { resizePlane, resizeShortestSide } from '../image/resize.js'
import type { Network } from '../network/network.js'
import { content } from '../objectives/content.js'
import { gramMatrix, style } from '../objectives/gram.js'
import { featureMaps } from './feature-layers.js'
import type { Term } from './losses.js'
import type { LossScale } from './style-presets.js'
import { sizeOf } from './synthesise.js'

/** A picture whose style is wanted, and where. */
export interface StyleImage {
  image: Image
  /** How much it counts beside other styles, or in its region. Default 1. */
  weight?: number
  /** Its shorter side as a multiple of the content's: strokes become coarser with it. Default: that of the transfer. */
  scale?: number
  /** Where in the content picture it is wanted: for each of its pixels, 0 to 1. Default: everywhere. */
  mask?: ArrayLike<number>
  /** Which part of the style picture counts: for each of its pixels, 0 to 1. Default: all of it. */
  from?: ArrayLike<number>
}

/** A mask at the size at which pictures are worked on. */
export interface Mask {
  data: Float32Array
  width: number
  height: number
}

/**
 * A mask of a picture, as numbers in [0, 1].
 *
 * @throws RangeError for a mask of another size, for numbers outside [0, 1], and for one that is 0 everywhere.
 */
export function maskOf(mask: ArrayLike<number>, { width, height }: Image, what: string): Mask {
  if (mask.length !== width * height)
    throw new RangeError(
      `the mask of ${what} has one number for each pixel, ${width * height}, not ${mask.length}`,
    )
  const data = Float32Array.from(mask)
  const wrong = data.find((value) => !(value >= 0 && value <= 1))
  if (wrong !== undefined)
    throw new RangeError(`the mask of ${what} has numbers from 0 to 1, not ${wrong}`)
  if (!data.some((value) => value > 0)) throw new RangeError(`the mask of ${what} is 0 everywhere`)
  return { data, width, height }
}

/** The same at another size, each new pixel the mean of those it covers. */
export const resizedMask = (
  { data, width, height }: Mask,
  toHeight: number,
  toWidth: number,
): Mask => ({
  data: resizePlane(data, width, height, toWidth, toHeight),
  width: toWidth,
  height: toHeight,
})

/** How much each place of a layer counts, [1, H, W]. */
function atLayer(mask: Mask, features: Tensor): Tensor {
  const [, , height, width] = features.shape as [number, number, number, number]
  return { data: resizedMask(mask, height, width).data, shape: [1, height, width] }
}

/** Terms of the content. */
export async function contentTerms(
  net: Network,
  pixels: Tensor,
  weights: Readonly<Record<string, number>>,
  scale: LossScale,
): Promise<Term[]> {
  const own = await featureMaps(net, pixels, Object.keys(weights))
  return Object.entries(weights).map(([layer, weight]) => {
    const target = own[layer]!
    return {
      kind: 'content',
      layer,
      objective: content(layer, target, { relative: scale === 'relative' }),
      weight: scale === 'mean' ? weight / target.data.length : weight,
    }
  })
}

/**
 * Terms of the styles: one to a layer for all that are wanted everywhere, of the weighted mean of their matrices;
 * and one to a layer for each that is wanted in a region, of the features there (EECS 498's guided Gram matrix).
 *
 * @param around Features of the content, whose layers' sizes masks are brought to.
 */
export async function styleTerms(
  net: Network,
  styles: readonly StyleImage[],
  content: Image,
  around: Tensor,
  told: { layers: Readonly<Record<string, number>>; scale: LossScale; styleScale: number },
): Promise<Term[]> {
  const { layers, scale, styleScale } = told
  const names = Object.keys(layers)
  const own = await featureMaps(net, around, names)
  const before = Object.fromEntries(names.map((layer) => [layer, gramMatrix(own[layer]!)]))
  const grams: Record<string, Tensor>[] = []
  for (const [i, one] of styles.entries()) {
    const side = Math.round(Math.min(content.width, content.height) * (one.scale ?? styleScale))
    const image = resizeShortestSide(one.image, Math.max(1, side))
    const seen = await featureMaps(net, image, names)
    const from = one.from && maskOf(one.from, one.image, `style ${i + 1}`)
    grams.push(
      Object.fromEntries(
        names.map((layer) => [
          layer,
          gramMatrix(seen[layer]!, 'chw', from && atLayer(from, seen[layer]!)),
        ]),
      ),
    )
  }
  const everywhere = styles.flatMap(({ mask }, i) => (mask ? [] : [i]))
  const weightOf = (i: number): number => styles[i]!.weight ?? 1
  const whole = everywhere.reduce((sum, i) => sum + weightOf(i), 0)
  const regions = styles.flatMap(({ mask }, i) =>
    mask ? [{ i, mask: maskOf(mask, content, `the region of style ${i + 1}`) }] : [],
  )

  return Object.entries(layers).flatMap(([layer, weight]) => {
    const term = (gram: Tensor, share: number, mask?: Tensor): Term => {
      const channels = gram.shape[1]!
      const divisor =
        scale === 'relative'
          ? Math.max(sizeOf(gram, layer), squares(before[layer]!)) * names.length
          : scale === 'mean'
            ? channels * channels
            : 1
      const objective = style(layer, gram, { mask })
      return { kind: 'style', layer, objective, weight: (share * weight) / divisor }
    }
    const all =
      whole > 0
        ? [term(mean(everywhere.map((i) => [grams[i]![layer]!, weightOf(i) / whole])), 1)]
        : []
    const inRegions = regions.map(({ i, mask }) =>
      term(grams[i]![layer]!, weightOf(i), atLayer(mask, own[layer]!)),
    )
    return [...all, ...inRegions]
  })
}

function mean(parts: readonly (readonly [Tensor, number])[]): Tensor {
  const [[first]] = parts as [[Tensor, number]]
  const data = new Float32Array(first.data.length)
  for (const [gram, share] of parts) gram.data.forEach((value, i) => (data[i]! += share * value))
  return { data, shape: first.shape }
}

/** Where any style is wanted; none where one is wanted everywhere. */
export function regionOf(styles: readonly StyleImage[], content: Image): Mask | undefined {
  if (styles.some(({ mask }) => !mask)) return undefined
  const masks = styles.map(({ mask }, i) => maskOf(mask!, content, `the region of style ${i + 1}`))
  const data = masks[0]!.data.map((_, i) => Math.max(...masks.map((mask) => mask.data[i]!)))
  return { ...masks[0]!, data }
}

/** One picture inside of a region, another outside, mixed where the mask is between 0 and 1. */
export function blended(inside: Image, outside: Image, { data: mask }: Mask): Image {
  const plane = mask.length
  const data = outside.data.map((value, i) => {
    const share = mask[i % plane]!
    return share === 0 ? value : value + share * (inside.data[i]! - value)
  })
  return new Image(outside.width, outside.height, data)
}

const squares = ({ data }: Tensor): number => data.reduce((sum, value) => sum + value * value, 0)
