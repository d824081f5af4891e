import { imageOf, isIterable } from '../../activations/stream.js'
import type { Tensor } from '../../engine/tensor.js'
import type { Figure } from '../../figures/figure.js'
import type { Image } from '../../image/image.js'
import { viewMask } from '../../image/mask.js'
import { defaultSeed, mixSeeds } from '../../image/random.js'
import { described } from '../../described.js'
import { unknownName } from '../../network/names.js'
import type { Network } from '../../network/network.js'
import { wholeNumber } from '../../options.js'
import { provenance, Result } from '../../result.js'
import { quietly, steps as loop } from '../../work/index.js'
import { predict } from '../predict.js'
import { pixelsOf } from '../question.js'
import { type Curve, deletion, insertion } from './curves.js'
import { energyWithin, pointsAt } from './localisation.js'
import { controls, makeMap, mapMakers, type MapMaker, type MethodName, titles } from './methods.js'
import { layersFromTop, type Randomisation, randomised } from './randomise.js'
import { hogSimilarity, spearman, ssim } from './similarity.js'
import { cascadeFigure, curveFigures, sanityFigures, tableFigure } from './trust-figures.js'

/** A picture; where it is known, also its class, and which pixels show the object: a scene. */
export interface TrustItem {
  image: Image
  /** The class to explain, where the network knows it. Default: the one that the image is taken for. */
  className?: string
  /** 1 where the object is, else 0; row by row at the size of the image. */
  mask?: ArrayLike<number>
}

export interface TrustOptions {
  /** Which methods, by name, or your own as functions. Default: all, 'edges' and 'random' included. */
  methods?: readonly MethodName[] | Readonly<Record<string, MapMaker>>
  /** How many of the pictures, from the first on. Default 8. */
  images?: number
  /**
   * In how many steps the parameters are randomised, from the scores down to the pixels. Default 8, or as
   * many as there are layers with parameters.
   */
  stages?: number
  /** What randomising does to a layer. Default 'initialise'; 'shuffle' keeps its numbers in another order. */
  randomisation?: Randomisation
  /** Steps of the deletion and insertion curves. Default 25. */
  steps?: number
  /** Pixels beside the object that still count in the pointing game. Default 0. */
  tolerance?: number
  /** Which randomisation, noise and order of equals. Default: that of `%seed`, or 0. */
  seed?: number
}

/** How alike a method's maps are to those of a network that has lost what it learned. */
export interface Similarity {
  /** Mean over the images of Spearman's rank correlation of the maps' magnitudes. */
  spearman: number
  /** Mean structural similarity. */
  ssim: number
  /** Mean correlation of the histograms of oriented gradients. */
  hog: number
}

/** What is found about one method. */
export interface MethodReport {
  /** The name it was asked for by. */
  method: string
  title: string
  /** Whether it looks at no network. */
  control: boolean
  /** After each stage of the randomisation, from the top. */
  sanity: Similarity[]
  /** Mean curves, and the area below them. */
  deletion: Curve
  insertion: Curve
  /** The share of pictures whose largest value lies on the object; NaN where no masks are known. */
  pointing: number
  /** The mean share of the map on the object; NaN where no masks are known. */
  energy: number
}

/** What all figures are made of. */
export interface Findings {
  network: string
  reports: readonly MethodReport[]
  /** The layers that each stage adds to those randomised. */
  stages: readonly (readonly string[])[]
  images: number
  masks: number
  /** The share of the pictures that objects take: what pointing and energy are by chance. */
  area: number
  /** Of the first picture: what the network sees, and each method's map at first and after each stage. */
  first: { image: Image; maps: ReadonlyMap<string, readonly Float32Array[]> }
}

/** One row for each method, [methods, 7]: {@link Trust.columns}. */
export class Trust extends Result {
  /** What the columns of the numbers are. */
  static readonly columns = [
    'spearman',
    'ssim',
    'hog',
    'deletion',
    'insertion',
    'pointing',
    'energy',
  ] as const

  constructor(
    private readonly findings: Findings,
    ...[table, origin]: [Tensor, ConstructorParameters<typeof Result>[1]]
  ) {
    super(table, origin, () => tableFigure(findings))
  }

  /** All that was found, method by method. */
  get methods(): readonly MethodReport[] {
    return this.findings.reports
  }

  /** The layers that each stage randomised besides those before. */
  get stages(): readonly (readonly string[])[] {
    return this.findings.stages
  }

  /** How alike the maps stay while the network loses what it learned, layer by layer: three measures. */
  get sanity(): Figure {
    return sanityFigures(this.findings).drawnFrom(this)
  }

  /** The mean deletion and insertion curves. */
  get curves(): Figure {
    return curveFigures(this.findings).drawnFrom(this)
  }

  /** Of the first picture: each method's map, at first and after each stage. */
  get cascade(): Figure {
    return cascadeFigure(this.findings).drawnFrom(this)
  }

