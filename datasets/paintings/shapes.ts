/** Paintings made of areas and lines. */
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

/** The cells of points: for each, the polygon of all that is nearer to it than to any other. */
function cells(points: readonly Point[], reach: number): Point[][] {
  return points.map(([x, y], i) => {
    let polygon: Point[] = [
      [x - reach, y - reach],
      [x + reach, y - reach],
      [x + reach, y + reach],
      [x - reach, y + reach],
    ]
    for (const [k, [u, v]] of points.entries()) {
      const [dx, dy] = [u - x, v - y]
      if (k === i || Math.abs(dx) > 2 * reach || Math.abs(dy) > 2 * reach) continue
      // What lies on this side of the line halfway between the two.
      const half = (dx * dx + dy * dy) / 2
      const inside = ([a, b]: Point): number => half - (a - x) * dx - (b - y) * dy
      polygon = polygon.flatMap((from, n) => {
        const to = polygon[(n + 1) % polygon.length]!
        const [p, q] = [inside(from), inside(to)]
        const share = p / (p - q)
        const cut: Point = [
          from[0] + share * (to[0] - from[0]),
          from[1] + share * (to[1] - from[1]),
        ]
        return [...(p >= 0 ? [from] : []), ...(p >= 0 !== q >= 0 ? [cut] : [])]
      })
    }
    return polygon
  })
}

/** A polygon in one colour, or shaded, with a line around it. */
function piece(
  context: Context,
  polygon: readonly Point[],
  fill: Context['fillStyle'],
  line: { colour: string; width: number },
): void {
  context.beginPath()
  polygon.forEach(([x, y]) => context.lineTo(x, y))
  context.closePath()
  context.fillStyle = fill
  context.fill()
  context.strokeStyle = line.colour
  context.lineWidth = line.width
  context.stroke()
}

/** Small stones of warm and cool colours in dark mortar. */
export const mosaic: Painter = (context, side, random) => {
  ground(context, side, 'hsl(30, 18%, 16%)')
  const field = smoothField(random, 80)
  const palettes: Hsl[][] = [
    [
      [36, 78, 58],
      [18, 72, 50],
      [48, 70, 72],
    ],
    [
      [176, 48, 42],
      [200, 55, 36],
      [160, 35, 60],
    ],
    [
      [352, 62, 42],
      [42, 40, 86],
      [8, 58, 56],
    ],
  ]
  for (const polygon of cells(scattered(random, side, 11, 0.32), 14)) {
    if (polygon.length < 3) continue
    const level = field(polygon[0]!)
    const colour = shade(random, palettes[level < -0.5 ? 0 : level < 0.6 ? 1 : 2]!)
    piece(context, polygon, colour, { colour: 'hsl(30, 22%, 13%)', width: 2 })
  }
}

/** Splinters of glass in earth colours, each shaded from one side to the other. */
export const shards: Painter = (context, side, random) => {
  ground(context, side, 'hsl(34, 24%, 40%)')
  const palette: Hsl[] = [
    [34, 42, 62],
    [26, 36, 40],
    [40, 34, 78],
    [204, 26, 50],
    [210, 32, 30],
    [18, 48, 32],
  ]
  for (const [x, y] of scattered(random, side, 9)) {
    const turn = random.uniform(0, 2 * Math.PI)
    const triangle = [0, 1, 2].map((i): Point => {
      const angle = turn + (2 * Math.PI * i) / 3 + random.uniform(-0.5, 0.5)
      const radius = random.uniform(8, 19)
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]
    })
    const [from, , to] = triangle as [Point, Point, Point]
    const shading = context.createLinearGradient(...from, ...to)
    const [hue, saturation, lightness] = random.pick(palette)
    shading.addColorStop(0, `hsl(${hue}, ${saturation}%, ${lightness + 12}%)`)
    shading.addColorStop(1, `hsl(${hue}, ${saturation}%, ${Math.max(4, lightness - 18)}%)`)
    piece(context, triangle, shading, { colour: 'hsla(24, 40%, 12%, 0.8)', width: 0.9 })
  }
}

/** A drawing with the pen: hatching on paper, crossed where it is dark. */
export const ink: Painter = (context, side, random) => {
  ground(context, side, 'hsl(44, 48%, 90%)')
  const tone = smoothField(random, 60)
  const slant = smoothField(random, 120)
  const hatch = (at: Point, turn: number): void => {
    const angle = 0.8 + 0.5 * slant(at) + turn + random.uniform(-0.08, 0.08)
    const length = random.uniform(6, 11)
    const [dx, dy] = [length * Math.cos(angle), length * Math.sin(angle)]
    context.beginPath()
    context.moveTo(at[0] - dx, at[1] - dy)
    context.quadraticCurveTo(at[0] + 0.1 * dy, at[1] - 0.1 * dx, at[0] + dx, at[1] + dy)
    context.stroke()
  }
  context.strokeStyle = 'hsl(220, 45%, 13%)'
  for (const [from, turn] of [
    [-0.6, 0],
    [0.25, Math.PI / 2],
    [0.9, Math.PI / 4],
  ] as const)
    for (const at of scattered(random, side, 5)) {
      if (tone(at) < from) continue
      context.lineWidth = random.uniform(0.7, 1.3)
      hatch(at, turn)
    }
}

/** Bands of bright colours that wind around each other, with black between. */
export const candy: Painter = (context, side, random) => {
  ground(context, side, 'black')
  const height = smoothField(random, 66, 4)
  const bands = ['#f2392f', '#fbb02e', '#fdf3dc', '#1f8fd6', '#7b2d8b', '#2fb86a', '#fd7fb0']
  const pixel = 0.5
  const each = 0.36
  for (let y = 0; y < side; y += pixel)
    for (let x = 0; x < side; x += pixel) {
      const level = (height([x, y]) + 8) / each
      const within = level - Math.floor(level)
      if (within < 0.16) continue // the contour
      context.fillStyle = bands[Math.floor(level) % bands.length]!
      context.fillRect(x, y, 2 * pixel, 2 * pixel) // over the seam to the next
    }
}
