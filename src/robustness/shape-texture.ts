/** Shape or texture: what a network goes by where the two disagree. */
import { createHash } from 'node:crypto'
import { type Items, ofClasses } from '../../datasets/dataset.js'
import { batchSize, inputBatches } from '../activations/stream.js'
import { part } from '../attribution/batch.js'
import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import type { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { named, unknownName } from '../network/names.js'
import { Result } from '../result.js'
import type { Estimate } from '../training/evaluate.js'
import { steps } from '../work/index.js'
import { sixteenCategories } from './categories.js'
import { namedNetworks, type Networks, provenanceOfAll } from './networks.js'
import { type CueCounts, shapeBias } from './shape-bias.js'
import { biasFigure, classFigure, exampleFigure } from './shape-texture-figures.js'

/** A picture whose shape is of one class and whose texture of another: a scene of `scenes({ conflict: true })`. */
export interface CueConflict {
  readonly image: Image
  /** The class of the shape. */
  readonly className: string
  /** The class of the texture. */
  readonly texture?: string | undefined
}

export interface ShapeTextureOptions {
  /** How many pictures, from the first on. Default 500, or all where there are fewer. */
  images?: number
  /**
   * Which classes of the networks belong to each category, by name or index; a category's probability is the mean of
   * theirs. Default: each class of the data is a category of its own, or, where a network does not know them but has
   * the 1000 classes of ImageNet, those of Geirhos et al. ({@link sixteenCategories}).
   */
  categories?: Readonly<Record<string, readonly (string | number)[]>>
  /** How many pictures to keep with all decisions, for `examples`. Default 6. */
  examples?: number
}

/** What is found about one network. */
export interface NetworkShapeBias extends CueCounts {
  name: string
  /** shape / (shape + texture), with its 95 % interval; NaN where neither cue was ever named. */
  bias: Estimate
  /** By the class of the shape. */
  perClass: ReadonlyMap<string, CueCounts>
}

/** A picture and what each network takes it for. */
export interface Decided {
  image: Image
  shape: string
  texture: string
  decisions: readonly { name: string; decision: string }[]
}

/** What all figures are made of. */
export interface ShapeBiasFindings {
  networks: readonly NetworkShapeBias[]
  examples: readonly Decided[]
  categories: readonly string[]
  /** How many pictures with two different cues were looked at. */
  images: number
}

/** Decisions [networks, 3]: for the shape, for the texture, for neither. */
export class ShapeBias extends Result {
  constructor(
    private readonly findings: ShapeBiasFindings,
    /** Whether an interrupt ended it: what is told is of the pictures until then. */
    readonly interrupted: boolean,
    ...[counts, origin]: [Tensor, ConstructorParameters<typeof Result>[1]]
  ) {
    super(counts, origin, () => biasFigure(findings))
  }

  /** All that was found, network by network. */
  get networks(): readonly NetworkShapeBias[] {
    return this.findings.networks
  }

  /** How many pictures with two different cues were looked at. */
  get images(): number {
    return this.findings.images
  }

  /** Some pictures, and what each network takes them for. */
  get examples(): Figure {
    return exampleFigure(this.findings).drawnFrom(this)
  }

  /** The shape bias of each class of shapes. */
  get classes(): Figure {
    return classFigure(this.findings).drawnFrom(this)
  }

  /**
   * What was found about a network.
   *
   * @throws RangeError for one that was not compared, naming the nearest.
   */
  of(name: string): NetworkShapeBias {
    return named('network', name, this.networks, (network) => network.name)
  }
}

/**
 * Shape or texture? Networks name pictures whose shape is of one class and whose texture is of another.
 *
 * Geirhos, Rubisch, Michaelis, Bethge, Wichmann, Brendel: ImageNet-trained CNNs are biased towards texture (2019).
 * As there, the decision is the most probable category, a category's probability the mean of its classes', and
 * pictures whose two cues agree are left out; decisions for a third category count neither way. So a network that
 * names hardly any picture has a bias as well: look at how many decisions it rests on.
 *
 * @param networks One or more.
 * @param data Cue conflicts: `scenes({ conflict: true })`, or the authors' pictures by {@link cueConflicts}.
 * @param options {@link ShapeTextureOptions}
 * @returns The counts [networks, 3]. An interrupt gives those of the pictures until then.
 * @throws TypeError where pictures have no texture; RangeError for categories that a network does not know, and
 *   options that there cannot be; AbortError at an interrupt before the first pictures are done.
 * @example await shapeTexture([net], scenes({ ...splits.test, conflict: true }), { images: 200 })
 */
export async function shapeTexture(
  networks: Networks,
  data: Items<CueConflict>,
  options: ShapeTextureOptions = {},
): Promise<ShapeBias> {
  const { images = 500, examples = 6 } = options
  if (!(Number.isInteger(images) && images > 0))
    throw new RangeError(`pictures are 1 or more, a whole number, not ${images}`)
  if (!(Number.isInteger(examples) && examples >= 0))
    throw new RangeError(`examples are a whole number, 0 or more, not ${examples}`)
  if (ofClasses(data).length === 0) throw new RangeError('there are no pictures of a conflict')
  const names = options.categories ? Object.keys(options.categories) : [...data.classes]
  const found = namedNetworks(networks).map(({ name, net }) => ({
    name,
    net,
    members: names.map((category) => membersOf(net, category, options.categories)),
    counts: new Map<string, CueCounts>(),
  }))

  const inputs = createHash('sha256')
  const kept: Decided[] = []
  const count = Math.min(images, data.length)
  const rounds = Math.ceil(count / ROUND)
  const loop = steps(rounds, { label: 'Shape or texture', unit: 'rounds', partial: true })
  let looked = 0
  for await (const round of loop) {
    const conflicts: Required<CueConflict>[] = []
    for (let i = round * ROUND; i < Math.min(count, (round + 1) * ROUND); i++) {
      const conflict = checked(await data.get(i), i, names)
      if (conflict.className !== conflict.texture) conflicts.push(conflict)
    }
    const decisions: string[][] = []
    for (const { net, members } of found) {
      if (loop.work.signal?.aborted) break
      decisions.push((await decided(net, conflicts, members)).map((index) => names[index]!))
    }
    if (decisions.length < found.length) continue // it was interrupted, and ends before the next round
    conflicts.forEach(({ image, className, texture }, i) => {
      inputs.update(image.data)
      found.forEach(({ counts }, n) => {
        const own = counts.get(className) ?? { shape: 0, texture: 0, neither: 0 }
        const decision = decisions[n]![i]!
        own[decision === className ? 'shape' : decision === texture ? 'texture' : 'neither']++
        counts.set(className, own)
      })
      if (kept.length < examples)
        kept.push({
          image,
          shape: className,
          texture,
          decisions: found.map(({ name }, n) => ({ name, decision: decisions[n]![i]! })),
        })
    })
    looked += conflicts.length
  }
  if (looked === 0 && loop.interrupted) throw loop.work.stopped()
  if (looked === 0)
    throw new RangeError('in none of the pictures do shape and texture belong to different classes')

  const results = found.map(({ name, counts }): NetworkShapeBias => {
    const sum = (cue: keyof CueCounts): number =>
      [...counts.values()].reduce((total, own) => total + own[cue], 0)
    const total = { shape: sum('shape'), texture: sum('texture'), neither: sum('neither') }
    return { name, ...total, bias: shapeBias(total), perClass: counts }
  })
  return new ShapeBias(
    { networks: results, examples: kept, categories: names, images: looked },
    loop.interrupted,
    {
      data: Float32Array.from(
        results.flatMap(({ shape, texture, neither }) => [shape, texture, neither]),
      ),
      shape: [results.length, 3],
    },
    provenanceOfAll(found, {
      method: 'shapeTexture',
      input: inputs.digest('hex'),
      parameters: { images: looked, categories: names },
    }),
  )
}

/** Pictures between two looks at the interrupt. */
const ROUND = 32

function checked(
  item: CueConflict,
  index: number,
  names: readonly string[],
): Required<CueConflict> {
  const { image, className, texture } = item
  if (texture === undefined)
    throw new TypeError(
      `item ${index} has no \`texture\`: cue conflicts are made by scenes({ conflict: true }), for instance`,
    )
  for (const name of [className, texture])
    if (!names.includes(name)) throw unknownName('category', name, names)
  return { image, className, texture }
}

/** The network's classes of a category. */
function membersOf(
  net: Network,
  category: string,
  categories: ShapeTextureOptions['categories'],
): readonly number[] {
  const given = categories?.[category]
  if (given) {
    if (given.length === 0) throw new RangeError(`category '${category}' has no classes`)
    return given.map((member) => net.classIndex(member))
  }
  // By its own name 'airplane' would be no class of ImageNet's, and 'bird' would be none at all.
  if (net.classes.length === 1000 && Object.hasOwn(sixteenCategories, category))
    return sixteenCategories[category]!
  return [net.classIndex(category)]
}

/** The most probable category of each picture. */
async function decided(
  net: Network,
  conflicts: readonly CueConflict[],
  members: readonly (readonly number[])[],
): Promise<number[]> {
  const set = { length: conflicts.length, get: (i: number) => conflicts[i]! }
  const found: number[] = []
  for await (const { count, pixels } of inputBatches(net, set, batchSize(net, ROUND))) {
    const scores = await net.scoresOf(pixels)
    for (let i = 0; i < count; i++) {
      const own = part(scores, i)
      const highest = Math.max(...own)
      // Softmax without its denominator, which all categories share.
      const means = members.map(
        (classes) =>
          classes.reduce((sum, c) => sum + Math.exp(own[c]! - highest), 0) / classes.length,
      )
      found.push(means.indexOf(Math.max(...means)))
    }
  }
  return found
}