  /**
   * The report of a method.
   *
   * @throws RangeError for one that was not compared, naming the nearest.
   */
  of(method: string): MethodReport {
    const found = this.methods.find((report) => report.method === method)
    if (found) return found
    const names = this.methods.map((report) => report.method)
    throw unknownName('method', method, names)
  }
}

/**
 * Do the maps tell the truth? All methods on the same pictures, by four tests:
 *
 * - **Sanity check**: parameters are randomised from the scores down, and the maps compared with the trained
 *   network's. A map that stays what it was explains the picture, not the network (Adebayo et al. 2018).
 * - **Deletion and insertion**: does the probability fall, or rise, as fast as the map promises, when the most
 *   important pixels go, or come, first (Petsiuk et al. 2018)?
 * - **Pointing game** (Zhang et al. 2016) and **mask energy** (Wang et al. 2020): does the map lie on the
 *   object? Only where masks are known, such as in Scenes. A network may well look elsewhere.
 *
 * No test alone decides: random numbers pass the first, methods that multiply by the input may fail it because
 * the input stays what it is, windows of occlusion have edges of their own that histograms of gradients find
 * again, and what is deleted leaves holes that no picture has.
 *
 * @param data Pictures, such as scenes; those after the first `images` are not looked at.
 * @param options {@link TrustOptions}
 * @returns [methods, 7], the columns in {@link Trust.columns}; those of the sanity check after the last stage.
 * @throws RangeError where there are no pictures, for unknown methods, naming the nearest, masks of another
 *   size, and options that there cannot be; AbortError at an interrupt.
 * @example
 *   const found = await trust(net, scenes({ seed: 7 }), { images: 16 })
 *   found.of('gradcam').deletion.auc
 */
export async function trust(
  net: Network,
  data: Iterable<TrustItem | Promise<TrustItem>> | AsyncIterable<TrustItem>,
  options: TrustOptions = {},
): Promise<Trust> {
  const { images: limit = 8, steps = 25, tolerance = 0, seed = defaultSeed() } = options
  const { randomisation = 'initialise' } = options
  wholeNumber('images', limit)
  wholeNumber('steps', steps)
  const makers = chosenMethods(options.methods)
  const stages = stagesOf(net, options.stages)
  const subjects = await subjectsOf(net, data, limit)
  const [methods, count] = [makers.length, subjects.length]

  // By method, image and stage; stage 0 is the network as it is.
  const maps = makers.map(() => subjects.map((): Float32Array[] => []))
  const [falls, rises] = [makers.map((): Curve[] => []), makers.map((): Curve[] => [])]
  let current = net
  try {
    const total = (1 + stages.length) * count * methods
    const label = 'Do the maps tell the truth?'
    for await (const round of loop(total, { label, unit: 'maps', transient: true })) {
      const stage = Math.floor(round / (count * methods))
      const image = Math.floor(round / methods) % count
      const method = round % methods
      if (stage > 0 && round % (count * methods) === 0) {
        if (current !== net) await current.release()
        current = await randomised(net, stages.slice(0, stage).flat(), { how: randomisation, seed })
      }
      const { pixels, target } = subjects[image]!
      const { name, make } = makers[method]!
      const question = { pixels, target, seed: mixSeeds(seed, image, stage) }
      const map = await quietly(() => makeMap(make, name, current, question))
      maps[method]![image]!.push(map)
      if (stage > 0) continue
      const plane = { data: map, shape: [1, ...pixels.shape.slice(2)] }
      const asked = { target, steps, seed }
      falls[method]!.push(...(await quietly(() => deletion(net, pixels, plane, asked))))
      rises[method]!.push(...(await quietly(() => insertion(net, pixels, plane, asked))))
    }
  } finally {
    if (current !== net) await current.release()
  }

  const masked = subjects.flatMap(({ mask }, i) => (mask ? [{ mask, i }] : []))
  const reports = makers.map(({ name, title, control }, m): MethodReport => {
    const original = maps[m]!.map((list) => list[0]!)
    const plane = (data: Float32Array, i: number) => ({ data, ...subjects[i]!.size })
    return {
      method: name,
      title,
      control,
      sanity: stages.map((_, stage) =>
        meanSimilarity(
          subjects.map((_, i) => [plane(original[i]!, i), plane(maps[m]![i]![stage + 1]!, i)]),
        ),
      ),
      deletion: meanCurve(falls[m]!),
      insertion: meanCurve(rises[m]!),
      pointing: mean(
        masked.map(({ mask, i }) => Number(pointsAt(plane(original[i]!, i), mask, tolerance))),
      ),
      energy: mean(
        masked.map(({ mask, i }) => energyWithin(original[i]!, mask)).map((v) => (v >= 0 ? v : 0)),
      ),
    }
  })
  const findings: Findings = {
    network: net.name,
    reports,
    stages,
    images: count,
    masks: masked.length,
    area: mean(masked.map(({ mask }) => mean(Array.from(mask)))),
    first: {
      image: net.view(subjects[0]!.image),
      maps: new Map(makers.map(({ title }, m) => [title, maps[m]![0]!])),
    },
  }
  const rows = reports.flatMap(({ sanity, deletion, insertion, pointing, energy }) => {
    const last = sanity.at(-1)!
    return [last.spearman, last.ssim, last.hog, deletion.auc, insertion.auc, pointing, energy]
  })
  const all = {
    data: Float32Array.from(subjects.flatMap(({ pixels }) => Array.from(pixels.data))),
    shape: [count, ...subjects[0]!.pixels.shape.slice(1)],
  }
  const origin = provenance(net, 'trust', all, {
    methods: makers.map(({ name }) => name),
    targets: subjects.map(({ target }) => target),
    stages,
    randomisation,
    steps,
    tolerance,
    seed,
  })
  return new Trust(
    findings,
    { data: Float32Array.from(rows), shape: [methods, Trust.columns.length] },
    origin,
  )
}

