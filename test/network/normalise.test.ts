import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { onnx } from '../../src/engine/onnx.js'
import {
  BATCH,
  float32,
  type Graph,
  int64,
  type Shape,
  type TypedTensor,
} from '../../src/network/graph.js'
import { normalise } from '../../src/network/normalise.js'
import { readOnnx } from '../../src/network/onnx-file.js'
import { fixture } from '../reference.js'
import { compute, countingEngine, failure, model, node, randomTensor } from './models.js'

const ops = (graph: Graph): string[] => graph.nodes.map(({ op }) => op)

describe('normal form', () => {
  it('batch norm keeps its place, and the convolution before it its output', async () => {
    const original = readOnnx(readFileSync(fixture('reference/residual/model.onnx')))
    const graph = await normalise(original, onnx)
    const computed = original.nodes.filter(({ op }) => op !== 'Constant')
    expect(ops(graph)).deep.equal(computed.map(({ op }) => op))
    expect(graph.nodes.flatMap(({ outputs }) => outputs)).deep.equal(
      computed.flatMap(({ outputs }) => outputs),
    )
    expect(ops(graph).filter((op) => op === 'BatchNormalization')).lengthOf(6)
  })

  it('leaves the graph that it is given as it is', async () => {
    const nodes = [node('Squeeze', ['x'], 'y', { axes: [2] })]
    const graph = model([1, 3, 1], nodes, { opset: 11 })
    const before = structuredClone({ ...graph })
    await normalise(graph, onnx)
    expect({ ...graph }).deep.equal(before)
  })

  it('constant subgraphs are computed once, whatever their type', async () => {
    const constants = {
      shape: int64([6, 4]),
      a: float32([1, 2, 3, 4], [4]),
      axis: int64([0]),
      mask: { type: 'bool', shape: [4], data: Uint8Array.of(1, 0, 0, 1) } satisfies TypedTensor,
    }
    const nodes = [
      node('Shape', ['a'], 'four'),
      node('Unsqueeze', ['a', 'axis'], 'row'),
      node('Expand', ['row', 'shape'], 'w'),
      node('Where', ['mask', 'a', 'axis32'], 'bias'),
      node('Cast', ['axis'], 'axis32', { to: 1 }),
      node('MatMul', ['x', 'w'], 'xw'),
      node('Add', ['xw', 'bias'], 'sum'),
      node('Concat', ['minus', 'four'], 'target', { axis: 0 }),
      node('Constant', [], 'minus', { value_ints: [-1] }),
      node('Reshape', ['sum', 'target'], 'y'),
    ]
    const original = model([BATCH, 6], nodes, { constants })
    const engine = countingEngine()
    const graph = await normalise(original, engine)
    expect(ops(graph)).deep.equal(['MatMul', 'Add', 'Reshape'])
    expect(graph.constants.get('bias')).deep.equal(float32([1, 0, 0, 4], [4]))
    expect([...graph.constants.keys()]).members(['w', 'bias', 'target'])
    expect(engine.compiled).equal(6)
    const x = randomTensor([3, 6])
    original.nodes = [8, 4, 0, 1, 2, 3, 5, 6, 7, 9].map((i) => nodes[i]!) // the runtime wants order
    expect((await compute(graph, { x })).y).deep.equal((await compute(original, { x })).y)
  })

  it('shape arithmetic is done beforehand, also through float', async () => {
    // F.interpolate(x, scale_factor=1.5) as an older exporter writes it.
    const constants = {
      starts: int64([2]),
      ends: int64([4]),
      zero: int64([0]),
      two: int64([2]),
      factor: float32([1.5], [1]),
    }
    const nodes = [
      node('Shape', ['x'], 's'),
      node('Slice', ['s', 'starts', 'ends'], 'extent'),
      node('Cast', ['extent'], 'float', { to: 1 }),
      node('Mul', ['float', 'factor'], 'larger'),
      node('Floor', ['larger'], 'whole'),
      node('Cast', ['whole'], 'size', { to: 7 }),
      node('Slice', ['s', 'zero', 'two'], 'nc'),
      node('Concat', ['nc', 'size'], 'sizes', { axis: 0 }),
      node('Resize', ['x', '', '', 'sizes'], 'y', { mode: 'nearest' }),
    ]
    const graph = await normalise(model([BATCH, 3, 5, 7], nodes, { constants }), onnx)
    expect(graph.constants.get('size')).deep.equal(int64([7, 10]))
    expect(graph.outputs[0]!.shape).deep.equal([BATCH, 3, 7, 10])
    const { y } = await compute(graph, { x: randomTensor([2, 3, 5, 7]) })
    expect(y!.shape).deep.equal([2, 3, 7, 10])
  })

  it('a shape chain with a free batch becomes one constant', async () => {
    const nodes = [
      node('Shape', ['x'], 's'),
      node('Gather', ['s', 'i'], 'n'),
      node('Unsqueeze', ['n', 'axis'], 'n1'),
      node('Concat', ['n1', 'rest'], 'target', { axis: 0 }),
      node('Reshape', ['x', 'target'], 'y'),
    ]
    const constants = { i: int64([0], []), axis: int64([0]), rest: int64([-1]) }
    const graph = await normalise(model(['batch', 3, 2, 2], nodes, { constants }), onnx)
    expect(ops(graph)).deep.equal(['Reshape'])
    const [, target] = graph.nodes[0]!.inputs as [string, string]
    expect(graph.constants.get(target)).deep.equal(int64([0, -1]))
    expect(graph.outputs[0]!.shape).deep.equal([BATCH, 12])
  })

  describe('a model that was exported for one batch size takes any', () => {
    const cases: [string, Shape, number[], object, Shape][] = [
      ['flatten', [1, 3, 2, 2], [1, -1], {}, [BATCH, 12]],
      ['all sizes written out', [1, 3, 2, 2], [1, 12], {}, [BATCH, 12]],
      ['groups', [1, 6, 2, 2], [1, 2, 3, 2, 2], {}, [BATCH, 2, 3, 2, 2]],
      ['batch of 8', [8, 3, 2, 2], [8, 12], {}, [BATCH, 12]],
      ['batch of 8, read as the rest', [8, 3, 2, 2], [-1, 12], {}, [BATCH, 12]],
      ['a free batch beside a written 1', ['batch', 3, 2, 2], [1, -1], {}, [BATCH, 12]],
      ['zeros that stand for themselves', [1, 3, 2, 2], [1, 12], { allowzero: 1 }, [BATCH, 12]],
    ]
    for (const [name, input, target, attributes, expected] of cases)
      it(name, async () => {
        const reshape = node('Reshape', ['x', 'target'], 'y', { ...attributes })
        const original = model(input, [reshape], { constants: { target: int64(target) } })
        const graph = await normalise(original, onnx)
        expect(graph.inputs[0]!.shape).deep.equal([BATCH, ...input.slice(1)])
        expect(graph.outputs[0]!.shape).deep.equal(expected)
        const x = randomTensor([3, ...input.slice(1).map(Number)])
        const { y } = await compute(graph, { x })
        expect(y!.shape).deep.equal([3, ...expected.slice(1)])
        expect(y!.data).deep.equal(x.data)
      })

    it('where that cannot be, it takes the one image that it was exported for', async () => {
      const nodes = [node('Reshape', ['x', 'target'], 'y')]
      const graph = model([1, 6], nodes, { constants: { target: int64([3, 2]) } })
      expect((await normalise(graph, onnx)).inputs[0]!.shape).deep.equal([1, 6])
    })

    it('a part that is the same for every image is joined to each', async () => {
      const nodes = [node('Concat', ['token', 'x'], 'y', { axis: 1 })]
      const token = float32([7, 8], [1, 1, 2])
      const graph = await normalise(model([1, 1, 2], nodes, { constants: { token } }), onnx)
      const x = float32([1, 2, 3, 4], [2, 1, 2])
      const { y } = await compute(graph, { x })
      expect(y).deep.equal(float32([7, 8, 1, 2, 7, 8, 3, 4], [2, 2, 2]))
    })

    it('what mixes the images of a batch is refused', async () => {
      const nodes = [node('Reshape', ['x', 'target'], 'y')]
      const graph = model([2, 6], nodes, { constants: { target: int64([3, 4]) } })
      expect(await failure(() => normalise(graph, onnx))).equal(
        "node 'y' (Reshape): [N, 6] cannot become [3, 4]",
      )
    })
  })

  it('nodes in any order', async () => {
    const nodes = [node('Relu', ['a'], 'y'), node('Neg', ['x'], 'a')]
    expect(ops(await normalise(model([1, 2], nodes, { outputs: ['y'] }), onnx))).deep.equal([
      'Neg',
      'Relu',
    ])
  })

  it('nodes, inputs and weights that the outputs do not need are left out', async () => {
    const nodes = [node('Relu', ['x'], 'y'), node('Add', ['z', 'w'], 'other')]
    const graph = model([1, 2], nodes, { constants: { w: float32([1], [1]) }, outputs: ['y'] })
    graph.inputs.push({ name: 'z', type: 'float32', shape: [1, 2] })
    const { inputs, constants, nodes: kept } = await normalise(graph, onnx)
    expect([inputs.length, constants.size, kept.length]).deep.equal([1, 0, 1])
  })

  describe('what cannot be normalised', () => {
    const cases: [string, () => Graph, string][] = [
      [
        'a cycle',
        () => model([1], [node('Add', ['x', 'b'], 'a'), node('Relu', ['a'], 'b')]),
        "the graph has a cycle, through 'a', 'b'",
      ],
      [
        'an output of no node',
        () => model([1], [node('Relu', ['x'], 'y')], { outputs: ['z'] }),
        "the graph's output 'z' is computed by no node",
      ],
      ['no outputs', () => model([1], [], { outputs: [] }), 'the graph has no outputs'],
      [
        'an input of no node',
        () => model([1], [node('Relu', ['z'], 'y')]),
        "node 'y' (Relu): reads 'z', which nothing computes",
      ],
      [
        'an input without a shape',
        () => {
          const graph = model([1], [node('Relu', ['x'], 'y')])
          graph.inputs = [{ name: 'x', type: 'float32', shape: undefined }]
          return graph
        },
        "the graph's input 'x' does not say its shape",
      ],
      [
        'a constant that would fill the memory',
        () =>
          model([1], [node('ConstantOfShape', ['dims'], 'big'), node('Add', ['x', 'big'], 'y')], {
            constants: { dims: int64([2 ** 20, 2 ** 20]) },
          }),
        "node 'big' (ConstantOfShape): it computes a constant of 1099511627776 numbers",
      ],
      [
        'what the runtime refuses to compute',
        () =>
          model([1], [node('Gather', ['w', 'i'], 'g'), node('Add', ['x', 'g'], 'y')], {
            constants: { w: float32([1, 2], [2]), i: int64([7], []) },
          }),
        "node 'g' (Gather): it cannot be computed: ",
      ],
    ]
    for (const [name, graph, message] of cases)
      it(name, async () => {
        expect(await failure(() => normalise(graph(), onnx))).include(message)
      })
  })
})
