/** What painters have in common. */
import type { SKRSContext2D } from 'canvas'
import type { Random } from '../../src/image/random.js'

/** Paints a square of so many pixels, beginning with its ground. */
export type Painter = (context: Context, side: number, random: Random) => void

export type Context = SKRSContext2D

export type Point = readonly [x: number, y: number]

/** Fills the whole square. */
export function ground(context: Context, side: number, colour: string): void {
  context.fillStyle = colour
  context.fillRect(0, 0, side, side)
}

/** Colours of a palette, each a little lighter or darker by chance: `hsl(…)`. */
export const shade = (random: Random, palette: readonly Hsl[], spread = 6): string => {
  const [hue, saturation, lightness] = random.pick(palette)
  const own = Math.min(98, Math.max(2, lightness + random.uniform(-spread, spread)))
  return `hsl(${hue}, ${saturation}%, ${own}%)`
}

export type Hsl = readonly [hue: number, saturation: number, lightness: number]

/** Points about as far from each other as `distance`, in random order: a grid whose points were shaken. */
export function scattered(random: Random, side: number, distance: number, shake = 0.5): Point[] {
  const count = Math.ceil(side / distance) + 2
  const points: Point[] = []
  for (const i of random.permutation(count * count)) {
    const jitter = (): number => random.uniform(-shake, shake)
    points.push([
      ((i % count) - 0.5 + jitter()) * distance,
      (Math.floor(i / count) - 0.5 + jitter()) * distance,
    ])
  }
  return points
}

/** A smooth field of numbers around 0: a sum of waves in random directions, the longest of them `length` pixels. */
export function smoothField(random: Random, length: number, waves = 6): (at: Point) => number {
  const parts = Array.from({ length: waves }, () => {
    const angle = random.uniform(0, 2 * Math.PI)
    const frequency = (2 * Math.PI * random.uniform(1, 2.2)) / length
    return [
      Math.cos(angle) * frequency,
      Math.sin(angle) * frequency,
      random.uniform(0, 2 * Math.PI),
    ] as const
  })
  return ([x, y]) =>
    parts.reduce((sum, [u, v, phase]) => sum + Math.sin(u * x + v * y + phase), 0) /
    Math.sqrt(waves / 2)
}
