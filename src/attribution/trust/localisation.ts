/** Whether a map points at the object, where it is known which pixels those are. */
import type { Plane } from '../../figures/range.js'

/**
 * The pointing game (Zhang et al. 2016): whether the map's largest value lies on the object, or within a few
 * pixels of it. Of several equal maxima the first one counts.
 *
 * @param mask 1 on the object, else 0; height × width.
 * @param tolerance How many pixels beside the object still count. Default 0; the paper has 15 on photographs.
 * @returns false where the map is 0 or less everywhere: it points nowhere.
 * @throws RangeError for a mask of another size.
 */
export function pointsAt({ data, width }: Plane, mask: ArrayLike<number>, tolerance = 0): boolean {
  checkMask(data, mask)
  const peak = data.reduce((best, value, i) => (value > data[best]! ? i : best), 0)
  if (!(data[peak]! > 0)) return false
  const [y, x] = [Math.floor(peak / width), peak % width]
  for (let i = 0; i < mask.length; i++)
    if (mask[i] && Math.hypot(Math.floor(i / width) - y, (i % width) - x) <= tolerance) return true
  return false
}

/**
 * The energy-based pointing game (Wang et al. 2020, Score-CAM): which share of the map's positive part lies
 * on the object.
 *
 * @param mask 1 on the object, else 0.
 * @returns In [0, 1]; a uniform map has the object's share of the picture. NaN where nothing is positive.
 * @throws RangeError for a mask of another size.
 */
export function energyWithin(data: Float32Array, mask: ArrayLike<number>): number {
  checkMask(data, mask)
  let [inside, all] = [0, 0]
  data.forEach((value, i) => {
    if (!(value > 0)) return
    all += value
    if (mask[i]) inside += value
  })
  return inside / all
}

function checkMask(data: Float32Array, mask: ArrayLike<number>): void {
  if (mask.length !== data.length)
    throw new RangeError(`a mask of ${mask.length} pixels does not fit a map of ${data.length}`)
}
