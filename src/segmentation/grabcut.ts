/** Object and background told apart by their colours and where colours change. */
import type { Image } from '../image/image.js'
import { Mixture } from './colour-mixture.js'
import { directions, gridCut } from './grid-cut.js'

/** What a pixel is known, or supposed, to be before the first cut. */
export const UNKNOWN = 0
export const OBJECT = 1
export const BACKGROUND = 2

export interface GrabCutOptions {
  /** How often colours are learned and the picture is cut. Default 5; 1 is the graph cut of Simonyan et al. 2014. */
  iterations?: number
  /** Normal distributions in each of the two mixtures. Default 5. */
  components?: number
  /** What it costs to cut between two neighbours of the same colour, γ of the paper. Default 50. */
  smoothness?: number
  /** Whether seeds stay what they are. Default false: they are where colours are learned from, no more. */
  hard?: boolean
  /** Of the mixtures' first means. Default 0. */
  seed?: number
}

/**
 * GrabCut: the pixels of an object, from a few seeds.
 *
 * 1. A mixture of normal distributions of the colours of the object's pixels, and one of the background's.
 * 2. The division that costs least: each pixel −log of the density of its colour in the mixture of its side, each
 *    pair of neighbours at distance d on different sides γ / d · exp(−β ‖difference of colours‖²), with
 *    β = 1 / (2 · its mean over all neighbours).
 * 3. Again, with the pixels on either side in place of the seeds.
 *
 * Rother, Kolmogorov, Blake: GrabCut (2004). Boykov, Jolly (2001) for the cut. Unlike in the paper colours belong to
 * all components by degrees (EM), and a pixel's cost is that of the whole mixture.
 *
 * @param seeds For each pixel 1 for the object, 2 for the background, 0 where it is not known.
 * @returns 1 for the pixels of the object, else 0; nothing where one of the two has no seeds.
 * @throws RangeError for seeds of another size and options that there cannot be.
 */
export function grabCut(
  image: Image,
  seeds: ArrayLike<number>,
  options: GrabCutOptions = {},
): Uint8Array {
  const { iterations = 5, components = 5, smoothness = 50, hard = false, seed = 0 } = options
  const { width, height } = image
  const pixels = width * height
  if (seeds.length !== pixels)
    throw new RangeError(`${seeds.length} seeds do not fit an ${image.toString()}`)
  if (!(Number.isInteger(iterations) && iterations > 0))
    throw new RangeError(`a picture is cut once or more, not ${iterations} times`)
  if (!(smoothness >= 0 && smoothness < Infinity))
    throw new RangeError(`smoothness is a number from 0 up, not ${smoothness}`)

  const colours = coloursOf(image)
  const neighbours = contrasts(image, smoothness)
  let sides = Uint8Array.from(seeds)
  let mixtures: readonly [Mixture, Mixture] | undefined
  let mask: Uint8Array = new Uint8Array(pixels)
  for (let round = 0; round < iterations; round++) {
    const parts = [OBJECT, BACKGROUND].map((side) => select(colours, sides, side))
    if (parts.some(({ length }) => length === 0)) break
    mixtures = parts.map((part, i) =>
      mixtures ? mixtures[i]!.refit(part) : Mixture.fit(part, 3, { components, seed }),
    ) as unknown as readonly [Mixture, Mixture]
    const [object, background] = mixtures.map((mixture) => mixture.logDensities(colours))
    const certain = 8 * smoothness + 1 // more than all edges of a pixel together
    const toSource = new Float64Array(pixels)
    const toSink = new Float64Array(pixels)
    for (let i = 0; i < pixels; i++) {
      const gain = object![i]! - background![i]!
      toSource[i] = Math.max(0, gain)
      toSink[i] = Math.max(0, -gain)
      if (!hard || seeds[i] === UNKNOWN) continue
      toSource[i] = seeds[i] === OBJECT ? certain : 0
      toSink[i] = seeds[i] === OBJECT ? 0 : certain
    }
    const { side } = gridCut({ width, height, source: toSource, sink: toSink, neighbours })
    const same = round > 0 && side.every((value, i) => value === mask[i])
    mask = side
    if (same) break
    sides = Uint8Array.from(side, (value) => (value ? OBJECT : BACKGROUND))
  }
  return mask
}

/** r, g, b of each pixel. */
function coloursOf({ data, width, height }: Image): Float64Array {
  const plane = width * height
  return Float64Array.from(
    { length: 3 * plane },
    (_, i) => data[(i % 3) * plane + Math.floor(i / 3)]!,
  )
}

function select(colours: Float64Array, sides: Uint8Array, side: number): Float64Array {
  const chosen = new Float64Array(3 * sides.reduce((sum, one) => sum + Number(one === side), 0))
  let at = 0
  sides.forEach((one, i) => {
    if (one !== side) return
    chosen.set(colours.subarray(3 * i, 3 * i + 3), at)
    at += 3
  })
  return chosen
}

/** What it costs to cut between neighbours, the less the more their colours differ. */
function contrasts({ data, width, height }: Image, smoothness: number): Float64Array {
  const plane = width * height
  const differences = new Float64Array(8 * plane).fill(NaN)
  let [sum, count] = [0, 0]
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      directions.forEach(([dx, dy], d) => {
        const [u, v] = [x + dx, y + dy]
        if (u < 0 || u >= width || v < 0 || v >= height) return
        const j = v * width + u
        let square = 0
        for (let c = 0; c < 3 * plane; c += plane) square += (data[c + i]! - data[c + j]!) ** 2
        differences[8 * i + d] = square
        sum += square
        count++
      })
  const beta = sum > 0 ? count / (2 * sum) : 0
  return differences.map((square, e) => {
    const [dx, dy] = directions[e % 8]!
    return Number.isNaN(square) ? 0 : (smoothness / Math.hypot(dx, dy)) * Math.exp(-beta * square)
  })
}
