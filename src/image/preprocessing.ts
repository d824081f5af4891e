import type { Tensor } from '../engine/tensor.js'
import { centerCrop } from './crop.js'
import { Image } from './image.js'
import { resize, resizeShortestSide, type Filter, type ResizeOptions } from './resize.js'

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
  /** Subtracted from each channel, for pictures in [0, 1]. */
  mean: [r: number, g: number, b: number]
  /** Divides each channel after that. */
  std: [r: number, g: number, b: number]
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
 * An image as the network's input: (view − mean) / std, a tensor of shape [1, 3, height, width].
 *
 * @example preprocess(photo, net.preprocessing)
 */
export function preprocess(image: Image, preprocessing: Preprocessing): Tensor {
  const { size, mean, std } = preprocessing
  const seen = view(image, preprocessing)
  const plane = seen.width * seen.height
  const data = Float32Array.from(seen.data)
  for (let c = 0; c < 3; c++)
    for (let i = c * plane; i < (c + 1) * plane; i++)
      data[i] = ((data[i] ?? 0) - (mean[c] ?? 0)) / (std[c] ?? 1)
  return { data, shape: [1, 3, ...size] }
}

/**
 * The picture that a network's input shows: input × std + mean, clipped to [0, 1].
 *
 * @param input of shape [1, 3, height, width] or [3, height, width]
 * @throws RangeError for any other shape.
 */
export function unnormalise(input: Tensor, { mean, std }: Preprocessing): Image {
  const [height = 0, width = 0] = input.shape.slice(-2)
  const leading = input.shape.slice(0, -2).join()
  if (leading !== '1,3' && leading !== '3')
    throw new RangeError(
      `a picture has shape [1, 3, height, width] or [3, height, width], not [${input.shape.join(', ')}]`,
    )
  const plane = width * height
  const data = new Float32Array(3 * plane)
  for (let c = 0; c < 3; c++)
    for (let i = c * plane; i < (c + 1) * plane; i++)
      data[i] = Math.min(1, Math.max(0, (input.data[i] ?? 0) * (std[c] ?? 1) + (mean[c] ?? 0)))
  return new Image(width, height, data)
}
