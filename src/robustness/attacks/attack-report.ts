import type { Items } from '../../../datasets/dataset.js'
import type { Recipe } from '../../../datasets/recipe.js'
import { formatPercent } from '../../figures/bars.js'
import { comparison } from '../../figures/comparison.js'
import { stack } from '../../figures/box.js'
import { Figure } from '../../figures/figure.js'
import type { Image } from '../../image/image.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import type { TypedTensor } from '../../network/graph.js'
import { named } from '../../network/names.js'
import type { Network } from '../../network/network.js'
import { provenance, Result } from '../../result.js'
import { labelled, type Pictures } from '../../scale/data.js'
import { passOver } from '../../scale/index.js'
import { isScaled, type ScaleOptions } from '../../scale/options.js'
import type { Pass } from '../../scale/pass.js'
import type { Example } from '../../training/batches.js'
import { type Estimate, wilson } from '../../training/evaluate.js'
import { follow, type Work } from '../../work/index.js'
import type { Attack, Outcome } from './attack.js'
import { deepFool } from './deepfool.js'
import { fgsm } from './fgsm.js'
import { fool } from './fool.js'
import { correctlyNamed, inParts, median, type Named } from './labelled.js'
import { pgd } from './pgd.js'

/** Attacks pictures of known classes. @param first The number of the first of them, for seeds. */
export type AttackRun = (
  net: Network,
  images: readonly Image[],
  labels: readonly number[],
  first: number,
) => Promise<Attack>

export interface AttackReportOptions extends ScaleOptions {
  /** Other networks, beside the first one; each is tested on what it names correctly itself. Default none. */
  against?: readonly Network[]
  /** What they are attacked with, by the name in the table. Default {@link usualAttacks}; workers know no others. */
  attacks?: Readonly<Record<string, AttackRun>>
  /** How many pictures, of those that a network names correctly. Default 100. */
  images?: number
  /** Decides random starts and targets. Default: that of `%seed`, or 0. */
  seed?: number
}

/** What one attack did to one network. */
export interface AttackStatistics {
  network: string
  attack: string
  /** How many pictures were attacked: all were named correctly before. */
  images: number
  /** The accuracy before, on the pictures that were looked at to find these. */
  accuracy: Estimate
  /** Of the attacked pictures, the share that fooled the network as saved in 8 bits. */
  success: Estimate
  /** The share before the rounding to 8 bits. */
  unroundedSuccess: number
  /** What is left of the accuracy. */
  accuracyUnderAttack: number
  /** Of those that fooled before the rounding: the median size of the change. NaN where there are none. */
  medianL2: number
  medianLinf: number
  /** The median size of the change in what was saved and fooled. NaN where there are none. */
  medianSavedL2: number
  /** How often the network was asked about a picture, at the median. */
  medianQueries: number
  /** For each picture the size of the change, whose median is `medianL2`; NaN where it did not fool. */
  l2: readonly number[]
}

/** Two attacks on the same pictures. */
export interface AttackComparison {
  /** How many pictures there are about which both fooled the network. */
  images: number
  /** The median size of the change of each, on these. NaN where there are none. */
  medianL2: readonly [number, number]
  /** The share of these on which the first one's change is the smaller. NaN where there are none. */
  smaller: number
}

/** One row for each network and attack, [rows, 4]: {@link AttackReport.columns}. */
export class AttackReport extends Result {
  /** What the columns of the numbers are. */
  static readonly columns = ['success', 'accuracyUnderAttack', 'medianL2', 'medianLinf'] as const

  constructor(
    readonly reports: readonly AttackStatistics[],
    /** Whether an interrupt ended it: what is told is of the pictures until then. */
    readonly interrupted: boolean,
    ...rest: ConstructorParameters<typeof Result>
  ) {
    super(...rest)
  }

