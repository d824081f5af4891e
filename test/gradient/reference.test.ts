import { expect } from 'chai'
import type { Objective } from '../../src/objectives/objective.js'
import { classScore, crossEntropy } from '../../src/objectives/scores.js'
import { neuron } from '../../src/objectives/units.js'
import type { ReluRule } from '../../src/gradient/relu-rules.js'
import { onEveryEngine } from '../engines.js'
import { type Reference, reference, referenceNetworks, relativeError } from '../reference.js'

const TOLERANCE = 1e-4

for (const name of referenceNetworks)
  onEveryEngine(`gradients of the network '${name}' equal PyTorch's and Captum's`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it('class scores', async () => {
      const { logits } = await torch.net.run(torch.tensor('input'), { layers: ['logits'] })
      expect(relativeError(logits!, torch.tensor('logits'))).below(TOLERANCE)
    })

    it('activations of every recorded layer, in one run', async () => {
      const layers = torch.settings.taps
      const activations = await torch.net.run(torch.tensor('input'), { layers })
      for (const layer of layers)
        expect(
          relativeError(activations[layer]!, torch.tensor(`activation/${layer}`)),
          layer,
        ).below(TOLERANCE)
    })

    const cases: [string, ReluRule, (t: Reference) => Objective][] = [
      ['gradient', 'plain', (t) => classScore(t.settings.target)],
      ['guided_backprop', 'guided', (t) => classScore(t.settings.target)],
      ['deconvolution', 'deconvnet', (t) => classScore(t.settings.target)],
      ['neuron_gradient', 'plain', (t) => neuron(...t.settings.neuron)],
      ['neuron_guided', 'guided', (t) => neuron(...t.settings.neuron)],
    ]
    for (const [key, rule, objective] of cases)
      it(key.replaceAll('_', ' '), async () => {
        const of = objective(torch)
        const result = await torch.net.gradient(torch.tensor('input'), { of, rule })
        expect(result.shape).deep.equal(torch.tensor(key).shape)
        expect(relativeError(result, torch.tensor(key))).below(TOLERANCE)
      })

    it('gradients by every weight', async () => {
      const batch = torch.tensor('batch')
      const weights = torch.names.filter((key) => key.startsWith('weight_gradient/'))
      const wrt = weights.map((key) => key.slice('weight_gradient/'.length))
      const { value, gradients } = await torch.net.differentiate(batch, {
        of: crossEntropy(torch.labels),
        wrt,
      })
      const count = torch.labels.length // PyTorch's loss is the mean over the batch
      const loss = value.data.reduce((sum, one) => sum + one, 0) / count
      expect(loss).closeTo(torch.tensor('batch_loss').data[0]!, 1e-5)
      for (const weight of wrt) {
        const mean = { ...gradients[weight]!, data: gradients[weight]!.data.map((g) => g / count) }
        expect(relativeError(mean, torch.tensor(`weight_gradient/${weight}`)), weight).below(
          TOLERANCE,
        )
      }
    })

    it('a batch gives each image its own gradient', async () => {
      const { net } = torch
      const one = torch.tensor('input')
      const two = torch.tensor('input2')
      const both = {
        data: Float32Array.from([...one.data, ...two.data]),
        shape: [2, ...one.shape.slice(1)],
      }
      const of = classScore([torch.settings.target, torch.settings.wrong])
      const together = await net.gradient(both, { of })
      const first = await net.gradient(one, { of: classScore(torch.settings.target) })
      const second = await net.gradient(two, { of: classScore(torch.settings.wrong) })
      const apart = { ...both, data: Float32Array.from([...first.data, ...second.data]) }
      expect(relativeError(together, apart)).below(1e-5)
    })
  })
