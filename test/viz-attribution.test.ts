import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import {
  activationGradient,
  classScore,
  guidedGradcam,
  type Image,
  inputTimesGradient,
  type Network,
  projectUnit,
  type Result,
  scoreOrProbability,
  smoothGrad,
  trust,
  viz,
} from '../src/index.js'
import { fixture } from './reference.js'
import { rejection } from './rejection.js'

const path = (file: string): string => fileURLToPath(fixture(file))

describe('verbs of attribution', () => {
  let net: Network
  let photo: Image
  let target: number
  before(async () => {
    net = await viz.model(path('reference/residual/model.onnx'))
    photo = await viz.image(path('dog_cat_224.png'))
    target = (await viz(net).on(photo).predict()).top(1)[0]!.index
  })
  after(() => net.release())

  const expectSame = async (verb: Promise<Result>, method: Promise<Result>): Promise<void> => {
    const [a, b] = [await verb, await method]
    expect(a.provenance).deep.equal(b.provenance)
    expect([...a.data]).deep.equal([...b.data])
  }

  it('explain the class that the image is taken for, or the target', async () => {
    const view = viz(net).on(photo)
    await expectSame(view.inputTimesGradient(), inputTimesGradient(net, photo, { target }))
    await expectSame(
      view.guidedGradcam('layer1', { interpolation: 'nearest' }),
      guidedGradcam(net, photo, { target, layer: 'layer1', interpolation: 'nearest' }),
    )
    const options = { samples: 2, seed: 4 }
    await expectSame(view.smoothGrad(options), smoothGrad(net, photo, { target, ...options }))
    await expectSame(view.scoreOrProbability(), scoreOrProbability(net, photo, { target }))
    const of = classScore(1).minus(classScore(2))
    await expectSame(view.target(of).inputTimesGradient(), inputTimesGradient(net, photo, { of }))
    const error = await rejection(view.target(of).scoreOrProbability())
    expect(error).instanceOf(TypeError)
    expect(error.message).equal('only classes have a score and a probability')
  })

  it('take units by their address', async () => {
    const view = viz(net).on(photo)
    await expectSame(view.gradient('layer1:3@2,5'), activationGradient(net, photo, 'layer1:3@2,5'))
    const options = { keep: 'map' } as const
    await expectSame(
      view.project('layer1:3', options),
      projectUnit(net, photo, 'layer1:3', options),
    )
  })

  it('compare methods', async () => {
    const options = { methods: ['saliency', 'edges'], stages: 1, steps: 2 } as const
    await expectSame(
      viz(net).trust([{ image: photo }], options),
      trust(net, [{ image: photo }], options),
    )
  })

  it('show small computations step by step', async () => {
    const row = await viz.row(viz.reluRules(), viz.unpooling(), viz.transpose())
    expect(row.toString())
      .contains('Three ways back')
      .contains('Max-pooling and unpooling')
      .contains('Why the transpose?')
  })
})
