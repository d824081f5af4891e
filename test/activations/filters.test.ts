import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { filters, templates } from '../../src/activations/filters.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { filterSpectrum } from '../../src/activations/spectrum.js'
import { onEveryEngine } from '../engines.js'
import { render } from '../figures/pixels.js'
import { fixture } from '../reference.js'
import { rejection } from '../rejection.js'
import { randomTensor, toyNetwork, weightOf } from '../toys.js'

describe('filters', () => {
  let net: Network
  before(async () => {
    net = await toyNetwork([3, 8, 8], (toy, input) => {
      const first = toy.relu('relu1', toy.conv('conv1', input, 4, 3))
      const second = toy.conv('conv2', first, 5, [2, 3])
      return toy.linear('fc', toy.flatten('flatten', second), 2)
    })
  })
  after(() => net.release())

  /** The colours of the squares of the first tile, read off the figure. */
  async function firstTile(options: object): Promise<number[][]> {
    const { figure } = filters(net, 'conv1', options)
    const { at } = await render(figure).then((r) => ({ at: r.at.bind(r) }))
    const top = 13 * 1.35 + 6 // the title and the gap below it
    const side = 96 / 3
    return [0, 1, 2].flatMap((y) =>
      [0, 1, 2].map((x) => at((x + 0.5) * side, Math.round(top) + (y + 0.5) * side)),
    )
  }

  it('are the weights themselves', () => {
    const result = filters(net, 'conv1')
    expect(result.shape).deep.equal([4, 3, 3, 3])
    expect([...result.data]).deep.equal([...weightOf(net, 'conv1.weight')])
    expect(result.provenance).include({ method: 'filters', network: net.name })
    expect(result.provenance).not.property('input')
    expect(result.provenance.parameters).deep.equal({
      layer: 'conv1',
      order: 'index',
      range: 'symmetric',
      scale: 'each',
      count: 4,
      inputs: 3,
    })
  })

  it('are drawn as w / 2max|w| + ½, or from the least to the largest', async () => {
    const w = weightOf(net, 'conv1.weight').subarray(0, 27)
    const most = Math.max(...w.map(Math.abs))
    const [low, high] = [Math.min(...w), Math.max(...w)]
    const ways = [
      [{}, (v: number) => v / (2 * most) + 0.5],
      [{ range: 'minmax' }, (v: number) => (v - low) / (high - low)],
    ] as const
    for (const [options, bright] of ways) {
      const found = await firstTile(options)
      for (let i = 0; i < 9; i++)
        for (let c = 0; c < 3; c++)
          expect(found[i]![c], `${i} ${c}`).closeTo(255 * bright(w[9 * c + i]!), 1.01)
    }
  })

  it('share one scale where that is asked for', async () => {
    const most = Math.max(...weightOf(net, 'conv1.weight').map(Math.abs))
    const [first] = await firstTile({ scale: 'shared' })
    const w = weightOf(net, 'conv1.weight')
    expect(first![1]).closeTo(255 * (w[9]! / (2 * most) + 0.5), 1.01)
  })

  it('are in colour where they see the image, in brackets deeper', () => {
    expect(filters(net, 'conv1').figure.parts.title).equal('conv1: 4 filters of 3×3')
    const deeper = filters(net, 'conv2', { count: 2, inputs: 3 })
    expect(deeper.shape).deep.equal([5, 4, 2, 3])
    expect(deeper.figure.toString()).equal(
      'conv2: 2 of 5 filters of 2×3: 2 groups of up to 3 tiles of 3×2 pixels: 0, 1',
    )
    expect(deeper.figure.parts.caption).contains('the first 3 of 4 maps')
  })

  it('come in the order of their norms', () => {
    const w = weightOf(net, 'conv2.weight')
    const norms = [0, 1, 2, 3, 4].map((k) => Math.hypot(...w.subarray(24 * k, 24 * (k + 1))))
    const order = [0, 1, 2, 3, 4].sort((a, b) => norms[b]! - norms[a]!)
    const { figure } = filters(net, 'conv2', { order: 'norm' })
    expect(figure.parts.caption).contains('The largest norm first.')
    expect(figure.toString().split(': ').at(-1)).equal(order.join(', '))
    expect(order).not.deep.equal([0, 1, 2, 3, 4])
  })

  it('of three maps that are no colours are grey', async () => {
    const other = await toyNetwork([3, 8, 8], (toy, input) => {
      const maps = toy.conv('two', toy.conv('one', input, 3, 3), 4, 3)
      return toy.linear('fc', toy.flatten('flatten', maps), 2)
    })
    expect(filters(other, 'two').figure.toString()).contains('groups of up to 3 tiles')
    expect(filters(other, 'one').figure.toString()).contains('3 tiles of 3×3')
  })

  it('of a depthwise convolution are one grey tile each', async () => {
    const other = await toyNetwork([3, 8, 8], (toy, input) =>
      toy.linear('fc', toy.flatten('flatten', toy.conv('depthwise', input, 3, 3, { group: 3 })), 2),
    )
    const result = filters(other, 'depthwise')
    expect(result.shape).deep.equal([3, 1, 3, 3])
    expect(result.figure.toString()).contains('3 tiles of 3×3')
  })

  it('are refused where there are none, naming those that there are', () => {
    const error = (layer: string, options = {}) => expect(() => filters(net, layer, options))
    error('relu1').throw(
      RangeError,
      "'relu1' has no filters: it is a Relu; the convolution before it is 'conv1'",
    )
    error('fc').throw('it is a Gemm, whose weights `templates()` shows')
    error('conv3').throw("no layer 'conv3'")
    error('conv1', { count: 0 }).throw('count is a whole number, 1 or more, not 0')
    error('conv1', { order: 'size' }).throw("'index' or 'norm', not 'size'")
    error('conv1', { range: 'max' }).throw("'symmetric' or 'minmax', not 'max'")
    error('conv1', { scale: 'own' }).throw("'each' or 'shared', not 'own'")
  })
})

