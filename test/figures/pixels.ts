import { loadImage } from '../../src/image/load.js'
import type { Figure } from '../../src/figures/figure.js'
import type { Image } from '../../src/image/image.js'
import { theme } from '../../src/figures/theme.js'

/** A figure as it comes out, looked at in CSS pixels from the inner corner of its card. */
export async function render(figure: Figure): Promise<Rendered> {
  return new Rendered(await loadImage(figure.png()))
}

export class Rendered {
  constructor(readonly image: Image) {}

  /** Width of the card's inside. */
  get width(): number {
    return this.image.width / theme.resolution - 2 * theme.padding
  }

  /** Height of the card's inside. */
  get height(): number {
    return this.image.height / theme.resolution - 2 * theme.padding
  }

  /** The colour at a place, as bytes. */
  at(x: number, y: number): [r: number, g: number, b: number] {
    return this.device(
      Math.floor((x + theme.padding) * theme.resolution),
      Math.floor((y + theme.padding) * theme.resolution),
    )
  }

  /** Whether anything is drawn within a rectangle. */
  hasInk(x: number, y: number, width: number, height: number): boolean {
    for (let dy = 0; dy < height; dy += 1 / theme.resolution)
      for (let dx = 0; dx < width; dx += 1 / theme.resolution)
        if (this.at(x + dx, y + dy).some((value) => value < 200)) return true
    return false
  }

  /** The first device pixel that is not bare card, between the content and the card's edge. */
  inkInPadding(): [x: number, y: number] | undefined {
    const { width, height } = this.image
    const inner = (theme.padding - 1) * theme.resolution
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const depth = Math.min(x, y, width - 1 - x, height - 1 - y)
        if (depth > 2 * theme.resolution && depth < inner)
          if (this.isCorner(x, y)) continue
          else if (this.device(x, y).some((value) => value !== 255)) return [x, y]
      }
    return undefined
  }

  private isCorner(x: number, y: number): boolean {
    const radius = theme.cornerRadius * theme.resolution
    const { width, height } = this.image
    return Math.min(x, width - 1 - x) < radius && Math.min(y, height - 1 - y) < radius
  }

  private device(x: number, y: number): [number, number, number] {
    const { width, height, data } = this.image
    const value = (c: number) => Math.round((data[(c * height + y) * width + x] ?? NaN) * 255)
    return [value(0), value(1), value(2)]
  }
}
