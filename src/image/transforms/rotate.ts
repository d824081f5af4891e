import { elementTypes, float32, type TypedTensor } from '../../network/graph.js'
import { type PictureShape, type Transform, transform } from './transform.js'

/**
 * Turns the picture about its middle by a random angle; its size stays, and beyond its edges its outermost pixels
 * are repeated. Bilinear.
 *
 * @param degrees The largest angle, either way, up to 180. Lucid takes 10.
 * @throws RangeError for any other.
 * @example await optimise(net, { of: classScore('wolf'), transforms: [rotate(10)] })
 */
export function rotate(degrees: number): Transform {
  if (!(degrees > 0 && degrees <= 180))
    throw new RangeError(`a picture is turned by up to 180 degrees, above 0, not ${degrees}`)
  return transform({
    key: 'rotate()',
    code: `rotate(${degrees})`,
    random: true,
    draw: (picture, random) => turning(picture, random ? random.uniform(-degrees, degrees) : 0),
    build(b, picture, [places, weights]) {
      const [images, channels, height, width] = b.shape(picture).map(Number) as [
        number,
        number,
        number,
        number,
      ]
      const flat = b.reshape(picture, [images, channels, height * width])
      // The way back may be a one-hot matrix, which the runtime makes of int64 alone.
      const index = b.add('Cast', [places!], { to: elementTypes.int64.code })
      const corners = b.add('Gather', [flat, index], { axis: 2 })
      const four = b.reshape(b.add('Mul', [corners, weights!]), [
        images,
        channels,
        4,
        height * width,
      ])
      return b.reshape(b.sum(four, [2]), [images, channels, height, width])
    },
  })
}

/** For each pixel the four that it is made of, and their weights: [4·H·W], first all upper left ones. */
function turning([, , height, width]: PictureShape, degrees: number): TypedTensor[] {
  const plane = height * width
  const places = new Int32Array(4 * plane)
  const weights = new Float32Array(4 * plane)
  const angle = (degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2]
  const within = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const fromX = within(cos * (x - middleX) + sin * (y - middleY) + middleX, width)
      const fromY = within(-sin * (x - middleX) + cos * (y - middleY) + middleY, height)
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)]
      const [shareX, shareY] = [fromX - left, fromY - top]
      for (let corner = 0; corner < 4; corner++) {
        const [right, below] = [corner & 1, corner >> 1]
        const at = corner * plane + y * width + x
        places[at] = within(top + below, height) * width + within(left + right, width)
        weights[at] = (right ? shareX : 1 - shareX) * (below ? shareY : 1 - shareY)
      }
    }
  return [{ type: 'int32', shape: [4 * plane], data: places }, float32(weights, [4 * plane])]
}
