/** Textures grown from noise: clouds, and ice. */
import { fractal } from '../../../datasets/scenes/noise.js'
import { Image } from '../../image/image.js'
import type { Random } from '../../image/random.js'

/**
 * A plasma fractal by the diamond–square algorithm (Fournier, Fussell, Carpenter 1982), periodic, scaled to
 * [0, 1].
 *
 * @param side A power of two.
 * @param decay Detail of half the size is weaker by its square.
 * @returns side × side.
 */
export function plasma(side: number, decay: number, random: Random): Float32Array {
  const map = new Float32Array(side * side)
  const wrap = (i: number): number => i & (side - 1)
  const at = (x: number, y: number): number => map[wrap(y) * side + wrap(x)]!
  let strength = 1
  const set = (x: number, y: number, sum: number): void => {
    map[y * side + x] = sum / 4 + strength * random.uniform(-1, 1)
  }
  for (let step = side; step >= 2; step /= 2) {
    const half = step / 2
    for (let y = 0; y < side; y += step)
      for (let x = 0; x < side; x += step)
        set(
          x + half,
          y + half,
          at(x, y) + at(x + step, y) + at(x, y + step) + at(x + step, y + step),
        )
    for (let y = 0; y < side; y += half)
      for (let x = y % step === 0 ? half : 0; x < side; x += step)
        set(x, y, at(x - half, y) + at(x + half, y) + at(x, y - half) + at(x, y + half))
    strength /= decay * decay
  }
  const low = map.reduce((a, b) => Math.min(a, b))
  const high = map.reduce((a, b) => Math.max(a, b))
  return map.map((value) => (high > low ? (value - low) / (high - low) : 0))
}

/** How far apart crystals begin, in pixels of a picture of 224². */
const GRAIN = 56

/**
 * Frost on glass: crystals that begin at random places and meet in irregular seams, each of needles in a
 * direction of its own, in patches thick and thin.
 *
 * @param scale Pixels for one pixel of a picture of 224².
 */
export function iceTexture(width: number, height: number, scale: number, random: Random): Image {
  const ice = new Image(width, height)
  const grain = GRAIN * scale
  const [columns, rows] = [width, height].map((side) => Math.ceil(side / grain) + 2) as [
    number,
    number,
  ]
  const grains = Array.from({ length: columns * rows }, (_, i) => ({
    x: (i % columns) - 1 + random.uniform(),
    y: Math.floor(i / columns) - 1 + random.uniform(),
    angle: random.uniform(0, Math.PI),
  }))
  const [bend, needles, thickness] = [0, 1, 2].map(() => fractal(random, 1)) as [
    ReturnType<typeof fractal>,
    ReturnType<typeof fractal>,
    ReturnType<typeof fractal>,
  ]
  for (let i = 0; i < width * height; i++) {
    const [column, row] = [(i % width) / grain, Math.floor(i / width) / grain]
    // Bent, so that neither seams nor needles are straight.
    const x = column + 1.2 * (bend(column / 8, row / 8) - 0.5)
    const y = row + 1.2 * (bend(row / 8, column / 8) - 0.5)
    let [first, second, angle] = [Infinity, Infinity, 0]
    // The grid's cell and those around it; what begins farther away reaches here rarely.
    for (let n = 0; n < 9; n++) {
      const [c, r] = [Math.floor(x) + (n % 3), Math.floor(y) + Math.floor(n / 3)]
      const seed =
        grains[
          Math.max(0, Math.min(rows - 1, r)) * columns + Math.max(0, Math.min(columns - 1, c))
        ]!
      const distance = Math.hypot(seed.x - x, seed.y - y)
      if (distance < first) [second, first, angle] = [first, distance, seed.angle]
      else if (distance < second && distance > first) second = distance
    }
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    const along = x * cos + y * sin
    const across = y * cos - x * sin
    const ridge = 1 - Math.abs(2 * needles(along / 12, across / 1.6) - 1)
    const seam = Math.max(0, 1 - 8 * (second - first))
    const cover = thickness(column / 6, row / 6)
    const white = 0.12 + 0.75 * cover * ridge ** 2 + 0.2 * seam * cover + 0.25 * cover
    for (let c = 0; c < 3; c++)
      ice.data[c * width * height + i] = Math.min(1, Math.max(0, white * TINT[c]!))
  }
  return ice
}

/** Ice is a little blue. */
const TINT = [0.88, 0.96, 1.04] as const
