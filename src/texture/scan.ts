import type { Image } from '../image/image.js'
import { defaultSeed, mixSeeds, Random } from '../image/random.js'
import { resize } from '../image/resize.js'
import { follow } from '../work/index.js'
import { checkTask, imageOf, interleaved, Patchwork, type Pixels } from './patchwork.js'
import { DIRECTIONS, distanceAt, type Neighbourhood, neighbourhood, Sketch } from './search.js'

export interface ScanTextureOptions {
  /** [height, width] of what is made. Default: twice the sample's. */
  size?: readonly [height: number, width: number]
  /** Side of the window in pixels, odd; its upper half is compared. Default 9. */
  window?: number
  /**
   * Resolutions, each half as fine as the one before: structures larger than the window are found in the coarse ones.
   * Default: up to 3, as long as the window is no more than half of the sample.
   */
  levels?: number
  /**
   * What a window sees beyond the edges: 'wrap' (default), as in the paper, the opposite edge, where noise lies at
   * first, so that the texture varies, and can be tiled; or 'cut', nothing, so that regular patterns go on exactly.
   */
  edges?: 'wrap' | 'cut'
  /** Default: that of `%seed`, or 0. */
  seed?: number
  /** Ends it; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** Side of the window in the coarser resolution, which is known all around. */
const COARSE = 5

/**
 * Texture made row by row: each pixel is that of the place of a sample whose surroundings above and to the left are
 * nearest to those made so far, and whose surroundings in half the resolution are nearest to those made there before
 * (Wei & Levoy: Fast Texture Synthesis using Tree-structured Vector Quantization, 2000).
 *
 * The paper searches a tree, approximately. Here the search is exact: it begins with the places that continue what lies
 * beside the pixel, which are mostly close, and rules out each other place as soon as a part of the distance, first
 * that along the principal components of all surroundings, is more than the best.
 *
 * @param sample Windows that lie within it are looked at.
 * @returns `image` is the texture; `sources` says where each pixel is from.
 * @throws RangeError for windows, levels and sizes that do not fit. An interrupt gives what there is, the rest grey.
 * @example (await scanTexture(sample, { size: [128, 128], window: 9, levels: 2 })).image
 */
export async function scanTexture(
  sample: Image,
  options: ScanTextureOptions = {},
): Promise<Patchwork> {
  const { size = [2 * sample.height, 2 * sample.width], window = 9, seed = defaultSeed() } = options
  checkTask(sample, size, window)
  const { levels = usualLevels(sample, window), edges = 'wrap', signal } = options
  if (edges !== 'wrap' && edges !== 'cut')
    throw new RangeError(`windows 'wrap' at the edges or are 'cut', not '${String(edges)}'`)
  if (!Number.isInteger(levels) || levels < 1)
    throw new RangeError(`levels are a whole number, 1 or more, not ${levels}`)
  const smallest = Math.min(sample.width, sample.height) >> (levels - 1)
  if (smallest < Math.max(window, levels > 1 ? COARSE : 0))
    throw new RangeError(
      `a window of ${window} pixels does not fit into the coarsest of ${levels} levels, of ${smallest}; ` +
        `take fewer levels or a smaller window`,
    )

  const random = new Random(mixSeeds(seed, 2000))
  const samples: Pixels[] = []
  for (let level = 0, image = sample; level < levels; level++) {
    samples.push(interleaved(image))
    const [width, height] = [image.width >> 1, image.height >> 1]
    if (level < levels - 1) image = resize(image, width, height)
  }
  let scan: Scan | undefined
  const rows = (level: number): number => Math.ceil(size[0] / 2 ** level)
  const plan = samples
    .flatMap((_, level) => Array.from({ length: rows(level) }, (_, row) => ({ level, row })))
    .sort((a, b) => b.level - a.level)
  const loop = follow(plan, {
    label: 'Scanning a texture',
    unit: 'rows',
    partial: true,
    transient: true,
    signal,
  })
  for await (const { level, row } of loop) {
    if (row === 0) {
      const width = Math.ceil(size[1] / 2 ** level)
      scan = new Scan(samples[level]!, [rows(level), width], { window, edges, random }, scan)
      await scan.prepare()
    }
    const now = scan!
    now.row(row)
    loop.show(() => imageOf(now.made))
  }
  const told = { size, window, levels, edges, seed, done: loop.done }
  // Interrupted in a coarser resolution, nothing of the finest is there.
  const finest =
    scan?.made.height === size[0] && scan.made.width === size[1]
      ? scan
      : new Scan(samples[0]!, size, { window, edges: 'cut', random }, undefined)
  const { made, sources } = finest
  // What noise is left where nothing was made is not the sample's.
  sources.forEach((source, i) => source < 0 && made.data.fill(0.5, 3 * i, 3 * i + 3))
  return new Patchwork(imageOf(made), sample, sources, loop.interrupted, 'scanTexture', told)
}

function usualLevels({ width, height }: Image, window: number): number {
  let levels = 1
  while (levels < 3 && Math.min(width, height) >> levels >= Math.max(2 * window, COARSE)) levels++
  return levels
}

interface Offset {
  dx: number
  dy: number
}

const byDistance = (a: Offset, b: Offset): number =>
  a.dx * a.dx + a.dy * a.dy - (b.dx * b.dx + b.dy * b.dy)

/** All offsets of a window, the nearest first. */
function square(side: number): Offset[] {
  const reach = (side - 1) / 2
  return Array.from({ length: side * side }, (_, i) => ({
    dx: (i % side) - reach,
    dy: Math.floor(i / side) - reach,
  })).sort(byDistance)
}

/** A texture at one resolution. */
class Scan {
  readonly made: Pixels
  readonly sources: Int32Array
  /** What is made before a pixel: above it, and to its left. */
  readonly #before: readonly Offset[]
  readonly #places: Int32Array
  /** Of each place the one in the coarser sample. */
  readonly #parents: Int32Array
  readonly #own: Neighbourhood
  readonly #coarse: Neighbourhood
  #sketch: Sketch | undefined

