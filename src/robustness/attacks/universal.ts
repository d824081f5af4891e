import type { Items } from '../../../datasets/dataset.js'
import { part } from '../../attribution/batch.js'
import { formatPercent } from '../../figures/bars.js'
import { picture } from '../../figures/picture.js'
import { row } from '../../figures/row.js'
import { Image } from '../../image/image.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import type { Network } from '../../network/network.js'
import { crossEntropy } from '../../objectives/scores.js'
import { positive, wholeNumber } from '../../options.js'
import { provenance, Result } from '../../result.js'
import type { Example } from '../../training/batches.js'
import { steps as loop } from '../../work/index.js'
import { differencePicture } from './attack-figure.js'
import { correctlyNamed } from './labelled.js'
import { euclidean } from '../../vectors.js'
import { type BudgetNorm, budgetOf, checkBudget, project, steepest } from './norms.js'
import { inBytes, pictureOf, pixelModel, type PixelModel, pixelsToAttack } from './pixel-model.js'
import { clip, copyOf, PIXELS, topClasses } from './problem.js'

export interface UniversalOptions {
  /** How the change is measured: by its largest element ('linf', default) or its length ('l2'). */
  norm?: BudgetNorm
  /** The largest change, for pixels in [0, 1]. Default 10 / 255 for 'linf', 5 for 'l2'. */
  epsilon?: number
  /** How many pictures it is found on, of those that are named correctly. Default 128. */
  images?: number
  /** How many others it is tested on. Default 128. */
  tests?: number
  /** Pictures in a step. Default 32. */
  batch?: number
  /** Steps. Default 60. */
  steps?: number
  /** Length of a step. Default ε / 10. */
  step?: number
  /** Which pictures in which step. Default: that of `%seed`, or 0. */
  seed?: number
}

