import { Image } from '../../src/image/image.js'
import { Random } from '../../src/image/random.js'
import { changed, clip, fromHex, randomColourChange, type Rgb } from './colour.js'
import { type Field, fractal, grain, smooth, wave } from './noise.js'

/**
 * A background is a random scalar field over the unit square and the colours that its values, 0 to
 * 1, run through: a relief and its palette.
 */
interface Texture {
  /** Evenly spaced colours, from value 0 to value 1. */
  colours: readonly string[]
  /** How many of the colours are drawn at random and shown, instead of all in their order. */
  draws?: number
  /** A new field of this kind; x runs to the right and y down, both from 0 to 1. */
  field: (random: Random) => Field
}

const textures = {
  /** Wind-blown drifts in bluish shade, with sparkles. */
  snow: {
    colours: ['#7391c2', '#a3bde0', '#cddcf0', '#e6eff9', '#f8fbff'],
    field: (random) => {
      const drifts = fractal(random, 0.35, 0.9)
      const crystals = grain(random, 0.5)
      return (x, y) => 1.3 * drifts(x, y) - 0.05 + 0.9 * Math.max(0, crystals(x, y) - 0.72)
    },
  },

  /** Blades, upright or in the wind, over lighter and darker patches. */
  grass: {
    colours: ['#123a0d', '#2f7022', '#559c33', '#8cc44d', '#d9ec92'],
    field: (random) => {
      const patches = fractal(random, 0.5)
      const blades = grain(random, 0.36, 0.05)
      const tips = grain(random, 0.24, 0.1)
      const wind = random.uniform(-0.3, 0.3)
      return (x, y) => {
        const patch = patches(x, y)
        const lean = (wind + 0.5 * (patch - 0.5)) * y
        return 0.5 * patch + 0.45 * blades(x + lean, y) + 0.35 * tips(x - lean, y) - 0.15
      }
    },
  },

  /** Ripples with bright crests. */
  water: {
    colours: ['#0a4672', '#13689c', '#2b93c4', '#6cc6e2', '#f2fdff'],
    field: (random) => {
      const swell = fractal(random, 0.3, 0.6)
      const waves = random.uniform(6, 10)
      const chop = fractal(random, 0.6, 1.4)
      return (x, y) => {
        const crest = wave(waves * y + 5 * swell(x, y))
        return 0.1 + 0.45 * crest * crest * crest + 0.5 * chop(x, y)
      }
    },
  },

  /** Wind ripples in some direction, and single grains. */
  sand: {
    colours: ['#a8753d', '#d2a15f', '#e9c88d', '#f6e3b4'],
    field: (random) => {
      const angle = random.uniform(-0.6, 0.6)
      const ripples = random.uniform(5, 9)
      const [across, down] = [ripples * Math.sin(angle), ripples * Math.cos(angle)]
      const dunes = fractal(random, 0.35)
      const grains = grain(random, 0.7)
      return (x, y) => {
        const dune = dunes(x, y)
        const ripple = wave(x * across + y * down + 3 * dune)
        return 0.34 * ripple + 0.5 * dune + 0.35 * grains(x, y) - 0.1
      }
    },
  },

  /** Courses of bricks, each burnt differently, in light mortar. */
  brick: {
    colours: ['#d9d0c2', '#6f2a1f', '#9c4330', '#b85a41', '#d4805f'],
    field: (random) => {
      const courses = random.uniform(5, 8)
      const [left, top] = [random.uniform(), random.uniform()]
      const burns = Float32Array.from({ length: 64 }, () => random.uniform())
      const roughness = fractal(random, 0.9)
      return (x, y) => {
        const v = y * courses + top
        const course = Math.floor(v)
        const u = (x * courses) / 2.2 + left + 0.5 * (course & 1)
        const brick = Math.floor(u)
        const edge = Math.min(2.2 * Math.min(u - brick, brick + 1 - u), v - course, course + 1 - v)
        const burn = burns[(7 * course + brick) & 63]!
        const face = 0.3 + 0.4 * burn + 0.4 * (roughness(x, y) - 0.3)
        return clip(face) * smooth(clip((edge - 0.04) / 0.06))
      }
    },
  },

  /** Stars over the last light on the horizon. */
  night: {
    colours: ['#060b26', '#131f52', '#2b3274', '#5b4a8f', '#a778a6', '#fff6da'],
    field: (random) => {
      const dusk = random.uniform(0.35, 0.65)
      const haze = fractal(random, 0.4)
      const stars = Array.from({ length: 40 }, () => ({
        x: random.uniform(),
        y: random.uniform(),
        radius: random.uniform(0.006, 0.018),
      }))
      const rows = 16 // only stars near a point are looked at
      const near = Array.from({ length: rows }, (_, row) =>
        stars.filter(({ y }) => Math.abs(y * rows - row - 0.5) < 1),
      )
      return (x, y) => {
        let light = 0
        for (const star of near[Math.floor(y * rows)] ?? []) {
          const [dx, dy] = [(x - star.x) / star.radius, (y - star.y) / star.radius]
          light = Math.max(light, 1.2 - (dx * dx + dy * dy))
        }
        return Math.max(light, dusk * y * y + 0.3 * haze(x, y))
      }
    },
  },

  /** Clouds on a blue that pales towards the horizon. */
  sky: {
    colours: ['#2f7fd0', '#5aa5e6', '#93c8f2', '#d4eafa', '#ffffff'],
    field: (random) => {
      const clouds = fractal(random, 0.35, 0.6)
      const cover = random.uniform(0.42, 0.62)
      return (x, y) => {
        const cloud = smooth(clip((clouds(x, y) - cover) / 0.28))
        return 0.45 * y + (1 - 0.45 * y) * cloud
      }
    },
  },

  /** Boards with grain and dark joints. */
  wood: {
    colours: ['#3c2413', '#7a4a26', '#a66c3b', '#c99358', '#e2b981'],
    field: (random) => {
      const boards = random.uniform(3, 5)
      const start = random.uniform()
      const tones = Float32Array.from({ length: 16 }, () => random.uniform())
      const growth = fractal(random, 0.9, 0.12)
      const fibres = grain(random, 0.5, 0.04)
      return (x, y) => {
        const u = x * boards + start
        const board = Math.floor(u)
        const tone = tones[board & 15]!
        const edge = Math.min(u - board, board + 1 - u)
        const ring = wave(5 * growth(x + 5 * tone, y))
        const face = 0.35 + 0.25 * tone + 0.2 * ring + 0.25 * (fibres(x, y) - 0.5)
        return face * smooth(clip(edge / 0.045))
      }
    },
  },

  /** Clouds of any three colours: what no photograph shows. */
  noise: {
    colours: [
      '#e4572e',
      '#f3a712',
      '#76b041',
      '#17bebb',
      '#5b5f97',
      '#d65db1',
      '#2e282a',
      '#f7f7f2',
    ],
    draws: 3,
    field: (random) => {
      const clouds = fractal(random, random.uniform(0.3, 1.2))
      const dots = grain(random, 0.5)
      return (x, y) => 0.75 * clouds(x, y) + 0.25 * dots(x, y)
    },
  },
} as const satisfies Record<string, Texture>

