/** All corruptions of a picture on one sheet. */
import { corrupt, type CorruptOptions, type Corruption, corruptions } from './corrupt.js'
import { corruptionGrid } from './grid.js'
import type { Figure } from '../../figures/figure.js'
import type { Image } from '../../image/image.js'
import { steps } from '../../work/index.js'

export interface CorruptionSheetOptions extends CorruptOptions {
  /** Which corruptions. Default: all fifteen. */
  corruptions?: readonly Corruption[]
}

/**
 * A picture under every corruption: a line for each, the original at its left, five severities beside it.
 *
 * @throws RangeError for unknown corruptions, naming the nearest; AbortError at an interrupt.
 * @example await corruptionSheet(photo)
 */
export async function corruptionSheet(
  image: Image,
  { corruptions: names = corruptions, ...options }: CorruptionSheetOptions = {},
): Promise<Figure> {
  if (names.length === 0) throw new RangeError('there are no corruptions to show')
  const rows = names.map((name) => ({ name, images: [image] }))
  for await (const i of steps(5 * names.length, {
    label: 'Corrupting',
    unit: 'pictures',
    transient: true,
  })) {
    const row = rows[Math.floor(i / 5)]!
    row.images.push(await corrupt(image, row.name, (i % 5) + 1, options))
  }
  return corruptionGrid(rows)
}
