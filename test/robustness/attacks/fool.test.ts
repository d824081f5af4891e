import { expect } from 'chai'
import { Image as ImageOf } from '../../../src/image/image.js'
import { ascend, fool } from '../../../src/robustness/attacks/fool.js'
import { onEveryEngine } from '../../engines.js'
import { reference, referenceNetworks, relativeError } from '../../reference.js'
import { rejection } from '../../rejection.js'
import { linearNetwork, middling, problem, UNBOUNDED } from './problems.js'

for (const name of referenceNetworks)
  onEveryEngine(`fooling the network '${name}'`, (engine) => {
    it("takes PyTorch's ten steps", async () => {
      const torch = await reference(name, engine)
      const { target, wrong } = torch.settings
      const goal = { labels: [target], targets: [wrong] }
      const asked = problem(torch.net, torch.tensor('input'), goal, UNBOUNDED)
      const { perturbed } = await ascend(asked, { rate: 1, steps: 10, confidence: 1 })
      expect(relativeError(perturbed, torch.tensor('fooling_10'))).below(1e-4)
      await torch.net.release()
    })
  })

onEveryEngine('fooling by ascent', (engine) => {
  it('ends as soon as the saved picture is taken for the target', async () => {
    const net = await linearNetwork(engine)
    const x = middling()
    const seen = (await fool(net, x, await firstOther(0), { steps: 1 })).outcomes[0]!.before.index
    const target = (seen + 1) % 3
    const attack = await fool(net, x, target, { rate: 0.05 })
    const [outcome] = attack.outcomes as [(typeof attack.outcomes)[number]]
    expect(outcome.fooled).equal(true)
    expect(outcome.after.index).equal(target)
    // One step fewer does not do it.
    const steps = outcome.queries
    expect(steps).above(1)
    const fewer = await fool(net, x, target, { rate: 0.05, steps: steps - 1 })
    expect(fewer.outcomes[0]!.fooled).equal(false)
    // What is saved is what a PNG file holds.
    const scores = await net.scoresOf(net.preprocess(attack.images[0]!))
    expect(scores.data.indexOf(Math.max(...scores.data))).equal(target)
    await net.release()

    async function firstOther(than: number): Promise<number> {
      const scores = (await net.scoresOf(net.preprocess(attackedImage()))).data
      const top = scores.indexOf(Math.max(...scores))
      return (top + 1 + than) % 3
    }
    function attackedImage() {
      return new ImageOf(5, 6, x.data)
    }
  })

  it('goes on until the confidence is reached', async () => {
    const net = await linearNetwork(engine)
    const low = await fool(net, middling(), await other(), { rate: 0.05 })
    const high = await fool(net, middling(), await other(), { rate: 0.05, confidence: 0.9 })
    expect(high.outcomes[0]!.after.probability).at.least(0.9)
    expect(high.outcomes[0]!.norms.l2).above(low.outcomes[0]!.norms.l2)
    expect(
      (await rejection(fool(net, middling(), await other(), { confidence: 2 }))).message,
    ).match(/probability in \[0, 1\]/)
    await net.release()

    async function other(): Promise<number> {
      const scores = (await net.scoresOf(net.preprocess(new ImageOf(5, 6, middling().data)))).data
      return (scores.indexOf(Math.max(...scores)) + 2) % 3
    }
  })
})
