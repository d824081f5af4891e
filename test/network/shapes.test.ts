/** Shape inference against what the runtime computes, with the batch free and with it fed. */
import { expect } from 'chai'
import { Builder } from '../../src/network/builder.js'
import {
  type Attribute,
  BATCH,
  float32,
  int64,
  NodeError,
  type Shape,
  type TypedTensor,
} from '../../src/network/graph.js'
import { compute, failure, model, node, randomTensor } from './models.js'

interface Case {
  op: string
  /** Shape of the input of which the batch is free; 2 when it runs. */
  input?: Shape
  /** Further inputs: constants; undefined where one is left out. */
  constants?: (TypedTensor | undefined)[]
  attributes?: Record<string, Attribute>
  /** The element type to which the input is cast first, where it may not be float. */
  cast?: number
  outputs?: number
  opset?: number
}

const image: Shape = [BATCH, 4, 11, 8]
const weights = (...shape: number[]): TypedTensor => randomTensor(shape, 2)
const list = (...values: number[]): TypedTensor => int64(values)
const end = Number.MAX_SAFE_INTEGER

const windows: Record<string, Attribute>[] = [
  { kernel_shape: [3, 2] },
  { kernel_shape: [3, 3], strides: [2, 2] },
  { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 },
  { kernel_shape: [3, 3], strides: [2, 3], pads: [1, 0, 1, 2] },
  // The last window of the ceiling would begin in the padding: PyTorch leaves it out.
  { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' },
  { kernel_shape: [2, 4], strides: [3, 2], auto_pad: 'SAME_LOWER' },
  { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'VALID' },
]
const pools = ['MaxPool', 'AveragePool'].flatMap((op) =>
  windows.map((attributes): Case => ({ op, attributes })),
)

const cases: Case[] = [
  { op: 'Conv', constants: [weights(5, 4, 3, 3)] },
  { op: 'Conv', constants: [weights(6, 2, 3, 1)], attributes: { group: 2, pads: [1, 0, 2, 3] } },
  {
    op: 'Conv',
    constants: [weights(5, 4, 3, 3)],
    attributes: { strides: [2, 3], dilations: [2, 1] },
  },
  {
    op: 'Conv',
    constants: [weights(5, 4, 3, 3)],
    attributes: { strides: [2, 2], auto_pad: 'SAME_UPPER' },
  },
  {
    op: 'Conv',
    constants: [weights(5, 4, 4, 3)],
    attributes: { strides: [2, 1], auto_pad: 'SAME_LOWER' },
  },
  { op: 'Conv', input: [BATCH, 4, 9], constants: [weights(2, 4, 3)], attributes: { pads: [1, 1] } },
  { op: 'Conv', input: [BATCH, 2, 5, 6, 7], constants: [weights(3, 2, 1, 2, 3)] },
  { op: 'ConvTranspose', constants: [weights(4, 3, 3, 2)] },
  {
    op: 'ConvTranspose',
    constants: [weights(4, 3, 3, 3)],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
  },
  {
    op: 'ConvTranspose',
    constants: [weights(4, 2, 3, 3)],
    attributes: { strides: [2, 3], dilations: [2, 1], group: 2 },
  },
  {
    op: 'ConvTranspose',
    constants: [weights(4, 3, 3, 3)],
    attributes: { strides: [2, 2], auto_pad: 'SAME_UPPER' },
  },
  {
    op: 'ConvTranspose',
    constants: [weights(4, 3, 3, 3)],
    attributes: { strides: [2, 2], output_shape: [22, 16] },
  },
  ...pools,
  { op: 'MaxPool', attributes: { kernel_shape: [3, 3], dilations: [2, 2] } },
  { op: 'MaxPool', attributes: { kernel_shape: [3, 3], strides: [2, 2] }, outputs: 2 },
  { op: 'AveragePool', attributes: { kernel_shape: [3, 3], dilations: [2, 2] }, opset: 19 },
  { op: 'GlobalAveragePool' },
  { op: 'GlobalMaxPool' },
  { op: 'LRN', attributes: { size: 3 } },
  { op: 'Softmax', attributes: { axis: 1 } },
  { op: 'PRelu', constants: [weights(4, 1, 1)] },
  { op: 'Add', constants: [weights(11, 1)] },
  { op: 'Mul', input: [BATCH, 1], constants: [weights(3, 1, 5)] },
  { op: 'Max', constants: [weights(1), weights(4, 1, 8)] },
  { op: 'Gemm', input: [BATCH, 6], constants: [weights(6, 5), weights(5)] },
  { op: 'Gemm', input: [BATCH, 6], constants: [weights(5, 6)], attributes: { transB: 1 } },
  { op: 'MatMul', input: [BATCH, 3, 6], constants: [weights(6, 5)] },
  { op: 'MatMul', input: [BATCH, 2, 3, 6], constants: [weights(1, 6, 5)] },
  { op: 'MatMul', input: [BATCH, 3, 6], constants: [weights(6)] },
  { op: 'MatMul', input: [6], constants: [weights(2, 6, 5)] },
  { op: 'Flatten' },
  { op: 'Flatten', attributes: { axis: 2 } },
  { op: 'Flatten', attributes: { axis: -1 } },
  { op: 'Flatten', attributes: { axis: 0 } },
  { op: 'Reshape', constants: [list(0, -1)] },
  { op: 'Reshape', constants: [list(-1, 44, 8)] },
  { op: 'Reshape', constants: [list(0, 2, 2, 0, -1)] },
  { op: 'Reshape', constants: [list(-1)] },
  { op: 'Reshape', input: [0, 4], constants: [list(4, 0)], attributes: { allowzero: 1 } },
  { op: 'Transpose' },
  { op: 'Transpose', attributes: { perm: [0, 2, 3, 1] } },
  { op: 'Squeeze', input: [BATCH, 4, 1, 1], constants: [list(2, -1)] },
  { op: 'Unsqueeze', constants: [list(-1, 1)] },
  {
    op: 'Concat',
    constants: [weights(2, 3, 11, 8)],
    input: [2, 4, 11, 8],
    attributes: { axis: 1 },
  },
  { op: 'Concat', constants: [weights(2, 4)], input: [2, 3], attributes: { axis: -1 } },
  { op: 'Split', attributes: { axis: 2, num_outputs: 4 }, outputs: 4 },
  { op: 'Split', attributes: { axis: -1 }, constants: [list(1, 7)], outputs: 2 },
  { op: 'Slice', constants: [list(-5, 1), list(-1, end), list(2, -1), list(1, 3)] },
  { op: 'Slice', constants: [list(0, 100), list(end, 2), list(0, 2), list(1, -3)] },
  { op: 'Slice', constants: [list(-1), list(-(2 ** 40)), list(3), list(-1)] },
  { op: 'Slice', constants: [list(6), list(2), list(2)] },
  { op: 'Gather', constants: [int64([3], [])], attributes: { axis: 1 } },
  { op: 'Gather', constants: [int64([0, 1, 2, 3], [2, 2])], attributes: { axis: -1 } },
  {
    op: 'GatherElements',
    input: [2, 5],
    constants: [int64([0, 4], [2, 1])],
    attributes: { axis: 1 },
  },
  { op: 'Expand', input: [4, 1, 8], constants: [list(3, 1, 5, 1)] },
  { op: 'Tile', constants: [list(1, 2, 1, 3)] },
  { op: 'Pad', constants: [list(0, 0, 1, 2, 0, 0, 3, -1)] },
  {
    op: 'Pad',
    constants: [list(1, 2, 3, 0), undefined, list(-1, 2)],
    attributes: { mode: 'reflect' },
  },
  { op: 'Resize', constants: [undefined, float32([1, 1, 2.5, 0.3], [4])] },
  { op: 'Resize', constants: [undefined, undefined, list(5, 17)], attributes: { axes: [2, 3] } },
  { op: 'Resize', constants: [undefined, float32([1.7], [1])], attributes: { axes: [-1] } },
  { op: 'DepthToSpace', attributes: { blocksize: 2 } },
  { op: 'SpaceToDepth', input: [BATCH, 4, 6, 8], attributes: { blocksize: 2 } },
  {
    op: 'OneHot',
    cast: 7,
    input: [BATCH, 3],
    constants: [list(5), float32([0, 1], [2])],
    attributes: { axis: 1 },
  },
  { op: 'ArgMax', attributes: { axis: 1, keepdims: 0 } },
  { op: 'ArgMin', attributes: { axis: -2 } },
  { op: 'ReduceMean', constants: [list(2, -1)] },
  { op: 'ReduceSum', attributes: { keepdims: 0 } },
  { op: 'ReduceMax', constants: [list(1)], attributes: { keepdims: 0 } },
  { op: 'ReduceSum', attributes: { noop_with_empty_axes: 1 } },
  { op: 'Shape', attributes: { start: -3, end: -1 } },
]

const titleOf = ({ op, input = image, constants = [], attributes = {} }: Case): string => {
  const given = constants.map((c) =>
    c?.type === 'int64'
      ? `(${Array.from(c.data as BigInt64Array).join()})`
      : `[${c?.shape.join() ?? ''}]`,
  )
  const named = Object.entries(attributes).map(
    ([name, value]) => `${name} ${JSON.stringify(value)}`,
  )
  return [op, `[${input.join()}]`, ...given, ...named].join(' ')
}

describe('inferred shapes equal those that the runtime computes', () => {
  for (const test of cases)
    it(titleOf(test), async () => {
      const { op, input = image, constants = [], attributes, cast = 1, outputs = 1, opset } = test
      const names = Array.from({ length: outputs }, (_, i) => `y${i}`)
      const inputs = constants.map((tensor, i) => (tensor ? `c${i}` : ''))
      const given = Object.fromEntries(
        constants.flatMap((tensor, i) => (tensor ? [[`c${i}`, tensor]] : [])),
      ) as Record<string, TypedTensor>
      const nodes = [
        node('Cast', ['x'], 'z', { to: cast }),
        node(op, ['z', ...inputs], names, attributes),
      ]
      const graph = model(input, nodes, { constants: given, opset })
      const b = new Builder(graph.copy())
      const x = randomTensor(input.map((dim) => (dim === BATCH ? 2 : Number(dim))))
      const results = await compute(graph, { x })
      for (const name of names)
        expect(b.shape(name).map(atBatch2), name).deep.equal(results[name]!.shape)
    })
})

/** A dimension where N is 2: `6*N` is 12. */
const atBatch2 = (dim: number | string): number =>
  typeof dim === 'number' ? dim : 2 * Number(/^(?:(\d+)\*)?N$/.exec(dim)?.[1] ?? 1)

describe('shape arithmetic with a free batch', () => {
  const from: Shape = [BATCH, 6, 4, 5]
  const scalar = (value: number): TypedTensor => int64([value], [])
  const constants: Record<string, TypedTensor> = {
    i0: scalar(0),
    i1: scalar(1),
    i2: scalar(2),
    two: scalar(2),
    last: list(-1),
    axis: list(0),
    starts: list(2),
    ends: list(2 ** 53),
    eight: list(8),
    all: int64([0, 1]),
  }
  const chains: [string, ReturnType<typeof node>[], Shape][] = [
    [
      'x.view(x.size(0), -1)',
      [
        node('Shape', ['x'], 's'),
        node('Gather', ['s', 'i0'], 'n'),
        node('Unsqueeze', ['n', 'axis'], 'n1'),
        node('Concat', ['n1', 'last'], 'target', { axis: 0 }),
        node('Reshape', ['x', 'target'], 'y'),
      ],
      [BATCH, 120],
    ],
    [
      'channel shuffle: x.view(n, 2, c // 2, h, w)',
      [
        node('Shape', ['x'], 's'),
        node('Gather', ['s', 'i0'], 'n'),
        node('Gather', ['s', 'i1'], 'c'),
        node('Div', ['c', 'two'], 'half'),
        node('Unsqueeze', ['n', 'axis'], 'n1'),
        node('Unsqueeze', ['two', 'axis'], 'two1'),
        node('Unsqueeze', ['half', 'axis'], 'half1'),
        node('Slice', ['s', 'starts', 'ends'], 'extent'),
        node('Concat', ['n1', 'two1', 'half1', 'extent'], 'target', { axis: 0 }),
        node('Reshape', ['x', 'target'], 'y'),
      ],
      [BATCH, 2, 3, 4, 5],
    ],
    [
      'x.view(n * c, -1)',
      [
        node('Shape', ['x'], 's'),
        node('Gather', ['s', 'i0'], 'n'),
        node('Gather', ['s', 'i1'], 'c'),
        node('Mul', ['n', 'c'], 'nc'),
        node('Cast', ['nc'], 'same', { to: 7 }),
        node('Unsqueeze', ['same', 'axis'], 'nc1'),
        node('Concat', ['nc1', 'last'], 'target', { axis: 0 }),
        node('Reshape', ['x', 'target'], 'y'),
      ],
      ['6*N', 20],
    ],
    [
      'x.flatten(2).reshape(x.shape)',
      [
        node('Shape', ['x'], 's'),
        node('Gather', ['s', 'all'], 'nc'),
        node('Concat', ['nc', 'last'], 'flat', { axis: 0 }),
        node('Reshape', ['x', 'flat'], 'z'),
        node('Reshape', ['z', 's'], 'y'),
      ],
      [BATCH, 6, 4, 5],
    ],
  ]
  for (const [code, nodes, expected] of chains)
    it(code, async () => {
      const graph = model(from, nodes, { constants })
      expect(new Builder(graph.copy()).shape('y')).deep.equal(expected)
      const { y } = await compute(graph, { x: randomTensor([2, 6, 4, 5]) })
      expect(expected.map(atBatch2)).deep.equal(y!.shape)
    })

  it('what is not known is not guessed', () => {
    const values = (...nodes: ReturnType<typeof node>[]): unknown =>
      new Builder(model(from, [node('Shape', ['x'], 's'), ...nodes], { constants })).values('y')
    const gather = node('Gather', ['s', 'i0'], 'n')
    expect(values(gather, node('Add', ['n', 'i0'], 'y'))).deep.equal([BATCH])
    expect(values(gather, node('Div', ['n', 'i1'], 'y'))).deep.equal([BATCH])
    expect(values(gather, node('Add', ['n', 'two'], 'y'))).equal(undefined)
    for (const op of ['Sub', 'Div'])
      for (let i = 0; i < 60; i++) {
        constants.number = scalar(i)
        expect(values(gather, node(op, ['number', 'n'], 'y')), `${op} ${i}`).equal(undefined)
      }
    // In float a division does not round, so float is not followed.
    expect(values(node('Cast', ['s'], 'y', { to: 1 }))).equal(undefined)
    expect(values(node('Gather', ['s', 'eight'], 'y'))).equal(undefined)
  })
})

describe('what does not fit is an error that names node and operator', () => {
  const errors: [string, Case, RegExp][] = [
    ['unknown operator', { op: 'FancyConv' }, /no shape rule for operator 'FancyConv'/],
    [
      'kernel for other channels',
      { op: 'Conv', constants: [weights(5, 3, 3, 3)] },
      /4 input channels, but its kernel is for 3/,
    ],
    [
      'kernel of another rank',
      { op: 'Conv', constants: [weights(5, 4, 3)] },
      /\[N, 4, 11, 8\] cannot be convolved by \[5, 4, 3\]/,
    ],
    [
      'input too small',
      { op: 'Conv', constants: [weights(5, 4, 12, 3)] },
      /an input of 11×8 is too small for a kernel of 12×3/,
    ],
    [
      'stride 0',
      { op: 'MaxPool', attributes: { kernel_shape: [2, 2], strides: [0, 1] } },
      /its output would be of shape \[N, 4, Infinity, 7\]/,
    ],
    [
      'free height',
      { op: 'Conv', input: [BATCH, 4, 'h', 8], constants: [weights(5, 4, 3, 3)] },
      /height and width must be known, but 'h' is free/,
    ],
    [
      'weights that are no matrix',
      { op: 'Gemm', input: [BATCH, 7], constants: [weights(7)] },
      /\[N, 7\] and \[7\] are not both matrices/,
    ],
    [
      'weights for other features',
      { op: 'Gemm', input: [BATCH, 7], constants: [weights(6, 5)] },
      /a vector of 7 features, but its weights are for 6/,
    ],
    [
      'no broadcasting',
      { op: 'Add', constants: [weights(3, 1, 1)] },
      /\[N, 4, 11, 8\] and \[3, 1, 1\]/,
    ],
    ['fixed batch', { op: 'Add', constants: [weights(2, 4, 1, 1)] }, /do not go together/],
    ['reshape', { op: 'Reshape', constants: [list(0, 3, -1)] }, /cannot become \[0, 3, -1\]/],
    ['two holes', { op: 'Reshape', constants: [list(-1, -1)] }, /cannot become|would be/],
    [
      'concat',
      { op: 'Concat', input: [2, 3, 4], constants: [weights(2, 3, 5)], attributes: { axis: 1 } },
      /\[2, 3, 4\] and \[2, 3, 5\] cannot be joined along axis 1/,
    ],
    [
      'axis out of range',
      { op: 'Concat', input: [2, 3], constants: [weights(2, 3)], attributes: { axis: 2 } },
      /along axis 2/,
    ],
    [
      'slice of the batch',
      { op: 'Slice', constants: [list(1), list(2), list(0)] },
      /free dimension 'N'/,
    ],
    ['a missing input', { op: 'MatMul' }, /an input is missing/],
    ['a missing kernel', { op: 'AveragePool' }, /kernel \[\] on 2 axes/],
  ]
  for (const [name, { op, input = image, constants = [], attributes }, message] of errors)
    it(name, () => {
      const inputs = constants.map((_, i) => `c${i}`)
      const graph = model(input, [node(op, ['x', ...inputs], 'y', attributes)], {
        constants: Object.fromEntries(constants.flatMap((c, i) => (c ? [[`c${i}`, c]] : []))),
      })
      expect(() => new Builder(graph))
        .throw(NodeError, message)
        .property('message')
        .match(new RegExp(`^node 'y' \\(${op}\\): `))
    })

  it('a shape that depends on the input', async () => {
    const nodes = [node('Cast', ['x'], 's', { to: 7 }), node('Reshape', ['x', 's'], 'y')]
    expect(await failure(() => new Builder(model([4], nodes)))).equal(
      "node 'y' (Reshape): its input 's' must be known when the graph is built",
    )
  })

  it('an operator of another domain', async () => {
    const fused = { ...node('FusedConv', ['x'], 'y'), domain: 'com.microsoft' }
    expect(await failure(() => new Builder(model(image, [fused])))).include(
      "no shape rule for operator 'com.microsoft.FusedConv'",
    )
  })
})
