import type { Items } from '../../../datasets/dataset.js'
import { comparison } from '../../figures/comparison.js'
import { formatPercent } from '../../figures/bars.js'
import type { Image } from '../../image/image.js'
import type { Network } from '../../network/network.js'
import { wholeNumber } from '../../options.js'
import { networkList } from '../networks.js'
import { provenance, Result } from '../../result.js'
import type { Example } from '../../training/batches.js'
import { checkClasses } from '../../training/evaluate.js'
import { follow } from '../../work/index.js'
import { inParts } from './labelled.js'
import { budgetOf } from './norms.js'
import { type PgdOptions, pgd, pgdPlan } from './pgd.js'
import { pixelModel, pixelsToAttack } from './pixel-model.js'
import { topClasses } from './problem.js'

export interface TransferOptions extends Omit<PgdOptions, 'target' | 'label'> {
  /** How many pictures, of those that every network names correctly. Default 100. */
  images?: number
}

/** Which share of the pictures that fool one network (row) fools another (column), [networks, networks]. */
export class Transfer extends Result {}

/** Pictures that go through an attack at once. */
const AT_ONCE = 32

/**
 * Do pictures made to fool one network fool others (Szegedy et al. 2014; Papernot et al. 2016)? PGD against each
 * network, on pictures that all of them name correctly; what it makes is saved in 8 bits and shown to the others,
 * each with its own preprocessing. Who does not know a network can attack one like it: a black box attack that
 * asks nothing.
 *
 * @param nets Two networks or more, with the same classes in the same order.
 * @param options.epsilon The largest change, for pixels in [0, 1]. Default 4 / 255. Further ones as of {@link pgd}.
 * @returns Row by row, which share of the attacked pictures each network names otherwise than they are.
 * @throws RangeError where networks and data have other classes than each other; AbortError at an interrupt.
 * @example await transfer([net, twin], scenes({ seed: 3 }), { images: 50, epsilon: 8 / 255 })
 */
export async function transfer(
  nets: readonly Network[],
  data: Items<Example>,
  options: TransferOptions = {},
): Promise<Transfer> {
  const { images: count = 100, ...rest } = options
  const [first, ...others] = networkList(nets)
  if (!first || others.length === 0)
    throw new RangeError(`a transfer needs two networks or more, not ${nets.length}`)
  checkClasses(first, data)
  for (const net of others) {
    checkClasses(net, data)
    const differs = first.classes.findIndex((name, i) => name !== net.classes[i])
    if (differs >= 0 || net.classes.length !== first.classes.length)
      throw new RangeError(`'${net.name}' does not have the classes of '${first.name}'`)
  }
  const plan = pgdPlan(rest)
  const chosen = await namedByAll(nets, data, count)
  const table = new Float32Array(nets.length ** 2)
  const work = nets.flatMap((net, n) =>
    [...inParts(chosen, AT_ONCE)].map((some) => ({ net, n, some })),
  )
  for await (const { net, n, some } of follow(work, { label: 'Transfer', unit: 'batches' })) {
    const labels = some.map(({ label }) => label)
    const attack = await pgd(
      net,
      some.map(({ image }) => image),
      { ...plan, label: labels },
    )
    for (const [m, judge] of nets.entries()) {
      const tops = await named(judge, attack.images)
      table[n * nets.length + m]! +=
        tops.filter((top, i) => top !== labels[i]).length / chosen.length
    }
  }
  const parameters = { ...plan, networks: nets.map(({ name, digest }) => ({ name, digest })) }
  const origin = provenance(first, 'transfer', undefined, { ...parameters, images: chosen.length })
  return new Transfer({ data: table, shape: [nets.length, nets.length] }, origin, () =>
    comparison({
      title: `Made against one network, shown to another: who is fooled?`,
      columns: nets.map(({ name }) => ({ title: `fools ${name}`, format: formatPercent })),
      rows: nets.map(({ name }, n) => ({
        name: `made against ${name}`,
        values: Array.from(table.subarray(n * nets.length, (n + 1) * nets.length)),
      })),
      caption:
        `${chosen.length} pictures that all of them name correctly; PGD, ` +
        `${budgetOf(plan.norm, plan.epsilon)}, ${plan.steps} steps, seed ${plan.seed}.`,
    }),
  )
}

/** The first pictures that all networks name correctly. */
async function namedByAll(
  nets: readonly Network[],
  data: Items<Example>,
  count: number,
): Promise<{ image: Image; label: number }[]> {
  wholeNumber('the number of images', count)
  const models = nets.map(pixelModel)
  const chosen: { image: Image; label: number }[] = []
  const indices = Array.from({ length: data.length }, (_, i) => i)
  const label = 'Looking for pictures that are named correctly'
  for await (const i of follow(indices, { label, unit: 'pictures', transient: true })) {
    const { image, label } = await data.get(i)
    let all = true
    for (const model of models)
      all &&= topClasses(await model.scores(pixelsToAttack(model.net, image)))[0] === label
    if (all) chosen.push({ image, label })
    if (chosen.length === count) break
  }
  if (chosen.length === 0)
    throw new RangeError('there is no picture that all networks name correctly')
  return chosen
}

const named = async (net: Network, images: readonly Image[]): Promise<number[]> =>
  topClasses(await pixelModel(net).scores(pixelsToAttack(net, images)))
