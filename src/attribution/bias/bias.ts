import { imageOf, isIterable } from '../../activations/stream.js'
import type { Tensor } from '../../engine/tensor.js'
import type { Figure } from '../../figures/figure.js'
import type { Image } from '../../image/image.js'
import { viewMask } from '../../image/mask.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import { described } from '../../described.js'
import { named, unknownName } from '../../network/names.js'
import type { Network } from '../../network/network.js'
import { wholeNumber } from '../../options.js'
import { provenance, Result } from '../../result.js'
import { type Estimate, wilson } from '../../training/evaluate.js'
import { steps as loop } from '../../work/index.js'
import { pixelsOf } from '../question.js'
import { energyWithin } from '../trust/localisation.js'
import { makeMap, mapMakers, type MethodName } from '../trust/methods.js'
import { backgroundAlone, objectAlone, onBackground } from './backgrounds.js'
import { biasFigure, wrongFigure } from './bias-figures.js'

/** A picture of a known class; where it is known, also which pixels show the object: a scene. */
export interface BiasItem {
  image: Image
  /** As the network calls it; pictures of other classes are left out. */
  className?: string
  /** Not 0 where the object is; row by row at the size of the image. */
  mask?: ArrayLike<number>
}

/** Pictures: a data set, or a list. */
export type BiasData = Iterable<BiasItem | Promise<BiasItem>> | AsyncIterable<BiasItem>

export interface BiasOptions {
  /** Other networks to look at in the same way, by what they are to be called. */
  compare?: Readonly<Record<string, Network>>
  /** How many pictures of each data set, from the first on. Default 60. */
  images?: number
  /** The maps to be made. Default saliency and Grad-CAM. */
  maps?: readonly MethodName[]
  /** The classes among which networks decide. Default: all that each knows. */
  classes?: readonly string[]
  /** Which backgrounds are exchanged. Default: that of `%seed`, or 0. */
  seed?: number
}

/** What becomes of the accuracy when objects and backgrounds are taken apart (Xiao et al. 2021). */
export interface BackgroundTests {
  /** Objects on the mean colour of the network's input. */
  objectAlone: Estimate
  /** Backgrounds whose objects are gone, counted as right where they still have the class of the object. */
  backgroundAlone: Estimate
  /** Objects on the background of another picture of their class. */
  sameClass: Estimate
  /** Objects on the background of a picture of another class. */
  otherClass: Estimate
}

/** A picture that is taken for something else than it is. */
export interface WrongPrediction {
  /** Which item of the data set. */
  index: number
  /** As the network sees it. */
  image: Image
  className: string
  predicted: string
  /** Of the class predicted. */
  probability: number
  /** For the class predicted; by method, at the size of the network's input. */
  maps: Readonly<Record<string, Float32Array>>
  /** The share of each map on the object, by method; undefined without a mask. */
  onObject: Readonly<Record<string, number>> | undefined
}

/** What is found about one network on one data set. */
export interface BiasReport {
  network: string
  data: string
  /** Pictures looked at. */
  count: number
  accuracy: Estimate
  /** The mean share of each map on the object, for the class predicted; NaN without masks. */
  onObject: Readonly<Record<string, number>>
  /** The mean share of the picture that the object takes: what a map has on it by chance. NaN without masks. */
  area: number
  /** Undefined without masks. */
  backgrounds: BackgroundTests | undefined
  /** Pictures that were taken for something else, those first of which the network was most certain. */
  wrong: readonly WrongPrediction[]
}

/** A picture in the words of a network. */
export interface Example {
  data: string
  index: number
  image: Image
  className: string
  predicted: string
  probability: number
  map: Float32Array
}

export interface Findings {
  reports: readonly BiasReport[]
  maps: readonly MethodName[]
  /** By network: the same pictures for all. */
  examples: ReadonlyMap<string, readonly Example[]>
}

/** One row for each network and data set: {@link Bias.columns}. */
export class Bias extends Result {
  constructor(
    private readonly findings: Findings,
    ...[table, origin]: [Tensor, ConstructorParameters<typeof Result>[1]]
  ) {
    super(table, origin, () => biasFigure(findings))
  }