  /**
   * What an attack did.
   *
   * @param network Default: the first one.
   * @throws RangeError for a network or an attack that there was not, naming the nearest.
   */
  of(attack: string, network = this.reports[0]!.network): AttackStatistics {
    named('network', network, this.reports, (report) => report.network)
    const own = this.reports.filter((report) => report.network === network)
    return named('attack', attack, own, (report) => report.attack)
  }

  /**
   * Compares how large the changes of two attacks are, on the pictures about which both fooled the network before the
   * rounding: one that fails where it is hard would otherwise be measured where it is easy.
   *
   * @param network Default: the first one.
   * @throws RangeError for a network or an attack that there was not, naming the nearest.
   * @example report.compare('DeepFool', 'fooling, a random class').smaller
   */
  compare(first: string, second: string, network?: string): AttackComparison {
    const others = this.of(second, network).l2
    const both = this.of(first, network)
      // At an interrupt the one has had more pictures.
      .l2.map((own, i) => [own, others[i] ?? NaN] as const)
      .filter((pair) => !pair.includes(NaN))
    return {
      images: both.length,
      medianL2: [median(both.map(([own]) => own)), median(both.map(([, other]) => other))],
      smaller: both.filter(([own, other]) => own < other).length / both.length,
    }
  }
}

/** A class other than the true one for each picture, the same whoever asks. */
export const otherClasses = (
  net: Network,
  labels: readonly number[],
  first: number,
  seed = defaultSeed(),
): number[] =>
  labels.map((label, i) => {
    const random = new Random(mixSeeds(seed, first + i))
    return (label + 1 + random.integer(net.classes.length - 1)) % net.classes.length
  })

/** The attacks of a report, where none are named: FGSM and PGD with ε = 4/255, fooling by ascent, DeepFool. */
export const usualAttacks = (seed = defaultSeed()): Record<string, AttackRun> => ({
  'FGSM, L∞ 4/255': (net, images, label) => fgsm(net, images, { label }),
  'PGD, L∞ 4/255, 20 steps': (net, images, label, first) =>
    pgd(net, images, {
      label,
      steps: 20,
      step: 1 / 255,
      loss: 'margin',
      seed: mixSeeds(seed, first),
    }),
  'fooling, a random class': (net, images, labels, first) =>
    fool(net, images, otherClasses(net, labels, first, seed)),
  DeepFool: (net, images, label) => deepFool(net, images, { label }),
})

/** Pictures that go through an attack at once. */
const AT_ONCE = 32

/**
 * How well a network withstands attacks: each on pictures that it names correctly, judged on what is saved in 8 bits.
 *
 * @param data Labelled pictures that the network has not learned from.
 * @param options {@link AttackReportOptions}
 * @returns One row for each network and attack; `reports` and `of` have all that was measured. An interrupt gives
 *   those of the batches until then.
 * @throws RangeError where the data do not fit a network, and for options that there cannot be; AbortError at an
 *   interrupt before the first batch is done.
 * @example
 *   const found = await attackReport(net, scenes({ ...splits.test, length: 600 }), { images: 500, against: [twin] })
 *   found.of('DeepFool').medianL2
 */
