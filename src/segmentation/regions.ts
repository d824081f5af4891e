/** Thresholds, and what is connected. */

/**
 * The value that a share of the numbers lie below, interpolated between neighbours as numpy does.
 *
 * @param share In [0, 1].
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  if (!(share >= 0 && share <= 1))
    throw new RangeError(`a quantile is a share from 0 to 1, not ${share}`)
  const sorted = Float64Array.from(values).sort()
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)]!
  return low + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - low)
}

/**
 * The threshold that parts numbers into two groups of least variance: k-means with two clusters, exactly.
 *
 * Otsu: A Threshold Selection Method from Gray-Level Histograms (1979), without the histogram.
 *
 * @returns The largest value of the lower group.
 */
export function otsu(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const all = sorted.reduce((sum, value) => sum + value, 0)
  let [below, best, threshold] = [0, -Infinity, sorted[0] ?? 0]
  for (let i = 0; i + 1 < sorted.length; i++) {
    below += sorted[i]!
    if (sorted[i] === sorted[i + 1]) continue
    const [n, m] = [i + 1, sorted.length - i - 1]
    const between = n * m * (below / n - (all - below) / m) ** 2
    if (between > best) [best, threshold] = [between, sorted[i]!]
  }
  return threshold
}

/**
 * Numbers the regions of connected pixels (8 neighbours).
 *
 * @param mask Row by row; what is not 0 counts.
 * @returns The number of each pixel's region, from 1 in reading order, 0 outside; and each region's size, from 1.
 */
export function regions(
  mask: ArrayLike<number>,
  width: number,
): { labels: Int32Array; sizes: number[] } {
  const labels = new Int32Array(mask.length)
  const sizes = [0]
  const height = mask.length / width
  const waiting: number[] = []
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || labels[start]) continue
    const label = sizes.length
    let size = 0
    labels[start] = label
    waiting.push(start)
    for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
      size++
      const [x, y] = [i % width, Math.floor(i / width)]
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u
          if (!mask[next] || labels[next]) continue
          labels[next] = label
          waiting.push(next)
        }
    }
    sizes.push(size)
  }
  return { labels, sizes }
}

/** The largest region of connected pixels, of equally large ones the first; empty where the mask is. */
export function largestRegion(mask: ArrayLike<number>, width: number): Uint8Array {
  const { labels, sizes } = regions(mask, width)
  const largest = sizes.indexOf(Math.max(...sizes))
  return Uint8Array.from(labels, (label) => Number(label > 0 && label === largest))
}

/**
 * Intersection over union (Jaccard's index) of two masks: 1 where they are the same, 0 where they have nothing in
 * common. Two empty masks are the same.
 *
 * @throws RangeError for masks of different sizes.
 */
export function intersectionOverUnion(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new RangeError(`masks of ${a.length} and ${b.length} pixels are not of one picture`)
  let [both, any] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    if (a[i] && b[i]) both++
    if (a[i] || b[i]) any++
  }
  return any === 0 ? 1 : both / any
}
