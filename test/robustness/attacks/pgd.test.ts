import { expect } from 'chai'
import { bim, descend, pgd, pgdPlan } from '../../../src/robustness/attacks/pgd.js'
import { fgsm } from '../../../src/robustness/attacks/fgsm.js'
import { chooseSignal } from '../../../src/work/signal.js'
import { onEveryEngine } from '../../engines.js'
import { reference, referenceNetworks, relativeError } from '../../reference.js'
import { rejection } from '../../rejection.js'
import { linearNetwork, middling, problem, UNBOUNDED } from './problems.js'

for (const name of referenceNetworks)
  onEveryEngine(`PGD on the network '${name}'`, (engine) => {
    it("equals PyTorch's", async () => {
      const torch = await reference(name, engine)
      const goal = { labels: [torch.settings.target], targets: undefined }
      const asked = problem(torch.net, torch.tensor('input'), goal, UNBOUNDED)
      const plan = pgdPlan({ epsilon: 0.05, step: 0.02, steps: 5, randomStart: false })
      const { perturbed } = await descend(asked, plan)
      expect(relativeError(perturbed, torch.tensor('pgd_5'))).below(1e-4)
      await torch.net.release()
    })
  })

onEveryEngine('PGD', (engine) => {
  it('stays within its budget in either norm, and in [0, 1]', async () => {
    const net = await linearNetwork(engine)
    for (const norm of ['linf', 'l2'] as const)
      for (const epsilon of [0.02, 0.4]) {
        const attack = await pgd(net, middling(2), { norm, epsilon, steps: 7, step: epsilon / 2 })
        for (const { norms, savedNorms } of attack.outcomes) {
          expect(norms[norm]).within(0.5 * epsilon, epsilon * (1 + 1e-5))
          expect(savedNorms.linf).at.most(norm === 'linf' ? epsilon + 1e-6 : 1)
        }
        expect(attack.data.every((value) => value >= 0 && value <= 1)).equal(true)
      }
    await net.release()
  })

  it('on a linear network of two classes ends where FGSM ends', async () => {
    const net = await linearNetwork(engine, 2)
    const one = await fgsm(net, middling(), { epsilon: 0.02 })
    for (const loss of ['cross-entropy', 'margin'] as const) {
      const many = await pgd(net, middling(), { epsilon: 0.02, steps: 8, step: 0.01, loss })
      expect(relativeError(many, one)).below(1e-6)
    }
    await net.release()
  })

  it('in L2 moves along w by ε', async () => {
    const net = await linearNetwork(engine, 2)
    const { outcomes } = await bim(net, middling(), { norm: 'l2', epsilon: 0.1 })
    expect(outcomes[0]!.norms.l2).closeTo(0.1, 1e-5)
    expect(outcomes[0]!.queries).equal(10)
    await net.release()
  })

  it('is the same for the same seed, and another for another; BIM has no seed', async () => {
    const net = await linearNetwork(engine)
    const run = async (seed: number) => [...(await pgd(net, middling(), { steps: 1, seed })).data]
    expect(await run(3)).deep.equal(await run(3))
    expect(await run(3)).not.deep.equal(await run(4))
    await net.release()
  })

  it('gives an image of a batch what it has alone', async () => {
    const net = await linearNetwork(engine)
    const both = middling(2)
    const alone = { data: both.data.slice(0, 90), shape: [1, 3, 6, 5] }
    const options = { steps: 3, seed: 1 }
    const [first] = [await pgd(net, both, options)]
    expect([...first.data.slice(0, 90)]).deep.equal([...(await pgd(net, alone, options)).data])
    await net.release()
  })

  it('has the defaults of foolbox', () => {
    const linf = pgdPlan({ seed: 0 })
    expect(linf.steps).equal(40)
    expect(linf.step).closeTo(linf.epsilon / 30, 1e-12)
    const l2 = pgdPlan({ norm: 'l2', seed: 0 })
    expect(l2.steps).equal(50)
    expect(l2.step).closeTo(0.025 * l2.epsilon, 1e-12)
    expect(linf.randomStart).equal(true)
  })

  it('keeps what it has at an interrupt', async () => {
    const net = await linearNetwork(engine)
    chooseSignal(AbortSignal.abort())
    try {
      const attack = await pgd(net, middling(), { randomStart: false })
      expect(attack.interrupted).equal(true)
      expect(attack.outcomes[0]!.norms.l2).equal(0)
      expect(attack.figure.toString()).match(/Interrupted/)
    } finally {
      chooseSignal(undefined)
      await net.release()
    }
  })

  it('refuses what cannot be', async () => {
    const net = await linearNetwork(engine)
    const refused = async (options: object) =>
      (await rejection(pgd(net, middling(), options))).message
    expect(await refused({ steps: 0 })).equal('steps is a whole number, 1 or more, not 0')
    expect(await refused({ norm: 'l1' })).equal("the norm of a budget is 'linf' or 'l2', not 'l1'")
    expect(await refused({ step: -1 })).match(/length of a step is a finite number above 0/)
    expect(await refused({ loss: 'hinge' })).match(/'cross-entropy' or 'margin', not 'hinge'/)
    expect(await refused({ norm: 'l2', epsilon: 10 })).match(/at most 9.49/)
    await net.release()
  })
})