  constructor(
    private readonly sample: Pixels,
    [height, width]: readonly [number, number],
    private readonly how: { window: number; edges: 'wrap' | 'cut'; random: Random },
    private readonly coarser: Scan | undefined,
  ) {
    const { window, edges, random } = how
    this.made = { data: new Float32Array(3 * height * width).fill(0.5), width, height }
    this.sources = new Int32Array(width * height).fill(-1)
    this.#before = square(window).filter(({ dx, dy }) => dy < 0 || (dy === 0 && dx < 0))
    const places: number[] = []
    for (let y = 0; y < sample.height; y++)
      for (let x = 0; x < sample.width; x++) if (this.#fits(x, y)) places.push(y * sample.width + x)
    this.#places = Int32Array.from(places)
    this.#parents = this.#places.map((place) => this.#parent(place))
    if (edges === 'wrap')
      for (let i = 0; i < width * height; i++) {
        const from = 3 * random.integer(sample.width * sample.height)
        this.made.data.set(sample.data.subarray(from, from + 3), 3 * i)
      }
    this.#own = neighbourhood(this.#before.length)
    this.#coarse = neighbourhood(COARSE * COARSE)
  }

  /** Whether the windows around a place of the sample lie within it, here and in the coarser resolution. */
  #fits(x: number, y: number): boolean {
    const { sample, coarser } = this
    const { window } = this.how
    const inside = (u: number, v: number, { width, height }: Pixels, side: number): boolean =>
      Math.min(u, v, width - 1 - u, height - 1 - v) >= (side - 1) / 2
    if (!inside(x, y, sample, window)) return false
    return !coarser || inside(x >> 1, y >> 1, coarser.sample, COARSE)
  }

  #parent(place: number): number {
    const { sample, coarser } = this
    const [x, y] = [place % sample.width, Math.floor(place / sample.width)]
    return coarser ? (y >> 1) * coarser.sample.width + (x >> 1) : 0
  }

