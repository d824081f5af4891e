import { expect } from 'chai'
import { gradcam } from '../../src/attribution/gradcam.js'
import type { Tensor } from '../../src/engine/tensor.js'
import type { Network } from '../../src/network/network.js'
import type { Objective } from '../../src/objectives/objective.js'
import { classScore } from '../../src/objectives/scores.js'
import { neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { reference, type Reference, referenceNetworks, relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

/** Σ_k mean(∂S/∂A_k) A_k, as the paper writes it, of one image. */
async function twin(net: Network, input: Tensor, of: Objective, layer: string): Promise<Tensor> {
  const gradient = await net.gradient(input, { of, wrt: layer })
  const { [layer]: maps } = await net.run(input, { layers: [layer] })
  const [, channels, height, width] = maps!.shape as [number, number, number, number]
  const at = (k: number, y: number, x: number): number => (k * height + y) * width + x
  const map = new Float32Array(height * width)
  for (let k = 0; k < channels; k++) {
    let alpha = 0
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) alpha += gradient.data[at(k, y, x)]! / (height * width)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) map[at(0, y, x)]! += alpha * maps!.data[at(k, y, x)]!
  }
  return { data: map, shape: [1, height, width] }
}

for (const name of referenceNetworks)
  onEveryEngine(`Grad-CAM of the network '${name}'`, (engine) => {
    let torch: Reference
    let layer: string
    before(async () => {
      torch = await reference(name, engine)
      layer = torch.settings.cam_layer
    })
    after(() => torch.net.release())

    it("equals Captum's, its ReLU applied", async () => {
      const { target } = torch.settings
      const map = await gradcam(torch.net, torch.tensor('input'), { target, layer })
      const [, , height, width] = torch.tensor('gradcam').shape
      expect(map.shape).deep.equal([1, height, width])
      expect(relativeError(map, torch.tensor('gradcam'))).below(1e-4)
    })

    it('without ReLU equals plain loops over activations and gradients, for every class', async () => {
      for (const target of torch.net.classes.keys()) {
        const map = await gradcam(torch.net, torch.tensor('input'), { target, layer, relu: false })
        const expected = await twin(torch.net, torch.tensor('input'), classScore(target), layer)
        expect(relativeError(map, expected), `class ${target}`).below(1e-4)
        const positive = await gradcam(torch.net, torch.tensor('input'), { target, layer })
        expect([...positive.data]).deep.equal(Array.from(map.data, (v) => Math.max(0, v)))
      }
    })
  })

