import { expect } from 'chai'
import { Image } from '../../src/image/image.js'
import type { Network } from '../../src/network/network.js'
import { diversity } from '../../src/objectives/diversity.js'
import { channel, neuron } from '../../src/objectives/units.js'
import { presetNames } from '../../src/synthesis/presets.js'
import { regularisersPage, roughness } from '../../src/synthesis/regularisers-page.js'
import { unitSheet } from '../../src/synthesis/unit-sheet.js'
import type { Visualisation } from '../../src/synthesis/visualisation.js'
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
    const smooth = await roughnessOf(bare().tv(0.03))
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
    const { value } = await net.differentiate(flat, { of: channel('relu5', 40) })
    expect(value.data[0]).equal(0)
    const made = await viz(net).unit('relu5', 40).maximize({ steps: 12 })
    expect(made.names).deep.equal(['relu5:40'])
    const after = await net.differentiate(made, { of: channel('relu5', 40) })
    expect(after.value.data[0]).above(0.1)
    const several = [
      await viz(net).unit('relu5', 40).maximize({ steps: 12, by: 'centre' }),
      await viz(net).unit('relu5:40@3,5').maximize({ steps: 12 }),
      await viz(net)
        .layer('relu5')
        .maximize({ units: [3, 40], steps: 12 }),
    ]
    expect(several.flatMap(({ names }) => names)).deep.equal([
      'centre of relu5:40',
      'relu5:40@3,5',
      'relu5:3',
      'relu5:40',
    ])
    expect(several[2]!.values[1]).closeTo(made.values[0]!, 0.05 * made.values[0]!)
    const middle = await net.differentiate(several[0]!, { of: neuron('relu5', [40, 6, 6]) })
    expect(middle.value.data[0]).closeTo(several[0]!.values[0]!, 1e-3).above(1)
    const placed = await net.differentiate(several[1]!, { of: neuron('relu5', [40, 3, 5]) })
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

  for (const preset of presetNames)
    it(`runs by the recipe '${preset}'`, async () => {
      const made = await viz(net).maximize('cat', { preset, steps: 2 })
      expect(made.provenance.parameters).deep.include({ preset, steps: 2 })
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
