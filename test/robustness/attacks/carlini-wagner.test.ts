import { expect } from 'chai'
import { carliniWagner } from '../../../src/robustness/attacks/carlini-wagner.js'
import { euclidean } from '../../../src/vectors.js'
import { pixelModel } from '../../../src/robustness/attacks/pixel-model.js'
import { topClass } from '../../../src/robustness/attacks/problem.js'
import { onEveryEngine } from '../../engines.js'
import { rejection } from '../../rejection.js'
import { linearNetwork, middling, slope } from './problems.js'

const quick = { steps: 120, searches: 5, weight: 0.1, rate: 0.02 }

onEveryEngine('the attack of Carlini and Wagner', (engine) => {
  it('comes close to the least change there is, which a linear classifier tells', async () => {
    const net = await linearNetwork(engine, 3)
    const x = middling()
    const scores = (await pixelModel(net).scores(x)).data
    const label = topClass(scores)
    const nearest = Math.min(
      ...[0, 1, 2]
        .filter((k) => k !== label)
        .map((k) => (scores[label]! - scores[k]!) / euclidean(slope(net, k, label))),
    )
    const { outcomes, data } = await carliniWagner(net, x, quick)
    expect(outcomes[0]!.fooledUnrounded).equal(true)
    expect(outcomes[0]!.norms.l2).within(nearest, 1.15 * nearest)
    expect(data.every((value) => value >= 0 && value <= 1)).equal(true)
    await net.release()
  })

  it('with a target reaches that class, with a confidence by that much', async () => {
    const net = await linearNetwork(engine, 3)
    const plain = await carliniWagner(net, middling(), { ...quick, steps: 1, searches: 1 })
    const target = (plain.outcomes[0]!.before.index + 1) % 3
    const confidence = 0.5
    const attack = await carliniWagner(net, middling(), { ...quick, target, confidence })
    expect(attack.outcomes[0]!.after.index).equal(target)
    const scores = (await pixelModel(net).scores(attack)).data
    const others = [...scores].filter((_, k) => k !== target)
    expect(scores[target]! - Math.max(...others)).at.least(confidence - 1e-3)
    await net.release()
  })

  it('gives back the picture where it finds nothing', async () => {
    const net = await linearNetwork(engine, 3)
    const attack = await carliniWagner(net, middling(), { steps: 1, searches: 1, weight: 1e-6 })
    expect(attack.outcomes[0]!.fooled).equal(false)
    expect(attack.outcomes[0]!.norms.l2).equal(0)
    await net.release()
  })

  it('refuses what cannot be', async () => {
    const net = await linearNetwork(engine, 3)
    const refused = async (options: object) =>
      (await rejection(carliniWagner(net, middling(), options))).message
    expect(await refused({ searches: 0 })).match(/searches is a whole number, 1 or more/)
    expect(await refused({ rate: 0 })).match(/the rate is a finite number above 0/)
    expect(await refused({ confidence: -1 })).match(/confidence is 0 or more/)
    await net.release()
  })
})