  /** What the columns of the numbers are: accuracy, each map's share on the object, its area, four tests of backgrounds. */
  get columns(): readonly string[] {
    return columnsOf(this.findings.maps)
  }

  get reports(): readonly BiasReport[] {
    return this.findings.reports
  }

  /** The most certain of the wrong predictions of each network, with their maps. */
  get wrong(): Figure {
    return wrongFigure(this.findings).drawnFrom(this)
  }

  /**
   * What was found about a network on a data set.
   *
   * @param data May be left out where there is one alone.
   * @throws RangeError for names that there are not, naming the nearest.
   */
  of(network: string, data?: string): BiasReport {
    const first = named('network', network, this.reports, (report) => report.network)
    const own = this.reports.filter((report) => report.network === network)
    return named('data set', data ?? first.data, own, (report) => report.data)
  }
}

/**
 * Does the network look at the object, or at what usually surrounds it? Three ways to find out:
 *
 * - which share of its maps lies on the object, more or less than the object's share of the picture;
 * - what it says of objects alone, of backgrounds alone, and of objects on backgrounds of their own and of another class.
 *   The difference of the latter two is what the background decides (Xiao, Engstrom, Ilyas, Madry: Noise or Signal,
 *   2021);
 * - what it is wrong about with the greatest certainty, and where it looked then: the husky on snow that is taken for
 *   a wolf (Ribeiro, Singh, Guestrin: "Why Should I Trust You?", 2016).
 *
 * Without masks there is the last one alone.
 *
 * Where an object was cut out, its edges stay; compare with the same class's backgrounds, which have such edges too.
 *
 * @param data Pictures with their classes, such as scenes, or several such data sets by name.
 * @param options {@link BiasOptions}
 * @returns One row for each network and data set; NaN where masks would be needed.
 * @throws RangeError where no picture is of a class that the network knows, for masks of another size, and for options
 *   that there cannot be; AbortError at an interrupt.
 * @example
 *   const found = await bias(net, { usual, swapped }, { compare: { unbiased: other } })
 *   found.of('scenes-biased', 'swapped').onObject.gradcam
 */
export async function bias(
  net: Network,
  data: BiasData | Readonly<Record<string, BiasData>>,
  options: BiasOptions = {},
): Promise<Bias> {
  const { images = 60, maps = ['saliency', 'gradcam'], seed = defaultSeed() } = options
  wholeNumber('images', images)
  for (const name of maps)
    if (!Object.hasOwn(mapMakers, name)) throw unknownName('map', name, Object.keys(mapMakers))
  if (maps.length === 0) throw new RangeError('there are no maps to make')
  if (options.compare && Object.hasOwn(options.compare, net.name))
    throw new RangeError(`there are two networks '${net.name}': give the other one another name`)
  const networks = Object.entries({ [net.name]: net, ...options.compare })
  if (typeof data !== 'object' || data === null)
    throw new TypeError(
      `pictures are a data set, or several by their names, not ${described(data)}`,
    )
  const sets = isIterable(data) ? { pictures: data } : data

  const deciders = networks.map(([name, one]) => new Decider(name, one, options.classes))
  const all: Group[] = []
  for (const [name, set] of Object.entries(sets)) {
    const items = await firstItems(set, name, deciders, images)
    for (const decider of deciders) all.push(new Group(decider, name, items))
  }
  // Backgrounds are exchanged when all pictures have been seen.
  const looks = all.flatMap((group) =>
    group.items.map((item) => () => group.look(item, maps, seed)),
  )
  const exchanges = all.flatMap((group) =>
    group.items.flatMap(({ mask }, i) => (mask ? [() => group.exchange(i, seed)] : [])),
  )
  const jobs = [...looks, ...exchanges]
  const label = 'Object or background?'
  for await (const i of loop(jobs.length, { label, unit: 'pictures', transient: true }))
    await jobs[i]!()
  const reports = all.map((group) => group.report(maps))

  const findings = { reports, maps, examples: examplesOf(all, maps) }
  const rows = reports.map(({ accuracy, onObject, area, backgrounds }) => [
    accuracy.share,
    ...maps.map((name) => onObject[name]!),
    area,
    ...tests.map((name) => backgrounds?.[name].share ?? NaN),
  ])
  const pixels = all[0]!.seen.map((one) => one.pixels)
  const input = {
    data: Float32Array.from(pixels.flatMap((one) => Array.from(one.data))),
    shape: [pixels.length, ...pixels[0]!.shape.slice(1)],
  }
  const origin = provenance(net, 'bias', input, {
    compare: networks.slice(1).map(([name, one]) => ({ name, digest: one.digest })),
    data: Object.keys(sets),
    images,
    maps,
    ...(options.classes && { classes: options.classes }),
    seed,
  })
  const table = { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]!.length] }
  return new Bias(findings, table, origin)
}

