import { Image } from '../../../src/image/image.js'
import { defaultSeed, mixSeeds, Random } from '../../../src/image/random.js'
import { unknownName } from '../../../src/network/names.js'
import { changed, clip, fromHex, randomColourChange, type Rgb } from '../colour.js'
import { grounds } from './grounds.js'
import { landscapes } from './landscapes.js'
import { surfaces } from './surfaces.js'
import type { Texture } from './texture.js'

const textures = { ...grounds, ...landscapes, ...surfaces }

/** What is seen behind an object, such as 'snow'. */
export type Background = keyof typeof textures

export const backgrounds = Object.keys(textures) as readonly Background[]

/** Reliefs of each kind. What a scene shows is a window of one, in colours of its own. */
const reliefsOfEach = 16
/** Width and height of a relief. */
const texels = 192

const reliefs = new Map<string, Uint8Array>()

/** The values of a field, 0 to 255, computed once per process when first asked for. */
function relief(name: Background, number: number): Uint8Array {
  const key = `${name} ${number}`
  const known = reliefs.get(key)
  if (known) return known

  const random = new Random(mixSeeds(backgrounds.indexOf(name), number))
  const value = textures[name].field(random)
  const values = new Uint8Array(texels * texels)
  for (let y = 0, i = 0; y < texels; y++)
    for (let x = 0; x < texels; x++, i++)
      values[i] = 255 * clip(value((x + 0.5) / texels, (y + 0.5) / texels)) + 0.5
  reliefs.set(key, values)
  return values
}

/**
 * A background by itself: a texture.
 *
 * @param name One of {@link backgrounds}.
 * @param options Its size and seed.
 * @param options.size Side in pixels. Default 96.
 * @param options.seed Which one. Default: that of `%seed`, or 0.
 * @throws RangeError for an unknown background, naming the nearest, and for a side that is not whole and positive.
 * @example background('brick', { size: 64, seed: 3 })
 */
export function background(
  name: Background,
  { size = 96, seed = defaultSeed() }: { size?: number; seed?: number } = {},
): Image {
  if (!Object.hasOwn(textures, name)) throw unknownName('background', name, backgrounds)
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`a background has a whole, positive side, not ${size}`)
  return paintBackground(name, size, mixSeeds(seed))
}

/** A background of this kind, size × size pixels; the seed determines it, at any size. */
export function paintBackground(name: Background, size: number, seed: number): Image {
  const random = new Random(seed)
  const values = relief(name, random.integer(reliefsOfEach))
  const [reds, greens, blues] = randomPalette(random, textures[name])
  const mirrored = random.uniform() < 0.5
  const window = random.uniform(0.6, 1) * (texels - 1)
  const left = random.uniform(0, texels - 1 - window)
  const top = random.uniform(0, texels - 1 - window)

  const image = new Image(size, size)
  const { data } = image
  const plane = size * size
  const step = window / size
  // The texel to the left of each pixel's centre, and how far to the right of it the centre is.
  const columns = new Int32Array(size)
  const shares = new Float32Array(size)
  for (let x = 0; x < size; x++) {
    const u = left + step * ((mirrored ? size - 1 - x : x) + 0.5)
    columns[x] = u
    shares[x] = u - columns[x]!
  }
  for (let y = 0, i = 0; y < size; y++) {
    const v = top + step * (y + 0.5)
    const row = v | 0
    const t = v - row
    for (let x = 0; x < size; x++, i++) {
      const corner = row * texels + columns[x]!
      const s = shares[x]!
      const a = values[corner]!
      const c = values[corner + texels]!
      const above = a + (values[corner + 1]! - a) * s
      const below = c + (values[corner + texels + 1]! - c) * s
      const shade = (above + (below - above) * t + 0.5) | 0
      data[i] = reds[shade]!
      data[i + plane] = greens[shade]!
      data[i + 2 * plane] = blues[shade]!
    }
  }
  return image
}

/** Red, green and blue of 256 colours, from value 0 to value 1. */
type Palette = [red: Float32Array, green: Float32Array, blue: Float32Array]

function randomPalette(random: Random, { palettes, draws }: Texture): Palette {
  const colours = random.pick(palettes)
  const shown = draws
    ? Array.from(random.permutation(colours.length).subarray(0, draws), (i) => colours[i]!)
    : colours
  const change = randomColourChange(random, 0.5)
  return ramp(shown.map((hex) => changed(fromHex(hex), change)))
}

/** Colours between the given ones, in even steps. */
function ramp(colours: readonly Rgb[]): Palette {
  const palette: Palette = [new Float32Array(256), new Float32Array(256), new Float32Array(256)]
  for (let i = 0; i < 256; i++) {
    const position = (i / 255) * (colours.length - 1)
    const below = Math.min(Math.floor(position), colours.length - 2)
    const share = position - below
    palette.forEach((values, c) => {
      values[i] = colours[below]![c]! * (1 - share) + colours[below + 1]![c]! * share
    })
  }
  return palette
}
