import { createCanvas, ImageData, type Canvas } from 'canvas'
import { described } from '../described.js'
import { display, displayMetadata, type DisplayMetadata, type MimeBundle } from './display.js'
import { savePicture } from './files.js'

/**
 * A value that is to be an image; one of another copy of this module, as data sets may bring, is one.
 *
 * @throws TypeError for anything else, saying what it is.
 */
export function anImage(value: unknown): Image {
  if (value instanceof Image) return value
  const { width, height, data } = Object(value) as Partial<Image>
  if (data instanceof Float32Array && data.length === 3 * width! * height!) return value as Image
  const hint = typeof value === 'string' ? '; viz.image loads one, and is to be awaited' : ''
  throw new TypeError(`an image was expected, not ${described(value)}${hint}`)
}

/** Anything with a 2-D drawing context: a canvas of this package, of the browser, or alike. */
export interface CanvasLike {
  readonly width: number
  readonly height: number
  getContext(type: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: ArrayLike<number> }
  } | null
}

/**
 * A colour picture: sRGB values in [0, 1], planar, the red plane first, rows from the top.
 * This is the layout of a network's input (CHW), so the two differ only in normalisation.
 */
export class Image {
  readonly data: Float32Array

  /** @throws RangeError when `data` does not hold 3 × height × width numbers. */
  constructor(
    readonly width: number,
    readonly height: number,
    data: Float32Array = new Float32Array(3 * width * height),
  ) {
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
      throw new RangeError(`an image has whole, positive sides, not ${width}×${height}`)
    if (data.length !== 3 * width * height)
      throw new RangeError(
        `an image of ${width}×${height} holds ${3 * width * height} values, but ${data.length} were given`,
      )
    this.data = data
  }

  /** From canvas pixels: RGBA bytes, laid over white where they are transparent. */
  static fromRgba(width: number, height: number, rgba: ArrayLike<number>): Image {
    const image = new Image(width, height)
    const plane = width * height
    for (let i = 0; i < plane; i++) {
      const alpha = (rgba[4 * i + 3] ?? 255) / 255
      for (let c = 0; c < 3; c++)
        image.data[c * plane + i] = ((rgba[4 * i + c] ?? 0) / 255) * alpha + (1 - alpha)
    }
    return image
  }

  /** From a canvas, its transparent parts laid over white. */
  static fromCanvas(canvas: CanvasLike): Image {
    const context = canvas.getContext('2d')
    if (!context) throw new TypeError('the canvas gives no 2-D context to read its pixels from')
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    return Image.fromRgba(canvas.width, canvas.height, data)
  }

  /** To canvas pixels: opaque RGBA bytes, rounded, out-of-range values clipped. */
  toRgba(): Uint8ClampedArray {
    const plane = this.width * this.height
    const rgba = new Uint8ClampedArray(4 * plane)
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) rgba[4 * i + c] = (this.data[c * plane + i] ?? 0) * 255
      rgba[4 * i + 3] = 255
    }
    return rgba
  }

  /** To a canvas of the same size, to draw on or with. */
  toCanvas(): Canvas {
    const canvas = createCanvas(this.width, this.height)
    canvas
      .getContext('2d')
      .putImageData(new ImageData(this.toRgba(), this.width, this.height), 0, 0)
    return canvas
  }

  /** As a PNG file, pixel by pixel: loading it again gives the same bytes. */
  png(): Buffer {
    return this.toCanvas().toBuffer('image/png')
  }

  /**
   * Saves the image in the format that the file name ends in: .png (lossless), .jpg or .webp.
   *
   * @throws RangeError for any other ending.
   */
  async save(path: string): Promise<void> {
    await savePicture(path, () => this.toCanvas())
  }

  /** How a notebook shows an image: large enough to see, no wider than a page. */
  [display](): MimeBundle {
    const { width, height, scale } = this.#shown()
    const canvas = createCanvas(width, height)
    const context = canvas.getContext('2d')
    context.imageSmoothingEnabled = scale < 1
    context.imageSmoothingQuality = 'high'
    context.drawImage(this.toCanvas(), 0, 0, width, height)
    return { 'image/png': canvas.toBuffer('image/png'), 'text/plain': this.toString() }
  }

  [displayMetadata](): DisplayMetadata {
    const { width, height } = this.#shown()
    return { 'image/png': { width, height } }
  }

  toString(): string {
    return `image of ${this.width}×${this.height} pixels`
  }

  /** Small images are enlarged by a whole factor, so that every pixel stays a sharp square. */
  #shown(): { width: number; height: number; scale: number } {
    const [smallest, largest] = [200, 860]
    const enlarged = Math.max(1, Math.round(smallest / Math.max(this.width, this.height)))
    const scale = Math.min(enlarged, largest / this.width)
    return {
      scale,
      width: Math.max(1, Math.round(this.width * scale)),
      height: Math.max(1, Math.round(this.height * scale)),
    }
  }
}
