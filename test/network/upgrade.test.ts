/** Older operator sets: the upgraded graph computes what the runtime does on the original one. */
import { expect } from 'chai'
import { onnx } from '../../src/engine/onnx.js'
import {
  type Attribute,
  BATCH,
  float32,
  int64,
  type Shape,
  type TypedTensor,
} from '../../src/network/graph.js'
import { normalise } from '../../src/network/normalise.js'
import { relativeError } from '../reference.js'
import { compute, failure, model, node, randomTensor } from './models.js'

interface Case {
  op: string
  /** The oldest and the newest opset in which the operator has this form. */
  opsets: [number, number]
  attributes?: Record<string, Attribute>
  input?: Shape
  constants?: TypedTensor[]
  outputs?: number
}

const square: Shape = [BATCH, 3, 4, 6]
const scales = float32([1, 1, 2, 1.5], [4])
const end = Number.MAX_SAFE_INTEGER

const cases: Case[] = [
  { op: 'Squeeze', opsets: [7, 12], attributes: { axes: [2, 3] }, input: [BATCH, 3, 1, 1] },
  { op: 'Squeeze', opsets: [11, 12], attributes: { axes: [-1] }, input: [BATCH, 3, 2, 1] },
  { op: 'Unsqueeze', opsets: [7, 12], attributes: { axes: [1, 4] } },
  { op: 'ReduceSum', opsets: [7, 12], attributes: { axes: [2, 3], keepdims: 0 } },
  ...['Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSumExp'].map((name): Case => ({
    op: `Reduce${name}`,
    opsets: [7, 17],
    attributes: { axes: [1, 3] },
  })),
  { op: 'ReduceMean', opsets: [7, 17], attributes: { keepdims: 0 } },
  { op: 'Clip', opsets: [7, 10], attributes: { min: 0, max: 0.5 } },
  { op: 'Clip', opsets: [7, 10], attributes: { max: 0.25 } },
  { op: 'Slice', opsets: [7, 9], attributes: { starts: [1, -2], ends: [end, -1], axes: [2, 3] } },
  { op: 'Slice', opsets: [7, 9], attributes: { starts: [0, 1], ends: [end, 2] } },
  { op: 'Split', opsets: [7, 12], attributes: { axis: 1, split: [1, 2] }, outputs: 2 },
  { op: 'Split', opsets: [7, 17], attributes: { axis: 3 }, outputs: 3 },
  { op: 'Pad', opsets: [7, 10], attributes: { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: 3 } },
  { op: 'Pad', opsets: [7, 10], attributes: { pads: [0, 0, 1, 2, 0, 0, 0, 1], mode: 'reflect' } },
  { op: 'Dropout', opsets: [7, 9], attributes: { ratio: 0.5 } },
  { op: 'Dropout', opsets: [12, 13], constants: [float32([0.5], [])] },
  { op: 'Softmax', opsets: [7, 12], input: [BATCH, 5] },
  { op: 'Softmax', opsets: [7, 12] },
  { op: 'Softmax', opsets: [7, 12], attributes: { axis: 3 } },
  { op: 'Softmax', opsets: [7, 12], attributes: { axis: 2 }, input: [BATCH, 3, 4, 1] },
  { op: 'Softmax', opsets: [11, 12], attributes: { axis: -2 } },
  { op: 'LogSoftmax', opsets: [7, 12], attributes: { axis: 1 } },
  { op: 'Softmax', opsets: [13, 17] },
  { op: 'Max', opsets: [8, 20], constants: [randomTensor([6], 5), randomTensor([4, 1], 6)] },
  { op: 'Min', opsets: [8, 20], constants: [randomTensor([6], 5), randomTensor([4, 1], 6)] },
  { op: 'Max', opsets: [8, 20] },
  {
    op: 'GroupNormalization',
    opsets: [18, 20],
    attributes: { num_groups: 2, epsilon: 0.01 },
    input: [BATCH, 6, 4, 5],
    constants: [float32([1, -2], [2]), float32([0.5, 0.1], [2])],
  },
  {
    op: 'GroupNormalization',
    opsets: [21, 21],
    attributes: { num_groups: 3 },
    input: [BATCH, 6, 4, 5],
    constants: [randomTensor([6], 3), randomTensor([6], 4)],
  },
  { op: 'LpPool', opsets: [7, 17], attributes: { kernel_shape: [2, 3], strides: [1, 2] } },
  { op: 'LpPool', opsets: [7, 17], attributes: { kernel_shape: [3, 3], pads: [1, 0, 1, 2], p: 3 } },
  { op: 'GlobalLpPool', opsets: [7, 20] },
  { op: 'GlobalLpPool', opsets: [7, 20], attributes: { p: 1 } },
  { op: 'Upsample', opsets: [7, 8], attributes: { scales: [1, 1, 2, 1.5] } },
  { op: 'Upsample', opsets: [7, 8], attributes: { scales: [1, 1, 2, 3], mode: 'linear' } },
  { op: 'Upsample', opsets: [9, 9], constants: [scales] },
  { op: 'Resize', opsets: [10, 10], constants: [scales] },
  { op: 'Resize', opsets: [11, 17], constants: [float32([], [0]), scales] },
  {
    op: 'BatchNormalization',
    opsets: [7, 8],
    constants: [1, 2, 3].map((seed) => randomTensor([3], seed)).concat(float32([1, 2, 3], [3])),
    attributes: { epsilon: 0.125, momentum: 1 },
  },
  {
    op: 'BatchNormalization',
    opsets: [9, 15],
    constants: [1, 2, 3].map((seed) => randomTensor([3], seed)).concat(float32([1, 2, 3], [3])),
  },
  { op: 'MaxPool', opsets: [7, 17], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  {
    op: 'Gemm',
    opsets: [7, 10],
    input: [BATCH, 4],
    constants: [randomTensor([4, 2]), randomTensor([2])],
  },
]

describe('older operator sets', () => {
  for (const { op, opsets, attributes = {}, input = square, constants = [], outputs = 1 } of cases)
    for (const opset of new Set(opsets))
      it(`${op} of opset ${opset} [${input.join()}] ${JSON.stringify(attributes)}`, async () => {
        const inputs = ['x', ...constants.map((_, i) => `c${i}`)]
        const names = Array.from({ length: outputs }, (_, i) => `y${i}`)
        const graph = model(input, [node(op, inputs, names, attributes)], {
          opset,
          constants: Object.fromEntries(constants.map((tensor, i) => [`c${i}`, tensor])),
        })
        const modern = await normalise(graph, onnx)
        expect(modern.opset).equal(Math.max(18, opset))
        const x = randomTensor(input.map((dim) => (dim === BATCH ? 2 : Number(dim))))
        const expected = await compute(graph, { x })
        const actual = await compute(modern, { x })
        for (const name of names) {
          expect(actual[name]!.shape).deep.equal(expected[name]!.shape)
          const floats = [actual[name]!, expected[name]!].map(({ data, shape }) => ({
            data: data as Float32Array,
            shape,
          }))
          expect(relativeError(floats[0]!, floats[1]!)).below(1e-6)
        }
      })

  it('values that are called like the constants we make', async () => {
    const nodes = [
      node('ReduceSum', ['x'], 'a', { axes: [1] }),
      node('Add', ['a', 'x'], 'constant'),
      node('Mul', ['constant', 'a'], 'y'),
    ]
    const graph = model([BATCH, 5], nodes, { opset: 11 })
    const x = randomTensor([2, 5])
    const { y } = await compute(await normalise(graph, onnx), { x })
    expect(y).deep.equal((await compute(graph, { x })).y)
  })

  it('an upgraded graph is not changed by being normalised again', async () => {
    const nodes = [node('Softmax', ['x'], 'a'), node('Split', ['a'], ['b', 'y'], { axis: 3 })]
    const once = await normalise(model(square, nodes, { opset: 9 }), onnx)
    expect(await normalise(once, onnx)).deep.equal(once)
  })

  it('constants in every form of the node', async () => {
    const values: [Record<string, Attribute>, TypedTensor][] = [
      [{ value: float32([1, 2], [2, 1]) }, float32([1, 2], [2, 1])],
      [{ value_float: 2 }, float32([2], [])],
      [{ value_floats: [2, 0.5] }, float32([2, 0.5], [2])],
      [{ value_int: 3 }, int64([3], [])],
      [{ value_ints: [3, 4] }, int64([3, 4])],
    ]
    for (const [attributes, expected] of values) {
      const nodes = [
        node('Constant', [], 'c', attributes),
        node('Cast', ['c'], 'f', { to: 1 }),
        node('Add', ['x', 'f'], 'y'),
      ]
      const graph = await normalise(model([BATCH, 2, 2], nodes), onnx)
      expect(graph.nodes.map(({ op }) => op)).deep.equal(['Add'])
      expect(Array.from(graph.constants.get('f')!.data as Float32Array)).deep.equal(
        Array.from(expected.data as ArrayLike<number | bigint>, Number),
      )
    }
    const words = [node('Constant', [], 'c', { value_string: 'a' }), node('Add', ['x', 'c'], 'y')]
    expect(await failure(() => normalise(model([BATCH, 2], words), onnx))).equal(
      "node 'c' (Constant): a constant of a kind that is not supported",
    )
  })

  it('a model in training mode is refused', async () => {
    const constants = Object.fromEntries('abcd'.split('').map((name) => [name, float32([1], [1])]))
    const norm = node('BatchNormalization', ['x', 'a', 'b', 'c', 'd'], ['y', 'm', 'v'], {
      training_mode: 1,
    })
    const graph = model([BATCH, 1, 2, 2], [norm], { constants, outputs: ['y'] })
    expect(await failure(() => normalise(graph, onnx))).equal(
      "node 'y' (BatchNormalization): the model was exported in training mode; export it with model.eval()",
    )
  })

  it('operator sets that are too old are refused', async () => {
    const graph = model([BATCH, 2], [node('Relu', ['x'], 'y')], { opset: 6 })
    expect(await failure(() => normalise(graph, onnx))).equal(
      'the graph is of opset 6; convert it to 7 or later, best 18',
    )
  })
})
