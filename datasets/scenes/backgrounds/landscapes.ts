/** What is seen far away. */
import type { Random } from '../../../src/image/random.js'
import { clip } from '../colour.js'
import { fractal, smooth } from '../noise.js'
import type { Texture } from './texture.js'

export const landscapes = {
  /** Clouds on a blue that pales towards the horizon, or on the red of an evening. */
  sky: {
    palettes: [
      ['#2f7fd0', '#5aa5e6', '#93c8f2', '#d4eafa', '#ffffff'],
      ['#5f6f8f', '#8493ad', '#a9b6c8', '#cfd8e2', '#f2f5f8'],
      ['#6a5fa8', '#b57aa8', '#f0a08a', '#fbc9a0', '#fff1d6'],
    ],
    field: (random) => {
      const clouds = fractal(random, 0.35, 0.6)
      const cover = random.uniform(0.42, 0.62)
      return (x, y) => {
        const cloud = smooth(clip((clouds(x, y) - cover) / 0.28))
        return 0.45 * y + (1 - 0.45 * y) * cloud
      }
    },
  },

  /** Stars over the last light on the horizon. */
  night: {
    palettes: [
      ['#060b26', '#131f52', '#2b3274', '#5b4a8f', '#a778a6', '#fff6da'],
      ['#04121c', '#0c2c3f', '#14506a', '#2a7f83', '#7fc4a4', '#f4ffe4'],
    ],
    field: (random) => {
      const dusk = random.uniform(0.35, 0.65)
      const haze = fractal(random, 0.4)
      const stars = Array.from({ length: 40 }, () => ({
        x: random.uniform(),
        y: random.uniform(),
        radius: random.uniform(0.006, 0.018),
      }))
      return (x, y) => {
        let light = 0
        for (const star of stars) {
          const [dx, dy] = [(x - star.x) / star.radius, (y - star.y) / star.radius]
          light = Math.max(light, 1.2 - (dx * dx + dy * dy))
        }
        return Math.max(light, dusk * y * y + 0.3 * haze(x, y))
      }
    },
  },

  /** Ranges one behind the other, paler with distance, snow on the high peaks. */
  mountains: {
    palettes: [
      ['#27405c', '#41627f', '#6b8fad', '#9dbdd6', '#cfe3f2', '#ffffff'],
      ['#3a2f4f', '#6b4a6b', '#a56f7c', '#d99b8a', '#f6c9a5', '#fff3e0'],
      ['#24433a', '#3f6b57', '#6d947c', '#a3bfae', '#d3e4e6', '#ffffff'],
    ],
    field: (random) => {
      const ranges = [0.6, 0.8, 0.98].map((foot, i) => ({
        foot: foot + random.uniform(-0.05, 0.05),
        height: random.uniform(0.45, 0.6) - 0.13 * i,
        relief: fractal(random, 0.4),
        shade: 0.55 - 0.22 * i,
      }))
      const rocks = fractal(random, 0.9)
      return (x, y) => {
        for (let i = ranges.length - 1; i >= 0; i--) {
          const { foot, height, relief, shade } = ranges[i]!
          const ridge = 1 - Math.abs(2 * relief(x, 0) - 1) // sharp where the relief is half-way
          const depth = y - foot + height * ridge
          if (depth < 0) continue
          const rock = rocks(x, y)
          const snowLine = foot - 0.62 * height + 0.25 * (rock - 0.5)
          const face = shade + 0.25 * (rock - 0.5) + 0.12 * depth
          return i === 2
            ? face
            : face + (0.96 - 0.12 * (1 - i) - face) * clip((snowLine - y) / 0.02)
        }
        return 0.66 + 0.2 * y
      }
    },
  },

  /** Rows of firs that fade into the mist. */
  forest: {
    palettes: [
      ['#10281a', '#23492d', '#447048', '#7da27a', '#bdd3b4', '#eef3e2'],
      ['#3b1d10', '#7a3a16', '#b8621f', '#dd9a3d', '#f2cf8a', '#fbf1d6'],
      ['#0f2530', '#21444f', '#47707a', '#82a5a8', '#bfd3d1', '#eef4f0'],
    ],
    field: (random) => {
      const rows = [0, 1, 2, 3].map((i) => firs(random, 11 - 2.3 * i, 0.16 + 0.2 * i))
      const needles = fractal(random, 0.9, 0.5)
      return (x, y) => {
        for (let i = rows.length - 1; i >= 0; i--)
          if (rows[i]!(x, y)) return 0.7 - 0.2 * i + 0.22 * (needles(x, y) - 0.5)
        return 0.95 - 0.15 * y
      }
    },
  },

  /** Houses against the evening sky, with light in some of the windows. */
  city: {
    palettes: [
      ['#1b2036', '#2b3352', '#46507a', '#8d79a5', '#e09a8f', '#ffe9b0'],
      ['#3f4a57', '#5d6a78', '#8292a2', '#a9bccd', '#cfe0ee', '#fbfdff'],
      ['#14202b', '#1f3444', '#2f5264', '#4f7f8c', '#8fb8b0', '#fff2c2'],
    ],
    field: (random) => {
      const [far, near] = [houses(random, 9, 0.2, 0.55), houses(random, 6, 0.45, 0.85)]
      return (x, y) => near(x, y, 0.02) ?? far(x, y, 0.24) ?? 0.42 + 0.45 * y
    },
  },
} satisfies Record<string, Texture>

/** Whether a point lies in a row of firs whose tips reach up to about `top`. */
function firs(random: Random, count: number, top: number): (x: number, y: number) => boolean {
  const [start, tiers] = [random.uniform(), random.uniform(7, 10)]
  const heights = Float32Array.from({ length: 16 }, () => random.uniform(-0.07, 0.07))
  return (x, y) => {
    const u = x * count + start
    const tree = Math.floor(u)
    const below = y - top - heights[tree & 15]!
    const tier = below * tiers - Math.floor(below * tiers) // each wider towards its lower end
    const reach = 0.055 * count * below * (1.5 + 1.1 * tier)
    return below > 0 && Math.abs(u - tree - 0.5) < 0.06 + reach
  }
}

/** The value of a row of houses at a point, undefined above the roofs. */
function houses(random: Random, count: number, highest: number, lowest: number) {
  const start = random.uniform()
  const roofs = Float32Array.from({ length: 16 }, () => random.uniform(highest, lowest))
  const lights = Float32Array.from({ length: 256 }, () => random.uniform())
  return (x: number, y: number, shade: number): number | undefined => {
    const u = x * count + start
    const house = Math.floor(u)
    const down = (y - roofs[house & 15]!) * 22
    const across = (u - house) * 4
    if (down < 0 || across < 0.12) return undefined
    const [column, floor] = [Math.floor(across), Math.floor(down)]
    const inWindow = across - column > 0.35 && down - floor > 0.45 && down > 0.8
    const lit = lights[(floor * 4 + column + 37 * house) & 255]! > 0.72
    return shade + (inWindow ? (lit ? 0.97 - shade : 0.07) : 0.1 * lights[house & 255]!)
  }
}
