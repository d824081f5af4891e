import { fileURLToPath } from 'node:url'
import type { Tensor } from '@tensorflow/tfjs'
import { expect } from 'chai'
import {
  channel,
  classScore,
  deconvnet,
  Figure,
  gradcam,
  guided,
  Image,
  type Network,
  predict,
  type Result,
  saliency,
  viz,
} from '../src/index.js'
import { fixture, reference, relativeError } from './reference.js'
import { rejection } from './rejection.js'
import { randomTensor } from './toys.js'

const path = (file: string): string => fileURLToPath(fixture(file))

describe('viz', () => {
  let net: Network
  let photo: Image
  let top: number
  before(async () => {
    net = await viz.model(path('reference/residual/model.onnx'))
    photo = await viz.image(path('dog_cat_224.png'))
    top = (await viz(net).on(photo).predict()).top(1)[0]!.index
  })
  after(() => net.release())

  const numbers = async (result: Promise<Result>): Promise<number[]> => [...(await result).data]

  it('loads networks and pictures', () => {
    expect(net.name).equal('model')
    expect(net.classes).length(10)
    expect([photo.width, photo.height]).deep.equal([224, 224])
  })

  it('every verb explains the class that the image is taken for', async () => {
    const view = viz(net).on(photo)
    const target = top
    expect(await numbers(view.saliency())).deep.equal(
      await numbers(saliency(net, photo, { target })),
    )
    expect(await numbers(view.guided())).deep.equal(await numbers(guided(net, photo, { target })))
    expect(await numbers(view.deconvnet())).deep.equal(
      await numbers(deconvnet(net, photo, { target })),
    )
    expect(await numbers(view.gradcam())).deep.equal(await numbers(gradcam(net, photo, { target })))
  })

  it('explains another class, and the view stays as it was', async () => {
    const view = viz(net).on(photo)
    const other = (top + 1) % 10
    const targeted = view.target(other)
    expect(targeted).not.equal(view)
    expect((await targeted.saliency()).provenance.parameters.target).equal(other)
    expect((await targeted.gradcam()).provenance.parameters.target).equal(other)
    expect((await view.saliency()).provenance.parameters.target).equal(top)
    expect((await targeted.target(top).guided()).provenance.parameters.target).equal(top)
    expect((await view.target(`class ${other}`).guided()).provenance.parameters.target).equal(other)
  })

  it('explains any objective', async () => {
    const of = classScore(1).minus(classScore(2))
    const view = viz(net).on(photo).target(of)
    expect(await numbers(view.saliency())).deep.equal(await numbers(saliency(net, photo, { of })))
    expect(await numbers(view.gradcam())).deep.equal(await numbers(gradcam(net, photo, { of })))
    expect((await view.deconvnet()).provenance.parameters.of).equal(of.toString())
    const unit = viz(net).on(photo).target(channel('layer1', 3))
    expect((await unit.guided()).figure.title).equal('Guided backprop: layer1:3')
    expect((await unit.predict()).provenance.parameters).deep.equal({ top: 5, target: undefined })
  })

  it('passes options on', async () => {
    const view = viz(net).on(photo)
    const target = top
    expect(await numbers(view.saliency({ rule: 'guided', channels: 'sum' }))).deep.equal(
      await numbers(saliency(net, photo, { target, rule: 'guided', channels: 'sum' })),
    )
    const map = await view.gradcam('layer1', { relu: false })
    expect(map.provenance.parameters).deep.include({ target, layer: 'layer1', relu: false })
    expect(map.shape).deep.equal([1, 10, 10])
    expect((await view.gradcam()).provenance.parameters.layer).equal(net.lastFeatureMaps)
  })

  it('predicts, and highlights the target', async () => {
    const prediction = await viz(net).on(photo).predict()
    expect([...prediction.data]).deep.equal([...(await predict(net, photo)).data])
    expect(prediction.top(3)).length(3)
    expect(prediction.top(1)[0]!.index).equal(top)
    const last = prediction.top(10).at(-1)!
    const targeted = await viz(net).on(photo).target(last.index).predict({ top: 2 })
    expect(targeted.toString()).contains(last.name)
    expect((await viz(net).on(photo).predict({ top: 2 })).toString()).not.contains(last.name)
  })

  it('puts pictures, results and promises of them in a row', async () => {
    const view = viz(net).on(photo)
    const saliency = await view.saliency()
    const figure = await viz.row(photo, { image: photo }, saliency, view.gradcam(), saliency.figure)
    expect(figure).instanceOf(Figure)
    expect(figure.toString().split('\n')).length(5)
    expect(figure.width).above(2 * saliency.figure.width)
  })

  it('rejects a row of which a part fails', async () => {
    const failing = viz(net).on(photo).gradcam('layr1')
    const error = await rejection(viz.row(photo, failing))
    expect(error.message).match(/^no layer 'layr1'; the nearest are 'layer1/)
  })

  it('takes several images through the functions', async () => {
    const images = randomTensor([3, 3, 40, 40])
    const prediction = await predict(net, images)
    const target = [0, 1, 2].map((image) => prediction.top(1, image)[0]!.index)
    for (const method of [saliency, guided, deconvnet, gradcam]) {
      const result = await method(net, images, { target })
      expect(result.shape[0]).equal(3)
      expect(result.provenance.parameters.target).deep.equal(target)
      expect(result.figure.toString().split('\n')).length(3)
    }
  })

  it('refuses an unknown class at once', () => {
    expect(() => viz(net).on(photo).target(10)).throw(RangeError, 'classes 0 … 9, and no class 10')
    expect(() => viz(net).on(photo).target('klass 3')).throw(RangeError, "'class 3'")
  })

  it('refuses at once to look at what is no picture', () => {
    const on = (thing: unknown) => viz(net).on(thing as Image)
    expect(() => on('husky.jpg')).throw(
      TypeError,
      "an image was expected, not a string, 'husky.jpg'; viz.image loads one, and is to be awaited",
    )
    expect(() => on(viz.image('husky.jpg').catch(() => 0))).throw(TypeError, "write 'await' before")
    expect(() => on(undefined)).throw(TypeError, 'an image was expected, not undefined')
  })

  it('refuses an unknown network', async () => {
    const unknown = await rejection(viz.model('squeezenet'))
    expect(unknown).instanceOf(RangeError).property('message').contains("'squeezenet1_1'")
    const missing = await rejection(viz.model('./missing.onnx'))
    expect(missing.message).contains('./missing.onnx')
  })
})

describe('engines', () => {
  afterEach(() => viz.engine('onnx'))

  it('are chosen by name, and an unknown one names the nearest', () => {
    expect(viz.engine().name).equal('onnx')
    expect(viz.engine('tensorflow').name).equal('tensorflow')
    expect(() => viz.engine('tensorflw' as 'onnx')).throws(RangeError, "'tensorflow'")
  })

  it('compute the same explanation', async () => {
    const { image } = viz.scenes({ seed: 7 }).get(0)
    const one = await viz.model('scenes')
    viz.engine('tensorflow')
    const two = await viz.model('scenes')
    expect(two.engine.name).equal('tensorflow')
    const map = await viz(one).on(image).gradcam()
    const same = await viz(two).on(image).gradcam()
    expect(relativeError(same, map)).below(1e-4)
    expect(same.provenance.engine).match(/^tfjs .*\((wasm|plain|node|node-gpu)\)$/)
  })

  it('net.apply is what tf.grad can differentiate', async () => {
    // Not a scene: in its flat colours many maxima tie, and rounding decides where the gradient goes.
    const tf = await import('@tensorflow/tfjs')
    const torch = await reference('plain')
    const { data, shape } = torch.tensor('input')
    const { target } = torch.settings
    const score = (x: Tensor) => torch.net.apply(x).gather(target, 1).sum()
    const gradient = tf.grad(score)(tf.tensor(data, shape))
    const byHand = { data: (await gradient.data()) as Float32Array, shape: gradient.shape }
    expect(relativeError(byHand, torch.tensor('gradient'))).below(1e-4)
  })
})

describe('a live tf.LayersModel', () => {
  it('goes straight into viz', async () => {
    const tf = await import('@tensorflow/tfjs')
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [16, 16, 3],
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          name: 'conv',
        }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    })
    const { image } = viz.scenes({ seed: 7, size: 32 }).get(0)
    const map = await viz(model).on(image).target(1).gradcam('conv')
    expect(map.shape).deep.equal([1, 16, 16])
    const { scores, data } = await viz(model).on(image).predict()
    expect(data.reduce((sum, p) => sum + p, 0)).closeTo(1, 1e-5)
    expect(scores.shape).deep.equal([1, 3])
    const message = await rejection(viz(model).on(image).gradcam('cnv'))
    expect(String(message)).include("'conv'")
  })
})
