import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import type { Network } from '../network/network.js'
import { classProbability } from '../objectives/scores.js'
import { provenance, Result } from '../result.js'
import { type Baseline, baselineName, baselineParameter, baselinePixels } from './baseline.js'
import { eachImage, part } from './batch.js'
import { byClass, byWindow, type Findings, overImage, panels } from './occlusion-figures.js'
import { type Explained, type Input, question } from './question.js'
import { type BatchOptions, checkImages, runVariants } from './variants.js'
import { covered, patch, type Side, type Windows, windowsOver } from './windows.js'

export interface OcclusionOptions extends BatchOptions {
  /** Side of the window, or [height, width], in pixels of the input. Default: a seventh of each side. */
  window?: Side
  /** How far the window moves, or [down, right]; no further than its own side. Default: half of it. */
  stride?: Side
  /** What covers the window's place. Default 0 in normalised pixels, as in Captum: grey for most networks. */
  baseline?: Baseline
  /**
   * What the map shows: 'drop' (default, as in Captum), S(x) − S(x with the window covered): high where
   * the picture matters; or 'remaining', what is left of the score, as Zeiler & Fergus draw it: low there.
   */
  measure?: 'drop' | 'remaining'
  /** Of `target` the probability after softmax, as in the paper, in place of the score. Default false. */
  probability?: boolean
  /** Whether to record what the covered image is taken for as well. Default false. */
  classes?: boolean
}

/** The map at the resolution of the pixels, [N, H, W], and what it is made of. */
export class Occlusion extends Result {
  #windows: Result | undefined
  #classes: Result | undefined
  #panels: Figure | undefined

  constructor(
    private readonly found: Findings,
    ...[map, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(map, origin, draw)
  }

  /** The score of each image with nothing covered. */
  get scores(): readonly number[] {
    return this.found.scores
  }

  /** The same map with one number for each place of the window, [N, rows, columns]. */
  get windows(): Result {
    const { found } = this
    this.#windows ??= new Result(found.windows, this.provenance, () =>
      eachImage(this.shape[0]!, (i) => byWindow(found, i)),
    )
    return this.#windows
  }

  /**
   * The most probable class with the window at each place, as an index, [N, rows, columns].
   *
   * @throws Error where the option `classes` did not ask for it.
   */
  get classes(): Result {
    const { found } = this
    const { classes } = found
    if (!classes)
      throw new Error(
        'which classes the covered image is taken for is recorded by { classes: true }',
      )
    this.#classes ??= new Result(classes, this.provenance, () =>
      eachImage(this.shape[0]!, (i) => byClass(found, classes, i)),
    )
    return this.#classes
  }

  /** The image covered at its strongest place, the map by windows, the classes, the map over the image. */
  get panels(): Figure {
    this.#panels ??= eachImage(this.shape[0]!, (i) => panels(this.found, i)).drawnFrom(this)
    return this.#panels
  }
}

/**
 * Occlusion: a window goes over the image and covers one place after the other; where the score falls,
 * the network looked.
 *
 * Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2014). Windows begin at the top
 * left corner and the last ones are cut off at the edges, as in Captum; a pixel's value is the mean of the
 * windows that cover it. All channels are covered at once. The paper's map of the strongest feature map is
 * that of `of: channel('conv5', k), measure: 'remaining'`.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param options `target`: a class, or `of`: any objective; and {@link OcclusionOptions}.
 * @returns [N, H, W], in units of the score; `windows` and `classes` are maps of the windows' places.
 * @throws RangeError for an unknown class or layer, naming the nearest, for pixels that are not finite, and
 *   for a window, stride, baseline or batch that there cannot be; AbortError at an interrupt.
 * @example
 *   const map = await occlusion(net, photo, { target: 'wolf', window: 24, stride: 8 })
 *   map.windows.shape // [1, 10, 10]
 */