/** What an object can stand on, such as 'snow'. */
export type Background = keyof typeof textures

export const backgrounds = Object.keys(textures) as readonly Background[]

/** A background of this kind, size × size pixels; the seed determines it, at any size. */
export function paintBackground(name: Background, size: number, seed: number): Image {
  const random = new Random(seed)
  const { colours, draws, field }: Texture = textures[name]
  const shown = draws ? Array.from({ length: draws }, () => random.pick(colours)) : colours
  const colourChange = randomColourChange(random, 0.5)
  const palette = ramp(shown.map((hex) => changed(fromHex(hex), colourChange)))
  const value = field(random)

  const image = new Image(size, size)
  const { data } = image
  const plane = size * size
  for (let y = 0, i = 0; y < size; y++)
    for (let x = 0; x < size; x++, i++) {
      const light = clip(value((x + 0.5) / size, (y + 0.5) / size))
      const shade = (light * (shades - 1) + 0.5) | 0 // rounded

      data[i] = palette[3 * shade]!
      data[plane + i] = palette[3 * shade + 1]!
      data[2 * plane + i] = palette[3 * shade + 2]!
    }
  return image
}

const shades = 256

/** Colours between the given ones, in even steps. */
function ramp(colours: readonly Rgb[]): Float32Array {
  const steps = new Float32Array(3 * shades)
  for (let i = 0; i < shades; i++) {
    const position = (i / (shades - 1)) * (colours.length - 1)
    const below = Math.min(Math.floor(position), colours.length - 2)
    const share = position - below
    for (let c = 0; c < 3; c++)
      steps[3 * i + c] = colours[below]![c]! * (1 - share) + colours[below + 1]![c]! * share
  }
  return steps
}
