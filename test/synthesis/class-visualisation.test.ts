import { expect } from 'chai'
import { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { diversity } from '../../src/objectives/diversity.js'
import { channel, neuron } from '../../src/objectives/units.js'
import { classScore } from '../../src/objectives/scores.js'
import { Maximisation } from '../../src/synthesis/maximise.js'
import { preset, type PresetName, presetNames } from '../../src/synthesis/presets.js'
import { regularisersPage, roughness } from '../../src/synthesis/regularisers-page.js'
import { unitSheet } from '../../src/synthesis/unit-sheet.js'
import type { Visualisation } from '../../src/synthesis/visualisation.js'
import type { Optimiser } from '../../src/optimise/index.js'
import { viz } from '../../src/viz.js'
import { rejection } from '../rejection.js'

describe('class visualisation', () => {
  let net: Network
  before(async () => (net = await viz.model('scenes')))
  after(() => net.release())

  it('makes an image of each class that the network takes for it', async () => {
    const classes = ['cat', 'bus', 'strawberry']
    const made = await viz(net).maximize(classes, { steps: 30 }).l2(1e-3).jitter(3)
    expect(made.judgements.map((judged) => judged.class)).deep.equal(classes)
    expect(made.shape).deep.equal([3, 3, 96, 96])
    // As it would be after saving: 8 bits to a colour.
    const saved = Image.fromRgba(96, 96, made.images[1]!.toRgba())
    expect((await viz(net).on(saved).predict()).top(1)[0]!.name).equal('bus')
    expect(made.figure.toString()).contains('cat')
  })

  it('priors do what their papers claim', async () => {
    const bare = () => viz(net).unit('fc8', 'cat').maximize({ steps: 24 })
    const roughnessOf = async (made: PromiseLike<Visualisation>) =>
      roughness((await made).images[0]!)
    const plain = await roughnessOf(bare())
    const blurred = await roughnessOf(bare().blur(1, { every: 4 }))
    const smooth = await roughnessOf(bare().tv(0.01))
    const fourier = await roughnessOf(bare().fourier())
    for (const rough of [blurred, smooth, fourier]) expect(rough).below(0.75 * plain)
    const clipped = await bare().clipNorm(50)
    const zeros = Array.from({ length: 96 * 96 }, (_, i) => i).filter((i) =>
      [0, 1, 2].every((c) => clipped.data[c * 96 * 96 + i] === 0),
    )
    expect(zeros.length).within(0.45 * 96 * 96, 0.55 * 96 * 96)
    const norm = (x: Float32Array) => Math.hypot(...x)
    const decayed = await bare().decay(0.2)
    expect(norm(decayed.data)).below(0.75 * norm((await bare()).data))
  })

  it('shows units by channel, by centre and by address, each as active as it says', async () => {
    const unit = await viz(net).unit('conv4', 17).maximize({ steps: 8 })
    const centre = await viz(net).unit('conv4', 17).maximize({ steps: 8, by: 'centre' })
    const { value } = await net.differentiate(unit, { of: channel('conv4', 17) })
    expect(unit.values[0]).closeTo(value.data[0]!, 1e-4)
    expect(unit.history[0]!.at(-1)).above(unit.history[0]![0]!)
    expect(unit.names).deep.equal(['conv4:17'])
    expect(centre.names).deep.equal(['centre of conv4:17'])
    // What a neuron in the middle does not see stays as it was.
    expect(centre.data[0]).equal(0)
    const layer = await viz(net)
      .layer('conv3')
      .maximize({ units: [3, 40], steps: 2 })
    expect(layer.names).deep.equal(['conv3:3', 'conv3:40'])
    const mixed = await viz(net).maximize(['cat', 'conv4:17@3,5', 'conv2'], { steps: 2 })
    expect(mixed.names).deep.equal(['cat', 'conv4:17@3,5', 'mean square of conv2'])
  })

  it('climbs units of rectifiers that are off at the start', async () => {
    const flat = { data: new Float32Array(3 * 96 * 96), shape: [1, 3, 96, 96] }
    const { value } = await net.differentiate(flat, { of: channel('relu5', 39) })
    expect(value.data[0]).equal(0)
    const made = await viz(net).unit('relu5', 39).maximize({ steps: 12 })
    expect(made.names).deep.equal(['relu5:39'])
    const after = await net.differentiate(made, { of: channel('relu5', 39) })
    expect(after.value.data[0]).above(0.1)
    const several = [
      await viz(net).unit('relu5', 39).maximize({ steps: 12, by: 'centre' }),
      await viz(net).unit('relu5:39@3,5').maximize({ steps: 12 }),
      await viz(net)
        .layer('relu5')
        .maximize({ units: [3, 39], steps: 12 }),
    ]
    expect(several.flatMap(({ names }) => names)).deep.equal([
      'centre of relu5:39',
      'relu5:39@3,5',
      'relu5:3',
      'relu5:39',
    ])
    expect(several[2]!.values[1]).closeTo(made.values[0]!, 0.05 * made.values[0]!)
    const middle = await net.differentiate(several[0]!, { of: neuron('relu5', [39, 6, 6]) })
    expect(middle.value.data[0]).closeTo(several[0]!.values[0]!, 1e-3).above(1)
    const placed = await net.differentiate(several[1]!, { of: neuron('relu5', [39, 3, 5]) })
    expect(placed.value.data[0]).closeTo(several[1]!.values[0]!, 1e-3).above(1)
  })

  it('a diversity term sets images of one unit apart', async () => {
    const diversityOf = async (weight: number): Promise<number> => {
      const made = await viz(net)
        .unit('conv4', 17)
        .maximize({ steps: 12, images: 2, seed: 3 })
        .start({ noise: 0.1 })
        .diverse('conv3', weight)
      return (await net.differentiate(made, { of: diversity('conv3') })).value.data[0]!
    }
    expect(await diversityOf(20)).above((await diversityOf(0)) + 0.05)
  })

  it('the middle comes first with a centre bias, and one object in place of many', async () => {
    const spread = async (made: PromiseLike<Visualisation>): Promise<number> => {
      const { data } = await made
      let [all, outer] = [0, 0]
      data.forEach((value, i) => {
        const [y, x] = [Math.floor(i / 96) % 96, i % 96]
        all += value ** 2
        if (Math.hypot(y - 47.5, x - 47.5) > 32) outer += value ** 2
      })
      return outer / all
    }
    const bare = () => viz(net).maximize('strawberry', { steps: 20 })
    expect(await spread(bare().centre())).below(0.6 * (await spread(bare())))
  })

  it('contributions that are small are clipped: most of the picture stays the mean colour', async () => {
    const made = await viz(net).maximize('cat', { steps: 12 }).clipContribution(90)
    const plane = 96 * 96
    const kept = Array.from({ length: plane }, (_, i) => i).filter((i) =>
      [0, 1, 2].some((c) => made.data[c * plane + i] !== 0),
    )
    expect(kept.length).within(0.05 * plane, 0.101 * plane)
  })

  it('a recipe may climb the log-probability of classes; units have none', async () => {
    const wanted = net.classIndex('wolf')
    const asked = { of: classScore(wanted), count: 1, targets: [wanted] }
    const made = await new Maximisation(net, () => asked, { steps: 4 }, [
      (recipe) => ({ ...recipe, climbs: 'log-probability' }),
    ])
    const { data } = await net.scoresOf(made)
    const total = data.reduce((sum, score) => sum + Math.exp(score), 0)
    expect(made.values[0]).closeTo(data[wanted]! - Math.log(total), 1e-4)
    expect(made.names).deep.equal(['wolf'])
    const unit = await viz(net).unit('conv4', 17).maximize({ preset: 'santurkar', steps: 2 })
    expect(unit.provenance.parameters.of).match(/^channel\("conv4", 17\)/)
  })

  it("a robust network's images of classes are taken for them, with its recipe", async () => {
    const robust = await viz.model('scenes-robust')
    const classes = ['frog', 'pizza', 'strawberry']
    const made = await viz(robust).maximize(classes, { preset: 'santurkar', steps: 20 })
    expect(made.judgements.map((judged) => judged.class)).deep.equal(classes)
    expect(made.provenance.parameters.of).match(/^crossEntropy/)
    await robust.release()
  })

  it('recipes have the constants of their papers', () => {
    const said = (name: PresetName, side = 224) => {
      const { steps, regularisers = [], transforms = [], penalties = [] } = preset(name, side)
      const all = [...regularisers, ...transforms].map(({ code }) => code)
      return [steps, ...all, ...penalties.map(String)]
    }
    expect(said('simonyan')).deep.equal([100, 'l2().times(0.001)'])
    expect(said('yosinski-1')).deep.equal([
      500,
      'blurEvery(0.5, { every: 4 })',
      'clipSmallNorm(50)',
    ])
    expect(said('yosinski-2')).deep.equal([750, 'decay(0.3)', 'clipSmallNorm(20)'])
    expect(said('yosinski-3')).deep.equal([1000, 'decay(0.0001)', 'blurEvery(1, { every: 4 })'])
    expect(said('yosinski-4')).deep.equal([
      1000,
      'blurEvery(0.5, { every: 4 })',
      'clipSmallContribution(90)',
    ])
    expect(said('mordvintsev').slice(2)).deep.equal(['jitter(32)'])
    expect(said('cs231n')).deep.equal([
      100,
      'blurEvery(0.5, { every: 10 })',
      'jitter(16)',
      'l2().times(0.001)',
    ])
    // A step of CS231n has the length 25 at 224².
    const { optimiser } = preset('cs231n', 224)
    expect(Number(/rate: ([\d.]+)/.exec(optimiser!.code)![1]) * Math.sqrt(3 * 224 * 224)).closeTo(
      25,
      1e-6,
    )
    // The stages of Nguyen et al.
    const nguyen = '190: 0.001 → 0.05, 150: 0.01 → 0.08, 150: 0.01 → 2, 30: 0.1 → 2, 10: 0.01 → 2'
    expect(said('nguyen')).deep.equal([
      190 + 150 + 150 + 30 + 10,
      'centreBias({ from: 0.3, to: 2, over: 0.8 })',
      `denoise(stages(${nguyen}), { iterations: 25 })`,
    ])
    expect(preset('nguyen', 224).optimiser!.code).equal(
      "ascent({ rate: stages(190: 11 → 11, 150: 6 → 6, 150: 1 → 1, 30: 3 → 3, 10: 6 → 3), normalise: 'mean' })",
    )
    // With a tenth of the steps each stage has a tenth of its own.
    const rate = (step: number) => (preset('nguyen', 224).optimiser as Optimiser).numbers(step, 53)
    expect([0, 18, 19, 34, 49, 52].map(rate)).deep.equal([[11], [11], [6], [1], [3], [6]])
    expect(said('nguyen-facet')[0]).equal(190 + 150 + 20 + 10)
    expect(said('olah')).deep.equal([
      512,
      "pad(12, { mode: 'mean' })",
      'jitter(8)',
      'scale(0.9, 1.1)',
      'rotate(10)',
      'jitter(4)',
    ])
    expect(said('cs231n', 96)[2]).equal('jitter(7)')
  })

  for (const name of presetNames)
    it(`runs by the recipe '${name}'`, async () => {
      const made = await viz(net).maximize('cat', { preset: name, steps: 2 })
      expect(made.provenance.parameters).deep.include({ preset: name, steps: 2 })
      expect(made.provenance.method).equal('maximise')
      expect(made.data.every(Number.isFinite)).equal(true)
    })

  it('a page of recipes, and a sheet of units by layer', async () => {
    const page = await regularisersPage(net, 'cat', { presets: ['none', 'cs231n'], steps: 2 })
    expect(page.shape).deep.equal([2, 3, 96, 96])
    expect(page.figure.toString()).contains('cs231n')
    expect(page.table.toString()).contains('roughness')
    const sheet = await unitSheet(net, ['conv2', 'fc8'], { units: 2, steps: 2, preset: 'none' })
    expect(sheet.shape).deep.equal([4, 3, 96, 96])
    expect(sheet.layers.fc8!.names[0]).equal(net.className(0))
    expect(sheet.figure.toString()).contains('conv2: 0, 32')
  })

  it('says what is wrong', async () => {
    const error = async (made: PromiseLike<unknown>) => {
      const found = await rejection(Promise.resolve(made))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    expect(await error(viz(net).maximize('catt'))).contains("'cat'")
    expect(await error(viz(net).maximize('cat', { preset: 'olahh' as 'olah' }))).contains("'olah'")
    expect(await error(viz(net).maximize('cat', { preset: 'olah' }).blur(1))).contains(
      'acts on pixels',
    )
    expect(await error(viz(net).layer('conv4').maximize({ units: 0 }))).contains('1 or more')
  })
})
