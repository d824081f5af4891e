import { expect } from 'chai'
import { deepFool, deepFoolPlan, stepOut } from '../../../src/robustness/attacks/deepfool.js'
import { absoluteSum, euclidean } from '../../../src/vectors.js'
import { pixelModel } from '../../../src/robustness/attacks/pixel-model.js'
import { topClass } from '../../../src/robustness/attacks/problem.js'
import { onEveryEngine } from '../../engines.js'
import { rejection } from '../../rejection.js'
import { linearNetwork, middling, problem, slope, UNBOUNDED } from './problems.js'

onEveryEngine('DeepFool', (engine) => {
  for (const norm of ['l2', 'linf'] as const)
    it(`of a linear classifier goes the way of least ${norm} to a boundary, in one step`, async () => {
      const net = await linearNetwork(engine, 4)
      const x = middling()
      const scores = (await pixelModel(net).scores(x)).data
      const label = topClass(scores)
      // The formula, class by class; the dual norm of L∞ is L1.
      const length = norm === 'l2' ? euclidean : absoluteSum
      const distances = [0, 1, 2, 3]
        .filter((k) => k !== label)
        .map((k) => (scores[label]! - scores[k]!) / length(slope(net, k, label)))
      const nearest = Math.min(...distances)
      for (const overshoot of [0.02, 0.5]) {
        const goal = { labels: [label], targets: undefined }
        const plan = deepFoolPlan({ norm, overshoot })
        const found = await stepOut(problem(net, x, goal, UNBOUNDED), plan)
        const change = found.perturbed.data.map((value, p) => value - x.data[p]!)
        const size = norm === 'l2' ? euclidean(change) : Math.max(...change.map(Math.abs))
        expect(size).closeTo((1 + overshoot) * nearest, 1e-3 * nearest)
        expect(found.queries).deep.equal([4]) // one step: the scores, and the gradients of three classes
        expect(topClass((await pixelModel(net).scores(found.perturbed)).data)).not.equal(label)
      }
      await net.release()
    })

  it('does not stay before the boundary, even where nothing carries it beyond', async () => {
    const net = await linearNetwork(engine, 4)
    const { outcomes } = await deepFool(net, middling(12), { overshoot: 0 })
    for (const { fooledUnrounded, queries } of outcomes) {
      expect(fooledUnrounded).equal(true)
      // A step to the boundary, and one or two of the least length across it.
      expect(queries).at.most(12)
    }
    await net.release()
  })

  it('amplifies a change that the rounding to 8 bits would undo, and says so', async () => {
    const net = await linearNetwork(engine, 4)
    const { outcomes } = await deepFool(net, middling(12), { overshoot: 0.001 })
    expect(Math.max(...outcomes.map(({ amplified }) => amplified))).above(1)
    for (const outcome of outcomes) {
      expect(outcome.fooledUnrounded).equal(true)
      expect(outcome.fooled).equal(true)
    }
    const lost = outcomes.findIndex(({ amplified }) => amplified > 1)
    const alone = { data: middling(12).data.slice(90 * lost, 90 * (lost + 1)), shape: [1, 3, 6, 5] }
    const { figure } = await deepFool(net, alone, { overshoot: 0.001 })
    expect(figure.toString()).match(/amplified [\d.]+ times/)
    await net.release()
  })

  it('refuses what cannot be', async () => {
    const net = await linearNetwork(engine)
    const refused = async (options: object) =>
      (await rejection(deepFool(net, middling(), options))).message
    expect(await refused({ candidates: 1 })).match(/candidates is a whole number, 2 or more/)
    expect(await refused({ overshoot: -1 })).match(/overshoot is 0 or more, not -1/)
    expect(await refused({ norm: 'l0' })).match(/'linf' or 'l2', not 'l0'/)
    await net.release()
  })
})
