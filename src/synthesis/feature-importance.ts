/** Which maps of a layer matter: by what is lost without them. */
import type { Items } from '../../datasets/dataset.js'
import { findLayer, type FoundLayer } from '../activations/address.js'
import { part } from '../attribution/batch.js'
import type { Tensor } from '../engine/tensor.js'
import type { Image } from '../image/image.js'
import { unnormalise } from '../image/preprocessing.js'
import { defaultSeed, Random } from '../image/random.js'
import { unknownName } from '../network/names.js'
import type { Network } from '../network/network.js'
import { content } from '../objectives/content.js'
import { totalVariation } from '../objectives/image-priors.js'
import { crossEntropy } from '../objectives/scores.js'
import { optimise } from '../optimise/optimise.js'
import { wholeNumber } from '../options.js'
import { type Provenance, provenance, Result } from '../result.js'
import { type Example } from '../training/batches.js'
import { checkClasses } from '../training/evaluate.js'
import { quietly, steps as counted } from '../work/index.js'
import { importanceFigure, pruningCurve, reconstructionRow } from './importance-figures.js'
import { inversionPreset } from './inversion-presets.js'
import { psnr } from './inversion.js'
import { type LayerInput, MaskedLayer } from './masked-layer.js'

/** How the importance of a map is measured. */
export type ImportanceCriterion = 'accuracy' | 'taylor' | 'l1' | 'inversion'

export const importanceCriteria: readonly ImportanceCriterion[] = [
  'accuracy',
  'taylor',
  'l1',
  'inversion',
]

export interface ImportanceOptions {
  /** Default: all, but 'l1' where the layer has no filters of its own. */
  by?: readonly ImportanceCriterion[]
  /** Pictures to rank by; as many after them test the ranking. Default 50. */
  images?: number
  /** How many sizes of the pruned network the curve has. Default 9. */
  points?: number
  /** Of each inversion. Default 40. */
  steps?: number
  /** Of the inversions' start, and the random order that rankings are compared with. Default: that of `%seed`, or 0. */
  seed?: number
  /** Ends it. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** How accurate a network is without the maps that matter least. */
export interface Pruning {
  /** A criterion, or 'random'. */
  by: ImportanceCriterion | 'random'
  /** Which maps go first. */
  order: readonly number[]
  /** For each of the curve's places, on pictures that the ranking has not seen. */
  accuracies: readonly number[]
}

/** An inversion of the features that are left. */
export interface PrunedInversion {
  /** How many maps were removed. */
  removed: number
  image: Image
  /** To the image, in dB. */
  psnr: number
}

/** The importance of each map of a layer by each criterion, [criteria, maps]. */
export class FeatureImportance extends Result {
  constructor(
    readonly layer: string,
    readonly criteria: readonly ImportanceCriterion[],
    readonly prunings: readonly Pruning[],
    /** How many maps are removed at each place of the curve. */
    readonly removed: readonly number[],
    /** Inversions as maps are removed, by the first criterion. */
    readonly inversions: readonly PrunedInversion[],
    importance: Tensor,
    origin: Provenance,
  ) {
    super(importance, origin, () => importanceFigure(this))
  }

  /** The importance of each map. @throws RangeError for a criterion that was not asked for. */
  of(criterion: ImportanceCriterion): Float32Array {
    const at = this.criteria.indexOf(criterion)
    if (at < 0) throw unknownName('criterion', criterion, this.criteria)
    return part(this, at)
  }

  /** The accuracy as the least important maps are removed, a line for each criterion. */
  get curve() {
    return pruningCurve(this).drawnFrom(this)
  }

