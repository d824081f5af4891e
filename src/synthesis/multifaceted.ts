/** The many faces of a unit: what it answers to is not one thing (Nguyen et al. 2016). */
import type { Items } from '../../datasets/dataset.js'
import { isOfClasses } from '../activations/address.js'
import { principalComponents } from '../embeddings/components.js'
import { embed } from '../embeddings/embed.js'
import { kmeans } from '../embeddings/kmeans.js'
import type { Matrix } from '../embeddings/matrix.js'
import { tsnePoints } from '../embeddings/tsne.js'
import type { Tensor } from '../engine/tensor.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { Image } from '../image/image.js'
import { unnormalise } from '../image/preprocessing.js'
import { defaultSeed, mixSeeds } from '../image/random.js'
import { unknownName } from '../network/names.js'
import type { Network } from '../network/network.js'
import { type Provenance, provenance, Result } from '../result.js'
import type { Example } from '../training/batches.js'
import { maximise } from './class-visualisation.js'
import type { Visualisation } from './visualisation.js'

export interface MultifacetedOptions {
  /** How many groups. Default 10, or as many as have eight pictures each, if that is less. */
  facets?: number
  /** The layer whose codes are grouped. Default: the one before the scores, such as 'fc7'. */
  layer?: string
  /** How many pictures, the nearest to a group's centre, its mean is of. Default 15. */
  nearest?: number
  /** Steps of each ascent. Default: the recipe's 370. */
  steps?: number
  /** Of t-SNE, the groups, and the ascent. Default: that of `%seed`, or 0. */
  seed?: number
}

/** One group of pictures of a class. */
export interface Facet {
  /** Numbers of its pictures in the data set, the nearest to its centre first. */
  pictures: readonly number[]
  /** What the ascent began with: the mean of the nearest. */
  mean: Image
  /** What it made of it. */
  image: Image
  /** The nearest pictures themselves, up to four. */
  examples: readonly Image[]
}

/** The images of the groups, [facets, C, H, W]. */
export class Multifaceted extends Result {
  constructor(
    readonly facets: readonly Facet[],
    /** Where each picture lies on the map, [pictures, 2], and its group. */
    readonly map: { points: Tensor; groups: Int32Array },
    readonly made: Visualisation,
    origin: Provenance,
    draw: () => ReturnType<typeof row>,
  ) {
    super(made, origin, draw)
  }
}

/**
 * Multifaceted feature visualisation: the codes of all pictures of a class are brought to 50 principal components
 * and a map of two dimensions by t-SNE, and grouped by k-means; from the mean of the pictures nearest to the centre of each
 * group an ascent begins.
 *
 * Nguyen, Yosinski, Clune: Multifaceted Feature Visualization (2016), by the recipe `nguyen-facet`. Theirs also enlarges
 * the picture on the way.
 *
 * @param data Labelled pictures.
 * @param wanted The class, by name or index.
 * @throws RangeError for an unknown class or layer, naming the nearest, and where there are fewer than eight pictures
 *   of the class; AbortError at an interrupt before there are codes.
 * @example await multifaceted(net, scenes({ length: 2000 }), 'cat', { facets: 4 })
 */
