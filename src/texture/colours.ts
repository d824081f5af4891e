import { Image } from '../image/image.js'

/** Luma by ITU-R 601, as YUV has it. */
export const lumaOf = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b

/**
 * The brightness of one picture with the colours of another: luma Y of the first, chroma U, V of the second (Gatys et
 * al. 2016, Preserving Color in Neural Artistic Style Transfer; `-original_colors` of Johnson's code).
 *
 * U and V are multiples of B − Y and R − Y: they stay where all three channels rise by the same. Where a brightness
 * would leave [0, 1] with these colours, the nearest takes its place, so that the chroma is kept exactly everywhere.
 *
 * @throws RangeError for pictures of different sizes.
 * @example withColoursOf(stylised, photo)
 */
export function withColoursOf(bright: Image, coloured: Image): Image {
  const { width, height } = coloured
  if (bright.width !== width || bright.height !== height)
    throw new RangeError(
      `${bright.toString()} cannot take the colours of an ${coloured.toString()}`,
    )
  const made = new Image(width, height)
  const plane = width * height
  const at = ({ data }: Image, i: number): [number, number, number] => [
    data[i]!,
    data[plane + i]!,
    data[2 * plane + i]!,
  ]
  for (let i = 0; i < plane; i++) {
    const colour = at(coloured, i)
    const rise = lumaOf(...at(bright, i)) - lumaOf(...colour)
    const within = Math.max(-Math.min(...colour), Math.min(1 - Math.max(...colour), rise))
    colour.forEach((value, c) => (made.data[c * plane + i] = value + within))
  }
  return made
}
