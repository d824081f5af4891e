import {
  makeMap,
  mapMakers,
  type MapMaker,
  type MethodName,
  titles,
} from '../attribution/trust/methods.js'
import { type Input, pixelsOf } from '../attribution/question.js'
import { pictures } from '../attribution/batch.js'
import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { blurPlane } from '../image/blur.js'
import { Image } from '../image/image.js'
import { viewMask } from '../image/mask.js'
import { defaultSeed } from '../image/random.js'
import { unknownName } from '../network/names.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { BACKGROUND, grabCut, type GrabCutOptions, OBJECT } from './grabcut.js'
import { intersectionOverUnion, largestRegion, otsu, quantile } from './regions.js'
import { type Findings, outline, panels } from './segment-figures.js'

/**
 * How a map becomes a mask: 'graphcut', the colours of the seeds and one cut (Simonyan et al. 2014); 'grabcut', the
 * same repeated with what was found (Rother et al. 2004); 'threshold', what lies above a threshold.
 */
export type SegmentMethod = 'graphcut' | 'grabcut' | 'threshold'

export interface SegmentOptions extends Pick<
  GrabCutOptions,
  'components' | 'smoothness' | 'hard' | 'seed'
> {
  /** Default 'grabcut'. */
  method?: SegmentMethod
  /**
   * The map that says where the object is: a method's name, a function, or a map [1, H, W] that is there, of any
   * resolution. What is below 0 counts as 0. Default 'saliency', as in the paper.
   */
  from?: MethodName | MapMaker | Tensor
  /** Standard deviation of a Gaussian that blurs the map first, in pixels of the network's input. Default 0. */
  blur?: number
  /** Above this quantile of the map are the object's seeds. Default 0.95. */
  object?: number
  /** Up to this quantile of the map are the background's seeds. Default 0.3. */
  background?: number
  /**
   * For 'threshold': a quantile of the map, or 'otsu' (default), which parts it into two groups of least variance,
   * as k-means with two clusters does.
   */
  threshold?: number | 'otsu'
  /** Cuts of 'grabcut'. Default 5. */
  iterations?: number
  /** Where the object really is, to be compared: not 0 on it, row by row at the size of the image. */
  mask?: ArrayLike<number>
}

/** The pixels of an object: [1, H, W], 1 on it, else 0, as large as the network's input. */
export class Segmentation extends Result {
  constructor(
    private readonly findings: Findings,
    ...[map, origin]: [Tensor, ConstructorParameters<typeof Result>[1]]
  ) {
    super(map, origin, () => panels(findings))
  }

  /** The same, as bytes. */
  get mask(): Uint8Array {
    return this.findings.mask
  }

  /** For each pixel 1 the object's seeds, 2 the background's, else 0. */
  get seeds(): Uint8Array {
    return this.findings.seeds
  }

  /** Intersection over union with the true mask, in [0, 1]; undefined where none is known. */
  get iou(): number | undefined {
    return this.findings.iou
  }

  /** The last panel alone: the object's outline. */
  get outline(): Figure {
    return outline(this.findings).drawnFrom(this)
  }
}

/**
 * Segmentation without a single mask to learn from: a map of the class says roughly where the object is, its colours
 * and the picture's edges say the rest; of what is found the largest connected region is kept.
 *
 * Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks (2014), section 3.2: the colours of the object are
 * learned where saliency is above its 95 % quantile, those of the background below its 30 % quantile. They reached
 * 46.4 % top-5 error in localisation (ILSVRC-2013) so. The default goes on as GrabCut does.
 *
 * A network that looks at the background segments the background: that is what makes it a test, too.
 *
 * @param input An image, or its normalised pixels [1, C, H, W].
 * @param options `target`: the class, index or name, not needed where `from` is a map; and {@link SegmentOptions}.
 * @returns [1, H, W], 1 on the object; empty, with a caption that says so, where the map is the same everywhere.
 * @throws RangeError for an unknown class, method or map, naming the nearest, a mask of another size, and options that
 *   there cannot be.
 * @example (await segment(net, image, { target: 'wolf', mask })).iou
 */
