/** How much worse networks become on corrupted pictures. */
import { type Items, ofClasses } from '../../../datasets/dataset.js'
import type { Tensor } from '../../engine/tensor.js'
import type { Figure } from '../../figures/figure.js'
import { defaultSeed } from '../../image/random.js'
import { named, unknownName } from '../../network/names.js'
import type { Network } from '../../network/network.js'
import { Result } from '../../result.js'
import { passOver } from '../../scale/index.js'
import { isScaled, type ScaleOptions } from '../../scale/options.js'
import type { Example } from '../../training/batches.js'
import { steps, type Work } from '../../work/index.js'
import { namedNetworks, type Networks, provenanceOfAll } from '../networks.js'
import { alexNetErrors } from '../published.js'
import {
  checkCorruption,
  checkSeverity,
  type CorruptOptions,
  type Corruption,
  corruptions as allCorruptions,
} from './corrupt.js'
import { type CorruptionErrors, corruptionErrors, type ErrorTable } from './corruption-error.js'
import { chartFigure, curveFigures, detailsFigure, tableFigure } from './robustness-figures.js'
import { Tally, type Treatment } from './tally.js'

export interface RobustnessOptions extends CorruptOptions, ScaleOptions {
  /** How many pictures, from the first on. Default 100, or all where there are fewer. */
  images?: number
  /** Which corruptions. Default: all fifteen. */
  corruptions?: readonly Corruption[]
  /** Which severities. Default: 1 to 5, as the corruption error is defined. */
  severities?: readonly number[]
  /**
   * What errors are divided by: one of the networks by its name, or a table of errors. Default: AlexNet's published
   * table where all networks know the 1000 classes of ImageNet, otherwise the first network.
   */
  baseline?: string | ErrorTable
}

/** What is found about one network. */
export interface NetworkRobustness extends ErrorTable, CorruptionErrors {
  name: string
}

/** What all figures are made of. */
export interface RobustnessFindings {
  networks: readonly NetworkRobustness[]
  /** Undefined where it is one of the networks. */
  published: ErrorTable | undefined
  baseline: string
  corruptions: readonly Corruption[]
  severities: readonly number[]
  /** How many pictures were looked at in all corruptions. */
  images: number
}

/** Errors in [0, 1], [networks, corruptions, severities], and a table of mCE and relative mCE. */
export class Robustness extends Result {
  constructor(
    private readonly findings: RobustnessFindings,
    /** Whether an interrupt ended it: what is told is of the pictures until then. */
    readonly interrupted: boolean,
    ...[errors, origin]: [Tensor, ConstructorParameters<typeof Result>[1]]
  ) {
    super(errors, origin, () => tableFigure(findings))
  }

  /** All that was found, network by network. */
  get networks(): readonly NetworkRobustness[] {
    return this.findings.networks
  }

  /** How many pictures were looked at. */
  get images(): number {
    return this.findings.images
  }

  /** Clean error, mCE and relative mCE over the networks. */
  get chart(): Figure {
    return chartFigure(this.findings).drawnFrom(this)
  }

  /** The error by severity, for each family of corruptions. */
  get curves(): Figure {
    return curveFigures(this.findings).drawnFrom(this)
  }

  /** The corruption error of every corruption. */
  get details(): Figure {
    return detailsFigure(this.findings).drawnFrom(this)
  }

  /**
   * What was found about a network.
   *
   * @throws RangeError for one that was not compared, naming the nearest.
   */
  of(name: string): NetworkRobustness {
    return named('network', name, this.networks, (network) => network.name)
  }
}

/**
 * Corruption robustness: every picture in every corruption at every severity, and how much worse networks name it,
 * as corruption errors beside a baseline (Hendrycks & Dietterich 2019).
 *
 * Pictures are resized and cropped as a network does, and then corrupted, as in the paper; networks with the same
 * preprocessing see the very same noise. Of few pictures the relative error is uncertain: it divides by what the
 * baseline loses, which may be little. Of `publishedCorruptionErrors` nothing is remeasured: those are errors on
 * 50,000 photographs.
 *
 * @param networks Two or more, or one beside a published baseline. Their classes are matched by name.
 * @param data Labelled pictures, such as scenes.
 * @param options {@link RobustnessOptions}
 * @returns Errors [networks, corruptions, severities]. An interrupt gives those of the pictures until then.
 * @throws RangeError for unknown corruptions and baselines, naming the nearest, classes that a network does not know,
 *   and options that there cannot be; AbortError at an interrupt before the first picture is done.
 * @example await robustness([small, large], scenes(splits.test), { images: 50, baseline: 'small' })
 */
