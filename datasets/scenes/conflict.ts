import type { Sprite } from './sprites.js'

/**
 * The silhouette of one drawing, filled with what is inside another: its largest square without a
 * transparent pixel, repeated by reflection, so that nothing is left of the other's outline.
 */
export function filledWith(shape: Sprite, texture: Sprite): Sprite {
  const { left, top, side } = opaqueSquare(texture)
  const pixels = new Uint8ClampedArray(shape.pixels.length)
  for (let y = 0, i = 0; y < shape.height; y++)
    for (let x = 0; x < shape.width; x++, i += 4) {
      const alpha = shape.pixels[i + 3]!
      const from = 4 * ((top + reflected(y, side)) * texture.width + left + reflected(x, side))
      for (let c = 0; c < 3; c++) pixels[i + c] = (texture.pixels[from + c]! * alpha) / 255
      pixels[i + 3] = alpha
    }
  return { ...shape, pixels }
}

/** 0, 1, …, side − 1, side − 1, …, 1, 0, 0, 1, … */
function reflected(position: number, side: number): number {
  const there = position % (2 * side)
  return there < side ? there : 2 * side - 1 - there
}

const squares = new WeakMap<Sprite, { left: number; top: number; side: number }>()

/** The largest square of (nearly) opaque pixels. */
function opaqueSquare(sprite: Sprite): { left: number; top: number; side: number } {
  const known = squares.get(sprite)
  if (known) return known

  const { width, height, pixels } = sprite
  // sides[i]: of the largest square whose lower right corner is pixel i
  const sides = new Uint16Array(width * height)
  let best = { left: 0, top: 0, side: 0 }
  for (let y = 1; y < height; y++)
    for (let x = 1; x < width; x++) {
      const i = y * width + x
      if (pixels[4 * i + 3]! < 250) continue
      const side = 1 + Math.min(sides[i - 1]!, sides[i - width]!, sides[i - width - 1]!)
      sides[i] = side
      if (side > best.side) best = { left: x - side + 1, top: y - side + 1, side }
    }
  if (best.side === 0) throw new Error('the drawing is transparent everywhere')
  squares.set(sprite, best)
  return best
}
