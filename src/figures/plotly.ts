/** Interactive charts by plotly.js, which is read only when one is made. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createCanvas } from 'canvas'
import type { Tensor } from '../engine/tensor.js'
import {
  display,
  type Displayable,
  displayMetadata,
  type DisplayMetadata,
  type MimeBundle,
} from '../image/display.js'
import { writeWhole } from '../image/files.js'
import { resize } from '../image/resize.js'
import { markOf } from './class-marks.js'
import type { Figure } from './figure.js'
import type { Pictures } from './picture-map.js'
import { checkPoints } from './scatter.js'
import { theme } from './theme.js'

export interface InteractiveScatterOptions {
  /** [N, 2] or [N, 3] */
  points: Tensor
  /** The class of each point, −1 where it has none. */
  labels?: ArrayLike<number>
  classes?: readonly string[]
  /** What stands on the axes. Without, they have no numbers. */
  axes?: readonly string[]
  title?: string
  /** What appears under the pointer. */
  images?: Pictures
  /** What is seen where no script runs. */
  still: Figure
}

/** A chart to turn, zoom and look into. As the last expression of a cell it shows itself. */
export class Interactive implements Displayable {
  constructor(
    private readonly fragment: string,
    /** What is seen where no script runs. */
    readonly still: Figure,
  ) {}

  /** The chart as an HTML document that needs no network. */
  html(): string {
    const title = escape(this.still.title || 'Chart')
    return (
      `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${title}</title></head>\n` +
      `<body style="margin:16px">\n${this.fragment}\n</body>\n</html>\n`
    )
  }

  /**
   * Saves the chart as .html, or its still picture as .png, .jpg, .webp or .svg.
   *
   * @throws RangeError for any other ending.
   */
  async save(path: string): Promise<void> {
    if (/\.html?$/i.test(path)) await writeWhole(path, this.html())
    else await this.still.save(path)
  }

  [display](): MimeBundle {
    return {
      'text/html': this.fragment,
      'image/png': this.still.png(),
      'text/plain': this.toString(),
    }
  }

  [displayMetadata](): DisplayMetadata {
    return this.still[displayMetadata]()
  }

  toString(): string {
    return this.still.toString()
  }
}

/**
 * Points to zoom into, or to turn where they are in space, coloured by class; under the pointer their picture.
 *
 * @throws RangeError for points that are neither in two nor three dimensions; Error where plotly.js is missing.
 * @example await (await interactiveScatter({ points, labels, classes, still })).save('map.html')
 */
export async function interactiveScatter(options: InteractiveScatterOptions): Promise<Interactive> {
  const { points, images, still } = options
  checkPoints(points)
  const sheet = images && spriteSheet(images)
  return interactiveChart({ ...chartOf(options), sheet }, still)
}

/**
 * Any chart of plotly's.
 *
 * @param content Traces and layout as plotly has them; pictures for under the pointer.
 * @param still What is seen where no script runs.
 * @throws Error where plotly.js is missing.
 */
export async function interactiveChart(
  content: { traces: readonly object[]; layout: object; sheet?: object },
  still: Figure,
): Promise<Interactive> {
  const chart = JSON.stringify(content)
  const id = createHash('sha256').update(chart).digest('hex').slice(0, 16)
  const picture = still.png().toString('base64')
  const fragment =
    `<div data-fovea-chart="${id}" style="position:relative;background:${theme.card};max-width:${theme.maxWidth}px">` +
    `<img src="data:image/png;base64,${picture}" alt="${escape(still.toString())}" style="max-width:100%">` +
    `<script>${await library()}\n(${script})(${JSON.stringify(id)}, ${embedded(chart)})</script></div>`
  return new Interactive(fragment, still)
}

/** What may stand inside of a script element. */
const embedded = (script: string): string => script.replaceAll('</', '<\\/')

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)

let source: Promise<string> | undefined

/** plotly.js as a script that is run once on a page, beside whatever module loader the page has. */
function library(): Promise<string> {
  source ??= readLibrary()
  source.catch(() => (source = undefined))
  return source
}

async function readLibrary(): Promise<string> {
  let path: string
  try {
    path = createRequire(import.meta.url).resolve('plotly.js-dist-min')
  } catch (error) {
    throw new Error(
      'interactive charts need the package plotly.js-dist-min: npm install plotly.js-dist-min',
      { cause: error },
    )
  }
  const code = embedded(await readFile(path, 'utf8'))
  return `if (!globalThis.foveaPlotly) (function (module, exports, define) {\n${code}\nglobalThis.foveaPlotly = module.exports\n})({ exports: {} });`
}

/** More points than these are drawn by WebGL. */
const SVG = 5000