export async function attackReport(
  net: Network,
  data: Items<Example>,
  options: AttackReportOptions = {},
): Promise<AttackReport> {
  const { against = [], images = 100, seed = defaultSeed() } = options
  const attacks = Object.entries(options.attacks ?? usualAttacks(seed))
  if (attacks.length === 0) throw new RangeError('there is no attack to report on')
  if (options.attacks && isScaled(options))
    throw new TypeError(
      'workers know the usual attacks; others are functions, which exist in this process alone',
    )
  const reports: AttackStatistics[] = []
  let interrupted = false
  for (const one of [net, ...against]) {
    if (interrupted) break
    const named = await correctlyNamed(one, data, images).catch(keepReports)
    if (!named) break
    const accuracy = wilson(named.images.length, named.seen)
    const { outcomes, work } = isScaled(options)
      ? await shared(one, data, named, seed, options)
      : await alone(one, named, attacks)
    for (const [attack, found] of outcomes)
      if (found.length > 0) reports.push(reportOf(one.name, attack, accuracy, found))
    interrupted = work.interrupted
    if (reports.length === 0) throw work.stopped()
  }

  /** An interrupt while pictures are looked for costs nothing that is known. */
  function keepReports(error: unknown): undefined {
    const isAbort = error instanceof DOMException && error.name === 'AbortError'
    if (reports.length === 0 || !isAbort) throw error
    interrupted = true
  }
  const rows = reports.map((report) => [
    report.success.share,
    report.accuracyUnderAttack,
    report.medianL2,
    report.medianLinf,
  ])
  const table = { data: Float32Array.from(rows.flat()), shape: [rows.length, 4] }
  const origin = provenance(net, 'attackReport', undefined, {
    images,
    seed,
    attacks: attacks.map(([name]) => name),
    against: against.map(({ name, digest }) => ({ name, digest })),
  })
  return new AttackReport(reports, interrupted, table, origin, () =>
    reportFigure(reports, interrupted),
  )
}

/** What became of the pictures, by attack, and the work that found it. */
interface Attacked {
  outcomes: Map<string, Measured[]>
  work: Work
}

async function alone(
  net: Network,
  named: Named,
  attacks: readonly (readonly [name: string, run: AttackRun])[],
): Promise<Attacked> {
  // One batch after the other by all attacks: an interrupt leaves attacks on the same pictures.
  const work = [...inParts([...named.images.keys()], AT_ONCE)].flatMap((some) =>
    attacks.map(([name, run]) => ({ name, run, some })),
  )
  const outcomes = new Map(attacks.map(([name]): [string, Measured[]] => [name, []]))
  const loop = follow(work, { label: labelOf(net), unit: 'batches', partial: true })
  for await (const { name, run, some } of loop) {
    const attack = await run(
      net,
      some.map((i) => named.images[i]!),
      some.map((i) => named.labels[i]!),
      some[0]!,
    )
    // Half an attack would count as one that failed.
    if (!attack.interrupted) outcomes.get(name)!.push(...attack.outcomes)
  }
  return { outcomes, work: loop.work }
}

/** The same by workers. */
async function shared(
  net: Network,
  data: Items<Example> & { readonly recipe?: Recipe },
  { indices }: Named,
  seed: number,
  { workers, queue }: AttackReportOptions,
): Promise<Attacked> {
  const chosen: Pictures = {
    length: indices.length,
    classes: data.classes,
    recipe: data.recipe && { of: data.recipe, step: ['select', indices] },
    get: (i) => data.get(indices[i]!),
  }
  const outcomes = new Map<string, Measured[]>()
  const work = await passOver(
    { pass: 'attacked', options: { seed }, networks: [net], data: chosen, batch: AT_ONCE },
    { label: labelOf(net), workers, queue },
    (part, { first }) => {
      for (const [name, { data }] of Object.entries(part)) {
        const all = outcomes.get(name) ?? []
        measuredIn(data as Float64Array).forEach((one, i) => (all[first + i] = one))
        outcomes.set(name, all)
      }
    },
  )
  // At an interrupt some are missing, the same of every attack.
  for (const [name, all] of outcomes) outcomes.set(name, Object.values(all))
  return { outcomes, work }
}

/** The usual attacks as a pass whose ranges workers share; ranges begin where a batch does. */
export const attackedPass: Pass<{ seed: number }> = {
  open: ([net], data, { seed }) =>
    Promise.resolve({
      async part({ first, count }) {
        const examples = labelled(data)
        const found: [string, TypedTensor][] = []
        const items: Example[] = []
        for (let i = 0; i < count; i++) items.push(await examples.get(first + i))
        for (const [name, run] of Object.entries(usualAttacks(seed))) {
          const rows: number[] = []
          for (const some of inParts([...items.keys()], AT_ONCE)) {
            const images = some.map((i) => items[i]!.image)
            const labels = some.map((i) => items[i]!.label)
            const { outcomes } = await run(net!, images, labels, first + some[0]!)
            rows.push(...outcomes.flatMap(numbersOf))
          }
          const data = Float64Array.from(rows)
          found.push([name, { type: 'float64', data, shape: [count, data.length / count] }])
        }
        return Object.fromEntries(found)
      },
    }),
}