onEveryEngine('Grad-CAM', (engine) => {
  let net: Network
  const pixels = randomTensor([1, 3, 7, 6])
  before(async () => {
    net = await toyNetwork(
      [3, 7, 6],
      (toy, input) => {
        const first = toy.relu('relu1', toy.conv('conv1', input, 4, 3, { padding: 1 }))
        const maps = toy.relu('relu2', toy.conv('conv2', first, 5, 3))
        return toy.linear('fc', toy.flatten('flatten', toy.globalAveragePool('gap', maps)), 3)
      },
      { engine },
    )
  })
  after(() => net.release())

  it('is CAM where a linear layer follows global average pooling (Selvaraju 2017, section 3)', async () => {
    const { relu2 } = await net.run(pixels, { layers: ['relu2'] })
    const w = weightOf(net, 'fc.weight')
    const plane = 5 * 4
    for (const target of [0, 1, 2]) {
      const map = await gradcam(net, pixels, { target, relu: false })
      expect(map.provenance.parameters.layer).equal('relu2')
      const cam = map.data.map((_, i) =>
        [0, 1, 2, 3, 4].reduce(
          (sum, k) => sum + (w[target * 5 + k]! / plane) * relu2!.data[k * plane + i]!,
          0,
        ),
      )
      expect(relativeError(map, { ...map, data: cam })).below(1e-5)
    }
  })

  it('of a difference of scores is, without ReLU, the difference of the maps', async () => {
    const [a, b] = await Promise.all(
      [2, 0].map((target) => gradcam(net, pixels, { target, relu: false })),
    )
    const map = await gradcam(net, pixels, {
      of: classScore(2).minus(classScore(0).times(3)),
      relu: false,
    })
    const difference = { ...map, data: a!.data.map((value, i) => value - 3 * b!.data[i]!) }
    expect(relativeError(map, difference)).below(1e-5)
  })

  it('weighs by the gradients of another rule where that is asked for, as tf-explain does', async () => {
    const of = classScore(1)
    const alphas = async (rule: 'plain' | 'guided'): Promise<number[]> => {
      const gradient = await net.gradient(pixels, { of, wrt: 'relu1', rule })
      return Array.from(
        { length: 4 },
        (_, k) => gradient.data.subarray(k * 42, (k + 1) * 42).reduce((a, b) => a + b, 0) / 42,
      )
    }
    const { relu1 } = await net.run(pixels, { layers: ['relu1'] })
    const weights = await alphas('guided')
    // Guided signals pass relu2 where they are positive; those of conv2's input may have either sign.
    expect(weights).not.deep.equal(await alphas('plain'))
    const map = await gradcam(net, pixels, { of, layer: 'relu1', relu: false, rule: 'guided' })
    const expected = map.data.map((_, i) =>
      weights.reduce((sum, alpha, k) => sum + alpha * relu1!.data[k * 42 + i]!, 0),
    )
    expect(relativeError(map, { ...map, data: expected })).below(1e-5)
    expect(map.provenance.parameters.rule).equal('guided')
    expect(map.figure.toString()).contain('by guided gradients')
    const unknown = gradcam(net, pixels, { of, rule: 'guide' as 'guided' })
    expect((await rejection(unknown)).message).contain("'guided'")
  })

  it('explains a neuron by the layers below it', async () => {
    const of = neuron('conv2', [3, 2, 2])
    const map = await gradcam(net, pixels, { of, layer: 'relu1', relu: false })
    expect(relativeError(map, await twin(net, pixels, of, 'relu1'))).below(1e-5)
    expect(Math.hypot(...map.data)).above(0)
  })

  it('gives each image of a batch the map that it has alone', async () => {
    const other = randomTensor([1, 3, 7, 6], 9)
    const both = { data: Float32Array.from([...pixels.data, ...other.data]), shape: [2, 3, 7, 6] }
    const together = await gradcam(net, both, { target: [1, 2], relu: false })
    const first = await gradcam(net, pixels, { target: 1, relu: false })
    const second = await gradcam(net, other, { target: 2, relu: false })
    const apart = { ...together, data: Float32Array.from([...first.data, ...second.data]) }
    expect(together.shape).deep.equal([2, 5, 4])
    expect(relativeError(together, apart)).below(1e-5)
    expect(together.figure.toString()).contains('Grad-CAM: class 1').contains('Grad-CAM: class 2')
  })

  it('says why a map is empty', async () => {
    // No map of ReLU's weighs less than 0, so that either a class or its opposite has an empty map.
    const score = neuron('gap', [0, 0, 0])
    const full = await gradcam(net, pixels, { of: score })
    const empty = await gradcam(net, pixels, { of: score.times(-1) })
    expect(full.data.some((value) => value > 0)).true
    expect(full.figure.caption).equal('')
    expect(empty.data.every((value) => value === 0)).true
    expect(empty.figure.caption).contains('Nowhere do the feature maps').contains('relu: false')
  })

  it('needs a layer of feature maps that exists', async () => {
    const error = async (layer: string) => {
      const found = await rejection(gradcam(net, pixels, { target: 0, layer }))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    expect(await error('conv22')).equal(
      "no layer 'conv22'; the nearest are 'conv2', 'conv1', 'relu2'",
    )
    expect(await error('flatten')).equal("Grad-CAM needs feature maps, but layer 'flatten' is [5]")
  })
})
