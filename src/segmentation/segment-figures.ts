/** How the results of {@link segment} are shown. */
import type { Figure } from '../figures/figure.js'
import { heatMap } from '../figures/heatmap.js'
import { outlined } from '../figures/outline.js'
import { picture } from '../figures/picture.js'
import { gradientPercentile } from '../figures/range.js'
import { row } from '../figures/row.js'
import type { Rgb } from '../image/colormap.js'
import { Image } from '../image/image.js'
import { BACKGROUND, OBJECT } from './grabcut.js'

/** What a segmentation found, and by what. */
export interface Findings {
  image: Image
  /** What was looked for: a class. */
  name: string
  /** The map's method, and the segmentation's, in words. */
  mapTitle: string
  methodTitle: string
  /** Where the seeds come from, in words. */
  rule: string
  /** As it was used: ≥ 0. */
  map: Float32Array
  /** By the threshold alone; or the object's and the background's seeds. */
  seeds: Uint8Array
  /** The object. */
  mask: Uint8Array
  truth: Uint8Array | undefined
  iou: number | undefined
}

const yellow: Rgb = [1, 0.85, 0.1]
const green: Rgb = [0.2, 0.9, 0.45]
const red: Rgb = [0.95, 0.15, 0.1]
const blue: Rgb = [0.1, 0.3, 0.95]

/** Image, map, seeds, outline. */
export const panels = (found: Findings): Figure => {
  const { image, map, mapTitle, rule, seeds } = found
  const { width, height } = image
  return row([
    picture(image, { title: 'Image' }),
    heatMap({
      data: map,
      width,
      height,
      title: `${mapTitle}: ${found.name}`,
      label: 'strength',
      percentile: gradientPercentile,
    }),
    picture(painted(image, seeds), { title: 'Seeds', caption: rule }),
    outline(found),
  ])
}

/** The object's outline over the image. */
export function outline({ image, mask, truth, iou, name, methodTitle }: Findings): Figure {
  const outlines = [...(truth ? [{ mask: truth, color: green }] : []), { mask, color: yellow }]
  const share = mask.reduce((sum, one) => sum + one, 0) / mask.length
  const scored =
    iou === undefined ? '' : ` IoU ${iou.toFixed(2)}; green: where the true mask differs.`
  return picture(outlined(image, outlines), {
    title: `${methodTitle}: ${name}`,
    caption:
      share === 0
        ? 'Nothing found: there are no seeds, or no side of the cut is the object’s.'
        : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} % of the picture.${scored}`,
  })
}

/** A picture in grey, its seeds in red (object) and blue (background). */
function painted(image: Image, seeds: Uint8Array): Image {
  const plane = image.width * image.height
  const result = new Image(image.width, image.height)
  for (let i = 0; i < plane; i++) {
    const grey = (image.data[i]! + image.data[plane + i]! + image.data[2 * plane + i]!) / 3
    const color = seeds[i] === OBJECT ? red : seeds[i] === BACKGROUND ? blue : undefined
    const cover = color === red ? 0.85 : 0.45
    for (let c = 0; c < 3; c++)
      result.data[c * plane + i] = color ? (1 - cover) * grey + cover * color[c]! : grey
  }
  return result
}
