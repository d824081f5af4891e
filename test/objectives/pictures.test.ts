import { expect } from 'chai'
import type { Network } from '../../src/network/network.js'
import { content } from '../../src/objectives/content.js'
import { diversity } from '../../src/objectives/diversity.js'
import { gramMatrix, style } from '../../src/objectives/gram.js'
import { l2, pNorm, totalVariation } from '../../src/objectives/image-priors.js'
import type { Objective } from '../../src/objectives/objective.js'
import { perImage } from '../../src/objectives/per-image.js'
import { classScore } from '../../src/objectives/scores.js'
import { centreNeuron, channel, dream, neuron } from '../../src/objectives/units.js'
import { onEveryEngine } from '../engines.js'
import { relativeError } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork } from '../toys.js'

onEveryEngine('objectives on pictures and layers', (engine) => {
  let net: Network
  const x = randomTensor([2, 3, 6, 5])
  before(async () => {
    net = await toyNetwork(
      [3, 6, 5],
      (toy, input) => {
        const maps = toy.relu('relu', toy.conv('conv', input, 4, 3, { padding: 1 }))
        return toy.linear('fc', toy.flatten('flatten', maps), 3)
      },
      { engine, classes: ['cat', 'dog', 'cow'] },
    )
  })
  after(() => net.release())

  const valueOf = async (of: Objective, input = x) =>
    (await net.differentiate(input, { of })).value.data
  /** The gradient against central differences at some pixels. */
  const checkGradient = async (of: Objective) => {
    const gradient = (await net.gradient(x, { of })).data
    for (const at of engine.name === 'onnx' ? [7, 50, 133] : [50]) {
      const moved = async (by: number) => {
        const data = x.data.slice()
        data[at]! += by
        return (await valueOf(of, { data, shape: x.shape })).reduce((a, b) => a + b)
      }
      const difference = ((await moved(0.01)) - (await moved(-0.01))) / 0.02
      expect(gradient[at], `pixel ${at}`).closeTo(
        difference,
        0.02 * Math.max(0.1, Math.abs(difference)),
      )
    }
  }

  const at = (image: number, c: number, i: number, j: number): number =>
    x.data[((image * 3 + c) * 6 + i) * 5 + j]!
  /** The sum over the pixels of what their differences to the right and below make; outside they are 0. */
  const overPixels = (image: number, cost: (dx: number, dy: number) => number): number => {
    let sum = 0
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 5; j++)
          sum += cost(
            j < 4 ? at(image, c, i, j + 1) - at(image, c, i, j) : 0,
            i < 5 ? at(image, c, i + 1, j) - at(image, c, i, j) : 0,
          )
    return sum
  }
  const own = (image: number): number[] => [...x.data.slice(image * 90, (image + 1) * 90)]
  const priors: [Objective, (image: number) => number][] = [
    [l2(), (image) => own(image).reduce((sum, v) => sum + v * v, 0)],
    [pNorm(6), (image) => own(image).reduce((sum, v) => sum + v ** 6, 0)],
    [pNorm(1), (image) => own(image).reduce((sum, v) => sum + Math.abs(v), 0)],
    [totalVariation(), (image) => overPixels(image, (dx, dy) => dx * dx + dy * dy)],
    [
      totalVariation({ form: 'absolute' }),
      (image) => overPixels(image, (dx, dy) => Math.abs(dx) + Math.abs(dy)),
    ],
    [totalVariation({ form: 'isotropic' }), (image) => overPixels(image, Math.hypot)],
    [
      totalVariation({ form: 'isotropic', beta: 1.5 }),
      (image) => overPixels(image, (dx, dy) => (dx * dx + dy * dy) ** 0.75),
    ],
  ]
  for (const [of, twin] of priors)
    it(`${of.toString()} is what its formula says, and so is its gradient`, async () => {
      const value = await valueOf(of)
      for (const image of [0, 1])
        expect(value[image]).closeTo(twin(image), 1e-3 + 1e-4 * twin(image))
      await checkGradient(of)
    })

  it('isotropic variations of different β share a program, and nothing else', async () => {
    const [one, two] = [1, 2].map((beta) => totalVariation({ form: 'isotropic', beta }))
    expect(one!.key).equal(two!.key)
    expect((await valueOf(one!))[0]).not.closeTo((await valueOf(two!))[0]!, 0.1)
  })

  it('content is 0 for the picture itself, and relative to the features where wanted', async () => {
    const { relu } = await net.run(x, { layers: ['relu'] })
    expect(Math.max(...(await valueOf(content('relu', relu!))))).below(1e-8)
    const first = { data: relu!.data.slice(0, 120), shape: [1, 4, 6, 5] }
    const norm = first.data.reduce((sum, v) => sum + v * v, 0)
    const [plain, relative] = [
      await valueOf(content('relu', first)),
      await valueOf(content('relu', first, { relative: true })),
    ]
    expect(plain[1]).above(0.1)
    expect(relative[1]).closeTo(plain[1]! / norm, 1e-5)
    await checkGradient(content('fc', { data: new Float32Array(3), shape: [1, 3] }))
  })

  it('Gram matrices do not know where things are', async () => {
    const { relu } = await net.run(x, { layers: ['relu'] })
    const gram = gramMatrix(relu!, 'none')
    const moved = relu!.data.map((_, i) => relu!.data[i - (i % 30) + ((i * 7 + 3) % 30)]!)
    expect(relativeError(gramMatrix({ data: moved, shape: relu!.shape }, 'none'), gram)).below(1e-5)
    const [c, d] = [2, 3]
    let product = 0
    for (let k = 0; k < 30; k++) product += relu!.data[c * 30 + k]! * relu!.data[d * 30 + k]!
    expect(gram.data[c * 4 + d]).closeTo(product, 1e-4)
    expect(
      relativeError(gramMatrix(relu!, 'hw'), { ...gram, data: gram.data.map((v) => v / 30) }),
    ).below(1e-6)
    for (const normalisation of ['none', 'hw', 'chw'] as const) {
      const of = style('relu', gramMatrix(relu!, normalisation), { normalisation })
      expect(Math.max(...(await valueOf(of)))).below(1e-6)
    }
    await checkGradient(style('relu', { data: new Float32Array(16), shape: [1, 4, 4] }))
  })

  it('diversity is −1 for images alike, and more for others', async () => {
    const twice = {
      data: Float32Array.of(...x.data.slice(0, 90), ...x.data.slice(0, 90)),
      shape: x.shape,
    }
    for (const value of await valueOf(diversity('relu'), twice)) expect(value).closeTo(-1, 1e-5)
    const { relu } = await net.run(x, { layers: ['relu'] })
    const grams = gramMatrix(relu!).data
    const [a, b] = [grams.slice(0, 16), grams.slice(16)]
    const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, v, i) => sum + v * q[i]!, 0)
    const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
    for (const value of await valueOf(diversity('relu'))) expect(value).closeTo(-cosine, 1e-5)
    await checkGradient(diversity('relu'))
  })

  it('perImage gives each image its own; lists of channels do the same', async () => {
    const parts = [channel('relu', 1).plus(classScore('dog')), neuron('conv', [3, 2, 2]).times(2)]
    const value = await valueOf(perImage(parts))
    for (const image of [0, 1])
      expect(value[image]).closeTo((await valueOf(parts[image]!))[image]!, 1e-5)
    await checkGradient(perImage(parts))
    const listed = await valueOf(channel('relu', [3, 0]))
    expect(listed[0]).closeTo((await valueOf(channel('relu', 3)))[0]!, 1e-6)
    expect(listed[1]).closeTo((await valueOf(channel('relu', 0)))[1]!, 1e-6)
    await checkGradient(channel('relu', [3, 0]))
    expect(perImage(parts).describe(net, 1)).equal('2 · conv:3@2,2')
  })

  it('dream is the mean square, and centreNeuron the one in the middle', async () => {
    const { relu } = await net.run(x, { layers: ['relu'] })
    const mean = relu!.data.slice(120).reduce((sum, v) => sum + v * v, 0) / 120
    expect((await valueOf(dream('relu')))[1]).closeTo(mean, 1e-5)
    await checkGradient(dream('relu'))
    expect(await valueOf(centreNeuron('conv', 2))).deep.equal(
      await valueOf(neuron('conv', [2, 3, 2])),
    )
  })

  it('refuse what does not fit', async () => {
    const error = async (of: Objective, input = x) => {
      const found = await rejection(net.gradient(input, { of }))
      expect(found).instanceOf(RangeError)
      return found.message
    }
    const one = randomTensor([1, 3, 6, 5])
    expect(await error(diversity('relu'), one)).contains('ask for 2 or more')
    expect(await error(perImage([l2(), l2(), l2()]))).equal('3 objectives for 2 images')
    expect(await error(channel('relu', [1]))).equal('1 channels for 2 images')
    expect(await error(centreNeuron('fc', 1))).contains('no maps')
    expect(await error(style('fc', one))).contains('a Gram matrix is one of feature maps')
    expect(await error(style('conv', one))).contains('is [1, 4, 4], not [1, 3, 6, 5]')
    expect(await error(content('conv', one))).contains('are [1, 4, 6, 5] here, not [1, 3, 6, 5]')
    expect(() => pNorm(0.5)).throw(RangeError, 'a finite p, 1 or more')
    expect(() => totalVariation({ form: 'x' as 'squared' })).throw(RangeError, "'isotropic'")
    expect(() => totalVariation({ form: 'isotropic', beta: 0 })).throw(RangeError, 'above 0')
    expect(() => style('conv', one, { normalisation: 'x' as 'hw' })).throw(RangeError, "'chw'")
  })
})
