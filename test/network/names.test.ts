import { expect } from 'chai'
import { type Graph, type Node } from '../../src/network/graph.js'
import { layerNames, modulePath, nameList, nearest, unknownName } from '../../src/network/names.js'
import { model, node } from './models.js'

/** A chain of nodes with these names; the operator is the last part of the name. */
function named(...names: string[]): Graph {
  const nodes = names.map((name, i): Node => {
    const op = (name.split('/').at(-1) ?? '').replace(/_\d+$/, '')
    return { ...node(op, [i === 0 ? 'x' : `v${i - 1}`], `v${i}`), name }
  })
  return model(['N', 1], nodes)
}

/** Layer and module names with the index of the node that they mean. */
const meaning = (graph: Graph): { layers: object; modules: object } => {
  const { layers, modules } = layerNames(graph)
  const indexed = (map: Map<string, Node>): object =>
    Object.fromEntries([...map].map(([name, of]) => [name, graph.nodes.indexOf(of)]))
  return { layers: indexed(layers), modules: indexed(modules) }
}

describe('layer names', () => {
  it('the path of a module in the name of a node', () => {
    const paths: [string, string | undefined][] = [
      ['/layer1/conv2/Conv', 'layer1.conv2'],
      ['/features/features.0/Conv', 'features.0'],
      ['/features/features.3/conv/conv.0/Conv', 'features.3.conv.0'],
      ['/features/features.3/conv/conv.0/conv.0.1/Conv', 'features.3.conv.0.1'],
      ['/layer1/layer1.0/conv1/Conv', 'layer1.0.conv1'],
      ['/block/block/Conv', 'block.block'],
      ['/conv/conv1/Conv', 'conv.conv1'],
      ['/Flatten', ''],
      ['Conv_0', undefined],
      ['model/conv1/Conv2D', undefined],
      ['', undefined],
    ]
    for (const [name, path] of paths) expect(modulePath(name), name).equal(path)
  })

  it('a residual network of PyTorch', () => {
    const graph = named(
      '/conv1/Conv',
      '/layer1/layer1.0/conv1/Conv',
      '/layer1/layer1.0/relu/Relu',
      '/layer1/layer1.0/conv2/Conv',
      '/layer1/layer1.0/Add',
      '/layer1/layer1.0/relu_1/Relu', // the same module, called again
      '/layer1/layer1.1/conv1/Conv',
      '/layer1/layer1.1/Add',
      '/avgpool/GlobalAveragePool',
      '/Flatten',
      '/fc/Gemm',
    )
    expect(meaning(graph)).deep.equal({
      layers: {
        conv1: 0,
        'layer1.0.conv1': 1,
        'layer1.0.relu': 2,
        'layer1.0.conv2': 3,
        'layer1.0.Add': 4,
        'layer1.0.relu_1': 5,
        'layer1.1.conv1': 6,
        'layer1.1': 7,
        avgpool: 8,
        Flatten: 9,
        fc: 10,
      },
      modules: { 'layer1.0': 5, layer1: 7 },
    })
  })

  it('a module of several nodes is its last one; the others keep their operator', () => {
    const graph = named('/act/Sigmoid', '/act/Mul', '/head/Pad', '/head/Pad_1', '/head/Conv')
    expect(meaning(graph)).deep.equal({
      layers: { 'act.Sigmoid': 0, act: 1, 'head.Pad': 2, 'head.Pad_1': 3, head: 4 },
      modules: {},
    })
  })

  it('functions of the network itself have their own names, and the network is no module', () => {
    const { layers, modules } = meaning(named('/Relu', '/MaxPool', '/Relu_1', '/Flatten'))
    expect(layers).deep.equal({ Relu: 0, MaxPool: 1, Relu_1: 2, Flatten: 3 })
    expect(modules).deep.equal({})
  })

  it('other exporters: the own name of each node', () => {
    const graph = named(
      'StatefulPartitionedCall/model/conv1/Conv2D',
      'StatefulPartitionedCall/model/conv1/Relu',
      'Conv_12',
      'squeezenet0_conv0_fwd',
    )
    expect(Object.keys(meaning(graph).layers)).deep.equal(graph.nodes.map(({ name }) => name))
    expect(meaning(graph).modules).deep.equal({})
  })

  it('dotted names group layers into modules too', () => {
    const graph = named('layer1.0.conv1', 'layer1.0', 'layer1.1.conv1', 'fc')
    expect(meaning(graph)).deep.equal({
      layers: { 'layer1.0.conv1': 0, 'layer1.0': 1, 'layer1.1.conv1': 2, fc: 3 },
      modules: { layer1: 2, 'layer1.1': 2 },
    })
  })

  it('unnamed nodes are called after their output', () => {
    expect(Object.keys(meaning(named('', 'conv')).layers)).deep.equal(['v0', 'conv'])
  })

  it('no two layers share a name', () => {
    const graph = named('Relu', 'Relu', '/Relu', 'Relu_1', '/act/Relu', 'act', 'v7', '')
    const { layers } = layerNames(graph)
    expect(layers.size).equal(graph.nodes.length)
    expect(new Set(layers.values()).size).equal(graph.nodes.length)
    expect(layers.get('Relu')).equal(graph.nodes[0])
  })
})

describe('unknown names', () => {
  const layers = ['conv1', 'conv2', 'layer1.0.conv1', 'fc6', 'fc7', 'classifier.1']

  it('list the nearest', () => {
    expect(nearest('conv9', layers).slice(0, 2)).members(['conv1', 'conv2'])
    expect(nearest('FC8', layers).slice(0, 2)).members(['fc6', 'fc7'])
    expect(nearest('classifier', layers)[0]).equal('classifier.1')
    expect(nearest('layer1.conv1', layers)[0]).equal('layer1.0.conv1')
    expect(nearest('x', layers, 2)).lengthOf(2)
  })

  it('are RangeErrors that read well', () => {
    const error = unknownName('layer', 'fc8', ['fc6', 'fc7'])
    expect(error).instanceOf(RangeError)
    expect(error.message).equal("no layer 'fc8'; the nearest are 'fc6', 'fc7'")
    expect(unknownName('layer', 'a', ['b']).message).equal("no layer 'a'; the nearest is 'b'")
    expect(unknownName('layer', 'a', []).message).equal("no layer 'a'")
  })

  it('what is no name is said to be none', () => {
    const error = unknownName('layer', undefined, ['fc6'])
    expect(error).instanceOf(TypeError)
    expect(error.message).equal('layer: a name was expected, not undefined')
    expect(nameList('layer', 'fc6')).deep.equal(['fc6'])
    expect(() => nameList('layer', 6 as unknown as string)).throw(
      TypeError,
      'layer: a name was expected, or a list of names, not a number, 6',
    )
  })
})