interface Subject {
  image: Image
  pixels: Tensor
  target: number
  mask: Uint8Array | undefined
  size: { width: number; height: number }
}

/** The first pictures as the network takes them. */
async function subjectsOf(
  net: Network,
  data: Iterable<TrustItem | Promise<TrustItem>> | AsyncIterable<TrustItem>,
  limit: number,
): Promise<Subject[]> {
  if (!isIterable(data))
    throw new TypeError(`pictures are a data set or a list of items, not ${described(data)}`)
  const found: Subject[] = []
  for await (const item of data) {
    const image = imageOf(item)
    const { className, mask } = item
    const pixels = pixelsOf(net, image)
    const [, , height, width] = pixels.shape as [number, number, number, number]
    const known = className === undefined ? -1 : net.classes.indexOf(className)
    const target = known >= 0 ? known : (await predict(net, pixels)).top(1)[0]!.index
    const seen = mask && viewMask(mask, image, net.preprocessing)
    found.push({ image, pixels, target, mask: seen, size: { width, height } })
    if (found.length === limit) break
  }
  if (found.length > 0) return found
  throw new RangeError('there are no pictures to compare the methods on')
}

interface Maker {
  name: string
  title: string
  control: boolean
  make: MapMaker
}

function chosenMethods(methods: TrustOptions['methods']): Maker[] {
  const known: Readonly<Record<string, MapMaker>> = mapMakers
  const list: readonly (readonly [string, MapMaker])[] =
    methods === undefined
      ? Object.entries(known)
      : isNames(methods)
        ? methods.map((name) => {
            if (!Object.hasOwn(known, name)) throw unknownName('method', name, Object.keys(known))
            return [name, known[name]!] as const
          })
        : Object.entries(methods)
  if (list.length === 0) throw new RangeError('there are no methods to compare')
  const named: Readonly<Record<string, string>> = titles
  return list.map(([name, make]) => ({
    name,
    title: known[name] === make ? named[name]! : name,
    control: controls.includes(name) && known[name] === make,
    make,
  }))
}

const isNames = (
  methods: readonly MethodName[] | Readonly<Record<string, MapMaker>>,
): methods is readonly MethodName[] => Array.isArray(methods)

/** The layers from the top, in so many parts, about equally many in each. */
function stagesOf(net: Network, wanted: number | undefined): string[][] {
  const layers = layersFromTop(net)
  if (layers.length === 0)
    throw new RangeError(`network '${net.name}' has no parameters that could be randomised`)
  if (wanted !== undefined) wholeNumber('stages', wanted)
  const count = Math.min(wanted ?? 8, layers.length)
  const cut = (i: number): number => Math.round((i / count) * layers.length)
  return Array.from({ length: count }, (_, i) => layers.slice(cut(i), cut(i + 1)))
}

interface Sized {
  data: Float32Array
  width: number
  height: number
}

/** Of the maps' magnitudes. */
function meanSimilarity(pairs: readonly (readonly [Sized, Sized])[]): Similarity {
  const magnitudes = pairs.map((pair) =>
    pair.map((map) => ({ ...map, data: map.data.map(Math.abs) })),
  ) as [Sized, Sized][]
  const of = (measure: (a: Sized, b: Sized) => number): number =>
    mean(magnitudes.map(([a, b]) => measure(a, b)))
  return {
    spearman: of((a, b) => spearman(a.data, b.data)),
    ssim: of(ssim),
    hog: of((a, b) => hogSimilarity(a, b)),
  }
}

function meanCurve(curves: readonly Curve[]): Curve {
  const { shares } = curves[0]!
  return {
    shares,
    probabilities: shares.map((_, i) => mean(curves.map((curve) => curve.probabilities[i]!))),
    auc: mean(curves.map(({ auc }) => auc)),
  }
}

/** NaN of nothing. */
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
