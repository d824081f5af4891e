import { expect } from 'chai'
import { totalVariation, l2 } from '../../src/objectives/image-priors.js'
import { content } from '../../src/objectives/content.js'
import { gramMatrix, style } from '../../src/objectives/gram.js'
import { classScore } from '../../src/objectives/scores.js'
import { pixels } from '../../src/optimise/images/pixels.js'
import { optimise } from '../../src/optimise/optimise.js'
import { adam } from '../../src/optimise/optimisers/adam.js'
import { ascent } from '../../src/optimise/optimisers/ascent.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'

const image = pixels({ range: 'free' })

for (const name of referenceNetworks)
  onEveryEngine(`optimising the input of '${name}' equals PyTorch's`, (engine) => {
    let torch: Reference
    let features: Awaited<ReturnType<Reference['net']['run']>>
    before(async () => {
      torch = await reference(name, engine)
      features = await torch.net.run(torch.tensor('input2'), { layers: torch.settings.taps })
    })
    after(() => torch.net.release())

    const differentiated = async (of: Parameters<typeof torch.net.differentiate>[1]['of']) => {
      const { value, gradients } = await torch.net.differentiate(torch.tensor('input'), { of })
      return { value, gradient: gradients.input! }
    }

    it('content: ‖φ(x) − φ₀‖² and its gradient', async () => {
      const layer = torch.settings.taps.at(-1)!
      const { value, gradient } = await differentiated(content(layer, features[layer]!))
      expect(relativeError(value, torch.tensor('content_loss'))).below(1e-5)
      expect(relativeError(gradient, torch.tensor('content_gradient'))).below(1e-4)
    })

    it('Gram matrices, and the style loss of several layers', async () => {
      const { taps } = torch.settings
      for (const layer of taps.slice(0, 2)) {
        const [raw, normalised] = (['none', 'chw'] as const).map((by) =>
          gramMatrix(features[layer]!, by),
        )
        expect(relativeError(raw!, torch.tensor(`gram/${layer}`))).below(1e-5)
        expect(relativeError(normalised!, torch.tensor(`gram_normalized/${layer}`))).below(1e-5)
      }
      const weights = [4, 2, 1, 0.5, 0.25]
      const of = taps
        .map((layer, i) => style(layer, gramMatrix(features[layer]!)).times(weights[i]!))
        .reduce((sum, one) => sum.plus(one))
      const { value, gradient } = await differentiated(of)
      expect(relativeError(value, torch.tensor('style_loss'))).below(1e-5)
      expect(relativeError(gradient, torch.tensor('style_gradient'))).below(1e-4)
    })

    it('total variation', async () => {
      const { value, gradient } = await differentiated(totalVariation())
      expect(relativeError(value, torch.tensor('tv_loss'))).below(1e-5)
      expect(relativeError(gradient, torch.tensor('tv_gradient'))).below(1e-4)
    })

    // After eight steps one value before a rectifier of 'depthwise' is 6e-8 for onnx and PyTorch and 0 for tf.js,
    // among values up to 12: from there on the two gradients differ by that unit.
    const flips = name === 'depthwise' && engine.name === 'tensorflow'
    it(`class visualisation: ten steps of ascent${flips ? ', two of them past a kink' : ''}`, async () => {
      const made = await optimise(torch.net, {
        of: classScore(torch.settings.target).minus(l2().times(1e-3)),
        steps: 10,
        image,
        optimiser: ascent({ rate: 5, normalise: 'l2' }),
      })
      const { class_ascent_10: expected } = torch.settings
      made.history[0]!.slice(0, flips ? 9 : 10).forEach((value, step) =>
        expect(value, `step ${step}`).closeTo(expected.objective[step]!, 1e-4),
      )
      expect(relativeError(made, torch.tensor('class_ascent_10'))).below(flips ? 0.05 : 1e-4)
    })

    it('inversion: ten steps of Adam', async () => {
      const layer = torch.settings.taps.at(-1)!
      const made = await optimise(torch.net, {
        of: content(layer, features[layer]!).plus(totalVariation().times(1e-3)),
        direction: 'descend',
        steps: 10,
        image,
        start: torch.tensor('input'),
        optimiser: adam({ rate: 0.05 }),
      })
      const { losses } = torch.settings.inversion_adam_10
      made.history[0]!.forEach((value, step) =>
        expect(Math.abs(value / losses[step]! - 1), `step ${step}`).below(1e-4),
      )
      expect(relativeError(made, torch.tensor('inversion_adam_10'))).below(1e-4)
    })
  })
