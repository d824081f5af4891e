import type { Tensor } from '../../engine/tensor.js'
import type { Preprocessing } from '../../image/preprocessing.js'
import type { Random } from '../../image/random.js'
import type { PictureShape } from '../../image/transforms/transform.js'
import type { Builder } from '../../network/builder.js'

/**
 * What an image is made of: the numbers that are optimised, and how they become the network's input. Which
 * numbers they are decides which images are near each other, and so what an ascent finds (Olah et al. 2017).
 */
export interface Parametrisation {
  /** The structure. */
  readonly key: string
  /** In code, for provenance: `pixels({ range: 'sigmoid' })`. */
  readonly code: string
  /** Whether the numbers are pixels, [N, C, H, W], which can be blurred, clipped and let decay. */
  readonly isPixels: boolean
  /** Where an ascent begins that is told nothing: 'mean', or noise of that standard deviation. */
  readonly start: 'mean' | { noise: number }
  /** The numbers of a picture, given as normalised pixels. */
  encode(picture: Tensor, preprocessing: Preprocessing): Tensor
  /** The numbers of noise [N, C, H, W]. Default: those of normalised pixels of that standard deviation. */
  noise?(deviation: number, shape: PictureShape, random: Random): Tensor
  /** Appends what makes normalised pixels [N, C, H, W] of the numbers. */
  decode(b: Builder, numbers: string, shape: PictureShape, preprocessing: Preprocessing): string
  /** Appends what brings numbers back into their range after a step. Default: they have none. */
  confine?(b: Builder, numbers: string, preprocessing: Preprocessing): string
}

/** A number for each channel, as [1, C, 1, 1]. */
export const perChannel = (b: Builder, values: readonly number[]): string =>
  b.constant({
    type: 'float32',
    shape: [1, values.length, 1, 1],
    data: Float32Array.from(values),
  })

/** Mean and standard deviation of each channel; grey pictures have one. */
export const channelsOf = (
  { mean, std }: Preprocessing,
  channels: number,
): { mean: number; std: number }[] =>
  Array.from({ length: channels }, (_, c) => ({ mean: mean[c] ?? mean[0], std: std[c] ?? std[0] }))

/** Applies a function to each number, knowing its channel. */
export function mapChannels(
  { data, shape }: Tensor,
  change: (value: number, channel: number) => number,
): Tensor {
  const [, channels = 1, height = 1, width = 1] = shape
  const plane = height * width
  return {
    data: data.map((value, i) => change(value, Math.floor(i / plane) % channels)),
    shape: [...shape],
  }
}

/** The numbers whose sigmoids are a picture's colours, from 0 to 1. */
export function logitsOf(picture: Tensor, preprocessing: Preprocessing): Tensor {
  const channels = channelsOf(preprocessing, picture.shape[1]!)
  return mapChannels(picture, (value, c) => {
    const colour = value * channels[c]!.std + channels[c]!.mean
    const inside = Math.min(1 - EDGE, Math.max(EDGE, colour)) // black and white are at infinity
    return Math.log(inside / (1 - inside))
  })
}
const EDGE = 1 / 512

/** Appends what makes normalised pixels of such numbers. */
export function normalisedSigmoids(
  b: Builder,
  logits: string,
  preprocessing: Preprocessing,
): string {
  const channels = channelsOf(preprocessing, Number(b.shape(logits)[1]))
  const means = channels.map(({ mean }) => mean)
  const factors = channels.map(({ std }) => 1 / std)
  const centred = b.add('Sub', [b.add('Sigmoid', [logits]), perChannel(b, means)])
  return b.add('Mul', [centred, perChannel(b, factors)])
}
