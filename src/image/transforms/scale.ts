import { float32, type TypedTensor } from '../../network/graph.js'
import { type Transform, transform } from './transform.js'

/**
 * Enlarges or shrinks the picture about its middle by a random factor; its size stays, and beyond its edges its
 * outermost pixels are repeated. Bilinear, antialiased where it shrinks.
 *
 * @param low @param high The bounds of the factor. Lucid takes 0.9 to 1.1.
 * @throws RangeError where 0 < low ≤ high does not hold.
 * @example await optimise(net, { of: classScore('wolf'), transforms: [jitter(8), scale(0.9, 1.1)] })
 */
export function scale(low: number, high: number): Transform {
  if (!(low > 0 && high >= low && Number.isFinite(high)))
    throw new RangeError(
      `a picture is scaled by factors above 0, low to high, not ${low} to ${high}`,
    )
  return transform({
    key: 'scale()',
    code: `scale(${low}, ${high})`,
    random: true,
    draw([, , height, width], random) {
      const factor = random ? random.uniform(low, high) : 1
      return [scaling(height, factor), scaling(width, factor)]
    },
    build(b, picture, [rows, columns]) {
      const across = b.add('MatMul', [picture, b.transpose(columns!, [1, 0])])
      return b.add('MatMul', [rows!, across])
    },
  })
}

/** The matrix [size, size] that scales an axis about its middle. */
function scaling(size: number, factor: number): TypedTensor {
  const data = new Float32Array(size * size)
  const middle = size / 2
  const reach = Math.max(1, 1 / factor)
  for (let to = 0; to < size; to++) {
    const centre = (to + 0.5 - middle) / factor + middle - 0.5
    const row = data.subarray(to * size, (to + 1) * size)
    let total = 0
    for (let from = Math.ceil(centre - reach); from <= centre + reach; from++) {
      const weight = 1 - Math.abs(from - centre) / reach
      row[Math.min(size - 1, Math.max(0, from))]! += weight
      total += weight
    }
    for (let from = 0; from < size; from++) row[from]! /= total
  }
  return float32(data, [size, size])
}
