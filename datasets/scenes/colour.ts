import type { Random } from '../../src/image/random.js'

/** Red, green and blue in [0, 1]. */
export type Rgb = readonly [number, number, number]

/**
 * An affine change of colour: three rows of (weights of red, green, blue, offset), in row order.
 */
export type ColourChange = readonly [
  ...[red: number, green: number, blue: number, offset: number],
  ...[red: number, green: number, blue: number, offset: number],
  ...[red: number, green: number, blue: number, offset: number],
]

export function fromHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}

/**
 * A change of colour: hue turned by `hue` radians about the grey axis, saturation and contrast
 * multiplied, brightness added.
 */
export function colourChange({
  hue = 0,
  saturation = 1,
  contrast = 1,
  brightness = 0,
}: {
  hue?: number
  saturation?: number
  contrast?: number
  brightness?: number
}): ColourChange {
  // A colour is its grey part and the rest; turning and stretching the rest is a 3×3 circulant.
  const cos = saturation * Math.cos(hue)
  const sin = (saturation * Math.sin(hue)) / Math.sqrt(3)
  const own = contrast * ((1 - cos) / 3 + cos)
  const next = contrast * ((1 - cos) / 3 - sin)
  const last = contrast * ((1 - cos) / 3 + sin)
  const offset = (1 - contrast) / 2 + brightness
  return [own, next, last, offset, last, own, next, offset, next, last, own, offset]
}

/** A random change of colour; at strength 1 hue turns by about ±11°, contrast varies by ±12 %. */
export function randomColourChange(random: Random, strength: number): ColourChange {
  return colourChange({
    hue: random.normal(0, 0.2 * strength),
    saturation: Math.max(0, random.normal(1, 0.15 * strength)),
    contrast: Math.max(0.3, random.normal(1, 0.12 * strength)),
    brightness: random.normal(0, 0.06 * strength),
  })
}

/**
 * Any other colours: hue turned at random, and black and white replaced by any dark and any light colour,
 * between which the others come to lie.
 */
export function randomColours(random: Random): ColourChange {
  const [r0, r1, r2, , g0, g1, g2, , b0, b1, b2] = colourChange({
    hue: random.uniform(-Math.PI, Math.PI),
  })
  const between = (...weights: [number, number, number]) => {
    const dark = random.uniform(0, 0.45)
    const range = random.uniform(0.55, 1) - dark
    const [red, green, blue] = weights
    return [range * red, range * green, range * blue, dark] as const
  }
  return [...between(r0, r1, r2), ...between(g0, g1, g2), ...between(b0, b1, b2)]
}

/** The same change, of a colour's luma alone (Rec. 601): all that comes out is grey, or tinted alike. */
export function greyed(change: ColourChange): ColourChange {
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = change
  const [red, green, blue] = [m0 + m1 + m2, m4 + m5 + m6, m8 + m9 + m10] // made of a grey
  const [r, g, b] = [0.299, 0.587, 0.114]
  return [
    ...([r * red, g * red, b * red, m3] as const),
    ...([r * green, g * green, b * green, m7] as const),
    ...([r * blue, g * blue, b * blue, m11] as const),
  ]
}

/** The changed colour, clipped to [0, 1]. */
export function changed([r, g, b]: Rgb, change: ColourChange): Rgb {
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = change
  return [
    clip(m0 * r + m1 * g + m2 * b + m3),
    clip(m4 * r + m5 * g + m6 * b + m7),
    clip(m8 * r + m9 * g + m10 * b + m11),
  ]
}

export const clip = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value)
