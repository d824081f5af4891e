/** Weather: snow, frost, fog, brightness (Hendrycks & Dietterich 2019). */
import { Image } from '../../image/image.js'
import type { Random } from '../../image/random.js'
import { type Motion, trailed } from './blur.js'
import { clipped, zoomed } from './filters.js'
import { iceTexture, plasma } from './textures.js'

export interface Snowfall extends Motion {
  /** Of the noise that flakes are made of. */
  mean: number
  deviation: number
  /** The size of a flake in pixels, 1 or more. */
  flake: number
  /** What is darker is no flake. */
  threshold: number
  /** The picture's share against its whitened version. */
  share: number
}

/** Noise above a threshold, enlarged to flakes that fall, over a whitened picture; and once more, upside down. */
export function snow(image: Image, snowfall: Snowfall, random: Random): Image {
  const { mean, deviation, flake, threshold, share } = snowfall
  const { width, height, data } = image
  const plane = width * height
  const noise = Float32Array.from({ length: plane }, () => random.normal(mean, deviation))
  const flakes = zoomed({ data: noise, width, height }, flake).map((value) =>
    value < threshold ? 0 : Math.min(1, Math.max(0, value)),
  )
  const layer = trailed({ data: flakes, width, height }, snowfall)
  const covered = new Image(width, height)
  for (let i = 0; i < plane; i++) {
    const grey = 0.299 * data[i]! + 0.587 * data[i + plane]! + 0.114 * data[i + 2 * plane]!
    const fallen = layer[i]! + layer[plane - 1 - i]!
    for (let at = i; at < 3 * plane; at += plane) {
      const whitened = Math.max(data[at]!, 1.5 * grey + 0.5)
      covered.data[at] = share * data[at]! + (1 - share) * whitened + fallen
    }
  }
  return clipped(covered)
}

/** Ice on the lens. The authors lay photographs of frost over the picture; this ice is grown from noise. */
export function frost(
  image: Image,
  { picture, ice, scale }: { picture: number; ice: number; scale: number },
  random: Random,
): Image {
  const { width, height, data } = image
  const texture = iceTexture(width, height, scale, random)
  const covered = data.map((value, i) => picture * value + ice * texture.data[i]!)
  return clipped(new Image(width, height, covered))
}

/** Fog of a plasma fractal; the brightest value stays the brightest. */
export function fog(image: Image, thickness: number, decay: number, random: Random): Image {
  const { width, height, data } = image
  const plane = width * height
  const side = 2 ** Math.ceil(Math.log2(Math.max(width, height)))
  const cloud = plasma(side, decay, random)
  const brightest = data.reduce((a, b) => Math.max(a, b))
  const share = brightest / (brightest + thickness)
  const veiled = data.map((value, i) => {
    const [x, y] = [(i % plane) % width, Math.floor((i % plane) / width)]
    return (value + thickness * cloud[y * side + x]!) * share
  })
  return clipped(new Image(width, height, veiled))
}

/** Daylight: the value of HSV grows. Hue and saturation stay, so that all three colours grow by one factor. */
export function brightness(image: Image, amount: number): Image {
  const { width, height, data } = image
  const plane = width * height
  const brighter = new Image(width, height)
  for (let i = 0; i < plane; i++) {
    const value = Math.max(data[i]!, data[i + plane]!, data[i + 2 * plane]!)
    const wanted = Math.min(1, value + amount)
    for (let at = i; at < 3 * plane; at += plane)
      brighter.data[at] = value > 0 ? (data[at]! * wanted) / value : wanted
  }
  return brighter
}