export async function segment(
  net: Network,
  input: Input,
  options: SegmentOptions & { target?: number | string },
): Promise<Segmentation> {
  const { method = 'grabcut', from = 'saliency', blur = 0, seed = defaultSeed() } = options
  if (!Object.hasOwn(methodTitles, method))
    throw unknownName('way to segment', method, Object.keys(methodTitles))
  const pixels = pixelsOf(net, input)
  if (pixels.shape[0] !== 1)
    throw new RangeError(`one image is segmented at a time, not ${pixels.shape[0]}`)
  const image = pictures(pixels, net.preprocessing)[0]!
  const { width, height } = image

  const target = options.target === undefined ? undefined : net.classIndex(options.target)
  const { make, title } = mapMaker(from)
  if (target === undefined && !isMap(from))
    throw new TypeError('say what to segment: a class as `target`, or its map as `from`')
  const question = { pixels, target: target ?? 0, seed }
  const made = await makeMap(make, title, net, question)
  const positive = made.map((value) => Math.max(0, value))
  const map = blur === 0 ? positive : blurPlane(positive, width, height, blur)

  const used = { ...defaults, ...definedOnly(options) }
  const { seeds, rule } = method === 'threshold' ? above(map, used) : seedsOf(map, used)
  const found =
    method === 'threshold'
      ? seeds
      : grabCut(image, seeds, {
          ...used,
          seed,
          iterations: method === 'graphcut' ? 1 : used.iterations,
        })
  const mask = largestRegion(found, width)
  const truth = options.mask && trueMask(net, input, options.mask, mask.length)
  const iou = truth && intersectionOverUnion(mask, truth)
  const origin = provenance(net, 'segment', pixels, {
    target,
    method,
    from: typeof from === 'string' ? from : 'own map',
    blur,
    ...(method === 'threshold' ? { threshold: used.threshold } : cutParameters(used, method, seed)),
  })
  const findings: Findings = {
    image,
    name: target === undefined ? 'map' : net.className(target),
    mapTitle: title,
    methodTitle: methodTitles[method],
    rule,
    map,
    seeds,
    mask,
    truth,
    iou,
  }
  return new Segmentation(
    findings,
    { data: Float32Array.from(mask), shape: [1, height, width] },
    origin,
  )
}

const methodTitles: Record<SegmentMethod, string> = {
  graphcut: 'Graph cut',
  grabcut: 'GrabCut',
  threshold: 'Threshold',
}

const defaults = {
  object: 0.95,
  background: 0.3,
  threshold: 'otsu' as number | 'otsu',
  iterations: 5,
  components: 5,
  smoothness: 50,
  hard: false,
}
type Used = typeof defaults

const definedOnly = (options: SegmentOptions): Partial<Used> =>
  Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name in defaults && value !== undefined),
  )

const cutParameters = (used: Used, method: SegmentMethod, seed: number) => {
  const { object, background, iterations, components, smoothness, hard } = used
  return {
    object,
    background,
    iterations: method === 'graphcut' ? 1 : iterations,
    components,
    smoothness,
    hard,
    seed,
  }
}

const isMap = (from: SegmentOptions['from']): from is Tensor => typeof from === 'object'

function mapMaker(from: MethodName | MapMaker | Tensor): { make: MapMaker; title: string } {
  if (isMap(from)) return { make: () => from, title: 'Map' }
  if (typeof from === 'function') return { make: from, title: 'Map' }
  if (!Object.hasOwn(mapMakers, from)) throw unknownName('map', from, Object.keys(mapMakers))
  return { make: mapMakers[from], title: titles[from] }
}

/** Of a Grad-CAM most may be 0: what is not above the background's quantile is background. */
function seedsOf(
  map: Float32Array,
  { object, background }: Used,
): { seeds: Uint8Array; rule: string } {
  if (!(background >= 0 && background <= object && object <= 1))
    throw new RangeError(
      `quantiles have 0 ≤ background ≤ object ≤ 1, but background is ${background}, object ${object}`,
    )
  const [high, low] = [quantile(map, object), quantile(map, background)]
  const seeds = Uint8Array.from(map, (value) =>
    value > high ? OBJECT : value <= low ? BACKGROUND : 0,
  )
  const percent = (share: number): string => `${Math.round(1000 * share) / 10} %`
  return {
    seeds,
    rule: `Red: above the ${percent(object)} quantile. Blue: up to the ${percent(background)} quantile.`,
  }
}

function above(map: Float32Array, { threshold }: Used): { seeds: Uint8Array; rule: string } {
  const limit = threshold === 'otsu' ? otsu(map) : quantile(map, threshold)
  const rule =
    threshold === 'otsu'
      ? 'Red: the upper of two groups of least variance (Otsu).'
      : `Red: above the ${Math.round(1000 * threshold) / 10} % quantile.`
  return { seeds: Uint8Array.from(map, (value) => (value > limit ? OBJECT : 0)), rule }
}

function trueMask(net: Network, input: Input, mask: ArrayLike<number>, pixels: number): Uint8Array {
  if (input instanceof Image) return viewMask(mask, input, net.preprocessing)
  if (mask.length !== pixels)
    throw new RangeError(`a mask of ${mask.length} pixels does not fit an input of ${pixels}`)
  return Uint8Array.from(mask, Number)
}
