import { expect } from 'chai'
import { tensor } from '../../src/engine/tensor.js'
import { Image } from '../../src/image/image.js'
import { BATCH, type Graph, type Node, type Shape } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { classScore } from '../../src/objectives/scores.js'
import { viz } from '../../src/viz.js'
import { onEveryEngine } from '../engines.js'
import { relativeError } from '../reference.js'
import { failure, model, node, randomTensor } from './models.js'

const size: [number, number] = [8, 6]
const preprocessing = {
  size,
  mean: [0.5, 0.4, 0.3] as [number, number, number],
  std: [0.2, 0.3, 0.4] as [number, number, number],
}

/** Convolution, ReLU, mean and a dense layer, with nodes before them. */
const classifier = (input: Shape, channels: number, from: string, ...before: Node[]): Graph =>
  model(
    input,
    [
      ...before,
      node('Conv', [from, 'w'], 'conv', { pads: [1, 1, 1, 1] }),
      node('Relu', ['conv'], 'relu'),
      node('GlobalAveragePool', ['relu'], 'pool'),
      node('Flatten', ['pool'], 'flat'),
      node('Gemm', ['flat', 'd'], 'logits'),
    ],
    { constants: { w: randomTensor([5, channels, 3, 3], 1), d: randomTensor([5, 4], 2) } },
  )
const pixels = (channels: number) => {
  const { data } = randomTensor([3, ...size], channels)
  return new Image(
    size[1],
    size[0],
    (data as Float32Array).map((value) => (value + 1) / 2),
  )
}

onEveryEngine('images [N, H, W, C], as converters from Keras leave them', (engine) => {
  const photo = pixels(3)
  const channelsFirst = node('Transpose', ['x'], 'first', { perm: [0, 3, 1, 2] })
  const graphs: Record<string, Graph> = {
    'transposed at once': classifier([BATCH, ...size, 3], 3, 'first', channelsFirst),
    'scaled before that': classifier(
      [BATCH, ...size, 3],
      3,
      'first',
      node('Identity', ['x'], 'same'),
      node('Transpose', ['same'], 'first', { perm: [0, 3, 1, 2] }),
    ),
    'read in both ways': classifier(
      ['batch', 'height', 'width', 3],
      3,
      'sum',
      channelsFirst,
      node('Relu', ['x'], 'positive'),
      node('Transpose', ['positive'], 'second', { perm: [0, 3, 1, 2] }),
      node('Sub', ['second', 'positive_first'], 'zero'),
      node('Relu', ['first'], 'positive_first'),
      node('Add', ['first', 'zero'], 'sum'),
    ),
  }
  for (const [title, graph] of Object.entries(graphs))
    it(title, async () => {
      const options = { preprocessing, engine }
      const plain = await Network.from(classifier([BATCH, 3, ...size], 3, 'x'), options)
      const net = await Network.from(graph, options)
      expect(net.preprocess(photo).shape).deep.equal([1, 3, ...size])
      expect(relativeError(await net.scoresOf(photo), await plain.scoresOf(photo))).below(1e-6)
      const of = classScore(1)
      const gradient = await net.gradient(photo, { of })
      expect(gradient.shape).deep.equal([1, 3, ...size])
      expect(relativeError(gradient, await plain.gradient(photo, { of }))).below(1e-6)
      expect((await viz(net).on(photo).gradcam()).shape).deep.equal([1, ...size])
    })

  it('a first axis of 3 is taken for the channels, whatever the last one is', async () => {
    const net = await Network.from(classifier([BATCH, 3, 8, 3], 3, 'x'), { engine })
    expect(net.graph.inputs[0]!.shape).deep.equal([BATCH, 3, 8, 3])
  })
})

onEveryEngine('a network of grey pictures', (engine) => {
  const photo = pixels(3)
  const grey = { size, mean: [0.45] as [number], std: [0.25] as [number] }
  const load = (options = {}): Promise<Network> =>
    Network.from(classifier([BATCH, 1, ...size], 1, 'x'), {
      preprocessing: grey,
      engine,
      ...options,
    })

  it('sees the luma of an image', async () => {
    const net = await load()
    const plane = size[0] * size[1]
    const [red, green, blue] = [0, 1, 2].map((c) => photo.data.subarray(c * plane, (c + 1) * plane))
    const luma = red!.map((r, i) => 0.299 * r + 0.587 * green![i]! + 0.114 * blue![i]!)
    const input = tensor(luma.map((value) => (value - 0.45) / 0.25), [1, 1, ...size]) // prettier-ignore
    expect(relativeError(net.preprocess(photo), input)).below(1e-6)
    expect(relativeError(await net.scoresOf(photo), await net.scoresOf(input))).below(1e-6)
  })

  it('is explained by every verb', async () => {
    const view = viz(await load()).on(photo)
    expect((await view.predict()).shape).deep.equal([1, 4])
    expect((await view.saliency()).shape).deep.equal([1, ...size])
    expect((await view.gradcam()).shape).deep.equal([1, ...size])
    for (const result of [await view.guided(), await view.deconvnet()]) {
      expect(result.shape).deep.equal([1, 1, ...size])
      expect(result.png().length).above(100)
    }
    expect((await view.gradcam()).png().length).above(100)
  })

  it('has one mean, where a network of colours has three', async () => {
    const coloured = classifier([BATCH, 3, ...size], 3, 'x')
    expect(await failure(() => Network.from(coloured, { name: 'net', preprocessing: grey }))).equal(
      "network 'net' has 3 channels, but its preprocessing one mean",
    )
  })

  it('other channels are given as a tensor', async () => {
    const net = await Network.from(classifier([BATCH, 5, ...size], 5, 'x'), { name: 'net', engine })
    expect(await failure(() => net.scoresOf(photo))).equal(
      "network 'net' takes 5 channels, which an image does not have; give it a tensor [N, 5, H, W]",
    )
  })
})
