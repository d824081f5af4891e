/** What all attacks have in common, on a real network, and what compares them. */
import { expect } from 'chai'
import { scenes, splits } from '../../../datasets/scenes/index.js'
import { loadImage } from '../../../src/image/load.js'
import type { Network } from '../../../src/network/network.js'
import { zooNetwork } from '../../../src/network/zoo/index.js'
import {
  attackReport,
  type AttackRun,
  otherClasses,
} from '../../../src/robustness/attacks/attack-report.js'
import { deepFool } from '../../../src/robustness/attacks/deepfool.js'
import { fgsm } from '../../../src/robustness/attacks/fgsm.js'
import { fool } from '../../../src/robustness/attacks/fool.js'
import { linearity } from '../../../src/robustness/attacks/linearity.js'
import { pgd } from '../../../src/robustness/attacks/pgd.js'
import { transfer } from '../../../src/robustness/attacks/transfer.js'
import { universalPerturbation } from '../../../src/robustness/attacks/universal.js'
import { viz } from '../../../src/viz.js'
import { chooseSignal } from '../../../src/work/index.js'
import { rejection } from '../../rejection.js'

describe('attacks on the embedded network', () => {
  const data = scenes({ ...splits.test, length: 40 })
  const { image, className } = data.get(5)
  let net: Network
  before(async () => {
    net = await zooNetwork('scenes')
  })
  after(() => net.release())

  it('fool it as a class that is asked for, also after the picture was saved and read again', async () => {
    const attack = await viz(net).on(image).fool('tiger', { of: 'margin' })
    const [outcome] = attack.outcomes as [(typeof attack.outcomes)[number]]
    expect(outcome.before.name).equal(className)
    expect(outcome.after.name).equal('tiger')
    const again = await loadImage(attack.images[0]!.png())
    expect((await viz(net).on(again).predict()).top(1)[0]!.name).equal('tiger')
    expect(attack.provenance.parameters).include({ steps: 100, rate: 0.25 })
    expect(attack.provenance.parameters.target).deep.equal(['tiger'])
    expect(attack.figure.toString()).match(/as 'tiger': fooled\. wolf .* → tiger/)
  })

  it('say where a verb or a class is not the right one', async () => {
    const view = viz(net).on(image)
    // @ts-expect-error it looks for the smallest change
    expect((await rejection(view.attack('deepfool'))).message).equal(
      "'deepfool' looks for the smallest change: say .minimalAttack('deepfool')",
    )
    // @ts-expect-error it keeps within a budget
    expect((await rejection(view.minimalAttack('pgd'))).message).equal(
      "'pgd' keeps within a fixed budget: say .attack('pgd')",
    )
    // @ts-expect-error there is none of this name
    expect((await rejection(view.attack('pdg'))).message).match(
      /no attack 'pdg'; the nearest are 'pgd'/,
    )
    expect((await rejection(view.fool('tigger'))).message).match(
      /no class 'tigger'; the nearest are 'tiger'/,
    )
    expect((await rejection(view.fool(className))).message).match(
      /already takes the image for 'wolf'/,
    )
  })

  it('are reported on what the network named correctly: DeepFool needs less than fooling', async () => {
    const attacks: Record<string, AttackRun> = {
      PGD: (one, images, label) =>
        pgd(one, images, { label, epsilon: 8 / 255, steps: 5, step: 2 / 255, loss: 'margin' }),
      fooling: (one, images, labels, first) =>
        fool(one, images, otherClasses(one, labels, first, 1), { of: 'margin', steps: 30 }),
      DeepFool: (one, images, label) => deepFool(one, images, { label, candidates: 4 }),
    }
    const found = await attackReport(net, data, { images: 4, attacks })
    expect(found.shape).deep.equal([3, 4])
    const within = found.of('PGD')
    expect(within.images).equal(4)
    expect(within.success.share).at.least(0.75)
    expect(within.accuracyUnderAttack).closeTo(
      within.accuracy.share * (1 - within.success.share),
      1e-12,
    )
    expect(within.medianLinf).closeTo(8 / 255, 1e-6)
    const [fooling, least] = [found.of('fooling'), found.of('DeepFool')]
    expect(fooling.success.share).at.least(0.75)
    expect(least.success.share).equal(1)
    expect(least.medianL2).below(fooling.medianL2)
    // On the same pictures: one of which fooling may have failed about is left out.
    const compared = found.compare('DeepFool', 'fooling')
    const known = fooling.l2.filter((size) => !Number.isNaN(size))
    expect(compared.images).equal(known.length)
    expect(compared.medianL2[1]).equal(fooling.medianL2)
    expect(compared.medianL2[0]).below(compared.medianL2[1])
    expect(compared.smaller).equal(1)
    expect(found.compare('fooling', 'DeepFool').smaller).equal(0)
    expect(() => found.compare('DeepFool', 'foling')).throw(/no attack 'foling'/)
    expect(found.figure.toString()).match(/DeepFool/)
    expect(() => found.of('DeepFol')).throw(/no attack 'DeepFol'; the nearest are 'DeepFool'/)
    expect(() => found.of('DeepFool', 'scene')).throw(/no network 'scene'/)
  })

  it('are reported as far as they were done at an interrupt, without the attack that was stopped', async () => {
    const controller = new AbortController()
    let parts = 0
    const attacks: Record<string, AttackRun> = {
      FGSM: (one, images, label) => fgsm(one, images, { label }),
      PGD: (one, images, label) => {
        if (++parts === 2) controller.abort()
        return pgd(one, images, { label, steps: 1, seed: 0 })
      },
    }
    chooseSignal(controller.signal)
    const found = await attackReport(net, data, { images: 34, attacks, against: [net] }).finally(
      () => chooseSignal(undefined),
    )
    expect(found.interrupted).equal(true)
    expect(found.reports.map(({ attack, images }) => [attack, images])).deep.equal([
      ['FGSM', 34],
      ['PGD', 32],
    ])
    expect(found.compare('FGSM', 'PGD').images).at.most(32)
    expect(found.figure.toString()).match(/Interrupted/)
  })

  it('transfer: what fools one network fools it most, and its younger self more often than chance', async () => {
    const young = await zooNetwork('scenes-32k')
    const table = await transfer([net, young], data, {
      images: 4,
      epsilon: 16 / 255,
      steps: 6,
      step: 4 / 255,
      loss: 'margin',
    })
    const [own, other] = table.data
    expect(own).at.least(0.75)
    expect(other).within(0, own!)
    expect(table.data[3]).at.least(0.75)
    await young.release()
    expect((await rejection(transfer([net], data))).message).match(/two networks or more, not 1/)
  })

  it('find one perturbation for all pictures, better than noise, that keeps its budget', async () => {
    const found = await universalPerturbation(net, data, {
      images: 12,
      tests: 8,
      batch: 12,
      steps: 8,
      step: 4 / 255,
      epsilon: 16 / 255,
    })
    expect(Math.max(...found.data.map(Math.abs))).at.most(16 / 255 + 1e-6)
    expect(found.rates.found).above(found.byChance)
    expect(found.rates.unseen).above(found.byChance)
    const applied = found.appliedTo(image)
    expect(Math.max(...applied.data.map((v, p) => Math.abs(v - image.data[p]!)))).at.most(17 / 255)
    expect(found.figure.toString()).match(/One perturbation for all pictures/)
    expect((await rejection(universalPerturbation(net, data, { images: 64 }))).message).match(
      /names only \d+ of the data set correctly/,
    )
  })

  it('of linear classifiers shift the score by ε‖w‖₁, more the more pixels there are', async () => {
    const few = scenes({ classes: ['cat', 'car', 'pizza'], length: 60, seed: 5 })
    const found = await linearity(few, { sides: [4, 12], steps: 40, epsilon: 2 / 255 })
    for (const { measured, predicted } of found.sizes)
      expect(measured).closeTo(predicted, 1e-3 * predicted)
    const [small, large] = found.sizes.map(({ predicted }) => predicted)
    expect(large).above(1.5 * small!)
    for (const { accuracy, accuracyUnderAttack } of found.sizes)
      expect(accuracyUnderAttack).within(0, accuracy)
    expect(found.sizes.map(({ inputs }) => inputs)).deep.equal([48, 432])
    expect(found.figure.toString()).match(/lead before the attack/)
  })
})
