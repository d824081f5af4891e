/** Paintings made of strokes and dots. */
import type { Random } from '../../src/image/random.js'
import {
  type Context,
  ground,
  type Hsl,
  type Painter,
  type Point,
  scattered,
  shade,
  smoothField,
} from './painter.js'

/** A brush stroke along a field of directions. */
function stroke(
  context: Context,
  [x, y]: Point,
  direction: (at: Point) => number,
  length: number,
): void {
  const step = 2
  context.beginPath()
  context.moveTo(x, y)
  for (let gone = 0; gone < length; gone += step) {
    const angle = direction([x, y])
    x += step * Math.cos(angle)
    y += step * Math.sin(angle)
    context.lineTo(x, y)
  }
  context.stroke()
}

/** Directions that turn around some centres and flow between them. */
function whirls(random: Random, side: number, distance: number): (at: Point) => number {
  const centres = scattered(random, side, distance, 0.3).map(
    ([x, y]) => [x, y, random.uniform() < 0.7 ? 1 : -1] as const,
  )
  const drift = smoothField(random, 2.5 * distance)
  return (at) => {
    let [u, v] = [0.35 * Math.cos(drift(at)), 0.35 * Math.sin(drift(at))]
    for (const [x, y, turn] of centres) {
      const [dx, dy] = [at[0] - x, at[1] - y]
      const near = Math.exp(-(dx * dx + dy * dy) / (0.16 * distance * distance))
      const length = Math.hypot(dx, dy) + 1e-6
      u -= (turn * near * dy) / length
      v += (turn * near * dx) / length
    }
    return Math.atan2(v, u)
  }
}

/** A night of whirls: short, thick strokes of blue and yellow. */
export const starry: Painter = (context, side, random) => {
  ground(context, side, 'hsl(222, 60%, 24%)')
  const direction = whirls(random, side, 52)
  const light = smoothField(random, 70)
  const dark: Hsl[] = [
    [224, 68, 22],
    [218, 62, 36],
    [208, 52, 50],
  ]
  const bright: Hsl[] = [
    [48, 88, 62],
    [200, 46, 66],
    [54, 70, 82],
    [208, 55, 48],
  ]
  for (const at of scattered(random, side, 3.4)) {
    context.strokeStyle = shade(random, light(at) > 0.75 ? bright : dark)
    context.lineWidth = random.uniform(1.8, 3)
    stroke(context, at, direction, random.uniform(9, 18))
  }
}

/** Flames: long strokes that lick upwards, from black to yellow. */
export const embers: Painter = (context, side, random) => {
  ground(context, side, 'hsl(8, 60%, 10%)')
  const bend = smoothField(random, 46)
  const heat = smoothField(random, 60)
  const direction = (at: Point): number => -Math.PI / 2 + 0.9 * bend(at)
  const palettes: Hsl[][] = [
    [
      [0, 60, 8],
      [350, 55, 16],
    ],
    [
      [4, 85, 34],
      [12, 90, 46],
    ],
    [
      [22, 96, 54],
      [44, 96, 62],
    ],
  ]
  for (const at of scattered(random, side, 3.6)) {
    const level = heat(at) + random.uniform(-0.4, 0.4)
    context.strokeStyle = shade(random, palettes[level < -0.2 ? 0 : level < 0.65 ? 1 : 2]!, 4)
    context.lineWidth = random.uniform(1.6, 3.4)
    stroke(context, at, direction, random.uniform(12, 26))
  }
}

/** Rows of scales, each of concentric arcs: the pattern of Japanese waves. */
export const wave: Painter = (context, side, random) => {
  ground(context, side, 'hsl(42, 40%, 86%)')
  const radius = 17
  const rows = Math.ceil(side / (radius / 2)) + 3
  const columns = Math.ceil(side / (2 * radius)) + 2
  const rings = [1, 0.78, 0.56, 0.34]
  const palette: Hsl[] = [
    [206, 55, 40],
    [204, 60, 30],
    [200, 38, 58],
    [210, 62, 24],
  ]
  for (let row = 0; row < rows; row++)
    for (let column = -1; column < columns; column++) {
      const x = (column + (row % 2) / 2) * 2 * radius
      const y = (row * radius) / 2
      rings.forEach((share, i) => {
        context.beginPath()
        context.arc(x, y, radius * share, 0, 2 * Math.PI)
        context.fillStyle = i % 2 === 0 ? shade(random, palette, 4) : 'hsl(44, 45%, 90%)'
        context.fill()
        context.strokeStyle = 'hsl(214, 60%, 16%)'
        context.lineWidth = 1.1
        context.stroke()
      })
    }
}

/** Dots of pure colours beside each other, which the eye mixes. */
export const dots: Painter = (context, side, random) => {
  ground(context, side, 'hsl(40, 45%, 88%)')
  const field = smoothField(random, 64)
  const palettes: Hsl[][] = [
    [
      [212, 70, 42],
      [190, 60, 46],
      [268, 40, 46],
      [170, 52, 58],
    ],
    [
      [28, 92, 56],
      [46, 92, 60],
      [8, 76, 54],
      [340, 62, 60],
    ],
  ]
  for (let layer = 0; layer < 2; layer++)
    for (const at of scattered(random, side, 4.6)) {
      const warm = field(at) + random.uniform(-0.9, 0.9) > 0
      context.fillStyle = shade(random, palettes[warm ? 1 : 0]!)
      context.beginPath()
      context.arc(at[0], at[1], random.uniform(1.5, 2.5), 0, 2 * Math.PI)
      context.fill()
    }
}
