import { expect } from 'chai'
import { Random } from '../../src/image/random.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import type { ReceptiveField } from '../../src/network/receptive-field.js'
import { neuron } from '../../src/objectives/units.js'
import { reference, referenceNetworks } from '../reference.js'

const size = 40

/** Rows and columns of the pixels that act on a unit, from its gradient. */
async function support(net: Network, layer: string, position: number[]): Promise<number[][]> {
  const { shape } = net.layers.find(({ name }) => name === layer)!
  const [, , height, width] = net.graph.inputs[0]!.shape!.map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const random = new Random(3)
  const [rows, columns] = [new Set<number>(), new Set<number>()]
  for (let channel = 0; channel < Math.min(4, shape[0]!); channel++) {
    const data = Float32Array.from({ length: 3 * height * width }, () => random.normal())
    const of = neuron(layer, [channel, ...position])
    const gradient = await net.gradient({ data, shape: [1, 3, height, width] }, { of })
    gradient.data.forEach((value, i) => {
      if (value === 0) return
      rows.add(Math.floor(i / width) % height)
      columns.add(i % width)
    })
  }
  return [rows, columns].map((found) => [...found].sort((a, b) => a - b))
}

/** First and last pixel inside the image that a unit sees. */
const seen = (
  { start, stride, size: extent }: ReceptiveField,
  unit: number,
  image: number,
): number[] => {
  const first = start + unit * stride
  return [Math.max(0, first), Math.min(image - 1, first + extent - 1)]
}

describe('receptive fields', () => {
  let net: Network
  before(async () => {
    // Convolutions alone, so that every pixel in a field acts: strides, dilation, pads that differ, branches.
    const graph = new Graph()
    graph.inputs = [{ name: 'input', type: 'float32', shape: ['N', 3, size, size] }]
    const b = new Builder(graph)
    const random = new Random(1)
    const weights = (...shape: number[]): string =>
      b.constant(
        float32(
          Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, () => random.normal()),
          shape,
        ),
      )
    const conv = (
      name: string,
      x: string,
      kernel: number[],
      attributes: Record<string, number[]>,
    ) => b.layer(name, 'Conv', [x, weights(4, Number(b.shape(x)[1]), ...kernel)], attributes)
    const one = conv('one', 'input', [5, 3], { strides: [2, 2], pads: [2, 1, 2, 1] })
    const wide = conv('wide', one, [3, 3], { dilations: [2, 3], pads: [2, 3, 2, 3] })
    const narrow = conv('narrow', one, [1, 1], {})
    const joined = b.layer('joined', 'Concat', [wide, narrow], { axis: 1 })
    const last = conv('last', joined, [2, 3], { strides: [2, 1], pads: [0, 0, 1, 2] })
    graph.outputs = [{ name: last, type: 'float32', shape: undefined }]
    net = await Network.from(graph)
  })
  after(() => net.release())

  for (const layer of ['one', 'wide', 'narrow', 'joined', 'last'])
    it(`are the support of a unit's gradient: ${layer}`, async () => {
      const { receptiveField, shape } = net.layers.find(({ name }) => name === layer)!
      for (const position of [
        [0, 0],
        [Math.floor(shape[1]! / 2), Math.floor(shape[2]! / 2)],
        [shape[1]! - 1, shape[2]! - 1],
      ]) {
        const found = await support(net, layer, position)
        found.forEach((pixels, axis) =>
          expect([pixels[0], pixels.at(-1)], `${position.join()} axis ${axis}`).deep.equal(
            seen(receptiveField![axis as 0 | 1], position[axis]!, size),
          ),
        )
      }
    })

  for (const name of referenceNetworks)
    it(`hold the support of every layer's units in the network '${name}'`, async () => {
      const torch = await reference(name)
      const image = Number(torch.net.graph.inputs[0]!.shape![2])
      for (const layer of torch.net.layers) {
        if (!layer.receptiveField || !['Conv', 'MaxPool', 'AveragePool'].includes(layer.type))
          continue
        const position = layer.shape.slice(1).map((n) => Math.floor(n / 2))
        const found = await support(torch.net, layer.name, position)
        found.forEach((pixels, axis) => {
          const [first, last] = seen(layer.receptiveField![axis as 0 | 1], position[axis]!, image)
          for (const at of pixels) expect(at, `${layer.name} axis ${axis}`).within(first!, last!)
        })
      }
      await torch.net.release()
    })
})