const labelOf = ({ name }: Network): string => `Attacks on ${name}`

/** What of an outcome the statistics are made of. */
type Measured = Pick<Outcome, 'fooled' | 'fooledUnrounded' | 'queries'> & {
  norms: Pick<Outcome['norms'], 'l2' | 'linf'>
  savedNorms: Pick<Outcome['norms'], 'l2'>
}

/** The same in numbers. */
const numbersOf = (one: Measured): number[] => [
  Number(one.fooled),
  Number(one.fooledUnrounded),
  one.queries,
  one.norms.l2,
  one.norms.linf,
  one.savedNorms.l2,
]

/** What {@link numbersOf} made numbers of. */
const measuredIn = (numbers: Float64Array): Measured[] =>
  [...inParts([...numbers], 6)].map(([fooled, unrounded, queries, l2, linf, savedL2]) => ({
    fooled: fooled === 1,
    fooledUnrounded: unrounded === 1,
    queries: queries!,
    norms: { l2: l2!, linf: linf! },
    savedNorms: { l2: savedL2! },
  }))

function reportOf(
  network: string,
  attack: string,
  accuracy: Estimate,
  outcomes: readonly Measured[],
): AttackStatistics {
  const fooled = outcomes.filter((outcome) => outcome.fooled)
  const unrounded = outcomes.filter((outcome) => outcome.fooledUnrounded)
  const success = wilson(fooled.length, outcomes.length)
  return {
    network,
    attack,
    images: outcomes.length,
    accuracy,
    success,
    unroundedSuccess: unrounded.length / outcomes.length,
    accuracyUnderAttack: accuracy.share * (1 - success.share),
    medianL2: median(unrounded.map(({ norms }) => norms.l2)),
    medianLinf: median(unrounded.map(({ norms }) => norms.linf)),
    medianSavedL2: median(fooled.map(({ savedNorms }) => savedNorms.l2)),
    medianQueries: median(outcomes.map(({ queries }) => queries)),
    l2: outcomes.map(({ fooledUnrounded, norms }) => (fooledUnrounded ? norms.l2 : NaN)),
  }
}

function reportFigure(reports: readonly AttackStatistics[], interrupted: boolean): Figure {
  const tables = [...new Set(reports.map(({ network }) => network))].map((network) => {
    const own = reports.filter((report) => report.network === network)
    const { accuracy, images } = own[0]!
    return comparison({
      title: `${network}: names ${formatPercent(accuracy.share)} correctly before any attack`,
      columns: [
        { title: 'fooled', format: formatPercent },
        { title: 'at least (95 %)', format: formatPercent },
        { title: 'fooled before rounding', format: formatPercent },
        { title: 'accuracy left', format: formatPercent },
        { title: 'median L2' },
        { title: 'median L∞ · 255', format: (value) => (255 * value).toFixed(1) },
        { title: 'median L2 as saved' },
        { title: 'median queries', format: (value) => value.toFixed(0) },
      ],
      rows: own.map((report) => ({
        name: report.attack,
        values: [
          report.success.share,
          report.success.low,
          report.unroundedSuccess,
          report.accuracyUnderAttack,
          report.medianL2,
          report.medianLinf,
          report.medianSavedL2,
          report.medianQueries,
        ],
      })),
      caption: `${images} pictures, all named correctly before; fooled as saved in 8 bits.`,
    })
  })
  const caption = interrupted ? 'Interrupted: this is what there was by then.' : undefined
  return new Figure({
    title: 'Robustness to attacks',
    caption,
    text: [...tables.map((table) => table.toString()), caption ?? []].flat().join('\n\n'),
    body: () => stack(tables, 16),
  })
}
