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
import { classScore } from '../../src/objectives/scores.js'
import { onEveryEngine } from '../engines.js'
import { fixture, relativeError } from '../reference.js'
import { type Activation, goldenNetworks, goldenResults } from './golden-networks.js'

const TOLERANCE = 1e-4

for (const [name, { picture, load }] of Object.entries(goldenNetworks))
  onEveryEngine(`${name} on photographs equals PyTorch`, (engine) => {
    const { golden, recorded } = goldenResults(name)
    const inputs = golden.inputs.filter(({ key }) => recorded(`${key}.logits`))
    const image = (key: string): Promise<Image> => loadImage(fileURLToPath(fixture(picture(key))))
    let net: Network
    before(async () => {
      net = await load(engine)
    })
    after(() => net.release())

    it('scores and the five most probable classes', async () => {
      expect(inputs).not.empty
      for (const { key, top5 } of inputs) {
        const prediction = await predict(net, await image(key))
        expect(relativeError(prediction.scores, recorded(`${key}.logits`)!), key).below(TOLERANCE)
        const top = prediction.top(5)
        expect(top.map(({ index }) => index)).deep.equal(top5.map(({ index }) => index))
        expect(top.map(({ name }) => name)).deep.equal(top5.map(({ label }) => label))
        top.forEach(({ probability }, i) => expect(probability).closeTo(top5[i]!.prob, 1e-4))
      }
    })

    it('activations of every recorded layer', async () => {
      // SqueezeNet's last entry is the probabilities, which are no layer here.
      const layers = Object.keys(golden.activations).filter((layer) => layer !== 'softmax')
      const activations = await net.run(await image(inputs[0]!.key), { layers })
      for (const layer of layers) expectLike(activations[layer]!, golden.activations[layer]!, layer)
    })

    for (const { input, classIndex: target, gradcamLayer } of golden.attributions) {
      const expected = (key: string): Tensor | undefined => recorded(`${input}.c${target}.${key}`)

      it(`gradient, saliency and Grad-CAM of class ${target}`, async () => {
        const photo = await image(input)
        const plain = expected('input_grad')!
        const gradient = await net.gradient(photo, { of: classScore(target) })
        expect(relativeError(gradient, plain)).below(TOLERANCE)
        const map = await saliency(net, photo, { target })
        expect(relativeError(map, maxOverChannels(plain))).below(TOLERANCE)

        const cam = await gradcam(net, photo, { target })
        expect(cam.provenance.parameters.layer).equal(gradcamLayer)
        expect(relativeError(cam, expected('gradcam')!)).below(TOLERANCE)
      })

      const backprop = expected('guided_backprop')
      if (backprop)
        it(`guided backpropagation of class ${target}`, async () => {
          const signal = await guided(net, await image(input), { target })
          expect(relativeError(signal, backprop)).below(TOLERANCE)
        })
    }
  })

/** Numbers are recorded to six decimals. */
function expectLike({ data, shape }: Tensor, expected: Activation, layer: string): void {
  expect(shape.slice(1), layer).deep.equal(expected.shape)
  const [channels, ...positions] = expected.shape as [number, ...number[]]
  const plane = positions.reduce((a, b) => a * b, 1)
  const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0)
  const mean = sum(data) / data.length
  const deviation = Math.sqrt(sum(data.map((value) => (value - mean) ** 2)) / data.length)
  const range = expected.max - expected.min
  const near = (actual: number, wanted: number, what: string): void => {
    expect(actual, `${layer}, ${what}`).closeTo(wanted, TOLERANCE * range)
  }
  near(mean, expected.mean, 'mean')
  near(deviation, expected.std, 'deviation')
  near(data.reduce((a, b) => Math.min(a, b)), expected.min, 'minimum') // prettier-ignore
  near(data.reduce((a, b) => Math.max(a, b)), expected.max, 'maximum') // prettier-ignore
  const means = Array.from({ length: channels }, (_, c) =>
    sum(data.subarray(c * plane, (c + 1) * plane)),
  )
  expect(means.indexOf(Math.max(...means)), layer).equal(expected.argmaxChannelOfMeans)
  const [height = 1, width = 1] = positions
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2)
  expected.sample.forEach((value, c) => near(data[c * plane + middle]!, value, `channel ${c}`))
}

function maxOverChannels({ data, shape }: Tensor): Tensor {
  const [channels, height, width] = shape as [number, number, number]
  const plane = height * width
  const max = Float32Array.from({ length: plane }, (_, i) =>
    Math.max(...Array.from({ length: channels }, (_, c) => Math.abs(data[c * plane + i]!))),
  )
  return { data: max, shape: [height, width] }
}
