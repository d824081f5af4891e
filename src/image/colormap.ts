import { interpolateInferno, interpolateViridis } from 'd3-scale-chromatic'

/** A colour, each part in [0, 1] (sRGB). */
export type Rgb = [r: number, g: number, b: number]

/** A colour for every t in [0, 1]; t outside of it takes the nearest end. */
export type ColorMap = (t: number) => Rgb

/**
 * Black over purple and orange to pale yellow: matplotlib's inferno (Smith & van der Walt 2015), for
 * values from nothing to much. Perceptually uniform: equal steps look equally large, and lightness
 * alone, in a grey print too, tells the order.
 */
export const inferno: ColorMap = fromTable(interpolateInferno)

/** Dark violet over green to yellow: matplotlib's viridis, perceptually uniform as inferno is. */
export const viridis: ColorMap = fromTable(interpolateViridis)

/**
 * Blue over near-white to red, for values below and above zero: Kovesi's CET-D1 (2015,
 * arXiv:1509.03700) without its smoothing at the centre. Both arms are straight lines in CIELAB of
 * the same length and lightness, so it is uniform by construction, and +v and −v look equally strong.
 */
export const blueWhiteRed: ColorMap = (t) => {
  const signed = 2 * clamp01(t) - 1
  const strength = Math.abs(signed)
  const hue = ((signed < 0 ? -64 : 39) * Math.PI) / 180
  const chroma = 83 * strength
  return labToRgb([95 - 55 * strength, chroma * Math.cos(hue), chroma * Math.sin(hue)])
}

/** The two kinds of map: for values from 0 up, and for values on both sides of 0. */
export type ColorScheme = 'sequential' | 'diverging'

/** The maps that figures use. */
export const colorMaps: Record<ColorScheme, ColorMap> = {
  sequential: inferno,
  diverging: blueWhiteRed,
}

const clamp01 = (x: number): number => Math.min(1, Math.max(0, x))

/** Interpolates between the 256 colours that a published map consists of. */
function fromTable(colorAt: (t: number) => string): ColorMap {
  const last = 255
  const table = Array.from({ length: last + 1 }, (_, i) => parseHex(colorAt(i / last)))
  return (t) => {
    const position = clamp01(t) * last
    const index = Math.min(last - 1, Math.floor(position))
    const low = table[index] ?? [0, 0, 0]
    const high = table[index + 1] ?? low
    const mix = (c: 0 | 1 | 2): number => low[c] + (position - index) * (high[c] - low[c])
    return [mix(0), mix(1), mix(2)]
  }
}

function parseHex(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}

/** CIELAB (D65) to sRGB, clipped to what a screen can show. */
function labToRgb([lightness, a, b]: [number, number, number]): Rgb {
  const inverse = (f: number): number => (f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29))
  const fy = (lightness + 16) / 116
  const x = 0.95047 * inverse(fy + a / 500)
  const y = inverse(fy)
  const z = 1.08883 * inverse(fy - b / 200)
  const encode = (linear: number): number =>
    clamp01(linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055)
  return [
    encode(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
    encode(-0.969266 * x + 1.8760108 * y + 0.041556 * z),
    encode(0.0556434 * x - 0.2040259 * y + 1.0572252 * z),
  ]
}