const tests = ['objectAlone', 'backgroundAlone', 'sameClass', 'otherClass'] as const

const columnsOf = (maps: readonly MethodName[]): string[] => ['accuracy', ...maps, 'area', ...tests]

/** A network that decides among some classes. */
class Decider {
  private readonly indices: readonly number[]

  constructor(
    readonly name: string,
    readonly net: Network,
    classes: readonly string[] | undefined,
  ) {
    this.indices = classes?.map((one) => net.classIndex(one)) ?? [...net.classes.keys()]
  }

  knows(className: string | undefined): className is string {
    return className !== undefined && this.indices.includes(this.net.classes.indexOf(className))
  }

  /** The most probable of the classes, and its probability among them. */
  async decide(pixels: Tensor): Promise<{ index: number; probability: number }> {
    const { data } = await this.net.scoresOf(pixels)
    const scores = this.indices.map((index) => data[index]!)
    const most = Math.max(...scores)
    const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0)
    return { index: this.indices[scores.indexOf(most)]!, probability: 1 / sum }
  }
}

interface Item extends BiasItem {
  className: string
  index: number
}

/** The first pictures whose classes all networks know. */
async function firstItems(
  data: BiasData,
  name: string,
  deciders: readonly Decider[],
  limit: number,
): Promise<Item[]> {
  const found: Item[] = []
  let index = -1
  let unknown: string | undefined
  for await (const item of data) {
    index++
    const image = imageOf(item)
    const { className, mask } = item
    const stranger = deciders.find((decider) => !decider.knows(className))
    if (stranger) unknown ??= `'${className ?? 'without a class'}' is none of ${stranger.name}`
    else found.push({ image, mask, className: className!, index })
    if (found.length === limit) break
  }
  if (found.length > 0) return found
  throw new RangeError(
    `no picture of '${name}' is of a class that the networks know` +
      (unknown ? `: ${unknown}` : '; it is empty'),
  )
}

/** A picture as a network sees it, and what it makes of it. */
interface Seen {
  item: Item
  image: Image
  pixels: Tensor
  mask: Uint8Array | undefined
  target: number
  predicted: number
  predictedName: string
  probability: number
  maps: Record<string, Float32Array>
  onObject: Record<string, number> | undefined
}

/** What a network makes of the pictures of a data set. */
class Group {
  readonly seen: Seen[] = []
  private readonly counts = new Map(tests.map((name) => [name, { right: 0, all: 0 }]))
  private grounds: (Image | undefined)[] | undefined

  constructor(
    private readonly decider: Decider,
    readonly data: string,
    readonly items: readonly Item[],
  ) {}

  get network(): string {
    return this.decider.name
  }

  async look(item: Item, methods: readonly MethodName[], seed: number): Promise<void> {
    const { net } = this.decider
    const pixels = pixelsOf(net, item.image)
    const mask = item.mask && viewMask(item.mask, item.image, net.preprocessing)
    const { index: predicted, probability } = await this.decider.decide(pixels)
    const maps: Record<string, Float32Array> = {}
    for (const name of methods)
      maps[name] = await makeMap(mapMakers[name], name, net, {
        pixels,
        target: predicted,
        seed: mixSeeds(seed, item.index),
      })
    const onObject: Record<string, number> = {}
    if (mask) for (const name of methods) onObject[name] = energyWithin(maps[name]!, mask)
    this.seen.push({
      item,
      image: net.view(item.image),
      pixels,
      mask,
      target: net.classes.indexOf(item.className),
      predicted,
      predictedName: net.className(predicted),
      probability,
      maps,
      onObject: mask && onObject,
    })
  }

