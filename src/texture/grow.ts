import type { Image } from '../image/image.js'
import { defaultSeed, mixSeeds, Random } from '../image/random.js'
import { steps } from '../work/index.js'
import { checkTask, imageOf, interleaved, Patchwork, type Pixels } from './patchwork.js'
import { distanceAt, neighbourhood } from './search.js'

export interface GrowTextureOptions {
  /** [height, width] of what is made. Default: twice the sample's. */
  size?: readonly [height: number, width: number]
  /** Side of the window in pixels, odd. It should be larger than the largest regular structure. Default 11. */
  window?: number
  /** One of the places no worse than (1 + tolerance) times the best is taken at random. Default 0.1. */
  tolerance?: number
  /**
   * A pixel waits where its best match has a larger error than this, the weighted mean of squared differences; where
   * no pixel of a layer matches as well, the threshold grows by a tenth. Default 0.3.
   */
  maxError?: number
  /** σ of the window's Gaussian in pixels. Default window / 6.4. */
  sigma?: number
  /** Default: that of `%seed`, or 0. */
  seed?: number
  /** Ends it; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** Pixels that are made between two looks at the interrupt. */
const ROUND = 64

/** Side of the piece of the sample that a texture grows from. */
const SEED = 3

/**
 * Texture grown pixel by pixel from a piece of a sample: each new pixel is that of a place of the sample whose
 * surroundings are like those made so far (Efros & Leung: Texture Synthesis by Non-parametric Sampling, 1999).
 *
 * The search is exact and tries all places. It begins with those that continue what lies beside the pixel, which are
 * mostly close, and gives up each other place as soon as it is worse than tolerated.
 *
 * @param sample Windows that lie within it are looked at.
 * @returns `image` is the texture; `sources` says where each pixel is from.
 * @throws RangeError for windows and sizes that do not fit, and for a tolerance or errors below 0. An interrupt gives
 *   what there is, the rest grey.
 * @example (await growTexture(sample, { size: [128, 128], window: 15, seed: 1 })).image
 */
export async function growTexture(
  sample: Image,
  options: GrowTextureOptions = {},
): Promise<Patchwork> {
  const {
    size = [2 * sample.height, 2 * sample.width],
    window = 11,
    seed = defaultSeed(),
  } = options
  const { tolerance = 0.1, maxError = 0.3, sigma = window / 6.4, signal } = options
  checkTask(sample, size, window)
  for (const [name, value] of Object.entries({ tolerance, maxError, sigma }))
    if (!(value >= 0 && Number.isFinite(value)) || (name !== 'tolerance' && value === 0))
      throw new RangeError(
        `${name}: ${name === 'tolerance' ? '0 or more' : 'above 0'}, not ${value}`,
      )

  const growth = new Growth(interleaved(sample), size, { window, tolerance, maxError, sigma, seed })
  const rounds = Math.ceil((size[0] * size[1]) / ROUND)
  const loop = steps(rounds, {
    label: 'Growing a texture',
    unit: 'rounds',
    partial: true,
    transient: true,
    signal,
  })
  const growing = growth.pixels()
  for await (const round of loop) {
    for (let i = 0; i < ROUND && !growing.next().done; i++);
    loop.note(`${Math.min((round + 1) * ROUND, size[0] * size[1])} pixels`)
    loop.show(() => imageOf(growth.made))
  }
  const told = { size, window, tolerance, maxError, sigma, seed, done: loop.done }
  const { made, sources } = growth
  return new Patchwork(imageOf(made), sample, sources, loop.interrupted, 'growTexture', told)
}

type Settings = Required<Omit<GrowTextureOptions, 'size' | 'signal'>>

/** A texture that grows. */
class Growth {
  readonly made: Pixels
  readonly sources: Int32Array
  /** Middles of the windows within the sample. */
  readonly #places: Int32Array
  /** The window's pixels, the heaviest first. */
  readonly #window: readonly { dx: number; dy: number; weight: number }[]
  readonly #random: Random

