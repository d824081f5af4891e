/** Walls, boards and cloth: what things hang on or lie on indoors. */
import type { Random } from '../../../src/image/random.js'
import { clip } from '../colour.js'
import { fractal, grain, smooth, wave } from '../noise.js'
import type { Texture } from './texture.js'

const strong = [
  '#e4572e',
  '#f3a712',
  '#76b041',
  '#17bebb',
  '#5b5f97',
  '#d65db1',
  '#2e282a',
  '#f7f7f2',
] as const

export const surfaces = {
  /** Courses of bricks, each burnt differently, in mortar. */
  brick: {
    palettes: [
      ['#d9d0c2', '#6f2a1f', '#9c4330', '#b85a41', '#d4805f'],
      ['#8f8a80', '#b9b2a4', '#d2cbbd', '#e4ded2', '#f4f0e8'],
      ['#e2d9c6', '#7d5a2e', '#a97f45', '#c79d5f', '#e0bd84'],
    ],
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

  /** Boards with grain and dark joints, bare or painted. */
  wood: {
    palettes: [
      ['#3c2413', '#7a4a26', '#a66c3b', '#c99358', '#e2b981'],
      ['#4a3420', '#a5845a', '#c4a476', '#dcc296', '#f0dfbd'],
      ['#24323b', '#4f6b7a', '#7693a1', '#a1b9c3', '#cfdee3'],
    ],
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

  /** Chequered cloth, its threads crossing over and under. */
  fabric: {
    palettes: [strong, ['#7b2d26', '#1f3b57', '#f0f3bd', '#e8e2d0', '#3d6b4f', '#c98b3a']],
    draws: 3,
    field: (random) => {
      const repeats = random.uniform(2, 4)
      const [warp, weft] = [stripes(random), stripes(random)]
      const threads = random.uniform(28, 36)
      const wear = fractal(random, 0.6)
      return (x, y) => {
        const woven = 0.5 * (warp(x * repeats) + weft(y * repeats))
        const thread = wave(x * threads) - wave(y * threads)
        return 0.08 + 0.84 * woven + 0.1 * thread + 0.14 * (wear(x, y) - 0.5)
      }
    },
  },

  /** Marbled paint of any three colours. */
  paint: {
    palettes: [strong],
    draws: 3,
    field: (random) => {
      const [bend, flow] = [fractal(random, 0.3), fractal(random, random.uniform(0.25, 0.6))]
      const twist = random.uniform(0.3, 0.9)
      const bands = random.uniform(1, 2.5)
      return (x, y) => {
        const shift = twist * bend(x, y)
        return wave(bands * (x + y) + 3 * flow(x + shift, y - shift))
      }
    },
  },
} satisfies Record<string, Texture>

/** Soft-edged stripes of random widths and values, period 1. */
function stripes(random: Random): (t: number) => number {
  const values = Array.from({ length: 8 }, () => random.pick([0, 0.5, 1] as const))
  return (t) => {
    const u = (t - Math.floor(t)) * 8
    const stripe = Math.floor(u)
    const [from, to] = [values[stripe]!, values[(stripe + 1) & 7]!]
    return from + (to - from) * smooth(clip((u - stripe - 0.85) / 0.15))
  }
}