/** One perturbation for all pictures, [1, C, H, W]. */
export class UniversalPerturbation extends Result {
  constructor(
    private readonly net: Network,
    /** The share that it fools of the pictures it was found on, and of others, as saved in 8 bits. */
    readonly rates: { found: number; unseen: number },
    /** What random signs, or directions, of the same size fool of the others. */
    readonly byChance: number,
    /** Whether an interrupt ended it before its time. */
    readonly interrupted: boolean,
    ...[delta, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(delta, origin, draw)
  }

  /**
   * A picture with the perturbation, at the size at which the network sees it, in 8 bits.
   *
   * @example universal.appliedTo(photo)
   */
  appliedTo(image: Image): Image {
    const pixels = pixelsToAttack(this.net, image)
    return pictureOf(shifted(pixels, this.data))
  }
}

/**
 * One perturbation that fools the network about most pictures, also about such as it has never seen
 * (Moosavi-Dezfooli et al. 2017). It is found here by ascending the mean loss of batches, as Shafahi et al. (2020)
 * do, which is simpler than the first authors' chain of DeepFools, and as good:
 *
 *     v ← P_ε(v + step · s(Σ ∂ min(L(x + v), β) / ∂v))
 *
 * β = 9 keeps pictures that are fooled already from leading the way; they count no more.
 *
 * @param data Labelled pictures: those that are named correctly, first to find it, then to test it.
 * @returns The perturbation, [1, C, H, W]; an interrupt gives the one it had by then.
 * @throws RangeError where the data do not fit the network or are too few, and for options that there cannot be.
 * @example (await universalPerturbation(net, scenes({ seed: 3 }), { steps: 40 })).rates.unseen
 */
export async function universalPerturbation(
  net: Network,
  data: Items<Example>,
  options: UniversalOptions = {},
): Promise<UniversalPerturbation> {
  const { norm = 'linf', images = 128, tests = 128, steps = 60, seed = defaultSeed() } = options
  const { epsilon = norm === 'l2' ? 5 : 10 / 255, batch = Math.min(32, images) } = options
  const { step = epsilon / 10 } = options
  wholeNumber('images', images)
  wholeNumber('tests', tests)
  wholeNumber('steps', steps)
  wholeNumber('batch', batch)
  positive('the length of a step', step)
  const known = await correctlyNamed(net, data, images + tests)
  if (known.images.length < images + 1)
    throw new RangeError(
      `${images} pictures to find it on and others to test it on are needed, but '${net.name}' names ` +
        `only ${known.images.length} of the data set correctly`,
    )
  const model = pixelModel(net)
  const finding = pixelsToAttack(net, known.images.slice(0, images))
  const testing = pixelsToAttack(net, known.images.slice(images))
  const size = part(finding, 0).length
  checkBudget(norm, epsilon, size)

  const delta = new Float32Array(size)
  const rounds = loop(steps, { label: 'Universal perturbation', partial: true, transient: true })
  let order = new Int32Array(0)
  let at = 0
  for await (const round of rounds) {
    if (at + batch > order.length) {
      order = new Random(mixSeeds(seed, round)).permutation(images) as Int32Array<ArrayBuffer>
      at = 0
    }
    const chosen = Array.from(order.subarray(at, at + batch))
    at += batch
    const shape = [chosen.length, ...finding.shape.slice(1)]
    const pixels = { data: new Float32Array(chosen.length * size), shape }
    chosen.forEach((i, n) => {
      const own = part(pixels, n)
      own.set(part(finding, i).map((value, p) => value + delta[p]!))
      clip(own, PIXELS)
    })
    const labels = chosen.map((i) => known.labels[i]!)
    const { value, gradient } = await model.gradient(pixels, (from, to) =>
      crossEntropy(labels.slice(from, to)),
    )
    const sum = new Float32Array(size)
    value.forEach((loss, n) => {
      if (loss > MOST_LOSS) return
      for (let p = 0; p < size; p++) sum[p]! += gradient[n * size + p]!
    })
    steepest(sum, norm).forEach((direction, p) => (delta[p]! += step * direction))
    project(delta, norm, epsilon)
    rounds.note(`mean loss ${(value.reduce((a, b) => a + b, 0) / value.length).toFixed(2)}`)
  }
  const rates = {
    found: await fooledShare(model, finding, delta, known.labels.slice(0, images)),
    unseen: await fooledShare(model, testing, delta, known.labels.slice(images)),
  }
  const random = new Random(mixSeeds(seed, -1))
  const noise = delta.map(() => random.normal())
  const length = euclidean(delta)
  const chance = steepest(noise, norm).map((value) => value * (norm === 'l2' ? length : epsilon))
  const byChance = await fooledShare(model, testing, chance, known.labels.slice(images))

  const plan = { norm, epsilon, images, tests: testing.shape[0]!, batch, steps, step, seed }
  const origin = provenance(net, 'universalPerturbation', finding, plan)
  const tensor = { data: delta, shape: [1, ...finding.shape.slice(1)] }
  const example = { data: part(testing, 0), shape: tensor.shape }
  return new UniversalPerturbation(net, rates, byChance, rounds.interrupted, tensor, origin, () =>
    row(
      [
        picture(amplified(tensor), { title: 'The perturbation, 10 times', caption: 'Grey is 0' }),
        picture(pictureOf(example), { title: net.className(known.labels[images]!) }),
        picture(pictureOf(shifted(example, delta)), { title: 'With the perturbation' }),
      ],
      {
        title: `One perturbation for all pictures, ${net.name}`,
        caption:
          `Fools ${formatPercent(rates.found)} of the ${images} pictures it was found on and ` +
          `${formatPercent(rates.unseen)} of ${plan.tests} others; random noise of the same size ` +
          `${formatPercent(byChance)}. At most ${budgetOf(norm, epsilon)}.`,
      },
    ),
  )
}

/** Of pictures whose loss has grown beyond it, more is of no use. */
const MOST_LOSS = 9

/** Pictures with a perturbation, in 8 bits. */
function shifted(
  pixels: { data: Float32Array; shape: number[] },
  delta: Float32Array,
): { data: Float32Array; shape: number[] } {
  const moved = copyOf(pixels)
  moved.data.forEach((value, p) => (moved.data[p] = value + delta[p % delta.length]!))
  clip(moved.data, PIXELS)
  return { data: inBytes(moved.data), shape: moved.shape }
}

async function fooledShare(
  model: PixelModel,
  pixels: { data: Float32Array; shape: number[] },
  delta: Float32Array,
  labels: readonly number[],
): Promise<number> {
  const tops = topClasses(await model.scores(shifted(pixels, delta)))
  return tops.filter((top, i) => top !== labels[i]).length / tops.length
}

/** Ten times the perturbation on grey. */
function amplified(delta: { data: Float32Array; shape: number[] }): Image {
  const image = pictureOf(delta)
  return differencePicture(image, new Image(image.width, image.height), 10)
}
