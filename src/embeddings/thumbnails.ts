/** Small pictures of a whole data set, as bytes. */
import { Image } from '../image/image.js'
import { resize } from '../image/resize.js'
import type { Matrix } from './matrix.js'

/** Pixels of the longer side. */
const SIDE = 48

/** One picture for each item: what maps show, and what pictures are compared by pixel by pixel. */
export class Thumbnails {
  readonly width: number
  readonly height: number
  readonly #bytes: Uint8Array

  constructor(
    readonly count: number,
    [height, width]: readonly [height: number, width: number],
  ) {
    const scale = Math.min(1, SIDE / Math.max(height, width))
    this.width = Math.max(1, Math.round(width * scale))
    this.height = Math.max(1, Math.round(height * scale))
    this.#bytes = new Uint8Array(count * this.#size)
  }

  set(index: number, image: Image): void {
    this.#bytes.set(this.#bytesOf(image), index * this.#size)
  }

  /** The vector of another picture, as it would be in {@link matrix}. */
  pixelsOf(image: Image): Float32Array {
    return Float32Array.from(this.#bytesOf(image), (byte) => byte / 255)
  }

  /** All of them, [count, 3, height, width]. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Puts the `bytes` of others at their place. */
  setBytes(first: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, first * this.#size)
  }

  get(index: number): Image {
    return new Image(this.width, this.height, this.#values(index, index + 1))
  }

  /** The first `rows` of them as vectors of their pixels, in [0, 1]. */
  matrix(rows: number): Matrix {
    return { data: this.#values(0, rows), rows, columns: this.#size }
  }

  #bytesOf(image: Image): Uint8Array {
    const { data } = resize(image, this.width, this.height)
    return Uint8Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))))
  }

  get #size(): number {
    return 3 * this.width * this.height
  }

  #values(from: number, to: number): Float32Array {
    const bytes = this.#bytes.subarray(from * this.#size, to * this.#size)
    return Float32Array.from(bytes, (byte) => byte / 255)
  }
}
