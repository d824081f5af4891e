import { expect } from 'chai'
import { deconvnet } from '../../src/attribution/deconvnet.js'
import { guided } from '../../src/attribution/guided.js'
import type { Result } from '../../src/result.js'
import type { Network } from '../../src/network/network.js'
import { classScore } from '../../src/objectives/scores.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

for (const name of referenceNetworks)
  onEveryEngine(`DeconvNet of the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it("equals Captum's Deconvolution", async () => {
      const { target } = torch.settings
      const signal = await deconvnet(torch.net, torch.tensor('input'), { target })
      expect(signal.shape).deep.equal(torch.tensor('deconvolution').shape)
      expect(relativeError(signal, torch.tensor('deconvolution'))).below(1e-4)
    })
  })

onEveryEngine('DeconvNet', (engine) => {
  it('without rectifiers is the gradient, of a class and of a neuron', async () => {
    const net = await toyNetwork(
      [3, 8, 8],
      (toy, input) => {
        const maps = toy.maxPool('pool', toy.conv('conv', input, 4, 3, { padding: 1 }), 3, {
          stride: 2,
        })
        return toy.linear('fc', toy.flatten('flatten', maps), 2)
      },
      { engine },
    )
    const pixels = randomTensor([1, 3, 8, 8])
    for (const of of [classScore(1), neuron('pool', [2, 1, 1])]) {
      const signal = await deconvnet(net, pixels, { of })
      const gradient = await net.gradient(pixels, { of })
      expect([...signal.data]).deep.equal([...gradient.data])
      expect(Math.hypot(...gradient.data)).above(0)
    }
    await net.release()
  })

  /** Two hidden layers, and the way back through them by plain loops. */
  describe('and guided backpropagation through two rectifiers equal plain loops', () => {
    const sizes = [12, 7, 5, 3]
    const pixels = randomTensor([1, 3, 2, 2])
    let net: Network
    before(async () => {
      net = await toyNetwork(
        [3, 2, 2],
        (toy, input) => {
          const first = toy.relu('relu1', toy.linear('fc1', toy.flatten('flatten', input), 7))
          return toy.linear('fc3', toy.relu('relu2', toy.linear('fc2', first, 5)), 3)
        },
        { engine },
      )
    })
    after(() => net.release())

    /** The weight from unit i of layer l to unit j of the next. */
    const weight = (l: number, j: number, i: number): number =>
      weightOf(net, `fc${l + 1}.weight`)[j * sizes[l]! + i]!
    const units = (l: number): number[] => Array.from({ length: sizes[l]! }, (_, i) => i)

    function twin(target: number, passes: (f: number, r: number) => boolean): number[] {
      const values = [Array.from(pixels.data)]
      for (const l of [0, 1]) {
        const below = values[l]!.map((f) => (l === 0 ? f : Math.max(0, f)))
        const bias = weightOf(net, `fc${l + 1}.bias`)
        values.push(
          units(l + 1).map((j) => below.reduce((sum, f, i) => sum + weight(l, j, i) * f, bias[j]!)),
        )
      }
      let signal = units(3).map((j) => Number(j === target))
      for (const l of [2, 1, 0]) {
        const down = units(l).map((i) => signal.reduce((sum, r, j) => sum + weight(l, j, i) * r, 0))
        signal = l === 0 ? down : down.map((r, i) => (passes(values[l]![i]!, r) ? r : 0))
      }
      return signal
    }

    const rules: [string, typeof deconvnet, (f: number, r: number) => boolean][] = [
      ['DeconvNet', deconvnet, (_, r) => r > 0],
      ['guided backpropagation', guided, (f, r) => f > 0 && r > 0],
    ]
    for (const [name, method, passes] of rules)
      it(name, async () => {
        const results: Result[] = []
        for (const target of [0, 1, 2]) {
          const signal = await method(net, pixels, { target })
          results.push(signal)
          const expected = { ...signal, data: Float32Array.from(twin(target, passes)) }
          expect(relativeError(signal, expected), `class ${target}`).below(1e-5)
        }
        expect(results.some(({ data }) => Math.hypot(...data) > 0)).true
      })
  })
})