export async function occlusion(
  net: Network,
  input: Input,
  options: Explained & OcclusionOptions,
): Promise<Occlusion> {
  const { baseline = 0, measure = 'drop', probability = false, classes = false, batch } = options
  if (!measures.includes(measure))
    throw new RangeError(`an occlusion map shows 'drop' or 'remaining', not '${String(measure)}'`)
  const asked = question(net, input, explained(options))
  const { of, name, parameters } = asked
  const pixels = checkImages(net, asked.pixels)
  const cover = baselinePixels(net, pixels, baseline)
  const [images, , height, width] = pixels.shape as [number, number, number, number]
  const grid = windowsOver(height, width, options.window, options.stride)
  const { rows, columns } = grid
  const places = rows * columns

  const perWindow = (): Tensor => ({
    data: new Float32Array(images * places),
    shape: [images, rows, columns],
  })
  const windows = perWindow()
  const classMap = classes ? perWindow() : undefined
  const layers = classes ? [classOutput(net)] : []
  const scores: number[] = []
  const variants = runVariants(net, {
    pixels,
    of,
    count: 1 + places, // the first one has nothing covered
    batch,
    layers,
    label: 'Occlusion',
    unit: 'windows',
    write(into, image, index) {
      into.set(part(pixels, image))
      if (index > 0) patch(into, part(cover, image), { height, width }, covered(grid, index - 1))
    },
  })
  for await (const { image, index, value, activations } of variants) {
    if (index === 0) {
      scores.push(value)
      continue
    }
    const place = image * places + index - 1
    windows.data[place] = measure === 'drop' ? scores[image]! - value : value
    if (classMap) classMap.data[place] = indexOfLargest(activations[layers[0]!]!)
  }

  const map = spread(windows, grid)
  const origin = provenance(net, 'occlusion', pixels, {
    ...parameters,
    window: [...grid.window],
    stride: [...grid.stride],
    baseline: baselineParameter(baseline, cover),
    measure,
    probability,
    classes,
  })
  const found: Findings = {
    pixels,
    preprocessing: net.preprocessing,
    cover,
    coverName: baselineName(baseline),
    grid,
    measure,
    noun: probability ? 'probability' : options.of ? 'value' : 'score',
    name,
    className: (index) => net.className(index),
    scores,
    windows,
    classes: classMap,
    map,
  }
  return new Occlusion(found, map, origin, () => eachImage(images, (i) => overImage(found, i)))
}

const measures = ['drop', 'remaining'] as const

/** The probability of a class, where that is asked for. */
function explained(options: Explained & OcclusionOptions): Explained {
  if (!options.probability) return options
  if (options.target === undefined || options.of !== undefined)
    throw new TypeError(
      'probability is that of a class, given as `target`; as `of` give classProbability(…) itself',
    )
  return { of: classProbability(options.target) }
}

/** The network's own output: its largest value is that of the most probable class, softmax or not. */
function classOutput(net: Network): string {
  if (net.classes.length > 0) return net.graph.outputs[0]!.name
  throw new RangeError(`network '${net.name}' has no classes; leave out the option classes`)
}

const indexOfLargest = (values: Float32Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0)

/** One number for each window → one for each pixel, the mean of those that cover it. */
function spread(windows: Tensor, grid: Windows): Tensor {
  const images = windows.shape[0]!
  const [height, width] = grid.image
  const plane = height * width
  const data = new Float32Array(images * plane)
  for (let image = 0; image < images; image++) {
    const values = part(windows, image)
    const sums = new Float64Array(plane)
    const counts = new Uint32Array(plane)
    values.forEach((value, index) => {
      const { top, bottom, left, right } = covered(grid, index)
      for (let y = top; y < bottom; y++)
        for (let i = y * width + left; i < y * width + right; i++) {
          sums[i]! += value
          counts[i]! += 1
        }
    })
    data.set(
      sums.map((sum, i) => sum / counts[i]!),
      image * plane,
    )
  }
  return { data, shape: [images, height, width] }
}
