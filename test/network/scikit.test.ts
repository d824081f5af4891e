/** Models as scikit-learn's exporter (skl2onnx) writes them, beside the runtime's own results on them. */
import { expect } from 'chai'
import * as ort from 'onnxruntime-node'
import protobuf from 'protobufjs'
import type { Tensor } from '../../src/engine/tensor.js'
import { Random } from '../../src/image/random.js'
import { loadNetwork } from '../../src/network/load.js'
import type { Network } from '../../src/network/network.js'
import { schema } from '../../src/network/onnx-schema.js'
import { classScore } from '../../src/objectives/scores.js'
import { rejection } from '../rejection.js'
import { relativeError } from '../reference.js'

const ModelProto = protobuf.parse(schema).root.lookupType('onnx.ModelProto')
const FEATURES = 8
const random = new Random(11)
const numbers = (size: number): number[] => Array.from({ length: size }, () => random.normal())

const [FLOAT, INT64, STRING] = [1, 7, 8]
const [FLOATS, INTS, STRINGS, WHOLE, TEXT] = [6, 7, 8, 2, 3]
const floats = (name: string, list: number[]) => ({ name, type: FLOATS, floats: list })
const ints = (name: string, list: number[]) => ({ name, type: INTS, ints: list })
const whole = (name: string, i: number) => ({ name, type: WHOLE, i })
const text = (name: string, s: string) => ({ name, type: TEXT, s: Buffer.from(s) })
const strings = (name: string, list: string[]) => ({
  name,
  type: STRINGS,
  strings: list.map((s) => Buffer.from(s)),
})
const node = (
  opType: string,
  input: string[],
  output: string[],
  attribute: object[] = [],
  domain = 'ai.onnx.ml',
) => ({ opType, name: output[0], input, output, attribute, domain })
const tensor = (name: string, dims: number[], list: number[]) => ({
  name,
  dims,
  dataType: FLOAT,
  floatData: list,
})
const port = (name: string, elemType: number | undefined, dims: (number | string)[] = []) => ({
  name,
  type: elemType && {
    tensorType: {
      elemType,
      shape: { dim: dims.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d })) },
    },
  },
})

function file(nodes: object[], initializer: object[], output: object[]): Uint8Array {
  const message = {
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 1 },
    ],
    graph: {
      name: 'scikit',
      node: nodes,
      initializer,
      input: [port('X', FLOAT, ['N', FEATURES])],
      output,
    },
  }
  return ModelProto.encode(ModelProto.fromObject(message)).finish()
}

const batch = { data: Float32Array.from(numbers(3 * FEATURES)), shape: [3, FEATURES] }
async function runtime(bytes: Uint8Array, output: string): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes)
  const results = await session.run({ X: new ort.Tensor('float32', batch.data, batch.shape) })
  await session.release()
  return results[output]!.data as Float32Array
}

const scores = async (net: Network): Promise<Tensor> =>
  (await net.run(batch))[net.graph.outputs[0]!.name]!

describe('models of scikit-learn', () => {
  /** A pipeline of StandardScaler and LogisticRegression. */
  function logistic(transform: string, tail: 'zip' | 'plain'): Uint8Array {
    const rng = new Random(5)
    const list = (size: number) => Array.from({ length: size }, () => rng.normal())
    const nodes = [
      node('Scaler', ['X'], ['scaled'], [floats('offset', list(8)), floats('scale', list(8))]),
      node(
        'LinearClassifier',
        ['scaled'],
        ['label', 'raw'],
        [
          floats('coefficients', list(3 * FEATURES)),
          floats('intercepts', list(3)),
          ints('classlabels_ints', [4, 5, 6]),
          whole('multi_class', 1),
          text('post_transform', transform),
        ],
      ),
      node('Normalizer', ['raw'], ['probabilities'], [text('norm', 'L1')]),
      node(
        'ZipMap',
        ['probabilities'],
        ['output_probability'],
        [ints('classlabels_int64s', [4, 5, 6])],
      ),
    ]
    return tail === 'zip'
      ? file(nodes, [], [port('label', INT64, ['N']), port('output_probability', undefined)])
      : file(
          nodes.slice(0, -1),
          [],
          [port('label', INT64, ['N']), port('probabilities', FLOAT, ['N', 3])],
        )
  }

  for (const transform of ['SOFTMAX', 'LOGISTIC'])
    it(`logistic regression behind a scaler: ${transform}`, async () => {
      const net = await loadNetwork(logistic(transform, 'zip'))
      const expected = await runtime(logistic(transform, 'plain'), 'probabilities')
      const { data, shape } = await scores(net)
      expect(shape).deep.equal([3, 3])
      expect(relativeError({ data, shape }, { data: expected, shape })).below(1e-5)
      expect(net.classes).deep.equal(['4', '5', '6'])
      const gradient = await net.gradient(batch, { of: classScore('5') })
      expect(gradient.shape).deep.equal([3, FEATURES])
    })

  it('a perceptron whose labels are strings', async () => {
    const own = (opType: string, input: string[], output: string[], attribute: object[] = []) =>
      node(opType, input, output, attribute, '')
    const names = ['cat', 'dog', 'wolf']
    const classes = { name: 'classes', dims: [3], dataType: STRING } // skl2onnx keeps the labels as a tensor
    const weights = [
      tensor('w1', [FEATURES, 6], numbers(FEATURES * 6)),
      tensor('b1', [1, 6], numbers(6)),
      tensor('w2', [6, 3], numbers(18)),
      tensor('b2', [1, 3], numbers(3)),
    ]
    const layers = [
      own('MatMul', ['X', 'w1'], ['m1']),
      own('Add', ['m1', 'b1'], ['a1']),
      own('Relu', ['a1'], ['h1']),
      own('MatMul', ['h1', 'w2'], ['m2']),
      own('Add', ['m2', 'b2'], ['a2']),
      own('Softmax', ['a2'], ['probabilities'], [whole('axis', 1)]),
    ]
    const labels = [
      own('ArgMax', ['probabilities'], ['best'], [whole('axis', 1)]),
      node('ArrayFeatureExtractor', ['classes', 'best'], ['label']),
      node('ZipMap', ['probabilities'], ['scores'], [strings('classlabels_strings', names)]),
    ]
    const outputs = [port('label', STRING, ['N']), port('scores', undefined)]
    const net = await loadNetwork(file([...layers, ...labels], [...weights, classes], outputs))
    const plain = file(layers, weights, [port('probabilities', FLOAT, ['N', 3])])
    const expected = { data: await runtime(plain, 'probabilities'), shape: [3, 3] }
    expect(relativeError(await scores(net), expected)).below(1e-5)
    expect(net.classes).deep.equal(names)
    // The scores before softmax are found.
    const { data } = await net.scoresOf(batch)
    expect(Math.max(...data)).above(1)
  })

  it('refuses trees, saying what can be shown', async () => {
    const trees = file(
      [node('TreeEnsembleClassifier', ['X'], ['label', 'probabilities'])],
      [],
      [port('label', INT64, ['N']), port('probabilities', FLOAT, ['N', 3])],
    )
    expect((await rejection(loadNetwork(trees))).message).match(
      /TreeEnsembleClassifier.*Scaler, Normalizer, LinearClassifier.*trees and neighbours cannot/,
    )
  })

  it('refuses a model that gives labels alone', async () => {
    const labels = file(
      [node('LinearClassifier', ['X'], ['label', 'raw'])],
      [],
      [port('label', INT64, ['N'])],
    )
    expect((await rejection(loadNetwork(labels))).message).match(
      /outputs are labels, none of them numbers/,
    )
  })
})