function chartOf(options: InteractiveScatterOptions) {
  const { points, labels, classes = [], axes, title } = options
  const [count, dimensions] = checkPoints(points)
  const byClass = new Map<number, number[]>()
  for (let i = 0; i < count; i++) {
    const label = labels?.[i] ?? -1
    const members = byClass.get(label)
    if (members) members.push(i)
    else byClass.set(label, [i])
  }
  const three = dimensions === 3
  const coordinate = (members: readonly number[], axis: number): number[] =>
    members.map((i) => Number(points.data[i * dimensions + axis]!.toPrecision(5)))
  const size = Math.min(8, Math.max(3, 160 / Math.sqrt(count))) * (three ? 0.6 : 1)
  const traces = [...byClass]
    .sort(([a], [b]) => a - b)
    .map(([label, members]) => {
      const { colour, symbol } = markOf(label)
      const name = label < 0 ? 'no class' : (classes[label] ?? `class ${label}`)
      return {
        type: three ? 'scatter3d' : count > SVG ? 'scattergl' : 'scatter',
        mode: 'markers',
        name,
        x: coordinate(members, 0),
        y: coordinate(members, 1),
        ...(three && { z: coordinate(members, 2) }),
        customdata: members,
        hovertemplate: `${escape(name)} · %{customdata}<extra></extra>`,
        marker: { color: colour, size, opacity: 0.85, symbol: three ? solid(symbol) : symbol },
      }
    })
  const axis = (i: number) =>
    axes
      ? { title: { text: axes[i] }, zeroline: false }
      : { title: { text: '' }, showticklabels: false, zeroline: false }
  const layout = {
    title: { text: escape(title ?? '') },
    height: 620,
    margin: { l: 50, r: 10, t: 50, b: 45 },
    paper_bgcolor: theme.card,
    plot_bgcolor: theme.card,
    font: { color: theme.ink },
    hovermode: 'closest',
    showlegend: byClass.size > 1,
    ...(three
      ? { scene: { xaxis: axis(0), yaxis: axis(1), zaxis: axis(2), aspectmode: 'data' } }
      : { xaxis: axis(0), yaxis: { ...axis(1), scaleanchor: 'x' } }),
  }
  return { traces, layout }
}

/** In space there are fewer symbols. */
const solid = (symbol: string): string =>
  ({ 'triangle-up': 'diamond-open', 'triangle-down': 'square-open', pentagon: 'circle-open' })[
    symbol
  ] ?? symbol

/** So many pictures of so many pixels go into a page at most. */
const [MOST, LARGE, SMALL] = [12_000, 48, 28]

/** All pictures in one, [side] pixels each. */
function spriteSheet(images: Pictures): object | undefined {
  if (images.count > MOST) return undefined
  const side = images.count > 3000 ? SMALL : LARGE
  const columns = Math.ceil(Math.sqrt(images.count))
  const rows = Math.ceil(images.count / columns)
  const canvas = createCanvas(columns * side, rows * side)
  const context = canvas.getContext('2d')
  for (let i = 0; i < images.count; i++) {
    const image = images.get(i)
    const scale = side / Math.max(image.width, image.height)
    const [width, height] = [image.width, image.height].map((one) =>
      Math.max(1, Math.round(one * scale)),
    ) as [number, number]
    const small = scale === 1 ? image : resize(image, width, height)
    context.drawImage(small.toCanvas(), (i % columns) * side, Math.floor(i / columns) * side)
  }
  const url = `data:image/webp;base64,${canvas.toBuffer('image/webp', 85).toString('base64')}`
  return { url, side, columns, rows }
}

/** Runs in the page: puts charts in the place of still pictures. */
const script = `function (id, chart) {
  for (const place of document.querySelectorAll('[data-fovea-chart="' + id + '"]')) {
    if (place.dataset.foveaDrawn) continue
    place.dataset.foveaDrawn = 'yes'
    const still = place.querySelector('img')
    const box = place.insertBefore(document.createElement('div'), still)
    const { traces, layout, sheet } = chart
    const draw = () => foveaPlotly.newPlot(box, traces, layout, { responsive: true, displaylogo: false })
    Promise.resolve().then(draw).then(() => {
      still.remove()
      if (!sheet) return
      const card = place.appendChild(document.createElement('div'))
      const size = 96
      card.style.cssText = 'position:absolute;left:58px;top:56px;border:1px solid #aab2bd;display:none;pointer-events:none'
      card.style.width = card.style.height = size + 'px'
      card.style.backgroundImage = 'url(' + sheet.url + ')'
      card.style.backgroundSize = sheet.columns * size + 'px ' + sheet.rows * size + 'px'
      box.on('plotly_hover', ({ points: [point] }) => {
        const [x, y] = [point.customdata % sheet.columns, Math.floor(point.customdata / sheet.columns)]
        card.style.backgroundPosition = -x * size + 'px ' + -y * size + 'px'
        card.style.display = 'block'
      })
      box.on('plotly_unhover', () => (card.style.display = 'none'))
    }, () => box.remove()) // the still picture stays
  }
}`
