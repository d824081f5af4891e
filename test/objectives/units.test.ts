import { expect } from 'chai'
import type { Network } from '../../src/network/network.js'
import { activation, channel, neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

for (const name of referenceNetworks)
  onEveryEngine(`objectives on the units of '${name}' equal PyTorch's`, (engine) => {
    let torch: Reference
    let layer: string
    before(async () => {
      torch = await reference(name, engine)
      layer = torch.settings.taps.at(-1)!
    })
    after(() => torch.net.release())

    it('activation: the loss of DeepDream', async () => {
      const of = activation(layer)
      const { value, gradients } = await torch.net.differentiate(torch.tensor('input'), { of })
      expect(relativeError(value, torch.tensor('dream_loss'))).below(1e-5)
      expect(relativeError(gradients.input!, torch.tensor('dream_gradient'))).below(1e-4)
    })

    it('channel: its mean', async () => {
      const of = channel(layer, 2)
      const { value, gradients } = await torch.net.differentiate(torch.tensor('input'), { of })
      expect(relativeError(value, torch.tensor('channel_loss'))).below(1e-5)
      expect(relativeError(gradients.input!, torch.tensor('channel_gradient'))).below(1e-4)
    })
  })

onEveryEngine('objectives on units', (engine) => {
  let net: Network
  const pixels = randomTensor([2, 3, 5, 4])

  before(async () => {
    net = await toyNetwork(
      [3, 5, 4],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3, { padding: 1 }))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine },
    )
  })
  after(() => net.release())

  it('neuron of feature maps and of a vector is the number at its place', async () => {
    const { conv, fc } = await net.run(pixels, { layers: ['conv', 'fc'] })
    const inMaps = await net.differentiate(pixels, { of: neuron('conv', [3, 4, 1]), wrt: ['conv'] })
    const inVector = await net.differentiate(pixels, { of: neuron('fc', [2]) })
    for (const n of [0, 1]) {
      expect(inMaps.value.data[n]).equal(conv!.data[n * 80 + 3 * 20 + 4 * 4 + 1])
      expect(inVector.value.data[n]).equal(fc!.data[n * 3 + 2])
    }
    // By its own layer its gradient is 1 at its place.
    const places = [...inMaps.gradients.conv!.data.entries()].filter(([, value]) => value !== 0)
    expect(places).deep.equal([
      [3 * 20 + 4 * 4 + 1, 1],
      [80 + 3 * 20 + 4 * 4 + 1, 1],
    ])
  })

  it('channel of feature maps is their mean, of a vector its number', async () => {
    const { relu, fc } = await net.run(pixels, { layers: ['relu', 'fc'] })
    const ofMaps = await net.differentiate(pixels, { of: channel('relu', 1) })
    const ofVector = await net.differentiate(pixels, { of: channel('fc', 1) })
    for (const n of [0, 1]) {
      const map = relu!.data.subarray(n * 80 + 20, n * 80 + 40)
      expect(ofMaps.value.data[n]).closeTo(map.reduce((a, b) => a + b) / 20, 1e-6)
      expect(ofVector.value.data[n]).equal(fc!.data[n * 3 + 1])
    }
  })

  it('the gradient of a layer’s activation by the layer is the activation itself', async () => {
    for (const layer of ['conv', 'relu', 'fc']) {
      const { gradients, activations } = await net.differentiate(pixels, {
        of: activation(layer),
        wrt: [layer],
        layers: [layer],
      })
      expect(relativeError(gradients[layer]!, activations[layer]!), layer).below(1e-6)
    }
  })

  it('refuse what the network does not have', async () => {
    const error = async (of: ReturnType<typeof neuron>) => {
      const found = await rejection(net.gradient(pixels, { of }))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    expect(await error(neuron('cnv', [0, 0, 0]))).contains("no layer 'cnv'; the nearest are 'conv'")
    expect(await error(channel('rel', 0))).contains("'relu'")
    expect(await error(activation('fcc'))).contains("'fc'")
    const outside = "layer 'conv' is [4, 5, 4] and has no neuron"
    expect(await error(neuron('conv', [4, 0, 0]))).equal(`${outside} [4, 0, 0]`)
    expect(await error(neuron('conv', [0, -1, 0]))).equal(`${outside} [0, -1, 0]`)
    expect(await error(neuron('conv', [0, 0.5, 0]))).equal(`${outside} [0, 0.5, 0]`)
    expect(await error(neuron('conv', [0]))).equal(`${outside} [0]`)
    expect(await error(neuron('fc', [0, 0]))).contains('[0, 0]')
    expect(await error(channel('conv', 4))).equal("layer 'conv' has 4 channels, from 0, and no 4")
  })
})
