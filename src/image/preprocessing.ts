import type { Tensor } from '../engine/tensor.js'
import { centerCrop } from './crop.js'
import { Image } from './image.js'
import { resize, resizeShortestSide, type Filter, type ResizeOptions } from './resize.js'

/** A number for each colour, or for grey. */
export type PerChannel = [r: number, g: number, b: number] | [grey: number]

/** How a network wants its pictures. The network carries it, so that nobody has to remember. */
export interface Preprocessing {
  /** The network's input: [height, width] in pixels. */
  size: [height: number, width: number]
  /**
   * Pixels of the shorter side before the middle is cropped. By default the image is made just
   * large enough to cover the input.
   */
  resize?: number
  /** The filter to resize with. Default 'bilinear', antialiased, as torchvision does. */
  filter?: Filter
  /** Subtracted from each channel, for pictures in [0, 1]. A network of grey pictures has one. */
  mean: PerChannel
  /** Divides each channel after that. */
  std: PerChannel
}

/**
 * What the network sees: the image resized and cropped, in ordinary colours. An image that has
 * exactly the network's input size is taken as it is.
 *
 * @throws RangeError when `resize` is smaller than the crop.
 */
export function view(image: Image, preprocessing: Preprocessing): Image {
  const [height, width] = preprocessing.size
  if (image.width === width && image.height === height) return image

  const options = { filter: preprocessing.filter }
  const resized =
    preprocessing.resize === undefined
      ? cover(image, width, height, options)
      : resizeShortestSide(image, preprocessing.resize, options)
  return centerCrop(resized, width, height)
}

/** Resizes an image, proportions kept, so that it just covers width × height. */
const cover = (image: Image, width: number, height: number, options: ResizeOptions): Image =>
  image.width * height <= image.height * width
    ? resize(image, width, Math.floor((width * image.height) / image.width), options)
    : resize(image, Math.floor((height * image.width) / image.height), height, options)

/**
 * An image as the network's input: (view − mean) / std, a tensor of shape [1, channels, height, width].
 *
 * @param channels 3, or 1 for a network of grey pictures: luma by ITU-R 601 as Pillow's mode `L` has it,
 *   0.299 R + 0.587 G + 0.114 B, though not rounded to bytes. Default: as many as there are means.
 * @example preprocess(photo, net.preprocessing)
 */
export function preprocess(
  image: Image,
  preprocessing: Preprocessing,
  channels: 1 | 3 = preprocessing.mean.length,
): Tensor {
  const [height, width] = preprocessing.size
  const data = new Float32Array(channels * height * width)
  preprocessInto(data, image, preprocessing, channels)
  return { data, shape: [1, channels, height, width] }
}

/** The same into numbers that are there, such as a picture's place in a batch; others need not be made. */
export function preprocessInto(
  target: Float32Array,
  image: Image,
  preprocessing: Preprocessing,
  channels: 1 | 3 = preprocessing.mean.length,
): void {
  const { mean, std } = preprocessing
  const seen = view(image, preprocessing)
  const plane = seen.width * seen.height
  const source = channels === 1 ? luma(seen) : seen.data
  for (let c = 0; c < channels; c++) {
    const [offset, scale] = [mean[c] ?? mean[0], std[c] ?? std[0]]
    for (let i = c * plane; i < (c + 1) * plane; i++) target[i] = (source[i]! - offset) / scale
  }
}

/** What the network sees, in ordinary colours, or one grey: the same before the mean is subtracted. */
export function viewInto(
  target: Float32Array,
  image: Image,
  preprocessing: Preprocessing,
  channels: 1 | 3,
): void {
  const seen = view(image, preprocessing)
  target.set(channels === 1 ? luma(seen) : seen.data)
}

/** How bright each pixel is, by ITU-R 601. */
function luma({ data, width, height }: Image): Float32Array {
  const plane = width * height
  return Float32Array.from(
    { length: plane },
    (_, i) => 0.299 * data[i]! + 0.587 * data[i + plane]! + 0.114 * data[i + 2 * plane]!,
  )
}

/**
 * The picture that a network's input shows: input × std + mean, clipped to [0, 1].
 *
 * @param input of shape [1, C, height, width] or [C, height, width] with C = 3, or 1 for grey.
 * @throws RangeError for any other shape.
 */
export function unnormalise(input: Tensor, { mean, std }: Preprocessing): Image {
  const [channels = 0, height = 0, width = 0] = input.shape.slice(-3)
  const leading = input.shape.slice(0, -2).join()
  if (!['1,3', '3', '1,1', '1'].includes(leading))
    throw new RangeError(
      `a picture has shape [1, 3, height, width] or [3, height, width], 1 in place of 3 for grey, ` +
        `not [${input.shape.join(', ')}]`,
    )
  const plane = width * height
  const data = new Float32Array(3 * plane)
  for (let c = 0; c < 3; c++) {
    const from = channels === 1 ? 0 : c
    for (let i = 0; i < plane; i++) {
      const value =
        (input.data[from * plane + i] ?? 0) * (std[from] ?? std[0]) + (mean[from] ?? mean[0])
      data[c * plane + i] = Math.min(1, Math.max(0, value))
    }
  }
  return new Image(width, height, data)
}
