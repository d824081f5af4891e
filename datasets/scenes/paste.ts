import type { Image } from '../../src/image/image.js'
import { clip, type ColourChange } from './colour.js'
import type { Box } from './scene.js'
import type { Sprite } from './sprites.js'

/** Where and how a drawing is pasted, in pixels of the picture. */
export interface Pose {
  /** The drawing's centre; whole numbers are corners of pixels. */
  x: number
  y: number
  /** Size of the drawing as pasted, before it is turned. */
  width: number
  height: number
  /** Clockwise turn in radians. */
  angle: number
  /** Whether left and right are exchanged. */
  mirrored: boolean
}

/**
 * Pastes a drawing into `image`, in place, with bilinear interpolation, and marks in `mask`
 * (height × width, row by row) the pixels that it covers by half or more.
 */
export function paste(
  image: Image,
  mask: Uint8Array,
  sprite: Sprite,
  pose: Pose,
  colours: ColourChange,
): void {
  const { width, height, data } = image
  const plane = width * height
  const [cos, sin] = [Math.cos(pose.angle), Math.sin(pose.angle)]
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = colours

  // From pixels of the picture to pixels of the sprite, whose border of one pixel is extra.
  const across = ((pose.mirrored ? -1 : 1) * (sprite.width - 2)) / pose.width
  const down = (sprite.height - 2) / pose.height
  const { left, top, right, bottom } = extent(pose, width, height)

  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const [dx, dy] = [x + 0.5 - pose.x, y + 0.5 - pose.y]
      const u = (cos * dx + sin * dy) * across + (sprite.width - 1) / 2
      const v = (cos * dy - sin * dx) * down + (sprite.height - 1) / 2
      if (u < 0 || v < 0 || u >= sprite.width - 1 || v >= sprite.height - 1) continue

      const [column, row] = [u | 0, v | 0]
      const [s, t] = [u - column, v - row]
      const corner = 4 * (row * sprite.width + column)
      const alpha = between(sprite, corner + 3, s, t)
      if (alpha === 0) continue
      const red = between(sprite, corner, s, t)
      const green = between(sprite, corner + 1, s, t)
      const blue = between(sprite, corner + 2, s, t)

      const i = y * width + x
      const seen = 1 - alpha // of the background
      data[i] = clip(data[i]! * seen + m0 * red + m1 * green + m2 * blue + m3 * alpha)
      data[plane + i] = clip(
        data[plane + i]! * seen + m4 * red + m5 * green + m6 * blue + m7 * alpha,
      )
      data[2 * plane + i] = clip(
        data[2 * plane + i]! * seen + m8 * red + m9 * green + m10 * blue + m11 * alpha,
      )
      if (alpha >= 0.5) mask[i] = 1
    }
}

/** The value between the pixel at byte `i` and those to its right and below it, in [0, 1]. */
function between({ width, pixels }: Sprite, i: number, s: number, t: number): number {
  const below = i + 4 * width
  return (
    ((1 - s) * (1 - t) * pixels[i]! +
      s * (1 - t) * pixels[i + 4]! +
      (1 - s) * t * pixels[below]! +
      s * t * pixels[below + 4]!) /
    255
  )
}

/** The pixels of the picture that a pose can touch. */
function extent(pose: Pose, width: number, height: number): Box {
  const { x: halfWidth, y: halfHeight } = halfExtent(pose)
  return {
    left: Math.max(0, Math.floor(pose.x - halfWidth - 1)),
    top: Math.max(0, Math.floor(pose.y - halfHeight - 1)),
    right: Math.min(width, Math.ceil(pose.x + halfWidth + 1)),
    bottom: Math.min(height, Math.ceil(pose.y + halfHeight + 1)),
  }
}

/** Half the width and height of the upright rectangle around a turned drawing. */
export function halfExtent({ width, height, angle }: Omit<Pose, 'x' | 'y' | 'mirrored'>): {
  x: number
  y: number
} {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))]
  return { x: (cos * width + sin * height) / 2, y: (sin * width + cos * height) / 2 }
}
