import { float32 } from '../../network/graph.js'
import { type Transform, transform } from './transform.js'

/**
 * Shows the network a blurred picture, so that fine patterns gain nothing. The picture itself stays sharp; what
 * blurs it now and then is {@link blurEvery}.
 *
 * @param sigma Standard deviation of the Gaussian, in pixels, above 0; it is cut off at 3 σ.
 * @throws RangeError for any other.
 * @example await optimise(net, { of: classScore('wolf'), transforms: [blur(1)] })
 */
export function blur(sigma: number): Transform {
  if (!(sigma > 0 && Number.isFinite(sigma)))
    throw new RangeError(`a blur has a standard deviation above 0 pixels, not ${sigma}`)
  const radius = Math.ceil(3 * sigma)
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  )
  const total = weights.reduce((a, b) => a + b)
  return transform({
    key: `blur(${sigma})`,
    build(b, picture) {
      const channels = Number(b.shape(picture)[1])
      const kernel = Float32Array.from(
        { length: channels * weights.length },
        (_, i) => weights[i % weights.length]! / total,
      )
      const sides = b.integers([radius, radius, radius, radius])
      const padded = b.add('Pad', [picture, sides, '', b.integers([2, 3])], { mode: 'edge' })
      return [
        [weights.length, 1],
        [1, weights.length],
      ].reduce(
        (x, [height, width]) =>
          b.add('Conv', [x, b.constant(float32(kernel, [channels, 1, height!, width!]))], {
            group: channels,
            kernel_shape: [height!, width!],
          }),
        padded,
      )
    },
  })
}
