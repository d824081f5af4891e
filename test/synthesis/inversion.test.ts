import { expect } from 'chai'
import { Image } from '../../src/image/image.js'
import { type Preprocessing, unnormalise } from '../../src/image/preprocessing.js'
import { Network } from '../../src/network/network.js'
import { adam } from '../../src/optimise/optimisers/adam.js'
import { inversionPreset } from '../../src/synthesis/inversion-presets.js'
import { invert, psnr } from '../../src/synthesis/inversion.js'
import { viz } from '../../src/viz.js'
import { onEveryEngine } from '../engines.js'
import { reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'

for (const name of referenceNetworks)
  onEveryEngine(`inversion in '${name}'`, (engine) => {
    it('takes the ten steps of Adam that PyTorch takes', async () => {
      const torch = await reference(name, engine)
      // The input is no picture of colours from 0 to 1: with these numbers one becomes it.
      const preprocessing: Preprocessing = {
        ...torch.net.preprocessing,
        mean: [0.5, 0.5, 0.5],
        std: [0.1, 0.1, 0.1],
      }
      const net = await Network.from(torch.net.graph, { name, engine, preprocessing })
      const image = unnormalise(torch.tensor('input2'), preprocessing)
      expect(relativeError(net.preprocess(image), torch.tensor('input2'))).below(1e-6)
      const layer = torch.settings.taps.at(-1)!
      const features = (await net.run(torch.tensor('input2'), { layers: [layer] }))[layer]!
      const norm = features.data.reduce((sum, value) => sum + value * value, 0)
      // PyTorch's loss is ‖φ(x) − φ₀‖² + 1e-3 TV. Divided by ‖φ₀‖² it is the method's, and Adam steps alike.
      const made = await invert(net, image, layer, {
        preset: 'l-bfgs', // whose pixels are free
        steps: 10,
        start: torch.tensor('input'),
        optimiser: adam({ rate: 0.05, epsilon: 1e-8 / norm }),
        tv: 1e-3 / norm,
      })
      const { losses } = torch.settings.inversion_adam_10
      // The isotropic form of the variation adds 1e-8 under its root.
      made.inverted[0]!.history.forEach((loss, step) =>
        expect((loss * norm) / losses[step]!, `step ${step}`).closeTo(1, 1e-4),
      )
      expect(relativeError(made, torch.tensor('inversion_adam_10'))).below(1e-4)
      await Promise.all([net.release(), torch.net.release()])
    })
  })

describe('feature inversion', () => {
  let net: Network
  let photo: Image
  before(async () => {
    net = await viz.model('scenes')
    photo = viz.scenes({ classes: ['wolf'], seed: 7 }).get(0).image
  })
  after(() => net.release())

  it('knows less and less of the picture with depth', async () => {
    const layers = ['conv1', 'conv2', 'conv3', 'fc6']
    const made = await viz(net).on(photo).invert(layers, { steps: 30 })
    expect(made.shape).deep.equal([4, 3, 96, 96])
    expect(made.inverted.map(({ layers }) => layers)).deep.equal(layers.map((layer) => [layer]))
    const ratios = made.inverted.map((one) => one.psnr)
    ratios.slice(1).forEach((ratio, i) => expect(ratio, layers[i + 1]).below(ratios[i]! - 0.2))
    expect(ratios[0]).above(15)
    // What it says of a picture is so.
    const [, second] = made.inverted
    expect(second!.psnr).equal(psnr(made.images[1]!, made.original))
    const tensor = {
      data: made.data.slice(made.data.length / 4, made.data.length / 2),
      shape: [1, 3, 96, 96],
    }
    const [own, wanted] = await Promise.all(
      [tensor, net.preprocess(photo)].map(
        async (x) => (await net.run(x, { layers: ['conv2'] })).conv2!,
      ),
    )
    expect(second!.featureErrors[0]).closeTo(relativeError(own!, wanted!), 1e-6)
    expect(second!.featureErrors[0]).below(0.5)
    expect(second!.history).length(30)
    expect(second!.history.at(-1)).below(0.3 * second!.history[0]!)
    expect(second!.judgement!.class).equal('wolf')
    expect(made.figure.toString()).contains('conv2')
    expect(made.curve.toString()).contains('PSNR')
  })

  it('compares starts, and inverts layers together', async () => {
    const other = viz.scenes({ classes: ['bus'], seed: 2 }).get(0).image
    const starts = ['mean', { noise: 0.5 }, other] as const
    const made = await viz(net).on(photo).invert(['conv2', 'conv4'], { start: starts, steps: 8 })
    expect(made.shape).deep.equal([6, 3, 96, 96])
    expect(made.inverted.map(({ start }) => start).slice(0, 3)).deep.equal([
      'mean colour',
      'noise of 0.5',
      'another image',
    ])
    const [mean, noise, image] = made.images
    for (const one of [noise!, image!]) expect(psnr(mean!, one)).below(40)
    expect(made.figure.toString()).contains('from another image')
    const both = await viz(net).on(photo).invert(['conv2', 'conv4'], { together: true, steps: 8 })
    expect(both.shape).deep.equal([1, 3, 96, 96])
    expect(both.inverted[0]!.featureErrors).length(2)
    expect(both.inverted[0]!.psnr).above(made.inverted[3]!.psnr)
  })

  it('priors make pictures smoother, and colours less extreme', async () => {
    const of = async (priors: object) => {
      const made = await invert(net, photo, 'conv3', { steps: 12, start: 'mean', ...priors })
      return made.data
    }
    const variation = (data: Float32Array) =>
      data.reduce((sum, value, i) => (i % 96 ? sum + (value - data[i - 1]!) ** 2 : sum), 0)
    const sixth = (data: Float32Array) => data.reduce((sum, value) => sum + value ** 6, 0)
    const bare = await of({ tv: 0 })
    expect(variation(await of({ tv: 1e-4 }))).below(0.7 * variation(bare))
    expect(variation(await of({ tv: 1e-3, beta: 1 }))).below(0.7 * variation(bare))
    expect(sixth(await of({ tv: 0, pNorm: 0.1 }))).below(0.5 * sixth(bare))
  })

  it('has the constants of its sources', async () => {
    const recipe = inversionPreset('ozbulak', 3 * 224 * 224)
    expect(recipe).deep.include({ steps: 201, alpha: 6, pNorm: 1e-7, beta: 2, tv: 1e-8 })
    const code = recipe.optimiser.code
    expect(code).contains('momentum: 0.9').and.contains('[0,10000],[1,1000],[41,100')
    for (const preset of ['l-bfgs', 'ozbulak'] as const) {
      const made = await viz(net).on(photo).invert('conv2', { preset, steps: 10 })
      const { history } = made.inverted[0]!
      expect(history.at(-1), preset).below(0.7 * history[0]!)
    }
  })

  it('is the same again, and another by another seed', async () => {
    const of = async (seed: number) => (await invert(net, photo, 'conv1', { steps: 3, seed })).data
    expect(await of(1)).deep.equal(await of(1))
    expect(await of(1)).not.deep.equal(await of(2))
  })

  it('an interrupt gives what there is', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const going = invert(net, photo, ['conv1', 'conv4', 'conv5'], { steps: 5000, signal })
    setTimeout(() => controller.abort(), 300)
    const made = await going
    expect(made.interrupted).equal(true)
    expect(made.images).length(1)
    expect(made.figure.toString()).contains('conv1')
    expect(made.curve.toString()).contains('PSNR')
    const before = await rejection(invert(net, photo, 'conv1', { signal }))
    expect(before.name).equal('AbortError')
  })

  it('says what is wrong', async () => {
    const wrong: [string | string[], Parameters<typeof invert>[3], string][] = [
      ['conv44', {}, "'conv4'"],
      [[], {}, 'name a layer'],
      ['conv1', { preset: 'adm' as 'adam' }, "'adam'"],
      ['conv1', { tv: -1 }, 'tv'],
      ['conv1', { beta: 3 }, 'from 1 to 2'],
      ['conv1', { steps: 0.5 }, 'steps'],
      ['conv1', { start: [] }, 'name a start'],
    ]
    for (const [layers, options, message] of wrong) {
      const error = await rejection(invert(net, photo, layers, options))
      expect(error).instanceOf(RangeError)
      expect(error.message).contains(message)
    }
    expect(() => psnr(photo, new Image(4, 4))).throw(RangeError, 'compared')
  })
})