  /** What can still be reconstructed as they are. */
  get reconstructions() {
    return reconstructionRow(this).drawnFrom(this)
  }
}

/**
 * Which feature maps of a layer matter, by four criteria, and what becomes of the network as the least important ones
 * are set to zero:
 *
 * - 'accuracy': how much accuracy is lost without the map, CAR_k = acc − acc(without k) (Abbasi-Asl & Yu 2017). Maps
 *   with the same are ranked by how much the cross-entropy changes;
 * - 'taylor': the same to first order, the mean over pictures of |Σ a·∂L/∂a| (Molchanov et al. 2017);
 * - 'l1': Σ |w| of the map's filter (Li et al. 2017), which needs no picture;
 * - 'inversion': how much worse, in dB of PSNR, the first picture can be reconstructed from the layer without the map.
 *
 * Rankings are tested on pictures that they have not seen, and beside a random order.
 *
 * @param layer Of feature maps, or of vectors.
 * @param data Labelled pictures, 2 · `images` of them at least.
 * @throws RangeError for an unknown layer or criterion, naming the nearest, and where the data do not fit; AbortError
 *   at an interrupt.
 * @example (await featureImportance(net, 'conv3', scenes({ seed: 3 }), { by: ['taylor', 'l1'] })).curve
 */
export async function featureImportance(
  net: Network,
  layer: string,
  data: Items<Example>,
  options: ImportanceOptions = {},
): Promise<FeatureImportance> {
  const { images = 50, points = 9, steps = 40, seed = defaultSeed(), signal } = options
  wholeNumber('images', images)
  wholeNumber('points', points, 2)
  wholeNumber('steps', steps)
  const found = findLayer(net, layer)
  const { name } = found.layer
  const filters = filterNorms(net, found)
  const criteria = options.by ?? importanceCriteria.filter((one) => one !== 'l1' || filters)
  for (const one of criteria)
    if (!importanceCriteria.includes(one)) throw unknownName('criterion', one, importanceCriteria)
  if (criteria.length === 0) throw new RangeError('name a criterion at least')
  if (criteria.includes('l1') && !filters)
    throw new RangeError(`'${name}' has no filters of its own, and so no 'l1'`)
  checkClasses(net, data)
  if (data.length < 2 * images)
    throw new RangeError(
      `${images} pictures rank and as many test: that takes ${2 * images}, but there are ${data.length}`,
    )

  const ranking = await labelledFeatures(net, name, data, 0, images)
  const test = await labelledFeatures(net, name, data, images, 2 * images)
  const masked = await MaskedLayer.of(net, found)
  const { maps } = masked
  const inverting = criteria.includes('inversion')
  const batches = Math.ceil(maps / INVERSIONS)
  const removed = Array.from({ length: points }, (_, i) => Math.round((i * maps) / (points - 1)))
  const total =
    (criteria.includes('accuracy') ? maps : 0) +
    (inverting ? batches : 0) +
    (criteria.length + 1) * points
  const loop = counted(total, {
    label: `Importance of the maps of ${name}`,
    unit: 'trials',
    transient: true,
    signal,
  })
  const rounds = loop[Symbol.asyncIterator]()
  const next = () => rounds.next() // throws at an interrupt

  try {
    const importance = new Map<ImportanceCriterion, Float32Array>()
    const changes = new Float32Array(maps)
    if (criteria.includes('accuracy')) {
      const whole = await judged(masked, ranking, without(maps, []))
      const drops = new Float32Array(maps)
      for (let map = 0; map < maps; map++) {
        await next()
        const rest = await judged(masked, ranking, without(maps, [map]))
        drops[map] = whole.accuracy - rest.accuracy
        changes[map] = Math.abs(rest.loss - whole.loss)
      }
      importance.set('accuracy', drops)
    }
    if (criteria.includes('taylor')) importance.set('taylor', await taylor(net, name, ranking))
    if (filters && criteria.includes('l1')) importance.set('l1', filters)
    const inversion = new MapInversion(net, name, ranking, { steps, seed, signal })
    if (inverting) {
      const losses = new Float32Array(maps)
      const [whole] = await inversion.without([[]])
      for (let first = 0; first < maps; first += INVERSIONS) {
        await next()
        const chunk = Array.from({ length: Math.min(INVERSIONS, maps - first) }, (_, i) => [
          first + i,
        ])
        const made = await inversion.without(chunk)
        made.forEach((one, i) => (losses[first + i] = whole!.psnr - one.psnr))
      }
      importance.set('inversion', losses)
    }

    const orders = new Map<Pruning['by'], number[]>()
    for (const one of criteria) orders.set(one, leastFirst(importance.get(one)!, changes))
    orders.set('random', Array.from(new Random(seed).permutation(maps)))
    const prunings: Pruning[] = []
    for (const [by, order] of orders) {
      const accuracies: number[] = []
      for (const count of removed) {
        await next()
        accuracies.push((await judged(masked, test, without(maps, order.slice(0, count)))).accuracy)
      }
      prunings.push({ by, order, accuracies })
    }
    const steadily = [0, 0.25, 0.5, 0.75, 0.9].map((share) => Math.floor(share * maps))
    const order = orders.get(criteria[0]!)!
    const pruned = await inversion.without(steadily.map((count) => order.slice(0, count)))
    await next()

    const numbers = new Float32Array(criteria.length * maps)
    criteria.forEach((one, i) => numbers.set(importance.get(one)!, i * maps))
    return new FeatureImportance(
      name,
      criteria,
      prunings,
      removed,
      pruned.map((one, i) => ({ ...one, removed: steadily[i]! })),
      { data: numbers, shape: [criteria.length, maps] },
      provenance(net, 'featureImportance', sourceOf(data), {
        layer: name,
        by: criteria,
        images,
        points,
        steps,
        seed,
      }),
    )
  } finally {
    await rounds.return()
    await masked.release()
  }
}

/** How many inversions run at once. */
const INVERSIONS = 16

const sourceOf = (data: Items<Example>): string => `${data.length} pictures`

interface LabelledFeatures extends LayerInput {
  labels: number[]
}

async function labelledFeatures(
  net: Network,
  layer: string,
  data: Items<Example>,
  from: number,
  to: number,
): Promise<LabelledFeatures> {
  const [height, width] = net.preprocessing.size
  const parts: Tensor[] = []
  const inputs: Tensor[] = []
  const labels: number[] = []
  for (let i = from; i < to; i++) {
    const { image, label } = await data.get(i)
    const input = net.preprocess(image)
    inputs.push(input)
    labels.push(label)
    parts.push((await net.run(input, { layers: [layer] }))[layer]!)
  }
  return {
    labels,
    features: joined(parts),
    pixels: { ...joined(inputs), shape: [labels.length, inputs[0]!.shape[1]!, height, width] },
  }
}

function joined(parts: readonly Tensor[]): Tensor {
  const [first] = parts as [Tensor]
  const data = new Float32Array(parts.length * first.data.length)
  parts.forEach((one, i) => data.set(one.data, i * first.data.length))
  return { data, shape: [parts.length, ...first.shape.slice(1)] }
}

/** 1 for maps that stay, 0 for those that go. */
function without(maps: number, removed: readonly number[]): Float32Array {
  const kept = new Float32Array(maps).fill(1)
  for (const map of removed) kept[map] = 0
  return kept
}

/** Accuracy, and mean cross-entropy, with some maps only. */
async function judged(masked: MaskedLayer, given: LabelledFeatures, kept: Float32Array) {
  const scores = await masked.scores(given, kept)
  let [right, loss] = [0, 0]
  given.labels.forEach((label, i) => {
    const own = part(scores, i)
    const most = own.reduce((a, b) => Math.max(a, b))
    if (own[label] === most) right++
    loss +=
      most - own[label]! + Math.log(own.reduce((sum, score) => sum + Math.exp(score - most), 0))
  })
  return { accuracy: right / given.labels.length, loss: loss / given.labels.length }
}

/** For each map the mean over pictures of |Σ a·∂L/∂a|. */
async function taylor(net: Network, layer: string, given: LabelledFeatures): Promise<Float32Array> {
  const images = given.labels.length
  const maps = given.features.shape[1]!
  const sums = new Float32Array(maps)
  for (let i = 0; i < images; i++) {
    const input = { data: part(given.pixels, i), shape: [1, ...given.pixels.shape.slice(1)] }
    const slope = await net.gradient(input, { of: crossEntropy(given.labels[i]!), wrt: layer })
    const active = part(given.features, i)
    const places = active.length / maps
    for (let map = 0; map < maps; map++) {
      let sum = 0
      for (let at = map * places; at < (map + 1) * places; at++)
        sum += active[at]! * slope.data[at]!
      sums[map]! += Math.abs(sum) / images
    }
  }
  return sums
}

/** What leaves maps apart from each other. */
const mapwise = new Set(
  `Relu Clip LeakyRelu Elu Selu Sigmoid Tanh Identity Dropout MaxPool AveragePool BatchNormalization`.split(
    ' ',
  ),
)

/** Σ |w| of the filter that each map comes from; undefined where it comes from none. */
function filterNorms(net: Network, { layer, node }: FoundLayer): Float32Array | undefined {
  let made = node
  while (mapwise.has(made.op)) {
    const before = net.graph.nodes.find(({ outputs }) => outputs.includes(made.inputs[0]!))
    if (!before) return undefined
    made = before
  }
  const weights = net.graph.constants.get(made.inputs[1] ?? '')
  if (made.op !== 'Conv' || !(weights?.data instanceof Float32Array)) return undefined
  const [filters] = weights.shape
  if (filters !== layer.shape[0]) return undefined
  const { data } = weights
  const size = data.length / filters!
  return Float32Array.from({ length: filters! }, (_, filter) =>
    data.subarray(filter * size, (filter + 1) * size).reduce((sum, w) => sum + Math.abs(w), 0),
  )
}

/** Maps by their importance, the least first; those of the same by a second one, and then by their number. */
const leastFirst = (importance: Float32Array, second: Float32Array): number[] =>
  Array.from(importance.keys()).sort(
    (a, b) => importance[a]! - importance[b]! || second[a]! - second[b]! || a - b,
  )

/** Inversions of the first picture's features, some maps of which are 0. */
class MapInversion {
  readonly #target: Float32Array
  readonly #norm: number
  readonly #image: Image

