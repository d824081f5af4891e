/** How the results of {@link occlusion} are shown. */
import type { Tensor } from '../engine/tensor.js'
import { categoryMap } from '../figures/categories.js'
import type { Figure } from '../figures/figure.js'
import { heatMap } from '../figures/heatmap.js'
import { overlay } from '../figures/overlay.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { formatNumber } from '../figures/ticks.js'
import { type Preprocessing, unnormalise } from '../image/preprocessing.js'
import { part } from './batch.js'
import { covered, patch, type Windows } from './windows.js'

/** What an occlusion found, and what it covered. */
export interface Findings {
  pixels: Tensor
  preprocessing: Preprocessing
  /** What covers the window's place: pixels, and in words. */
  cover: Tensor
  coverName: string
  grid: Windows
  measure: 'drop' | 'remaining'
  /** What is measured: a score, a probability, … */
  noun: string
  name: (image: number) => string
  className: (index: number) => string
  /** With nothing covered. */
  scores: readonly number[]
  /** [N, rows, columns] */
  windows: Tensor
  /** [N, rows, columns], where it was asked for. */
  classes: Tensor | undefined
  /** [N, H, W] */
  map: Tensor
}

/** The map over the image. */
export function overImage(found: Findings, image: number): Figure {
  const { grid, coverName, scores, measure } = found
  const { remaining } = strongest(found, image)
  return overlay({
    ...plane(found, found.map, image),
    image: photo(found, part(found.pixels, image)),
    alpha: measure === 'drop' ? 'strength' : 0.6,
    title: `Occlusion: ${found.name(image)}`,
    caption:
      `Window of ${grid.window.join('×')} pixels, covered by ${coverName}: at the strongest place ` +
      `${formatNumber(remaining)} remains of ${formatNumber(scores[image]!)}.`,
  })
}

/** One number for each place of the window. */
export const byWindow = (found: Findings, image: number): Figure =>
  heatMap({
    ...plane(found, found.windows, image),
    title: `${found.grid.rows}×${found.grid.columns} windows`,
    caption: `One number for each place of the window of ${found.grid.window.join('×')} pixels.`,
  })

/** What the image is taken for, for each place of the window. */
export const byClass = (found: Findings, classes: Tensor, image: number): Figure =>
  categoryMap({
    ...planeOf(classes, image),
    name: found.className,
    title: 'Most probable class',
    caption: `With the window of ${found.grid.window.join('×')} pixels at each place.`,
  })

/** All of it side by side, beginning with the image covered where that matters most. */
export function panels(found: Findings, image: number): Figure {
  const { classes, scores } = found
  const { place, remaining } = strongest(found, image)
  const [height, width] = found.grid.image
  const hidden = part(found.pixels, image).slice()
  patch(hidden, part(found.cover, image), { height, width }, covered(found.grid, place))
  const shown = picture(photo(found, hidden), {
    title: 'The strongest place',
    caption: `Covered: ${formatNumber(remaining)} remains of ${formatNumber(scores[image]!)}.`,
  })
  const maps = [byWindow(found, image), ...(classes ? [byClass(found, classes, image)] : [])]
  return row([shown, ...maps, overImage(found, image)])
}

/** Where the score falls most, and to what. */
function strongest(
  { windows, measure, scores }: Findings,
  image: number,
): { place: number; remaining: number } {
  const values = part(windows, image)
  const left = values.map((value) => (measure === 'drop' ? scores[image]! - value : value))
  const remaining = left.reduce((least, value) => Math.min(least, value), Infinity)
  return { place: left.indexOf(remaining), remaining }
}

const photo = ({ preprocessing, pixels }: Findings, data: Float32Array) =>
  unnormalise({ data, shape: pixels.shape.slice(1) }, preprocessing)

const planeOf = (tensor: Tensor, image: number) => ({
  data: part(tensor, image),
  width: tensor.shape[2]!,
  height: tensor.shape[1]!,
})

/** A drop has either sign; what remains of a score, which has no natural 0, is shown from the least on. */
function plane({ measure, noun }: Findings, tensor: Tensor, image: number) {
  const values = planeOf(tensor, image)
  if (measure === 'drop')
    return { ...values, colors: 'diverging', label: `${noun} lost where covered` } as const
  const low = values.data.reduce((a, b) => Math.min(a, b), Infinity)
  const high = values.data.reduce((a, b) => Math.max(a, b), -Infinity)
  const range = low < high && noun !== 'probability' ? ([low, high] as [number, number]) : undefined
  return { ...values, range, colors: 'sequential', label: `${noun} where covered` } as const
}
