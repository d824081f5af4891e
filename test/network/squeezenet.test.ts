import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { gradcam } from '../../src/attribution/gradcam.js'
import { guided } from '../../src/attribution/guided.js'
import { predict } from '../../src/attribution/predict.js'
import { saliency } from '../../src/attribution/saliency.js'
import type { Tensor } from '../../src/engine/tensor.js'
import type { Image } from '../../src/image/image.js'
import { loadImage } from '../../src/image/load.js'
import type { Network } from '../../src/network/network.js'
import { readSafeTensors } from '../../src/network/safetensors.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { fixture, relativeError } from '../reference.js'

const path = (file: string): string => fileURLToPath(fixture(file))

interface Golden {
  top5: { index: number; label: string; prob: number }[]
  activations: Record<string, { mean: number; std: number; sample: number[] }>
}

describe('SqueezeNet 1.1 on a photograph equals PyTorch', () => {
  let net: Network
  let photo: Image
  const golden = readSafeTensors(readFileSync(fixture('squeezenet1_1/golden.safetensors'))).tensors
  const recorded = JSON.parse(
    readFileSync(fixture('squeezenet1_1/golden.json')).toString(),
  ) as Golden
  const torch = (name: string): Tensor => {
    const found = golden.get(`dog_cat.${name}`)
    if (!(found?.data instanceof Float32Array)) throw new Error(`no golden result '${name}'`)
    return { data: found.data, shape: found.shape }
  }

  before(async () => {
    net = await zooNetwork('squeezenet1_1', { weights: path('squeezenet1_1/weights.safetensors') })
    photo = await loadImage(path('dog_cat_224.png'))
  })
  after(() => net.release())

  it('scores and the five most probable classes', async () => {
    const prediction = await predict(net, photo)
    const { scores } = prediction
    expect(relativeError(scores, torch('logits'))).below(1e-3)
    const top = prediction.top(5)
    expect(top.map(({ index }) => index)).deep.equal(recorded.top5.map(({ index }) => index))
    expect(top.map(({ name }) => name)).deep.equal(recorded.top5.map(({ label }) => label))
    top.forEach(({ probability }, i) => expect(probability).closeTo(recorded.top5[i]!.prob, 1e-3))
  })

  it('activations of every recorded layer', async () => {
    const layers = Object.keys(recorded.activations).filter((name) => name.startsWith('features'))
    expect(layers.length).above(10)
    const activations = await net.run(photo, { layers })
    for (const layer of layers) {
      const { data } = activations[layer]!
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length
      expect(mean, layer).closeTo(recorded.activations[layer]!.mean, 1e-3 * Math.abs(mean))
    }
  })

  for (const target of [243, 282]) {
    it(`gradient, guided backpropagation and Grad-CAM of class ${target}`, async () => {
      const plain = torch(`c${target}.input_grad`)
      const gradient = await net.gradient(photo, { of: classScoreOf(target) })
      expect(relativeError(gradient, plain)).below(1e-3)

      const expectedSaliency = maxOverChannels(plain)
      expect(relativeError(await saliency(net, photo, { target }), expectedSaliency)).below(1e-3)

      const backprop = await guided(net, photo, { target })
      expect(relativeError(backprop, torch(`c${target}.guided_backprop`))).below(1e-3)

      const map = await gradcam(net, photo, { target })
      expect(map.provenance.parameters.layer).equal('features.12')
      expect(relativeError(map, torch(`c${target}.gradcam`))).below(1e-3)
    })
  }

  it('Grad-CAM lights the dog for bull mastiff and the cat for tiger cat (Selvaraju 2017, fig. 1)', async () => {
    // In the picture the dog's head is in the upper left, the cat in the lower left beside its body.
    const centre = async (target: number): Promise<{ x: number; y: number }> => {
      const { data, shape } = await gradcam(net, photo, { target })
      const [, height, width] = shape as [number, number, number]
      const mass = data.reduce((sum, value) => sum + value, 0)
      const mean = (of: (i: number) => number): number =>
        data.reduce((sum, value, i) => sum + value * of(i), 0) / mass
      return {
        x: mean((i) => ((i % width) + 0.5) / width),
        y: mean((i) => (Math.floor(i / width) + 0.5) / height),
      }
    }
    const dog = await centre(243)
    const cat = await centre(282)
    expect(cat.y - dog.y).above(0.15)
  })
})

import { classScore as classScoreOf } from '../../src/objectives/scores.js'

function maxOverChannels({ data, shape }: Tensor): Tensor {
  const [channels, height, width] = shape as [number, number, number]
  const plane = height * width
  const max = Float32Array.from({ length: plane }, (_, i) =>
    Math.max(...Array.from({ length: channels }, (_, c) => Math.abs(data[c * plane + i]!))),
  )
  return { data: max, shape: [height, width] }
}
