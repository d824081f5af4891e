/** What the papers of the attacks claim, on a scene. */
import { expect } from 'chai'
import { scenes, splits } from '../../../datasets/scenes/index.js'
import type { Image } from '../../../src/image/image.js'
import { Random } from '../../../src/image/random.js'
import type { Network } from '../../../src/network/network.js'
import { zooNetwork } from '../../../src/network/zoo/index.js'
import type { Attack } from '../../../src/robustness/attacks/attack.js'
import { boundary } from '../../../src/robustness/attacks/boundary.js'
import { carliniWagner } from '../../../src/robustness/attacks/carlini-wagner.js'
import { deepFool } from '../../../src/robustness/attacks/deepfool.js'
import { fgsm } from '../../../src/robustness/attacks/fgsm.js'
import { labelledBy } from '../../../src/robustness/attacks/labelled.js'
import { nes } from '../../../src/robustness/attacks/nes.js'
import { onePixel } from '../../../src/robustness/attacks/one-pixel.js'
import { bim, pgd } from '../../../src/robustness/attacks/pgd.js'
import { pixelModel, pixelsToAttack } from '../../../src/robustness/attacks/pixel-model.js'
import { viz } from '../../../src/viz.js'

describe('attacks on a scene do what their papers claim', () => {
  let net: Network
  let image: Image
  let label: number
  before(async () => {
    net = await zooNetwork('scenes')
    const seen = await labelledBy(net, [scenes({ ...splits.test, length: 8 }).get(5).image])
    ;({ image, label } = seen.get(0))
  })
  after(() => net.release())

  /** Of the class that the picture was taken for, as saved. */
  const probabilityLeft = async (seen: Image): Promise<number> =>
    (await viz(net).on(seen).predict()).data[label]!
  const left = ({ images: [changed] }: Attack): Promise<number> => probabilityLeft(changed!)
  const first = ({ outcomes: [outcome] }: Attack) => outcome!

  it('a sign step is no noise: random signs of the same size do little (Goodfellow et al. 2015)', async () => {
    const epsilon = 6 / 255
    const random = new Random(3)
    const pixels = pixelsToAttack(net, image)
    const noisy = pixels.data.map((value) =>
      Math.min(1, Math.max(0, value + epsilon * Math.sign(random.uniform(-1, 1)))),
    )
    const { data } = await pixelModel(net).scores({ ...pixels, data: noisy })
    expect(data.indexOf(Math.max(...data))).equal(label)
    const before = await probabilityLeft(image)
    expect(await left(await fgsm(net, image, { epsilon }))).below(0.6 * before)
  })

  it('iterations are stronger than the step, for the same budget (Kurakin et al., Madry et al.)', async () => {
    const epsilon = 3 / 255
    const step = await left(await fgsm(net, image, { epsilon }))
    expect(await left(await bim(net, image, { epsilon }))).below(step)
    expect(await left(await pgd(net, image, { epsilon, steps: 10, step: 1 / 255, seed: 0 }))).below(
      step,
    )
  })

  it('Carlini and Wagner find a smaller change than DeepFool, and DeepFool a smaller one than PGD', async () => {
    const optimised = first(
      await carliniWagner(net, image, { steps: 50, searches: 3, rate: 0.01, weight: 1 }),
    )
    const fool = first(await deepFool(net, image))
    const budget = first(await pgd(net, image, { steps: 10, step: 1 / 255, seed: 0 }))
    for (const { fooledUnrounded } of [optimised, fool]) expect(fooledUnrounded).equal(true)
    expect(optimised.norms.l2).below(fool.norms.l2)
    expect(fool.norms.l2).below(budget.norms.l2)
  })

  it('scores alone are enough, with more questions (Ilyas et al. 2018)', async () => {
    const attack = await nes(net, image, { epsilon: 0.08, samples: 30, steps: 25, seed: 1 })
    expect(await left(attack)).below(0.6 * (await probabilityLeft(image)))
    expect(first(attack).norms.linf).at.most(0.08 + 1e-6)
    // DeepFool does it with a few dozen.
    expect(first(attack).queries).above(100)
  })

  it('decisions alone are enough: the walk comes nearer, and stays another class (Brendel et al. 2018)', async () => {
    const start = scenes({ ...splits.test, length: 8 }).get(6).image
    const walk = async (steps: number) =>
      first(await boundary(net, image, { start, steps, sourceStep: 0.05, seed: 2 }))
    const [begin, end] = [await walk(1), await walk(80)]
    expect([begin.fooledUnrounded, end.fooledUnrounded]).deep.equal([true, true])
    expect(end.norms.l2).below(0.6 * begin.norms.l2)
  })

  it('few pixels take much of the certainty, more of them more (Su et al. 2019)', async () => {
    const budget = { population: 40, generations: 5, seed: 1 }
    const one = await onePixel(net, image, budget)
    const five = await onePixel(net, image, { ...budget, pixels: 5 })
    expect(first(one).savedNorms.l0).equal(1)
    expect(first(five).savedNorms.l0).within(2, 5)
    const [before, afterOne, afterFive] = [
      await probabilityLeft(image),
      await left(one),
      await left(five),
    ]
    expect(afterOne).below(before)
    expect(afterFive).below(afterOne)
  })
})
