/** What both ways of making textures from pixels of a sample share. */
import { createHash } from 'node:crypto'
import type { Figure } from '../figures/figure.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { Image } from '../image/image.js'
import { type Provenance, Result } from '../result.js'
import { version } from '../version.js'

/** Pixels one after another, three numbers each, as a search through neighbourhoods reads them. */
export interface Pixels {
  data: Float32Array
  width: number
  height: number
}

export function interleaved({ data, width, height }: Image): Pixels {
  const plane = width * height
  const pixels = new Float32Array(3 * plane)
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = data[c * plane + i]!
  return { data: pixels, width, height }
}

export function imageOf({ data, width, height }: Pixels): Image {
  const image = new Image(width, height)
  const plane = width * height
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < 3; c++) image.data[c * plane + i] = data[3 * i + c]!
  return image
}

/**
 * Checks what a texture is made of.
 *
 * @throws RangeError for a window that is no odd number, 3 or more, or does not fit into the sample, and for a size
 *   that is not whole and positive.
 */
export function checkTask(sample: Image, size: readonly [number, number], window: number): void {
  if (!Number.isInteger(window) || window < 3 || window % 2 === 0)
    throw new RangeError(`a window has an odd number of pixels across, 3 or more, not ${window}`)
  const smaller = Math.min(sample.width, sample.height)
  if (window > smaller)
    throw new RangeError(`a window of ${window} pixels does not fit into an ${sample.toString()}`)
  if (!size.every((side) => Number.isInteger(side) && side > 0))
    throw new RangeError(`a texture has whole, positive sides, not ${size.join('×')}`)
  if (!sample.data.every(Number.isFinite))
    throw new RangeError('the sample has pixels that are no finite numbers')
}

/** A texture each of whose pixels is one of a sample: [1, 3, H, W], in [0, 1]. */
export class Patchwork extends Result {
  constructor(
    readonly image: Image,
    readonly sample: Image,
    /** Where in the sample each pixel is from: its number there, row by row; −1 where none was made. */
    readonly sources: Int32Array,
    /** Whether an interrupt ended it early. */
    readonly interrupted: boolean,
    method: string,
    parameters: Record<string, unknown>,
  ) {
    const { data, width, height } = image
    super({ data, shape: [1, 3, height, width] }, originOf(sample, method, parameters), () =>
      patchworkFigure(this),
    )
  }

  /** The share of neighbouring pixels, across and down, that are neighbours in the sample too: copied in pieces. */
  get verbatim(): number {
    const { width, height } = this.image
    let [kept, pairs] = [0, 0]
    for (let i = 0; i < width * height; i++) {
      const own = this.sources[i]!
      if (own < 0) continue
      if (i % width < width - 1 && this.sources[i + 1]! >= 0) {
        pairs++
        if (this.sources[i + 1] === own + 1) kept++
      }
      if (i < width * (height - 1) && this.sources[i + width]! >= 0) {
        pairs++
        if (this.sources[i + width] === own + this.sample.width) kept++
      }
    }
    return pairs > 0 ? kept / pairs : 0
  }
}

/** No network has a part in it. */
const originOf = (
  sample: Image,
  method: string,
  parameters: Record<string, unknown>,
): Provenance => ({
  method,
  network: 'none',
  digest: '',
  input: createHash('sha256')
    .update(`${sample.width},${sample.height}`)
    .update(sample.data)
    .digest('hex'),
  parameters,
  engine: 'none',
  fovea: version,
})

function patchworkFigure(made: Patchwork): Figure {
  const stopped = made.interrupted ? ' Interrupted: grey is what was not made by then.' : ''
  const share = Math.round(100 * made.verbatim)
  return row(
    [
      picture(made.sample, { title: 'Sample', caption: made.sample.toString() }),
      picture(made.image, { title: 'Texture', caption: made.image.toString() }),
      picture(sourceMap(made.sources, made.sample, made.image), {
        title: 'Where each pixel is from',
        caption: 'red: from the right, green: from below',
      }),
    ],
    {
      caption:
        `Of neighbouring pixels ${share} % are neighbours in the sample: one colour in the last picture is a piece ` +
        `copied as a whole.${stopped}`,
    },
  )
}

/** Red grows to the right in the sample, green downwards. */
function sourceMap(sources: Int32Array, sample: Image, { width, height }: Image): Image {
  const map = new Image(width, height)
  const plane = width * height
  sources.forEach((source, i) => {
    const colour =
      source < 0
        ? [0.5, 0.5, 0.5]
        : [
            (source % sample.width) / Math.max(1, sample.width - 1),
            Math.floor(source / sample.width) / Math.max(1, sample.height - 1),
            0.45,
          ]
    colour.forEach((value, c) => (map.data[c * plane + i] = value))
  })
  return map
}
