/** Images one after the other. */
import { GifEncoder } from 'canvas'
import {
  display,
  type Displayable,
  displayMetadata,
  type DisplayMetadata,
  type MimeBundle,
} from './display.js'
import { writeWhole } from './files.js'
import type { Image } from './image.js'

export interface AnimationOptions {
  /** How long each image stands, in milliseconds. Default 100. */
  delay?: number
}

/**
 * Images that follow each other, again and again: shown in a notebook and saved as a GIF, whose images have 256 colours
 * each.
 *
 * @example await new Animation([first, second], { delay: 500 }).save('both.gif')
 */
export class Animation implements Displayable {
  readonly delay: number
  #gif: Buffer | undefined

  /** @throws RangeError where there are no images, they differ in size, or the delay is not above 0. */
  constructor(
    readonly frames: readonly Image[],
    { delay = 100 }: AnimationOptions = {},
  ) {
    const [first] = frames
    if (!first) throw new RangeError('an animation needs an image at least')
    const other = frames.find(
      ({ width, height }) => width !== first.width || height !== first.height,
    )
    if (other)
      throw new RangeError(
        `the images of an animation have one size, but there are ${first.toString()} and ${other.toString()}`,
      )
    if (!(delay > 0 && Number.isFinite(delay)))
      throw new RangeError(`an image stands for more than 0 milliseconds, not ${delay}`)
    this.delay = delay
  }

  /** As a GIF file, made when it is first asked for. */
  gif(): Buffer {
    if (this.#gif) return this.#gif
    const { width, height } = this.frames[0]!
    const encoder = new GifEncoder(width, height)
    for (const frame of this.frames)
      encoder.addFrame(new Uint8Array(frame.toRgba()), width, height, { delay: this.delay })
    return (this.#gif = encoder.finish())
  }

  /**
   * Saves it as a GIF.
   *
   * @throws RangeError for a file name that does not end so.
   */
  async save(path: string): Promise<void> {
    if (!/\.gif$/i.test(path))
      throw new RangeError(`cannot save ${path}: an animation is saved as .gif`)
    await writeWhole(path, this.gif())
  }

  [display](): MimeBundle {
    return { 'image/gif': this.gif(), 'text/plain': this.toString() }
  }

  [displayMetadata](): DisplayMetadata {
    const { width, height } = this.frames[0]!
    const scale = Math.max(1, Math.round(320 / Math.max(width, height)))
    return { 'image/gif': { width: width * scale, height: height * scale } }
  }

  toString(): string {
    const { width, height } = this.frames[0]!
    return `${this.frames.length} images of ${width}×${height} pixels, one after the other`
  }
}
