import { expect } from 'chai'
import { fgsm, signStep } from '../../../src/robustness/attacks/fgsm.js'
import { absoluteSum } from '../../../src/vectors.js'
import { topClass } from '../../../src/robustness/attacks/problem.js'
import { onEveryEngine } from '../../engines.js'
import { reference, referenceNetworks, relativeError } from '../../reference.js'
import { rejection } from '../../rejection.js'
import { linearNetwork, middling, problem, slope, UNBOUNDED } from './problems.js'

for (const name of referenceNetworks)
  onEveryEngine(`FGSM on the network '${name}'`, (engine) => {
    it("equals PyTorch's", async () => {
      const torch = await reference(name, engine)
      const goal = { labels: [torch.settings.target], targets: undefined }
      const asked = problem(torch.net, torch.tensor('input'), goal, UNBOUNDED)
      const { perturbed } = await signStep(asked, 0.05)
      expect(relativeError(perturbed, torch.tensor('fgsm'))).below(1e-4)
      await torch.net.release()
    })
  })

onEveryEngine('FGSM', (engine) => {
  it('shifts the scores of two classes by ε‖w‖₁, in pixels of [0, 1]', async () => {
    const net = await linearNetwork(engine, 2)
    const x = middling()
    const before = (await net.scoresOf(normalised(x.data))).data
    const label = topClass(before)
    const other = 1 - label
    const epsilon = 0.01
    const attack = await fgsm(net, x, { epsilon })
    const after = (await net.scoresOf(normalised(attack.data))).data
    const shift = after[other]! - after[label]! - (before[other]! - before[label]!)
    const expected = epsilon * absoluteSum(slope(net, other, label))
    expect(shift).closeTo(expected, 1e-4 * expected)
    await net.release()

    function normalised(pixels: Float32Array) {
      const { mean, std } = net.preprocessing
      const data = pixels.map((p, i) => {
        const c = Math.floor(i / 30)
        return (p - mean[c]!) / std[c]!
      })
      return { data, shape: [1, 3, 6, 5] }
    }
  })

  it('changes every pixel by ε, keeps to [0, 1] and, as saved, to whole levels within ε', async () => {
    const net = await linearNetwork(engine)
    const { outcomes, data, images } = await fgsm(net, middling(), { epsilon: 4 / 255 })
    const [{ norms, savedNorms }] = outcomes as [(typeof outcomes)[number]]
    expect(norms.linf).closeTo(4 / 255, 1e-6)
    expect(norms.l2).closeTo((4 / 255) * Math.sqrt(90), 1e-5)
    expect(savedNorms.linf).closeTo(4 / 255, 1e-6)
    expect(data.every((value) => value >= 0 && value <= 1)).equal(true)
    const levels = images[0]!.data.map((value) => Math.abs(value * 255 - Math.round(value * 255)))
    expect(Math.max(...levels)).below(1e-4)
    // The paper's 0.007 is 1.8 levels: 1 remains within the budget.
    const small = await fgsm(net, middling(), { epsilon: 0.007 })
    expect(small.outcomes[0]!.norms.linf).closeTo(0.007, 1e-6)
    expect(small.outcomes[0]!.savedNorms.linf).closeTo(1 / 255, 1e-6)
    // At black and white, pixels stay what they are or come inwards.
    const edges = { data: new Float32Array(90).map((_, i) => i % 2), shape: [1, 3, 6, 5] }
    const clipped = await fgsm(net, edges, { epsilon: 0.1 })
    expect(clipped.data.every((value) => value >= 0 && value <= 1)).equal(true)
    await net.release()
  })

  it('with a target raises the score of that class', async () => {
    const net = await linearNetwork(engine)
    const x = middling()
    const plain = await fgsm(net, x)
    const target = (plain.outcomes[0]!.before.index + 1) % 3
    const { outcomes } = await fgsm(net, x, { target, epsilon: 0.2 })
    expect(outcomes[0]!.target!.index).equal(target)
    expect(outcomes[0]!.after.index).equal(target)
    expect(outcomes[0]!.fooled).equal(true)
    await net.release()
  })

  it('refuses what cannot be', async () => {
    const net = await linearNetwork(engine)
    const x = middling()
    expect((await rejection(fgsm(net, x, { epsilon: 4 }))).message).equal(
      'epsilon is above 0, at most 1 for pixels in [0, 1], not 4; for levels of 8 bits say 4 / 255',
    )
    expect((await rejection(fgsm(net, x, { epsilon: 0 }))).message).match(/above 0/)
    expect((await rejection(fgsm(net, x, { target: 'class 11' }))).message).equal(
      "no class 'class 11'; the nearest are 'class 1', 'class 0', 'class 2'",
    )
    const normalised = { ...x, data: x.data.map((value) => 4 * value - 2) }
    expect((await rejection(fgsm(net, normalised))).message).match(
      /pixels in \[0, 1\], before any normalisation/,
    )
    const { outcomes } = await fgsm(net, x)
    expect((await rejection(fgsm(net, x, { target: outcomes[0]!.before.index }))).message).match(
      /'toy' already takes the image for/,
    )
    const wrongSize = { data: new Float32Array(12), shape: [1, 3, 2, 2] }
    expect((await rejection(fgsm(net, wrongSize))).message).match(/take pixels \[N, 3, 6, 5\]/)
    expect((await rejection(fgsm(net, []))).message).match(/no image/)
    await net.release()
  })
})