  /** What lies around a place of the sample, in one list. */
  #surroundings(place: number, parent: number, into: Float32Array): void {
    let at = 0
    const add = ({ data, width }: Pixels, middle: number, offsets: readonly Offset[]): void => {
      for (const { dx, dy } of offsets) {
        const from = 3 * (middle + dy * width + dx)
        for (let c = 0; c < 3; c++) into[at++] = data[from + c]!
      }
    }
    add(this.sample, place, this.#before)
    if (this.coarser) add(this.coarser.sample, parent, coarseWindow)
  }

  /** Finds along which directions the surroundings in the sample differ most. */
  async prepare(): Promise<void> {
    const columns = 3 * (this.#before.length + (this.coarser ? coarseWindow.length : 0))
    const rows = this.#places.length
    const data = new Float32Array(rows * columns)
    this.#places.forEach((place, i) =>
      this.#surroundings(place, this.#parents[i]!, data.subarray(i * columns, (i + 1) * columns)),
    )
    const flat = data.every((value, i) => value === data[i % columns])
    if (rows > DIRECTIONS && !flat) this.#sketch = await Sketch.of({ data, rows, columns })
  }

  row(y: number): void {
    for (let x = 0; x < this.made.width; x++) this.#pixel(x, y)
  }

  #pixel(x: number, y: number): void {
    const { made, sample, sources, coarser } = this
    const wrap = this.how.edges === 'wrap'
    gather(this.#own, this.#before, x, y, made, { stride: sample.width, wrap })
    if (coarser)
      gather(this.#coarse, coarseWindow, x >> 1, y >> 1, coarser.made, {
        stride: coarser.sample.width,
        wrap,
      })
    const place = this.#nearest(x, y)
    const i = y * made.width + x
    for (let c = 0; c < 3; c++) made.data[3 * i + c] = sample.data[3 * place + c]!
    sources[i] = place
  }

  #nearest(x: number, y: number): number {
    const { sample, made, sources, coarser } = this
    if (this.#own.count === 0 && !coarser)
      return this.#places[this.how.random.integer(this.#places.length)]!
    let nearest = -1
    let best = Infinity
    const look = (place: number, parent: number): void => {
      let distance = distanceAt(sample.data, 3 * place, this.#own, best)
      if (coarser && distance < best)
        distance += distanceAt(coarser.sample.data, 3 * parent, this.#coarse, best - distance)
      if (distance >= best) return
      best = distance
      nearest = place
    }
    for (const { dx, dy } of this.#before) {
      if (dx < -1 || dx > 1 || dy < -1 || x + dx < 0 || x + dx >= made.width || y + dy < 0) continue
      const from = sources[(y + dy) * made.width + x + dx]!
      const [u, v] = [(from % sample.width) - dx, Math.floor(from / sample.width) - dy]
      if (this.#fits(u, v)) look(v * sample.width + u, this.#parent(v * sample.width + u))
    }
    const whole =
      this.#own.count === this.#before.length &&
      (!coarser || this.#coarse.count === coarseWindow.length)
    const sketch = whole ? this.#sketch : undefined
    sketch?.ask(this.#own, coarser && this.#coarse)
    for (let k = 0; k < this.#places.length; k++)
      if (!sketch?.excludes(k, best)) look(this.#places[k]!, this.#parents[k]!)
    return nearest
  }
}

const coarseWindow = square(COARSE)

/** What a texture has around a pixel, as far as it lies within it, as a neighbourhood to search a sample for. */
function gather(
  around: Neighbourhood,
  offsets: readonly Offset[],
  x: number,
  y: number,
  { data, width, height }: Pixels,
  { stride, wrap }: { stride: number; wrap: boolean },
): void {
  let k = 0
  for (const { dx, dy } of offsets) {
    let [u, v] = [x + dx, y + dy]
    if (wrap) [u, v] = [modulo(u, width), modulo(v, height)]
    else if (u < 0 || u >= width || v < 0 || v >= height) continue
    const from = 3 * (v * width + u)
    for (let c = 0; c < 3; c++) around.wanted[3 * k + c] = data[from + c]!
    around.offsets[k] = 3 * (dy * stride + dx)
    around.weights[k++] = 1
  }
  around.count = k
}

const modulo = (i: number, size: number): number => ((i % size) + size) % size