  constructor(
    private readonly net: Network,
    private readonly layer: string,
    private readonly given: LabelledFeatures,
    private readonly how: { steps: number; seed: number; signal: AbortSignal | undefined },
  ) {
    this.#target = part(given.features, 0)
    this.#norm = this.#target.reduce((sum, value) => sum + value * value, 0)
    const { data, shape } = this.#pixels(part(given.pixels, 0))
    this.#image = unnormalise({ data, shape }, net.preprocessing)
  }

  /** An inversion for each list of maps that are removed. */
  async without(
    removed: readonly (readonly number[])[],
  ): Promise<{ image: Image; psnr: number }[]> {
    const { net, layer, given, how } = this
    const [, maps, ...places] = given.features.shape as [number, number, ...number[]]
    const size = this.#target.length
    const plane = size / maps
    const targets = new Float32Array(removed.length * size)
    removed.forEach((gone, i) => {
      targets.set(this.#target, i * size)
      for (const map of gone) targets.fill(0, i * size + map * plane, i * size + (map + 1) * plane)
    })
    const features = { data: targets, shape: [removed.length, maps, ...places] }
    const pixels = given.pixels.data.length / given.labels.length
    const { tv, optimiser } = inversionPreset('adam', pixels)
    const made = await quietly(() =>
      optimise(net, {
        of: content(layer, features)
          .times(1 / (this.#norm || 1))
          .plus(totalVariation().times(tv)),
        direction: 'descend',
        images: removed.length,
        start: 'mean',
        optimiser,
        ...how,
      }),
    )
    if (made.interrupted)
      throw new DOMException('measuring the importance of maps was interrupted', 'AbortError')
    return made.images.map((image) => ({ image, psnr: psnr(image, this.#image) }))
  }

  #pixels(data: Float32Array): Tensor {
    return { data, shape: [1, ...this.given.pixels.shape.slice(1)] }
  }
}
