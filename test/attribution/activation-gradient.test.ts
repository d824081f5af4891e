import { expect } from 'chai'
import { activationGradient } from '../../src/attribution/activation-gradient.js'
import { channel } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'

for (const name of referenceNetworks)
  onEveryEngine(`gradients of activations of the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it("equal Captum's neuron gradient", async () => {
      const [layer, [c, y, x]] = torch.settings.neuron
      const map = await activationGradient(
        torch.net,
        torch.tensor('input'),
        `${layer}:${c}@${y},${x}`,
      )
      expect(map.shape).deep.equal(torch.tensor('neuron_gradient').shape)
      expect(relativeError(map, torch.tensor('neuron_gradient'))).below(1e-4)
      expect(map.figure.title).equal(`Gradient: ${layer}:${c}@${y},${x}`)
    })

    it('equal central differences of the activation', async () => {
      const { net, settings } = torch
      const [layer, [c, y, x]] = settings.neuron
      const input = torch.tensor('input')
      const map = await activationGradient(net, input, `${layer}:${c}@${y},${x}`)
      const width = net.layers.find((one) => one.name === layer)!.shape[2]!
      const strongest = map.data.reduce(
        (b, v, i) => (Math.abs(v) > Math.abs(map.data[b]!) ? i : b),
        0,
      )
      const at = async (step: number) => {
        const data = input.data.slice()
        data[strongest]! += step
        const { [layer]: maps } = await net.run({ data, shape: input.shape }, { layers: [layer] })
        const [, , height] = maps!.shape as [number, number, number]
        return maps!.data[(c * height + y) * width + x]!
      }
      const step = 2e-3 // smaller than the way to the nearest kink, larger than what rounding hides
      const slope = ((await at(step)) - (await at(-step))) / (2 * step)
      expect(map.data[strongest]).closeTo(slope, 0.02 * Math.abs(slope))
    })

    it('of a channel is that of its mean', async () => {
      const { net, settings } = torch
      const [layer, [c]] = settings.neuron
      const input = torch.tensor('input')
      const map = await activationGradient(net, input, `${layer}:${c}`)
      const expected = await net.gradient(input, { of: channel(layer, c) })
      expect([...map.data]).deep.equal([...expected.data])
      expect(map.figure.title).equal(`Gradient: ${layer}:${c}`)
    })

    it('refuse units that there are not', async () => {
      const [layer] = torch.settings.neuron
      const input = torch.tensor('input')
      const message = async (address: string) => {
        const error = await rejection(activationGradient(torch.net, input, address))
        expect(error).instanceOf(RangeError)
        return error.message
      }
      expect(await message(`${layer}:999`)).contains('and no channel 999')
      expect(await message(`${layer}:0@99,0`)).contains('no place 99,0')
      expect(await message(`${layer}0:1`)).contains(`no layer '${layer}0'; the nearest are`)
    })
  })
