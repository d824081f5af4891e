import type { Items } from '../../../datasets/dataset.js'
import { comparison } from '../../figures/comparison.js'
import { formatPercent } from '../../figures/bars.js'
import { defaultSeed } from '../../image/random.js'
import { named } from '../../network/names.js'
import type { Network } from '../../network/network.js'
import { wholeNumber } from '../../options.js'
import { provenance, Result } from '../../result.js'
import type { Example } from '../../training/batches.js'
import { checkClasses } from '../../training/evaluate.js'
import { follow } from '../../work/index.js'
import { inParts } from '../attacks/labelled.js'
import { budgetOf, checkBudget } from '../attacks/norms.js'
import { descend, pgdPlan, type PgdOptions } from '../attacks/pgd.js'
import { inBytes, pixelModel, type PixelModel, pixelsToAttack } from '../attacks/pixel-model.js'
import { PIXELS, topClasses } from '../attacks/problem.js'
import { bitDepth } from './bit-depth.js'
import { type Defence, defended } from './defence.js'
import { jpeg } from './jpeg.js'
import { medianFilter } from './median.js'
import { noiseAveraging } from './noise.js'

export interface DefencesOptions extends Omit<PgdOptions, 'target' | 'label'> {
  /** What is done to pictures. Default: {@link noiseAveraging}, {@link jpeg}, {@link bitDepth}, {@link medianFilter}. */
  defences?: readonly Defence[]
  /** Networks that were trained to withstand attacks, for comparison, with the same classes. Default none. */
  twins?: readonly Network[]
  /** How many pictures, from the first on. Default 64. */
  images?: number
}

/** How one defence did: shares of the pictures that are named correctly. */
export interface DefenceReport {
  defence: string
  /** Of the pictures as they are. */
  clean: number
  /** Of pictures that were changed to fool the network without the defence, which knows nothing of it. */
  unaware: number
  /** Of pictures that were changed by who knows the defence. */
  adaptive: number
}

/** One row for each defence, [defences, 3]: clean, unaware, adaptive. */
export class Defences extends Result {
  constructor(
    /** The network by itself first, then with each defence, then its twins. */
    readonly reports: readonly DefenceReport[],
    ...rest: ConstructorParameters<typeof Result>
  ) {
    super(...rest)
  }

  /**
   * The report of a defence.
   *
   * @throws RangeError for one that was not compared, naming the nearest.
   */
  of(defence: string): DefenceReport {
    return named('defence', defence, this.reports, (report) => report.defence)
  }
}

/** Pictures that go through an attack at once. */
const AT_ONCE = 32

/**
 * What helps against adversarial pictures, before and after the attacker has heard of it: accuracy on clean
 * pictures, on pictures made against the network alone, and on such as were made against the network *with* its
 * defence, by BPDA and EOT (Athalye et al. 2018, see {@link defended}). The second column is what a defence
 * promises, the third what it holds.
 *
 * A twin that was trained on adversarial pictures (Madry et al. 2018) is attacked by its own gradient in the third
 * column, and with pictures made against the first network in the second.
 *
 * @param data Labelled pictures; those after the first `images` are not looked at.
 * @param options.epsilon The largest change, for pixels in [0, 1]. Default 4 / 255; further ones as of PGD.
 * @returns [defences, 3], shares named correctly.
 * @throws RangeError where the data do not fit the networks, and for options that there cannot be; AbortError at
 *   an interrupt.
 * @example (await compareDefences(net, scenes({ seed: 3 }), { images: 32 })).of('3 bits').adaptive
 */
export async function compareDefences(
  net: Network,
  data: Items<Example>,
  options: DefencesOptions = {},
): Promise<Defences> {
  const { twins = [], images: limit = 64, ...rest } = options
  const defences = options.defences ?? [noiseAveraging(), jpeg(), bitDepth(), medianFilter()]
  wholeNumber('the number of images', limit)
  for (const one of [net, ...twins]) checkClasses(one, data)
  const plan = pgdPlan({ steps: 20, seed: defaultSeed(), ...rest })
  const count = Math.min(limit, data.length)
  if (count === 0) throw new RangeError('there is no picture to attack: the data set is empty')
  const examples: Example[] = []
  for (let i = 0; i < count; i++) examples.push(await data.get(i))
  checkBudget(plan.norm, plan.epsilon, pixelsToAttack(net, examples[0]!.image).data.length)

  // Each is attacked by itself; the first is the network as it is.
  const models: [name: string, make: () => PixelModel][] = [
    [`${net.name}, as it is`, () => pixelModel(net)],
    ...defences.map((defence): [string, () => PixelModel] => [
      defence.name,
      () => defended(net, defence, plan.seed),
    ]),
    ...twins.map((twin): [string, () => PixelModel] => [twin.name, () => pixelModel(twin)]),
  ]
  const table = new Float32Array(3 * models.length)
  const work = [...inParts(examples, AT_ONCE)].flatMap((some) =>
    models.map((_, m) => ({ some, m })),
  )
  let unaware: Float32Array<ArrayBufferLike> = new Float32Array(0)
  for await (const { some, m } of follow(work, { label: 'Defences', unit: 'attacks' })) {
    const [name, make] = models[m]!
    const model = make()
    const labels = some.map(({ label }) => label)
    const original = pixelsToAttack(
      model.net,
      some.map(({ image }) => image),
    )
    const goal = { labels, targets: undefined }
    const problem = { model, original, goal, bounds: PIXELS }
    const { perturbed } = await descend(problem, plan)
    const adaptive = inBytes(perturbed.data)
    if (m === 0) unaware = adaptive
    if (unaware.length !== adaptive.length)
      throw new RangeError(`'${name}' sees pictures at another size than '${net.name}'`)
    for (const [column, pixels] of [original.data, unaware, adaptive].entries()) {
      const tops = topClasses(await model.scores({ data: pixels, shape: original.shape }))
      table[3 * m + column]! += tops.filter((top, i) => top === labels[i]).length / count
    }
  }
  const reports = models.map(([defence], m): DefenceReport => {
    const [clean, unaware, adaptive] = [0, 1, 2].map((column) => table[3 * m + column]!)
    return { defence, clean: clean!, unaware: unaware!, adaptive: adaptive! }
  })
  const told = { ...plan, images: count, defences: defences.map(({ name }) => name) }
  const origin = provenance(net, 'compareDefences', undefined, {
    ...told,
    twins: twins.map(({ name, digest }) => ({ name, digest })),
  })
  return new Defences(reports, { data: table, shape: [models.length, 3] }, origin, () =>
    comparison({
      title: `Accuracy of ${net.name} behind defences`,
      columns: [
        { title: 'clean', better: 'high', format: formatPercent },
        { title: 'attack unaware of the defence', better: 'high', format: formatPercent },
        { title: 'adaptive attack', better: 'high', format: formatPercent },
      ],
      rows: reports.map(({ defence, clean, unaware, adaptive }) => ({
        name: defence,
        values: [clean, unaware, adaptive],
      })),
      caption: `${count} pictures; PGD, ${budgetOf(plan.norm, plan.epsilon)}, ${plan.steps} steps, seed ${plan.seed}; pictures as saved in 8 bits.`,
    }),
  )
}
