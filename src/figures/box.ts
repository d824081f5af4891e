import type { SKRSContext2D } from 'canvas'

export type Context = SKRSContext2D

/** A rectangle, in whole CSS pixels, that draws itself with its top left corner at (x, y). */
export interface Box {
  readonly width: number
  readonly height: number
  draw(context: Context, x: number, y: number): void
}

/** Boxes below each other, left edges aligned. Those without height take no gap either. */
export function stack(boxes: readonly Box[], gap: number): Box {
  const visible = boxes.filter((box) => box.height > 0)
  return {
    width: Math.max(0, ...visible.map((box) => box.width)),
    height: visible.reduce((sum, box) => sum + box.height + gap, visible.length ? -gap : 0),
    draw(context, x, y) {
      for (const box of visible) {
        box.draw(context, x, y)
        y += box.height + gap
      }
    },
  }
}

/** Boxes beside each other, top edges aligned. */
export function beside(boxes: readonly Box[], gap: number): Box {
  return {
    width: boxes.reduce((sum, { width }) => sum + width + gap, -gap),
    height: Math.max(...boxes.map(({ height }) => height)),
    draw(context, x, y) {
      for (const box of boxes) {
        box.draw(context, x, y)
        x += box.width + gap
      }
    },
  }
}
