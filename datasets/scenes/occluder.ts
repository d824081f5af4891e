import type { Image } from '../../src/image/image.js'
import type { Random } from '../../src/image/random.js'

/**
 * Lays a bar across `image`, in place, so that it hides `share` of the pixels of `mask`.
 *
 * @param covering what the bar shows, as large as the image
 * @returns 1 where the bar is; the masks are left as they are
 */
export function occlude(
  image: Image,
  mask: Uint8Array,
  share: number,
  covering: Image,
  random: Random,
): Uint8Array {
  const { width, height, data } = image
  const plane = width * height
  const angle = random.uniform(0, Math.PI)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const across = (i: number): number => cos * (i % width) + sin * Math.floor(i / width)

  const positions: number[] = []
  for (let i = 0; i < plane; i++) if (mask[i]) positions.push(across(i))
  positions.sort((a, b) => a - b)
  const hidden = Math.round(share * positions.length)
  const bar = new Uint8Array(plane)
  if (hidden === 0) return bar

  const first = random.integer(positions.length - hidden + 1)
  const [from, to] = [positions[first]!, positions[first + hidden - 1]!]
  for (let i = 0; i < plane; i++) {
    const position = across(i)
    if (position < from || position > to) continue
    bar[i] = 1
    for (let c = i; c < 3 * plane; c += plane) data[c] = covering.data[c]!
  }
  return bar
}