export async function multifaceted(
  net: Network,
  data: Items<Example>,
  wanted: number | string,
  options: MultifacetedOptions = {},
): Promise<Multifaceted> {
  const { nearest = 15, steps, seed = defaultSeed(), layer = codesOf(net) } = options
  const target = net.classIndex(wanted)
  const name = net.className(target)
  // A data set of some classes alone numbers them itself.
  const labelled = data.classes.findIndex((one) => one.split(', ')[0] === name)
  if (labelled < 0) throw unknownName('class of the data set', name, data.classes)
  const own: number[] = []
  const pictures: Image[] = []
  for (let i = 0; i < data.length; i++) {
    const { label, image } = await data.get(i)
    if (label !== labelled) continue
    own.push(i)
    pictures.push(image)
  }
  if (own.length < 8)
    throw new RangeError(
      `groups are made of 8 pictures or more, and the data have ${own.length} of '${name}'`,
    )
  const count = options.facets ?? Math.min(10, Math.max(1, Math.floor(own.length / 8)))
  const codes = (await embed(net, pictures, layer)).matrix
  const { scores } = await principalComponents(codes, 50, mixSeeds(seed, 1))
  const { points } = await tsnePoints(scores, { seed: mixSeeds(seed, 2) })
  const map: Matrix = { data: points, rows: codes.rows, columns: 2 }
  const { labels, centres } = kmeans(map, count, mixSeeds(seed, 3))

  const groups = Array.from({ length: count }, (_, group) => {
    const distance = (i: number): number =>
      Math.hypot(
        points[2 * i]! - centres.data[2 * group]!,
        points[2 * i + 1]! - centres.data[2 * group + 1]!,
      )
    return [...labels.keys()]
      .filter((i) => labels[i] === group)
      .sort((a, b) => distance(a) - distance(b))
  }).filter((group) => group.length > 0)
  const means = groups.map((group) =>
    meanOf(
      net,
      group.slice(0, nearest).map((i) => pictures[i]!),
    ),
  )
  const [first] = means as [Tensor]
  const start = new Float32Array(means.length * first.data.length)
  means.forEach((mean, i) => start.set(mean.data, i * first.data.length))
  const made = await maximise(net, new Array<number>(means.length).fill(target), {
    preset: 'nguyen-facet',
    steps,
    seed,
  }).start({ data: start, shape: [means.length, ...first.shape.slice(1)] })

  const facets = groups.map((group, i): Facet => ({
    pictures: group.map((k) => own[k]!),
    mean: unnormalise(means[i]!, net.preprocessing),
    image: made.images[i]!,
    examples: group.slice(0, 4).map((k) => net.view(pictures[k]!)),
  }))
  const origin = provenance(net, 'multifaceted', undefined, {
    target,
    pictures: own.length,
    layer,
    facets: facets.length,
    nearest,
    steps: made.provenance.parameters.steps,
    seed,
  })
  const shown = { points: { data: points, shape: [codes.rows, 2] }, groups: labels }
  return new Multifaceted(facets, shown, made, origin, () =>
    row(
      // A row in a row stays together.
      facets.map((facet, i) =>
        row([
          picture(montage(facet.examples), { title: `${facet.pictures.length} pictures` }),
          picture(facet.mean, { title: 'mean of the nearest' }),
          picture(facet.image, {
            title: `facet ${i + 1}`,
            caption: made.judgements[i] ? `taken for ${made.judgements[i].class}` : undefined,
          }),
        ]),
      ),
      { title: `Facets of ${name}` },
    ),
  )
}

/** Up to four pictures as one, two by two; what is missing stays white. */
function montage(pictures: readonly Image[]): Image {
  const [{ width, height }] = pictures as [Image]
  const whole = new Image(2 * width, 2 * height)
  whole.data.fill(1)
  pictures.forEach(({ data }, i) => {
    const [top, left] = [(i >> 1) * height, (i % 2) * width]
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < height; y++) {
        const from = (c * height + y) * width
        const to = (c * 2 * height + top + y) * 2 * width + left
        whole.data.set(data.subarray(from, from + width), to)
      }
  })
  return whole
}

/** The last layer of vectors before the scores, rectified. */
function codesOf(net: Network): string {
  const scores = net.layers.findIndex((layer) => isOfClasses(net, layer))
  const before = net.layers.slice(0, scores < 0 ? undefined : scores)
  const layer = before.at(-1)
  if (!layer) throw new RangeError(`network '${net.name}' has no layer before its scores`)
  return layer.name
}

function meanOf(net: Network, pictures: readonly Image[]): Tensor {
  const inputs = pictures.map((one) => net.preprocess(one))
  const { shape } = inputs[0]!
  const data = new Float32Array(inputs[0]!.data.length)
  for (const input of inputs) input.data.forEach((value, i) => (data[i]! += value / inputs.length))
  return { data, shape }
}