export async function robustness(
  networks: Networks,
  data: Items<Example>,
  options: RobustnessOptions = {},
): Promise<Robustness> {
  const nets = namedNetworks(networks)
  const {
    images = 100,
    corruptions = allCorruptions,
    severities = [1, 2, 3, 4, 5],
    seed = defaultSeed(),
    constants = 'imagenet',
    scale,
  } = options
  if (!(Number.isInteger(images) && images > 0))
    throw new RangeError(`pictures are 1 or more, a whole number, not ${images}`)
  if (ofClasses(data).length === 0) throw new RangeError('there are no pictures to corrupt')
  checkEach('corruption', corruptions, checkCorruption)
  checkEach('severity', severities, checkSeverity)
  const baseline = chosenBaseline(nets, options.baseline, severities)

  const treatment = { corruptions, severities, seed, constants, scale }
  const count = Math.min(images, data.length)
  const tally = new Tally(
    nets.map(({ net }) => net),
    data,
    treatment,
    0,
    count,
  )
  const work = isScaled(options)
    ? await shared(tally, nets, data, treatment, count, options)
    : await alone(tally, count)
  const { done, wrong } = tally
  if (done === 0) throw work.stopped()

  const tables = nets.map(({ name }, n) => ({
    name,
    ...tableOf(wrong[n]!, done, corruptions, severities),
  }))
  const published = typeof baseline === 'string' ? undefined : baseline
  const beside = published ?? tables.find(({ name }) => name === baseline)!
  const findings: RobustnessFindings = {
    networks: tables.map((table) => ({ ...table, ...corruptionErrors(table, beside) })),
    published,
    baseline:
      typeof baseline === 'string'
        ? baseline
        : baseline === alexNetErrors
          ? 'AlexNet'
          : 'the table given',
    corruptions,
    severities,
    images: done,
  }
  const errors = wrong.flatMap((counts) => Array.from(counts.subarray(1), (n) => n / done))
  return new Robustness(
    findings,
    work.interrupted,
    {
      data: Float32Array.from(errors),
      shape: [nets.length, corruptions.length, severities.length],
    },
    provenanceOfAll(nets, {
      method: 'robustness',
      input: tally.digest,
      parameters: { images: done, corruptions, severities, seed, constants, scale, baseline },
    }),
  )
}

async function alone(tally: Tally, count: number): Promise<Work> {
  const loop = steps(count, { label: 'Corrupting', unit: 'pictures', partial: true })
  for await (const index of loop) await tally.look(index, loop.work.signal)
  return loop.work
}

/** The same by workers. */
async function shared(
  tally: Tally,
  nets: readonly { net: Network }[],
  data: Items<Example>,
  treatment: Treatment,
  length: number,
  options: RobustnessOptions,
): Promise<Work> {
  const networks = nets.map(({ net }) => net)
  return passOver(
    { pass: 'corrupted', options: treatment, networks, data, length },
    { label: 'Corrupting', workers: options.workers, queue: options.queue },
    (part, { first }) => tally.add(part, first),
  )
}

function checkEach<T>(kind: string, list: readonly T[], check: (one: T) => void): void {
  if (list.length === 0) throw new RangeError(`at least one ${kind} is needed`)
  list.forEach(check)
  const twice = list.find((one, i) => list.indexOf(one) < i)
  if (twice !== undefined) throw new RangeError(`${kind} ${String(twice)} is given twice`)
}

function chosenBaseline(
  nets: readonly { name: string; net: Network }[],
  wanted: string | ErrorTable | undefined,
  severities: readonly number[],
): string | ErrorTable {
  const names = nets.map(({ name }) => name)
  if (typeof wanted === 'string' && !names.includes(wanted))
    throw unknownName('network', wanted, names)
  const photographs = nets.every(({ net }) => net.classes.length === 1000)
  const chosen = wanted ?? (photographs && severities.length === 5 ? alexNetErrors : names[0]!)
  if (chosen === alexNetErrors && severities.length !== 5)
    throw new RangeError(
      "AlexNet's errors are known as means of all five severities: measure them all",
    )
  return chosen
}

const tableOf = (
  wrong: Int32Array,
  images: number,
  corruptions: readonly Corruption[],
  severities: readonly number[],
): ErrorTable => ({
  clean: wrong[0]! / images,
  corrupted: Object.fromEntries(
    corruptions.map((name, c) => {
      const start = 1 + c * severities.length
      return [name, Array.from(wrong.subarray(start, start + severities.length), (n) => n / images)]
    }),
  ),
})
