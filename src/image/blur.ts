/**
 * Blurs one plane of numbers by a Gaussian, cut off at 3 σ. At the edges the weights of what lies inside
 * add up to 1, so that a flat plane stays as it is.
 *
 * @param sigma In pixels, above 0.
 * @throws RangeError for any other σ.
 */
export function blurPlane(
  plane: Float32Array,
  width: number,
  height: number,
  sigma: number,
): Float32Array {
  if (!(sigma > 0 && Number.isFinite(sigma)))
    throw new RangeError(`a blur has a standard deviation above 0 pixels, not ${sigma}`)
  const radius = Math.ceil(3 * sigma)
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  )
  const rows = blurLines(plane, { count: height, step: width }, { count: width, step: 1 }, weights)
  return blurLines(rows, { count: width, step: 1 }, { count: height, step: width }, weights)
}

/** Where numbers lie in a plane: how many, and how far apart. */
interface Axis {
  count: number
  step: number
}

function blurLines(
  plane: Float32Array,
  lines: Axis,
  along: Axis,
  weights: Float64Array,
): Float32Array {
  const radius = (weights.length - 1) / 2
  const blurred = new Float32Array(plane.length)
  for (let line = 0; line < lines.count; line++)
    for (let i = 0; i < along.count; i++) {
      let [sum, total] = [0, 0]
      const last = Math.min(along.count - 1, i + radius)
      for (let k = Math.max(0, i - radius); k <= last; k++) {
        const weight = weights[k - i + radius]!
        sum += weight * plane[line * lines.step + k * along.step]!
        total += weight
      }
      blurred[line * lines.step + i * along.step] = sum / total
    }
  return blurred
}
