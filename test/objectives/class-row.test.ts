import { expect } from 'chai'
import type { Tensor } from '../../src/engine/tensor.js'
import { Random } from '../../src/image/random.js'
import { Builder } from '../../src/network/builder.js'
import { BATCH, Graph, type Shape } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { classScore } from '../../src/objectives/scores.js'
import { relativeError } from '../reference.js'

const random = new Random(5)
const tensor = (...shape: number[]): Tensor => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  shape,
})

/** Scores by a convolution and a mean, as SqueezeNet's, or by a linear layer. */
function scorer(kind: 'convolution' | 'linear'): Graph {
  const graph = new Graph()
  graph.inputs = [{ name: 'x', type: 'float32', shape: [BATCH, 3, 6, 6] satisfies Shape }]
  const b = new Builder(graph)
  const layer = (name: string, op: string, inputs: string[], attributes = {}): string =>
    b.layer(name, op, inputs, attributes)
  const parameter = (...shape: number[]): string =>
    b.constant({ type: 'float32', ...tensor(...shape) })
  const maps = layer('conv', 'Conv', ['x', parameter(8, 3, 3, 3)], { kernel_shape: [3, 3] })
  const relu = layer('relu', 'Relu', [maps])
  let scores: string
  if (kind === 'convolution') {
    const last = [relu, parameter(10, 8, 1, 1), parameter(10)]
    const rectified = layer('relu2', 'Relu', [
      layer('last', 'Conv', last, { kernel_shape: [1, 1] }),
    ])
    scores = layer('scores', 'Flatten', [layer('pool', 'GlobalAveragePool', [rectified])])
  } else {
    const features = layer('flat', 'Flatten', [layer('pool', 'GlobalAveragePool', [relu])])
    scores = layer('scores', 'Gemm', [features, parameter(10, 8), parameter(10)], { transB: 1 })
  }
  graph.outputs = [{ name: scores, type: 'float32', shape: [BATCH, 10] }]
  return graph
}

describe('the row of one class', () => {
  for (const kind of ['convolution', 'linear'] as const)
    describe(`of a last layer that is ${kind}`, () => {
      // With two images the scores of all classes are computed: the longer way to the same numbers.
      it('gives the score and the gradients that all classes give', async () => {
        const net = await Network.from(scorer(kind))
        const [one, other] = [tensor(1, 3, 6, 6), tensor(1, 3, 6, 6)]
        const both = { data: Float32Array.of(...one.data, ...other.data), shape: [2, 3, 6, 6] }
        for (const rule of ['plain', 'guided', 'deconvnet'] as const) {
          const wrt = ['input', 'relu']
          const alone = await net.differentiate(one, { of: classScore(7), rule, wrt })
          const pair = await net.differentiate(both, { of: classScore([7, 2]), rule, wrt })
          expect(alone.value.data[0]).closeTo(pair.value.data[0]!, 1e-5)
          for (const name of wrt) {
            const expected = alone.gradients[name]!
            const { length } = expected.data
            const data = pair.gradients[name]!.data.subarray(0, length)
            expect(relativeError({ ...expected, data }, expected)).below(1e-5)
            expect(data.some((value) => value !== 0)).equal(true)
          }
        }
      })

      it('does not pass by the layers that are differentiated by', async () => {
        const net = await Network.from(scorer(kind))
        const { gradients } = await net.differentiate(tensor(1, 3, 6, 6), {
          of: classScore(7),
          wrt: ['scores'],
        })
        expect([...gradients.scores!.data]).deep.equal([0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
      })
    })
})
