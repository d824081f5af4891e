import type { Image } from '../../src/image/image.js'
import { arch, type Bend, wave } from './bend.js'
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
  /** What is done to its form first. */
  bend?: Bend
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

  const { bend } = pose
  const [right0, right1, right2] = bend?.right ?? [0, 0, 0]
  const [down0, down1, down2] = bend?.down ?? [0, 0, 0]

  // From pixels of the picture to pixels of the sprite, whose border of one pixel is extra.
  const across = ((pose.mirrored ? -1 : 1) * (sprite.width - 2)) / pose.width
  const down = (sprite.height - 2) / pose.height
  const { left, top, right, bottom } = extent(pose, width, height)
  const { pixels } = sprite
  const stride = 4 * sprite.width
  const [lastColumn, lastRow] = [sprite.width - 1, sprite.height - 1]

  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const dx = x + 0.5 - pose.x
      const dy = y + 0.5 - pose.y
      let u = (cos * dx + sin * dy) * across + lastColumn / 2
      let v = (cos * dy - sin * dx) * down + lastRow / 2
      if (u < 0 || v < 0 || u >= lastColumn || v >= lastRow) continue
      if (bend) {
        const [atX, atY] = [u / lastColumn, v / lastRow]
        const [archX, archY] = [arch(atX), arch(atY)]
        const [both, alongX, alongY] = [archX * archY, wave(atX) * archY, wave(atY) * archX]
        u -= lastColumn * (right0 * both + right1 * alongX + right2 * alongY)
        v -= lastRow * (down0 * both + down1 * alongX + down2 * alongY)
        if (u < 0 || v < 0 || u >= lastColumn || v >= lastRow) continue
      }

      // Between the sprite's pixels a and b and, below them, c and d.
      const column = u | 0
      const row = v | 0
      const a = row * stride + 4 * column
      const b = a + 4
      const c = a + stride
      const d = c + 4
      if ((pixels[a + 3]! | pixels[b + 3]! | pixels[c + 3]! | pixels[d + 3]!) === 0) continue
      const s = u - column
      const t = v - row
      const wd = (s * t) / 255
      const wc = t / 255 - wd
      const wb = s / 255 - wd
      const wa = (1 - s) / 255 - wc
      const red = wa * pixels[a]! + wb * pixels[b]! + wc * pixels[c]! + wd * pixels[d]!
      const green =
        wa * pixels[a + 1]! + wb * pixels[b + 1]! + wc * pixels[c + 1]! + wd * pixels[d + 1]!
      const blue =
        wa * pixels[a + 2]! + wb * pixels[b + 2]! + wc * pixels[c + 2]! + wd * pixels[d + 2]!
      const alpha =
        wa * pixels[a + 3]! + wb * pixels[b + 3]! + wc * pixels[c + 3]! + wd * pixels[d + 3]!

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
export function halfExtent({ width, height, angle }: Omit<Pose, 'x' | 'y' | 'mirrored' | 'bend'>): {
  x: number
  y: number
} {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))]
  return { x: (cos * width + sin * height) / 2, y: (sin * width + cos * height) / 2 }
}
