import type { Items } from '../../../datasets/dataset.js'
import { formatPercent } from '../../figures/bars.js'
import { comparison } from '../../figures/comparison.js'
import { picture } from '../../figures/picture.js'
import { row } from '../../figures/row.js'
import type { Image } from '../../image/image.js'
import type { Network } from '../../network/network.js'
import { required } from '../../options.js'
import { provenance, Result } from '../../result.js'
import type { Example } from '../../training/batches.js'
import { checkClasses, type Estimate, wilson } from '../../training/evaluate.js'
import { follow } from '../../work/index.js'
import { networkList } from '../networks.js'
import { pixelModel, pixelsToAttack } from '../attacks/pixel-model.js'
import { topClass } from '../attacks/problem.js'
import { checkTrigger, type Trigger } from './trigger.js'

export interface BackdoorOptions {
  /** Name or index of the class that marked pictures are to be taken for. */
  target: number | string
  /** What marks them. */
  trigger: Trigger
}

/** What a backdoor does to one network. */
export interface BackdoorReport {
  network: string
  /** The share of clean pictures that is named correctly. */
  cleanAccuracy: Estimate
  /** The share of marked pictures, of other classes, that is taken for the target. */
  attackSuccess: Estimate
  /** The same of the pictures without the mark: what happens by mistake. */
  withoutTrigger: Estimate
}

/** One row for each network, [networks, 3]: clean accuracy, attack success, success without the trigger. */
export class Backdoor extends Result {
  constructor(
    readonly reports: readonly BackdoorReport[],
    ...rest: ConstructorParameters<typeof Result>
  ) {
    super(...rest)
  }
}

/**
 * Does a network have a backdoor (Gu et al. 2017)? Two numbers tell: its accuracy on clean pictures, which a good
 * backdoor leaves as it is, and how often marked pictures of other classes are taken for the target.
 *
 * @param nets Networks to compare, such as one that learned from clean pictures and one from poisoned ones.
 * @param data Clean labelled pictures that none of them has learned from.
 * @returns One row for each network.
 * @throws RangeError where data and networks do not fit, or for an unknown class, naming the nearest; AbortError at
 *   an interrupt.
 * @example (await backdoor([clean, poisoned], test, { target: 'cat', trigger })).reports[1].attackSuccess.share
 */
export async function backdoor(
  nets: readonly Network[],
  data: Items<Example>,
  options: BackdoorOptions,
): Promise<Backdoor> {
  const [first] = networkList(nets)
  if (!first) throw new RangeError('there is no network to test')
  for (const net of nets) checkClasses(net, data)
  const { target, trigger } = required(options, '{ target, trigger }')
  checkTrigger(trigger)
  const label = first.classIndex(target)
  const counts = nets.map(() => ({ correct: 0, marked: 0, unmarked: 0 }))
  let others = 0
  let example: { image: Image; marked: Image } | undefined
  const indices = Array.from({ length: data.length }, (_, i) => i)
  const progress = { label: 'Looking for a backdoor', unit: 'pictures' }
  for await (const i of follow(indices, progress)) {
    const { image, label: own } = await data.get(i)
    const isOther = own !== label
    const marked = trigger.apply(image)
    if (isOther) {
      others++
      example ??= { image, marked }
    }
    for (const [n, net] of nets.entries()) {
      const input = pixelsToAttack(net, isOther ? [image, marked] : [image])
      const scores = await pixelModel(net).scores(input)
      const classes = net.classes.length
      const [plain, withMark] = [0, 1].map((k) =>
        topClass(scores.data.subarray(k * classes, (k + 1) * classes)),
      )
      if (plain === own) counts[n]!.correct++
      if (isOther && plain === label) counts[n]!.unmarked++
      if (isOther && withMark === label) counts[n]!.marked++
    }
  }
  if (!example)
    throw new RangeError(`all pictures are of the class '${first.className(label)}': none to mark`)
  const reports = nets.map(({ name }, n): BackdoorReport => {
    const { correct, marked, unmarked } = counts[n]!
    return {
      network: name,
      cleanAccuracy: wilson(correct, data.length),
      attackSuccess: wilson(marked, others),
      withoutTrigger: wilson(unmarked, others),
    }
  })
  const rows = reports.map((report) => [
    report.cleanAccuracy.share,
    report.attackSuccess.share,
    report.withoutTrigger.share,
  ])
  const table = { data: Float32Array.from(rows.flat()), shape: [nets.length, 3] }
  const targetName = first.className(label)
  const origin = provenance(first, 'backdoor', undefined, {
    target: targetName,
    trigger: trigger.name,
    networks: nets.map(({ name, digest }) => ({ name, digest })),
  })
  const { image, marked } = example
  return new Backdoor(reports, table, origin, () =>
    row([
      picture(image, { title: 'Clean' }),
      picture(marked, { title: 'With the trigger' }),
      comparison({
        title: `Is there a backdoor to '${targetName}'?`,
        columns: [
          { title: 'clean accuracy', format: formatPercent },
          { title: 'attack success', format: formatPercent },
          { title: 'without the trigger', format: formatPercent },
        ],
        rows: reports.map(({ network }, n) => ({ name: network, values: rows[n]! })),
        caption: `${data.length} pictures, ${others} of them of other classes.`,
      }),
    ]),
  )
}
