import type { Random } from '../../src/image/random.js'
import { halfExtent, type Pose } from './paste.js'

/** A part of the picture, whose sides are 1. */
export interface Area {
  x: number
  y: number
  width: number
  height: number
}

const whole: Area = { x: 0.5, y: 0.5, width: 1, height: 1 }

/**
 * A pose in a picture whose sides are 1, reaching at most a little over the edges of `area`, which is
 * given by its centre and size.
 *
 * @param longerSide that of the drawing, whose width ÷ height is `aspect`
 * @param variation of turn and proportions: 0 for none
 */
export function randomPose(
  random: Random,
  longerSide: number,
  aspect: number,
  variation: number,
  area: Area = whole,
): Pose {
  const stretch = Math.exp(random.normal(0, 0.07 * variation))
  const width = longerSide * Math.min(1, aspect) * stretch
  const height = (longerSide * Math.min(1, 1 / aspect)) / stretch
  const angle = variation * Math.max(-0.6, Math.min(0.6, random.normal(0, 0.2)))
  const mirrored = random.uniform() < 0.5

  const reach = halfExtent({ width, height, angle })
  const overhang = 0.06 * longerSide
  const along = (centre: number, side: number, half: number) => {
    const room = Math.max(0, side / 2 - half + overhang)
    return centre + random.uniform(-room, room)
  }
  const x = along(area.x, area.width, reach.x)
  const y = along(area.y, area.height, reach.y)
  return { x, y, width, height, angle, mirrored }
}

/** The same pose in a picture of size × size pixels. */
export const inPixels = ({ x, y, width, height, ...turn }: Pose, size: number): Pose => ({
  x: x * size,
  y: y * size,
  width: width * size,
  height: height * size,
  ...turn,
})

/** Areas in random order that `count` objects, 1 to 4, share the picture by: halves or quarters. */
export function randomAreas(random: Random, count: number): Area[] {
  if (count === 1) return [whole]
  const [first, second] = [0.25, 0.75]
  const beside = random.uniform() < 0.5
  const areas: Area[] =
    count > 2
      ? [first, second].flatMap((y) =>
          [first, second].map((x) => ({ x, y, width: 0.5, height: 0.5 })),
        )
      : [first, second].map((at) =>
          beside ? { ...whole, x: at, width: 0.5 } : { ...whole, y: at, height: 0.5 },
        )
  return Array.from(random.permutation(areas.length).subarray(0, count), (i) => areas[i]!)
}
