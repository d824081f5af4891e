/** What attacks ask of a network: scores of pixels in [0, 1], and gradients by them. */
import { batchSize } from '../../activations/stream.js'
import type { Tensor } from '../../engine/tensor.js'
import { Image } from '../../image/image.js'
import { type Preprocessing, preprocess } from '../../image/preprocessing.js'
import type { Network } from '../../network/network.js'
import type { Objective } from '../../objectives/objective.js'
import { channelsOf } from '../../training/evaluate.js'

/** What is asked of the images from one number up to, and without, another. */
export type Asked = (from: number, to: number) => Objective

/**
 * A classifier of pixels in [0, 1], [N, C, H, W] at the network's input size. The preprocessing is inside, so
 * that gradients go through it and a perturbation has the same size whatever the network's normalisation. A
 * defended network is one too, whose gradient an attack may have to estimate.
 */
export interface PixelModel {
  readonly net: Network
  /** Scores before softmax, [N, classes]. */
  scores(pixels: Tensor): Promise<Tensor>
  /** An objective of each image, [N], and its gradient by the pixels. */
  gradient(pixels: Tensor, asked: Asked): Promise<{ value: Float32Array; gradient: Float32Array }>
}

/** A network by itself. Large batches are run in parts. */
export function pixelModel(net: Network): PixelModel {
  const { mean, std } = net.preprocessing
  const meanOf = (c: number): number => mean[c] ?? mean[0]
  const deviationOf = (c: number): number => std[c] ?? std[0]

  const normalised = (pixels: Tensor, from: number, to: number): Tensor => {
    const data = rows(pixels, from, to)
    eachPlane(pixels.shape, to - from, (c, start, end) => {
      const [offset, scale] = [meanOf(c), deviationOf(c)]
      for (let i = start; i < end; i++) data[i] = (data[i]! - offset) / scale
    })
    return { data, shape: [to - from, ...pixels.shape.slice(1)] }
  }

  return {
    net,
    async scores(pixels) {
      const classes = net.classes.length
      const [images] = pixels.shape as [number]
      const data = new Float32Array(images * classes)
      for (const [from, to] of parts(net, images))
        data.set((await net.scoresOf(normalised(pixels, from, to))).data, from * classes)
      return { data, shape: [images, classes] }
    },
    async gradient(pixels, asked) {
      const [images] = pixels.shape as [number]
      const size = pixels.data.length / images
      const value = new Float32Array(images)
      const gradient = new Float32Array(pixels.data.length)
      for (const [from, to] of parts(net, images)) {
        const input = normalised(pixels, from, to)
        const found = await net.differentiate(input, { of: asked(from, to) })
        value.set(found.value.data, from)
        gradient.set(found.gradients.input!.data, from * size)
      }
      // By pixels: the chain rule divides by the deviation.
      eachPlane(pixels.shape, images, (c, start, end) => {
        const scale = deviationOf(c)
        for (let i = start; i < end; i++) gradient[i]! /= scale
      })
      return { value, gradient }
    },
  }
}

/** Images in groups that a network takes at once. */
function* parts(net: Network, images: number): Generator<[from: number, to: number]> {
  const size = batchSize(net, images)
  for (let from = 0; from < images; from += size) yield [from, Math.min(from + size, images)]
}

/** A copy of some images. */
const rows = ({ data, shape }: Tensor, from: number, to: number): Float32Array => {
  const size = data.length / shape[0]!
  return data.slice(from * size, to * size)
}

function eachPlane(
  shape: readonly number[],
  images: number,
  visit: (channel: number, start: number, end: number) => void,
): void {
  const [, channels = 1, height = 1, width = 1] = shape
  const plane = height * width
  for (let i = 0; i < images * channels; i++) visit(i % channels, i * plane, (i + 1) * plane)
}

/**
 * Several pictures, or pixels in [0, 1] as [N, C, H, W]. Attacks start from the 8-bit picture of what the
 * network sees; pixels are taken as they are.
 */
export type AttackInput = Image | readonly Image[] | Tensor

/**
 * The pixels to attack.
 *
 * @throws RangeError for pixels outside [0, 1], of another size than the network's, or where there are none.
 */
export function pixelsToAttack(net: Network, input: AttackInput): Tensor {
  if (!(input instanceof Image || isList(input))) return checked(net, input)
  const images = input instanceof Image ? [input] : input
  if (images.length === 0) throw new RangeError('there is no image to attack')
  const channels = channelsOf(net)
  const [height, width] = net.preprocessing.size
  const size = channels * height * width
  const data = new Float32Array(images.length * size)
  const plain: Preprocessing = { ...net.preprocessing, mean: [0, 0, 0], std: [1, 1, 1] }
  images.forEach((image, i) => {
    const seen = preprocess(image, plain, channels)
    data.set(seen.data, i * size)
  })
  return { data: inBytes(data), shape: [images.length, channels, height, width] }
}

const isList = (input: readonly Image[] | Tensor): input is readonly Image[] => Array.isArray(input)

function checked(net: Network, { data, shape }: Tensor): Tensor {
  const [, channels, height, width] = shape
  const [rows, columns] = net.preprocessing.size
  const expected = `[N, ${channelsOf(net)}, ${rows}, ${columns}]`
  if (shape.length !== 4 || channels !== channelsOf(net) || height !== rows || width !== columns)
    throw new RangeError(
      `attacks on '${net.name}' take pixels ${expected}, but were given [${shape.join(', ')}]`,
    )
  const wrong = data.findIndex((value) => !(value >= 0 && value <= 1))
  if (wrong < 0) return { data, shape }
  throw new RangeError(
    `attacks take pixels in [0, 1], before any normalisation, but number ${wrong} is ${data[wrong]}`,
  )
}

/** Pixels as they are when the picture has been saved and loaded: rounded to 8 bits. */
export const inBytes = (pixels: Float32Array): Float32Array =>
  pixels.map((value) => Math.round(value * 255) / 255)

/** One image of a batch of pixels as a picture; grey ones have three equal planes. */
export function pictureOf({ data, shape }: Tensor, i = 0): Image {
  const [, channels = 3, height = 1, width = 1] = shape
  const plane = height * width
  const own = data.subarray(i * channels * plane, (i + 1) * channels * plane)
  const image = new Image(width, height)
  for (let c = 0; c < 3; c++)
    image.data.set(
      own.subarray(...(channels === 1 ? [0, plane] : [c * plane, (c + 1) * plane])),
      c * plane,
    )
  return image
}
