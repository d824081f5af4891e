import { expect } from 'chai'
import { deconvnet } from '../../src/attribution/deconvnet.js'
import { guided } from '../../src/attribution/guided.js'
import { classScore } from '../../src/objectives/scores.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

for (const name of referenceNetworks)
  onEveryEngine(`guided backpropagation of the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it("equals Captum's, of a class", async () => {
      const { target } = torch.settings
      const signal = await guided(torch.net, torch.tensor('input'), { target })
      expect(signal.shape).deep.equal(torch.tensor('guided_backprop').shape)
      expect(relativeError(signal, torch.tensor('guided_backprop'))).below(1e-4)
    })

    it("equals Captum's, of a neuron", async () => {
      const of = neuron(...torch.settings.neuron)
      const signal = await guided(torch.net, torch.tensor('input'), { of })
      expect(relativeError(signal, torch.tensor('neuron_guided'))).below(1e-4)
    })

    it('below a rectifier lets through only what is positive, where the rectifier is active', async () => {
      const { net, settings } = torch
      const input = torch.tensor('input')
      const rectifiers = net.graph.nodes.filter((node) => ['Relu', 'Clip'].includes(node.op))
      expect(rectifiers.length).above(2)
      for (const node of rectifiers) {
        const names = [node.inputs[0]!, node.outputs[0]!].map(
          (value) => net.layers.find((_, i) => net.graph.nodes[i]!.outputs.includes(value))!.name,
        )
        const { gradients, activations } = await net.differentiate(input, {
          of: classScore(settings.target),
          rule: 'guided',
          wrt: names.slice(0, 1),
          layers: names.slice(1),
        })
        const [signal, active] = [gradients[names[0]!]!, activations[names[1]!]!]
        expect(
          signal.data.every((value, i) => value >= 0 && (value === 0 || active.data[i]! > 0)),
          names.join(' → '),
        ).true
      }
    })
  })

onEveryEngine('guided backpropagation', (engine) => {
  it('of a single rectifier passes where both DeconvNet and the gradient do', async () => {
    // The rectifier looks at the pixels themselves, and the signal that reaches it is a row of weights.
    const net = await toyNetwork(
      [3, 4, 4],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', toy.relu('relu', input)), 2),
      { engine },
    )
    const pixels = randomTensor([1, 3, 4, 4])
    const w = weightOf(net, 'fc.weight').subarray(0, 48)
    const plain = await net.gradient(pixels, { of: classScore(0) })
    const deconvolved = await deconvnet(net, pixels, { target: 0 })
    const signal = await guided(net, pixels, { target: 0 })
    pixels.data.forEach((f, i) => {
      const r = w[i]!
      expect(plain.data[i]).equal(f > 0 ? r : 0)
      expect(deconvolved.data[i]).equal(r > 0 ? r : 0)
      expect(signal.data[i]).equal(f > 0 && r > 0 ? r : 0)
    })
    const count = (numbers: Float32Array): number => numbers.filter((value) => value !== 0).length
    expect(count(signal.data))
      .above(0)
      .below(Math.min(count(plain.data), count(deconvolved.data)))
    await net.release()
  })
})