  constructor(
    private readonly sample: Pixels,
    [height, width]: readonly [number, number],
    private readonly settings: Settings,
  ) {
    const { window, sigma, seed } = settings
    this.made = { data: new Float32Array(3 * height * width).fill(0.5), width, height }
    this.sources = new Int32Array(width * height).fill(-1)
    const reach = (window - 1) / 2
    const places: number[] = []
    for (let y = reach; y < sample.height - reach; y++)
      for (let x = reach; x < sample.width - reach; x++) places.push(y * sample.width + x)
    this.#places = Int32Array.from(places)
    this.#window = Array.from({ length: window * window }, (_, i) => {
      const [dx, dy] = [(i % window) - reach, Math.floor(i / window) - reach]
      return { dx, dy, weight: Math.exp((-0.5 * (dx * dx + dy * dy)) / sigma ** 2) }
    })
      .filter(({ dx, dy }) => dx !== 0 || dy !== 0)
      .sort((a, b) => b.weight - a.weight)
    this.#random = new Random(mixSeeds(seed, 1999))
  }

  /** Makes a pixel at a time. */
  *pixels(): Generator<void, void, undefined> {
    let { maxError } = this.settings
    yield* this.#seed()
    for (;;) {
      const layer = this.#layer()
      if (layer.length === 0) return
      let progress = false
      for (const i of layer) {
        const { place, error } = this.#match(i)
        if (error >= maxError) continue
        this.#copy(place, i)
        progress = true
        yield
      }
      if (!progress) maxError *= 1.1
    }
  }

  /** A piece of the sample in the middle. */
  *#seed(): Generator<void, void, undefined> {
    const { sample, made } = this
    const side = Math.min(SEED, made.width, made.height)
    const x = this.#random.integer(sample.width - side + 1)
    const y = this.#random.integer(sample.height - side + 1)
    const [left, top] = [made.width - side, made.height - side].map((rest) => rest >> 1)
    for (let dy = 0; dy < side; dy++)
      for (let dx = 0; dx < side; dx++) {
        this.#copy((y + dy) * sample.width + x + dx, (top! + dy) * made.width + left! + dx)
        yield
      }
  }

  /** Pixels beside what is made, in random order, those with the most neighbours first. */
  #layer(): number[] {
    const { width, height } = this.made
    const { sources } = this
    const beside: number[] = []
    for (let i = 0; i < sources.length; i++) {
      if (sources[i]! >= 0) continue
      const [x, y] = [i % width, Math.floor(i / width)]
      search: for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++)
          if (sources[v * width + u]! >= 0) {
            beside.push(i)
            break search
          }
    }
    const order = this.#random.permutation(beside.length)
    const counted = Array.from(order, (k) => {
      const i = beside[k]!
      return { i, neighbours: this.#known(i).length }
    })
    return counted.sort((a, b) => b.neighbours - a.neighbours).map(({ i }) => i)
  }

  /** The neighbours of a pixel that are made. */
  #known(i: number) {
    const { width, height } = this.made
    const [x, y] = [i % width, Math.floor(i / width)]
    return this.#window.filter(({ dx, dy }) => {
      const [u, v] = [x + dx, y + dy]
      return u >= 0 && u < width && v >= 0 && v < height && this.sources[v * width + u]! >= 0
    })
  }

  /** A place of the sample that fits, and its error. */
  #match(i: number): { place: number; error: number } {
    const { sample, made, sources } = this
    const known = this.#known(i)
    const around = neighbourhood(known.length)
    let total = 0
    const continued: number[] = []
    for (const [k, { dx, dy, weight }] of known.entries()) {
      const from = i + dy * made.width + dx
      around.offsets[k] = 3 * (dy * sample.width + dx)
      for (let c = 0; c < 3; c++) around.wanted[3 * k + c] = made.data[3 * from + c]!
      around.weights[k] = weight
      total += 3 * weight
      if (Math.abs(dx) <= 1 && Math.abs(dy) <= 1)
        continued.push(sources[from]! - dy * sample.width - dx)
    }
    around.count = known.length

    const { window, tolerance } = this.settings
    const reach = (window - 1) / 2
    let best = Infinity
    for (const place of continued) {
      const [x, y] = [place % sample.width, Math.floor(place / sample.width)]
      const within = Math.min(x, y, sample.width - 1 - x, sample.height - 1 - y) >= reach
      if (within) best = Math.min(best, distanceAt(sample.data, 3 * place, around, best))
    }
    const close: { place: number; distance: number }[] = []
    for (const place of this.#places) {
      const distance = distanceAt(sample.data, 3 * place, around, best * (1 + tolerance))
      if (distance > best * (1 + tolerance)) continue
      if (distance < best) best = distance
      close.push({ place, distance })
    }
    const good = close.filter(({ distance }) => distance <= best * (1 + tolerance))
    const chosen = this.#random.pick(good)
    return { place: chosen.place, error: chosen.distance / total }
  }

  #copy(from: number, to: number): void {
    for (let c = 0; c < 3; c++) this.made.data[3 * to + c] = this.sample.data[3 * from + c]!
    this.sources[to] = from
  }
}
