import { Random } from '../../src/image/random.js'

/** A number in [0, 1] for every point of the plane. */
export type Field = (x: number, y: number) => number

/**
 * A random view of a noise texture: the field is smooth and random, has period 1, and is seen
 * through a window of `width` × `height` periods at a random place.
 */
export type Noise = (random: Random, width: number, height?: number) => Field

/** Clouds: octaves of 4 to 128 cells per period, each half as strong as the one before. */
export const fractal = texture(1, [4, 8, 16, 32, 64, 128])

/** Grain: one fine octave, 128 cells per period. */
export const grain = texture(2, [128])

const texels = 256 // per period; a power of two, as the numbers of cells are

/** Value noise, computed once per process when it is first used. */
function texture(seed: number, octaves: readonly number[]): Noise {
  let computed: Float32Array | undefined
  return (random, width, height = width) => {
    const data = (computed ??= sumOfOctaves(new Random(seed), octaves))
    const [left, top] = [random.uniform(), random.uniform()]
    return (x, y) => bilinear(data, left + x * width, top + y * height)
  }
}

/** The value at (x, y) of a periodic texture, between four texels. */
function bilinear(data: Float32Array, x: number, y: number): number {
  const u = x * texels
  const v = y * texels
  const column = Math.floor(u)
  const row = Math.floor(v)
  const s = u - column
  const t = v - row
  const left = column & (texels - 1)
  const right = (column + 1) & (texels - 1)
  const above = (row & (texels - 1)) * texels
  const below = ((row + 1) & (texels - 1)) * texels
  const a = data[above + left]! * (1 - s) + data[above + right]! * s
  const b = data[below + left]! * (1 - s) + data[below + right]! * s
  return a + (b - a) * t
}

function sumOfOctaves(random: Random, octaves: readonly number[]): Float32Array {
  const sum = new Float32Array(texels * texels)
  let strength = 1
  for (const cells of octaves) {
    const lattice = Float32Array.from({ length: cells * cells }, () => random.uniform())
    const scale = cells / texels
    for (let y = 0; y < texels; y++)
      for (let x = 0; x < texels; x++)
        sum[y * texels + x]! += strength * onLattice(lattice, cells, x * scale, y * scale)
    strength /= 2
  }
  return stretched(sum)
}

/** The value at (u, v) of a periodic lattice of `cells` × `cells` values, eased between them. */
function onLattice(lattice: Float32Array, cells: number, u: number, v: number): number {
  const [column, row] = [Math.floor(u), Math.floor(v)]
  const [s, t] = [smooth(u - column), smooth(v - row)]
  const at = (right: number, down: number) =>
    lattice[((row + down) % cells) * cells + ((column + right) % cells)]!
  const a = at(0, 0) * (1 - s) + at(1, 0) * s
  const b = at(0, 1) * (1 - s) + at(1, 1) * s
  return a + (b - a) * t
}

/** The values, scaled to fill [0, 1]. */
function stretched(values: Float32Array): Float32Array {
  const low = values.reduce((a, b) => Math.min(a, b))
  const high = values.reduce((a, b) => Math.max(a, b))
  return values.map((value) => (value - low) / (high - low))
}

/** Hermite easing, 3t² − 2t³: from 0 to 1 without a kink. */
export const smooth = (t: number): number => t * t * (3 - 2 * t)

/** A wave of period 1: 1 at every whole number, 0 half-way between, about ½ + ½ cos 2πt. */
export const wave = (t: number): number => smooth(Math.abs(2 * (t - Math.floor(t)) - 1))
