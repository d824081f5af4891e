import { createCanvas, SvgExportFlag, type Canvas } from 'canvas'
import {
  display,
  displayMetadata,
  type Displayable,
  type DisplayMetadata,
  type MimeBundle,
} from '../image/display.js'
import { savePicture, writeWhole } from '../image/files.js'
import type { Recorded } from '../record.js'
import { stack, type Box, type Context } from './box.js'
import { textBox, textStyles } from './text.js'
import { theme } from './theme.js'

export interface FigureParts {
  /** Above the figure; broken into lines as wide as the figure. */
  title?: string
  /** Below the figure, in small print. Line breaks are kept. */
  caption?: string
  /** The figure in one line of words, for who cannot see it. */
  text: string
  /** The height at which the picture in it is shown by itself; none where there is no picture. */
  pictureHeight?: number
  /** Of a row without title and caption, what stands in it: another row lays that out anew. */
  beside?: readonly Figure[]
  /** What stands between title and caption, the picture in it of the height asked for. */
  body: (pictureHeight?: number) => Box
}

/**
 * A picture for a notebook: title, body and caption on a light card. Shows itself as a cell's
 * result; `png()` and `save()` take it elsewhere.
 *
 * Lengths are CSS pixels; pictures are rendered at twice that resolution.
 */
export class Figure implements Displayable, Box {
  readonly #layout: Box
  readonly #sources = new Set<Recorded>()

  constructor(readonly parts: FigureParts) {
    const body = parts.body(parts.pictureHeight)
    const textWidth = Math.max(body.width, theme.minWidth)
    this.#layout = stack(
      [
        textBox(parts.title ?? '', textWidth, textStyles.title),
        body,
        textBox(parts.caption ?? '', textWidth, textStyles.small),
      ],
      theme.smallGap,
    )
  }

  get title(): string {
    return this.parts.title ?? ''
  }

  get caption(): string {
    return this.parts.caption ?? ''
  }

  /** Width without the card around it. */
  get width(): number {
    return this.#layout.width
  }

  /** Height without the card around it. */
  get height(): number {
    return this.#layout.height
  }

  /** The results that the figure shows; a notebook keeps their records beside it, under `fovea`. */
  get sources(): readonly Recorded[] {
    return [...this.#sources]
  }

  /** Notes the results that it shows. */
  drawnFrom(...sources: readonly Recorded[]): this {
    for (const source of sources) this.#sources.add(source)
    return this
  }

  /** Draws the figure, without a card, with its top left corner at (x, y). */
  draw(context: Context, x: number, y: number): void {
    this.#layout.draw(context, x, y)
  }

  /** The figure on its card as a PNG file. */
  png(): Buffer {
    return this.toCanvas().toBuffer('image/png')
  }

  /** The figure on its card as an SVG document, its text as outlines. */
  svg(): string {
    const { width, height } = this.#cardSize()
    const canvas = createCanvas(width, height, SvgExportFlag.ConvertTextToPaths)
    this.#drawCard(canvas.getContext('2d'))
    return canvas.getContent().toString()
  }

  /** The figure on its card, at twice the resolution of CSS pixels. */
  toCanvas(): Canvas {
    const { width, height } = this.#cardSize()
    const canvas = createCanvas(width * theme.resolution, height * theme.resolution)
    const context = canvas.getContext('2d')
    context.scale(theme.resolution, theme.resolution)
    this.#drawCard(context)
    return canvas
  }

  /**
   * Saves the figure in the format that the file name ends in: .png, .jpg, .webp or .svg.
   *
   * @throws RangeError for any other ending.
   */
  async save(path: string): Promise<void> {
    if (/\.svg$/i.test(path)) await writeWhole(path, this.svg())
    else await savePicture(path, () => this.toCanvas())
  }

  [display](): MimeBundle {
    return { 'image/png': this.png(), 'text/plain': this.toString() }
  }

  [displayMetadata](): DisplayMetadata {
    const fovea = this.sources.map((source) => source.record())
    return { 'image/png': this.#cardSize(), ...(fovea.length > 0 && { fovea }) }
  }

  toString(): string {
    return this.parts.text
  }

  #cardSize(): { width: number; height: number } {
    const { padding } = theme
    return { width: this.width + 2 * padding, height: this.height + 2 * padding }
  }

  #drawCard(context: Context): void {
    const { width, height } = this.#cardSize()
    // The same text whatever the language of the machine.
    context.lang = 'en'
    context.beginPath()
    context.roundRect(0.5, 0.5, width - 1, height - 1, theme.cornerRadius)
    context.fillStyle = theme.card
    context.fill()
    context.strokeStyle = theme.cardEdge
    context.lineWidth = 1
    context.stroke()
    this.draw(context, theme.padding, theme.padding)
  }
}
