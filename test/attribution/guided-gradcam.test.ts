import { expect } from 'chai'
import { gradcam } from '../../src/attribution/gradcam.js'
import { guided } from '../../src/attribution/guided.js'
import { guidedGradcam } from '../../src/attribution/guided-gradcam.js'
import { resizePlane } from '../../src/image/resize.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

for (const name of referenceNetworks)
  onEveryEngine(`guided Grad-CAM of the network '${name}'`, (engine) => {
    let torch: Reference
    before(async () => {
      torch = await reference(name, engine)
    })
    after(() => torch.net.release())

    it("equals Captum's", async () => {
      const { target, cam_layer: layer } = torch.settings
      const expected = torch.tensor('guided_gradcam')
      const map = await guidedGradcam(torch.net, torch.tensor('input'), { target, layer })
      expect(map.shape).deep.equal(expected.shape)
      expect(relativeError(map, expected)).below(1e-4)
      // Of 'inception' Grad-CAM is 0 everywhere, and so is this.
      const norm = Math.hypot(...torch.tensor('gradcam').data)
      expect(Math.hypot(...map.data) > 0).equal(norm > 0)
    })
  })

onEveryEngine('guided Grad-CAM', (engine) => {
  const network = () =>
    toyNetwork(
      [3, 8, 8],
      (toy, input) => {
        const first = toy.relu('relu1', toy.conv('conv1', input, 4, 3))
        const maps = toy.relu('relu2', toy.conv('conv2', first, 5, 3))
        return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', maps)), 3)
      },
      { engine },
    )

  it('is the product of both, each image with its own class', async () => {
    const net = await network()
    const pixels = randomTensor([2, 3, 8, 8])
    const layer = 'relu1'
    let counted = 0
    for (const target of [
      [0, 1],
      [1, 2],
      [2, 0],
    ]) {
      const product = await guidedGradcam(net, pixels, { target, layer })
      const map = await gradcam(net, pixels, { target, layer })
      const signal = await guided(net, pixels, { target })
      for (const i of [0, 1]) {
        const large = resizePlane(map.data.slice(i * 36, (i + 1) * 36), 6, 6, 8, 8)
        for (let at = 0; at < 192; at++) {
          const expected = signal.data[i * 192 + at]! * large[at % 64]!
          expect(product.data[i * 192 + at]).closeTo(expected, 1e-6)
          if (expected !== 0) counted++
        }
      }
      expect(product.provenance.parameters).deep.equal({ target, layer, interpolation: 'bilinear' })
    }
    expect(counted).above(100)
    await net.release()
  })

  it('is empty where Grad-CAM is, and says so', async () => {
    const net = await network()
    const of = neuron('gap', [0, 0, 0]).times(-1)
    const product = await guidedGradcam(net, randomTensor([1, 3, 8, 8]), { of })
    expect(product.data.every((value) => value === 0)).true
    expect(product.figure.caption).contains('Grad-CAM at relu2 is 0 everywhere')
    await net.release()
  })

  it('refuses a layer without maps and an unknown interpolation', async () => {
    const net = await network()
    const message = async (options: object) => {
      const pixels = randomTensor([1, 3, 8, 8])
      const error = await rejection(guidedGradcam(net, pixels, { target: 0, ...options }))
      expect(error).instanceOf(RangeError)
      return error.message
    }
    expect(await message({ layer: 'flatten' })).contains('Grad-CAM needs feature maps')
    expect(await message({ interpolation: 'cubic' })).equal(
      "a map is enlarged by 'bilinear' or 'nearest', not 'cubic'",
    )
    await net.release()
  })
})
