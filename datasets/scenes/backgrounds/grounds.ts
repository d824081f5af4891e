/** What things lie and stand on out of doors. */
import { clip } from '../colour.js'
import { fractal, grain, smooth, wave } from '../noise.js'
import { cells } from './cells.js'
import type { Texture } from './texture.js'

export const grounds = {
  /** Wind-blown drifts in bluish shade, with sparkles. */
  snow: {
    palettes: [
      ['#7391c2', '#a3bde0', '#cddcf0', '#e6eff9', '#f8fbff'],
      ['#8f8fb8', '#b9b6d6', '#dcd6e6', '#f3ebf0', '#fffaf5'],
    ],
    field: (random) => {
      const drifts = fractal(random, 0.35, 0.9)
      const crystals = grain(random, 0.5)
      return (x, y) => 1.3 * drifts(x, y) - 0.05 + 0.9 * Math.max(0, crystals(x, y) - 0.72)
    },
  },

  /** Blades, upright or in the wind, over lighter and darker patches. */
  grass: {
    palettes: [
      ['#123a0d', '#2f7022', '#559c33', '#8cc44d', '#d9ec92'],
      ['#2b3a12', '#56702a', '#87963d', '#b9b85a', '#ece5a0'],
    ],
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
    palettes: [
      ['#0a4672', '#13689c', '#2b93c4', '#6cc6e2', '#f2fdff'],
      ['#06484f', '#0f7477', '#2fa39a', '#83d6c2', '#f4fff6'],
    ],
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
    palettes: [
      ['#a8753d', '#d2a15f', '#e9c88d', '#f6e3b4'],
      ['#a2583a', '#c97f55', '#e2a97c', '#f4d3ac'],
    ],
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

  /** Rounded cobbles of different greys, with dark joints. */
  cobbles: {
    palettes: [
      ['#3a3733', '#6d6a66', '#918d87', '#b5b1aa', '#d8d5ce'],
      ['#42332a', '#7a6554', '#a08a75', '#c2ae98', '#e2d4c1'],
      ['#2f363d', '#586672', '#7d8c98', '#a3b1bb', '#ccd6dc'],
    ],
    field: (random) => {
      const stones = cells(random, random.uniform(4, 6))
      const roughness = fractal(random, 0.9)
      return (x, y) => {
        const { tone, edge } = stones(x, y)
        const face = 0.35 + 0.45 * tone + 0.35 * (roughness(x, y) - 0.5)
        return clip(face) * smooth(clip(edge / 0.28))
      }
    },
  },
} satisfies Record<string, Texture>
