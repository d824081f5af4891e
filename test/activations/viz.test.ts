import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import {
  activations,
  filters,
  filterSpectrum,
  guided,
  Image,
  maximalPatches,
  type Network,
  neuron,
  viz,
} from '../../src/index.js'
import { fixture } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

const path = (file: string): string => fileURLToPath(fixture(file))

describe('the verbs of viz on layers and units', () => {
  let net: Network
  let photo: Image
  before(async () => {
    net = await viz.model(path('reference/plain/model.onnx'))
    photo = await viz.image(path('dog_cat_224.png'))
  })
  after(() => net.release())

  it('show filters and their spectra', async () => {
    const layer = viz(net).layer('features.0')
    expect([...(await layer.filters()).data]).deep.equal([...filters(net, 'features.0').data])
    expect([...(await layer.spectrum({ size: 16 })).data]).deep.equal([
      ...filterSpectrum(net, 'features.0', { size: 16 }).data,
    ])
    expect((await rejection(layer.templates())).message).contains('no linear layer')
  })

  it('show templates', async () => {
    const linear = await toyNetwork([3, 4, 4], (toy, input) =>
      toy.linear('fc', toy.flatten('flatten', input), 2),
    )
    expect((await viz(linear).layer('fc').templates()).shape).deep.equal([2, 3, 4, 4])
  })

  it('show activations', async () => {
    const maps = await viz(net).on(photo).activations('features.4', { count: 3 })
    const expected = await activations(net, photo, 'features.4')
    expect([...maps.data]).deep.equal([...expected.data])
    expect(maps.figure.parts.title).contains('3 of')
  })

  it('find patches of a unit, of a layer, of several', async () => {
    const small = await toyNetwork([3, 8, 8], (toy, input) =>
      toy.linear('fc', toy.flatten('flatten', toy.relu('relu', toy.conv('conv', input, 6, 3))), 2),
    )
    const pictures = [1, 2, 3, 4].map((seed) => {
      const { data } = randomTensor([1, 3, 8, 8], seed)
      return new Image(8, 8, data.map(Math.abs))
    })
    const expected = await maximalPatches(small, pictures, 'conv:4', { top: 2, cache: false })
    const options = { cache: false as const }
    for (const found of [
      await viz(small).unit('conv', 4).patches(pictures, 2, options),
      await viz(small).unit('conv:4').patches(pictures, 2, options),
      await viz(small)
        .layer('conv')
        .patches(pictures, 2, { units: [4], ...options }),
      await viz(small).patches(pictures, ['conv:4'], 2, options),
    ]) {
      expect([...found.data]).deep.equal([...expected.data])
      expect(found.units[0]!.patches).length(2)
    }
    expect(
      (await viz(small).unit('conv', 1).patches(pictures, undefined, options)).shape,
    ).deep.equal([1, 9])
    expect(
      (await viz(small).unit('fc', 'class 1').patches(pictures, 2, options)).units[0]!.channel,
    ).equal(1)
    const wrong = await rejection(viz(small).unit('conv', 6).patches(pictures))
    expect(wrong.message).contains('and no channel 6')
  })

  it('explain a unit by its address', async () => {
    const found = await viz(net).on(photo).target('features.4:3@2,5').guided()
    const of = neuron('features.4', [3, 2, 5])
    expect([...found.data]).deep.equal([...(await guided(net, photo, { of })).data])
    expect(found.figure.parts.title).contains('features.4:3@2,5')
  })
})
