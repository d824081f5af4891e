/** Where an optimisation begins. */
import type { Tensor } from '../engine/tensor.js'
import { Image } from '../image/image.js'
import { Random } from '../image/random.js'
import type { PictureShape } from '../image/transforms/transform.js'
import type { Network } from '../network/network.js'
import type { Parametrisation } from './images/parametrisation.js'

/**
 * 'mean': the mean colour, which is 0 to the network; noise of a standard deviation, in normalised pixels, or in
 * coefficients where the image is made of them; or a picture, which the network's preprocessing brings to size;
 * or normalised pixels [N, C, H, W].
 */
export type Start = 'mean' | { noise: number } | Image | Tensor

/** In code, for provenance. */
export function startCode(start: Start): string {
  if (start === 'mean') return "'mean'"
  if ('noise' in start) return `{ noise: ${start.noise} }`
  return start instanceof Image ? start.toString() : `pixels [${start.shape.join(', ')}]`
}

/**
 * The numbers that an optimisation begins with.
 *
 * @throws RangeError for a start that does not fit the network, or is no finite number.
 */
export function startNumbers(
  net: Network,
  image: Parametrisation,
  start: Start,
  shape: PictureShape,
  seed: number,
): Tensor {
  const { preprocessing } = net
  const size = shape.reduce((a, b) => a * b)
  if (start === 'mean')
    return image.encode({ data: new Float32Array(size), shape: [...shape] }, preprocessing)
  if ('noise' in start) {
    const { noise } = start
    if (!(noise >= 0 && Number.isFinite(noise)))
      throw new RangeError(`noise has a standard deviation of 0 or more, not ${noise}`)
    const random = new Random(seed)
    if (image.noise) return image.noise(noise, shape, random)
    const data = Float32Array.from({ length: size }, () => random.normal(0, noise))
    return image.encode({ data, shape: [...shape] }, preprocessing)
  }
  const picture = start instanceof Image ? pixelsOfImage(net, start, shape) : start
  const [images, ...rest] = picture.shape
  if (rest.join() !== shape.slice(1).join() || (images !== 1 && images !== shape[0]))
    throw new RangeError(
      `the start is [${picture.shape.join(', ')}], but the images are [${shape.join(', ')}]`,
    )
  if (!picture.data.every(Number.isFinite))
    throw new RangeError('the start has pixels that are no finite numbers')
  const data = new Float32Array(size)
  for (let i = 0; i < size; i += picture.data.length) data.set(picture.data, i)
  return image.encode({ data, shape: [...shape] }, preprocessing)
}

/** A picture at the size of the images, whatever size the network prefers. */
function pixelsOfImage(net: Network, picture: Image, [, , height, width]: PictureShape): Tensor {
  const [ownHeight, ownWidth] = net.preprocessing.size
  if (height === ownHeight && width === ownWidth) return net.preprocess(picture)
  return net.preprocess(picture, [height, width])
}