  /** Asks the network about a picture, its object and background taken apart. */
  async exchange(i: number, seed: number): Promise<void> {
    const { net } = this.decider
    const grounds = (this.grounds ??= this.seen.map(
      ({ image, mask }) => mask && backgroundAlone({ image, mask }),
    ))
    const { image, mask, target, item } = this.seen[i]!
    const masked = { image, mask: mask! }
    const random = new Random(mixSeeds(seed, item.index))
    const donor = (same: boolean): Image | undefined => {
      const possible = grounds.filter(
        (ground, k) => ground && k !== i && (this.seen[k]!.target === target) === same,
      )
      return possible.length > 0 ? random.pick(possible) : undefined
    }
    const [own, other] = [donor(true), donor(false)]
    const variants: Record<keyof BackgroundTests, Image | undefined> = {
      objectAlone: objectAlone(masked, net.preprocessing.mean),
      backgroundAlone: grounds[i],
      sameClass: own && onBackground(masked, own),
      otherClass: other && onBackground(masked, other),
    }
    for (const [name, count] of this.counts) {
      const variant = variants[name]
      if (!variant) continue
      count.all++
      if ((await this.decider.decide(net.preprocess(variant))).index === target) count.right++
    }
  }

  report(maps: readonly MethodName[]): BiasReport {
    const { seen } = this
    const masked = seen.filter(({ mask }) => mask)
    const right = seen.filter(({ target, predicted }) => target === predicted).length
    const onObject: Record<string, number> = {}
    // Grad-CAM may be 0 everywhere, and then lies nowhere.
    for (const name of maps)
      onObject[name] = mean(masked.map((one) => one.onObject![name]!).filter(Number.isFinite))
    const estimate = (name: keyof BackgroundTests): Estimate => {
      const { right, all } = this.counts.get(name)!
      return wilson(right, all)
    }
    return {
      network: this.network,
      data: this.data,
      count: seen.length,
      accuracy: wilson(right, seen.length),
      onObject,
      area: mean(masked.map(({ mask }) => mean(mask!))),
      backgrounds:
        masked.length > 0
          ? {
              objectAlone: estimate('objectAlone'),
              backgroundAlone: estimate('backgroundAlone'),
              sameClass: estimate('sameClass'),
              otherClass: estimate('otherClass'),
            }
          : undefined,
      wrong: seen
        .filter(({ target, predicted }) => target !== predicted)
        .sort((a, b) => b.probability - a.probability)
        .map(({ item, image, predictedName, probability, maps, onObject }) => ({
          index: item.index,
          image,
          className: item.className,
          predicted: predictedName,
          probability,
          maps,
          onObject,
        })),
    }
  }
}

/** Pictures shown in the summary. */
const SHOWN = 7

/** The pictures that the first network is most certainly wrong about; where there are too few, the first. */
function examplesOf(all: readonly Group[], maps: readonly MethodName[]): Map<string, Example[]> {
  const first = all[0]!.network
  const candidates = all
    .filter(({ network }) => network === first)
    .flatMap(({ data, seen }) => seen.map((one, i) => ({ data, one, i })))
  const wrongness = ({ one }: { one: Seen }): number =>
    one.target === one.predicted ? 0 : one.probability
  const chosen = candidates.sort((a, b) => wrongness(b) - wrongness(a)).slice(0, SHOWN)
  const networks = [...new Set(all.map(({ network }) => network))]
  return new Map(
    networks.map((network) => [
      network,
      chosen.map(({ data, i }): Example => {
        const { seen } = all.find((one) => one.network === network && one.data === data)!
        const { item, image, predictedName, probability, maps: made } = seen[i]!
        const { index, className } = item
        const map = made[maps.at(-1)!]!
        return { data, index, image, className, predicted: predictedName, probability, map }
      }),
    ]),
  )
}

/** NaN of nothing. */
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