onEveryEngine('templates', (engine) => {
  const options = { engine, classes: ['car', 'airplane'] }

  it('are the rows of the weights in the layout of the image', async () => {
    const net = await toyNetwork(
      [3, 4, 5],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      options,
    )
    const result = await templates(net, 'fc')
    expect(result.shape).deep.equal([2, 3, 4, 5])
    expect([...result.data]).deep.equal([...weightOf(net, 'fc.weight')])
    expect(result.figure.parts.title).equal('fc: templates of 2 classes')
    await net.release()
  })

  it('find their pixels also where the image was flattened channels last', async () => {
    const graph = new Graph()
    graph.inputs = [{ name: 'input', type: 'float32', shape: ['N', 3, 4, 5] }]
    const b = new Builder(graph)
    const last = b.transpose('input', [0, 2, 3, 1])
    const matrix = float32(randomTensor([60, 2]).data, [60, 2])
    const flat = b.reshape(last, ['N', 60])
    const scores = b.layer('dense', 'MatMul', [flat, b.constant(matrix, 'w')])
    graph.outputs = [{ name: scores, type: 'float32', shape: undefined }]
    const net = await Network.from(graph, options)
    const { data } = await templates(net, 'dense')
    // The score is the product of image and template, whatever the way that the network takes.
    const pixels = randomTensor([1, 3, 4, 5], 5)
    const found = await net.scoresOf(pixels)
    for (const k of [0, 1]) {
      const product = pixels.data.reduce((sum, x, i) => sum + x * data[60 * k + i]!, 0)
      expect(product).closeTo(found.data[k]!, 1e-5)
    }
    await net.release()
  })

  it('are refused where a layer sees feature maps', async () => {
    const net = await toyNetwork(
      [3, 6, 6],
      (toy, input) => {
        const maps = toy.conv('conv', input, 3, 3, { padding: 1 }) // as many numbers as pixels
        return toy.linear('fc', toy.flatten('flatten', maps), 2)
      },
      options,
    )
    const error = await rejection(templates(net, 'fc'))
    expect(error).instanceOf(RangeError)
    expect(error.message).equal(
      "layer 'fc' does not see the pixels but 108 numbers that 'conv' (Conv) has computed from them: its " +
        "weights belong to those, and form no picture. The filters of 'conv' do see the pixels",
    )
    expect((await rejection(templates(net, 'conv'))).message).contains(
      'no linear layer; `filters()`',
    )
    expect((await rejection(templates(net, 'fb'))).message).contains("no layer 'fb'")
    await net.release()
  })

  it('show the outputs that are asked for', async () => {
    const net = await toyNetwork(
      [1, 4, 4],
      (toy, input) => toy.linear('fc', toy.flatten('flatten', input), 2),
      options,
    )
    const { figure, shape } = await templates(net, 'fc', { outputs: ['airplane'] })
    expect(shape).deep.equal([2, 1, 4, 4])
    expect(figure.parts.title).equal('fc: templates of 1 of 2 classes')
    const wrong = await rejection(templates(net, 'fc', { outputs: [2] }))
    expect(wrong.message).contains("the outputs 0 … 1, and none '2'")
    await net.release()
  })
})

describe('filters of SqueezeNet', () => {
  it('are of two kinds: edges without colour, and blobs of colour (Krizhevsky et al. 2012)', async () => {
    const weights = fileURLToPath(fixture('squeezenet1_1/weights.safetensors'))
    const net = await zooNetwork('squeezenet1_1', { weights })
    const { data, shape } = filters(net, 'features.0')
    const { radial, frequencies } = filterSpectrum(net, 'features.0')
    expect(shape).deep.equal([64, 3, 3, 3])
    const kinds = Array.from({ length: 64 }, (_, k) => {
      const w = data.subarray(k * 27, (k + 1) * 27)
      let [colour, all] = [0, 0]
      for (let i = 0; i < 9; i++) {
        const grey = (w[i]! + w[9 + i]! + w[18 + i]!) / 3
        for (const value of [w[i]!, w[9 + i]!, w[18 + i]!]) {
          colour += (value - grey) ** 2
          all += value ** 2
        }
      }
      // A blob answers to a flat patch of its colour, an edge to none.
      return { colour: colour / all, flat: radial.data[k * frequencies.length]! }
    }).sort((a, b) => b.colour - a.colour)
    const mean = (of: typeof kinds, key: 'colour' | 'flat') =>
      of.reduce((sum, one) => sum + one[key], 0) / of.length
    const [coloured, grey] = [kinds.slice(0, 16), kinds.slice(-16)]
    expect(mean(coloured, 'colour')).above(0.9) // 0.96
    expect(mean(grey, 'colour')).below(0.12) // 0.08
    expect(mean(coloured, 'flat')).above(3) // 4.5; a filter without preference would have 1
    expect(mean(grey, 'flat')).below(0.2) // 0.05
    await net.release()
  })
})
