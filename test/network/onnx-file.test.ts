import { readFileSync } from 'node:fs'
import { Float16Array } from '@petamoriken/float16'
import { expect } from 'chai'
import protobuf from 'protobufjs'
import { onnx } from '../../src/engine/onnx.js'
import { Random } from '../../src/image/random.js'
import { float32, Graph, int64, NodeError, type TypedTensor } from '../../src/network/graph.js'
import { normalise } from '../../src/network/normalise.js'
import { layerNames } from '../../src/network/names.js'
import { readOnnx, writeOnnx } from '../../src/network/onnx-file.js'
import { schema } from '../../src/network/onnx-schema.js'
import { fixture, referenceNetworks } from '../reference.js'
import { compute, failure, model, node, randomTensor } from './models.js'

const ModelProto = protobuf.parse(schema).root.lookupType('onnx.ModelProto')

/** A file whose graph is one Identity, and whatever else is given. */
const file = (graph: object, rest: object = {}): Uint8Array =>
  ModelProto.encode(
    ModelProto.fromObject({
      irVersion: 8,
      opsetImport: [{ version: 18 }],
      graph: {
        node: [{ input: ['x'], output: ['y'], opType: 'Identity' }],
        input: [{ name: 'x', type: { tensorType: { elemType: 1 } } }],
        output: [{ name: 'y' }],
        ...graph,
      },
      ...rest,
    }),
  ).finish()

const weight = (tensor: object): Uint8Array => file({ initializer: [{ name: 'w', ...tensor }] })

describe('ONNX files', () => {
  describe('modules that the newer exporter of PyTorch records beside its own names', () => {
    type Metadata = { key: string; value: string }[]
    const scopes = (...names: string[]): Metadata => [
      { key: 'pkg.torch.onnx.class_hierarchy', value: "['__main__.Net', 'torch.nn.ReLU']" },
      {
        key: 'pkg.torch.onnx.name_scopes',
        value: `[${names.map((name) => `'${name}'`).join(', ')}]`,
      },
    ]
    const namespace = (value: string): Metadata => [{ key: 'namespace', value }]
    const namesOf = (...metadata: Metadata[]): string[] => {
      const ops = ['Relu', 'Neg', 'Abs', 'Add', 'Exp']
      const graph = readOnnx(
        file({
          node: metadata.map((metadataProps, i) => {
            const from = i === 0 ? 'x' : `v${i - 1}`
            return {
              name: `node_${i}`,
              opType: ops[i]!,
              input: ops[i] === 'Add' ? [from, 'x'] : [from],
              output: [`v${i}`],
              metadataProps,
            }
          }),
          output: [{ name: `v${metadata.length - 1}` }],
        }),
      )
      return [...layerNames(graph).layers.keys()]
    }

    it('as a list of scopes', () => {
      expect(
        namesOf(
          scopes('', 'conv1', 'conv2d'),
          scopes('', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d_1'),
          scopes('', 'layer1', 'layer1.0', 'layer1.0.bn1', 'batch_norm'),
          scopes('', 'layer1', 'layer1.0', 'add'),
          scopes('', 'flatten'),
        ),
      ).deep.equal(['conv1', 'layer1.0.conv1', 'layer1.0.bn1', 'layer1.0', 'Exp'])
    })

    it('as a namespace with classes', () => {
      expect(
        namesOf(
          namespace(
            ': __main__.Net/network: torch.nn.modules.container.Sequential/network.0: ' +
              'torch.nn.modules.linear.Linear/linear: aten.linear.default',
          ),
          namespace(': __main__.Net/relu: aten.relu.default'),
        ),
      ).deep.equal(['network.0', 'Neg'])
    })

    it('nothing, or something else: the name of the node stands', () => {
      expect(namesOf([], namespace('odd'), scopes('only'))).deep.equal([
        'node_0',
        'node_1',
        'node_2',
      ])
    })
  })

  describe('what is written is read', () => {
    const tensors: Record<string, TypedTensor> = {
      float32: float32([1.5, -0, Infinity, NaN], [2, 2]),
      float64: { type: 'float64', shape: [1], data: Float64Array.of(Math.PI) },
      float16: { type: 'float16', shape: [3], data: Float16Array.of(0.5, -2, 65504) },
      int64: {
        type: 'int64',
        shape: [3],
        data: BigInt64Array.of(2n ** 40n, -(2n ** 63n), 2n ** 63n - 1n),
      },
      int32: { type: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
      int8: { type: 'int8', shape: [2], data: Int8Array.of(-128, 127) },
      uint8: { type: 'uint8', shape: [2], data: Uint8Array.of(0, 255) },
      bool: { type: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
      scalar: float32([3], []),
      empty: float32([], [0, 4]),
    }

    it('weights of every element type, at any offset', () => {
      const graph = model(['N', 1], [node('Identity', ['x'], 'y')], { constants: tensors })
      // One view into a larger array: its bytes do not start at 0.
      graph.constants.set('part', float32(new Float32Array([9, 8, 7]).subarray(1), [2]))
      const { constants } = readOnnx(writeOnnx(graph))
      expect([...constants.keys()]).deep.equal([...graph.constants.keys()])
      for (const [name, tensor] of graph.constants)
        expect(constants.get(name), name).deep.equal(tensor)
    })

    it('attributes of every kind, fractions that are whole among them', () => {
      const attributes = {
        alpha: 1,
        epsilon: 1e-5,
        axis: -1,
        group: 0,
        mode: 'Grüße',
        perm: [0, 2, 1],
        scales: [1, 2],
        value_floats: [1, 2.5],
        names: ['a', ''],
        value: float32([1, 2], [2]),
      }
      const graph = model(['N', 1], [node('Any', ['x'], 'y', attributes)])
      const read = readOnnx(writeOnnx(graph)).nodes[0]!
      expect(Object.keys(read.attributes)).deep.equal(Object.keys(attributes))
      for (const [name, value] of Object.entries(attributes)) {
        const got = read.attributes[name]
        if (name === 'epsilon') expect(got).closeTo(1e-5, 1e-12)
        else expect(got, name).deep.equal(value)
      }
    })

    it('names, domains, optional inputs, ports and opset', () => {
      const graph = model(
        ['batch', 3, 'h', 5],
        [
          { ...node('Clip', ['x', '', 'high'], ['a', '']), name: '/a/Clip' },
          { ...node('Odd', ['a'], 'y'), domain: 'com.example' },
        ],
      )
      graph.name = 'some graph'
      graph.opset = 17
      graph.constants.set('high', float32([6], []))
      graph.inputs.push({ name: 'mask', type: 'bool', shape: [] })
      graph.outputs = [{ name: 'y', type: 'float16', shape: undefined }]
      const read = readOnnx(writeOnnx(graph))
      expect(read.name).equal('some graph')
      expect(read.opset).equal(17)
      expect(read.inputs).deep.equal(graph.inputs)
      expect(read.outputs).deep.equal(graph.outputs)
      expect(read.nodes).deep.equal([{ ...graph.nodes[0], domain: '' }, graph.nodes[1]])
    })

    for (const name of referenceNetworks)
      it(`the network '${name}', with the same results`, async () => {
        const graph = readOnnx(readFileSync(fixture(`reference/${name}/model.onnx`)))
        const again = readOnnx(writeOnnx(graph))
        expect(again).deep.equal(graph)
        const [, ...dims] = graph.inputs[0]!.shape!
        const feeds = { input: randomTensor([2, ...dims.map(Number)]) }
        expect(await compute(again, feeds)).deep.equal(await compute(graph, feeds))
      })
  })

  describe('reading', () => {
    it('numbers in typed fields, which other exporters write', () => {
      const read = (tensor: object): unknown =>
        Array.from(readOnnx(weight(tensor)).constants.get('w')!.data as ArrayLike<number | bigint>)
      expect(read({ dims: [2], dataType: 1, floatData: [1.5, 2] })).deep.equal([1.5, 2])
      expect(read({ dims: [2], dataType: 11, doubleData: [1e300, 2] })).deep.equal([1e300, 2])
      expect(read({ dims: [1], dataType: 6, int32Data: [-7] })).deep.equal([-7])
      expect(read({ dims: [2], dataType: 9, int32Data: [1, 0] })).deep.equal([1, 0])
      // Half precision stands as bits in a 32-bit field: 0x3800 is 0.5.
      expect(read({ dims: [1], dataType: 10, int32Data: [0x3800] })).deep.equal([0.5])
      expect(read({ dims: [1], dataType: 7, int64Data: ['9007199254740993'] })).deep.equal([
        9007199254740993n,
      ])
    })

    it('the largest 64-bit number, which stands for the end of an axis', () => {
      const end = '9223372036854775807'
      const bytes = file({
        node: [
          {
            input: ['x'],
            output: ['y'],
            opType: 'Slice',
            attribute: [{ name: 'ends', type: 7, ints: [end] }],
          },
        ],
      })
      const [ends] = readOnnx(bytes).nodes[0]!.attributes.ends as number[]
      expect(ends).equal(Number.MAX_SAFE_INTEGER)
      expect(int64([2 ** 63, -(2 ** 64)]).data).deep.equal(
        BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)),
      )
    })

    it('free dimensions: named, unnamed, or written as 0 or −1', () => {
      const dim = [{ dimParam: 'batch' }, { dimValue: 3 }, {}, { dimValue: 0 }, { dimValue: -1 }]
      const type = { tensorType: { elemType: 1, shape: { dim } } }
      const { inputs } = readOnnx(file({ input: [{ name: 'x', type }] }))
      expect(inputs[0]!.shape).deep.equal(['batch', 3, 'x.2', 'x.3', 'x.4'])
    })

    it('weights that are listed as inputs too are no inputs', () => {
      const initializer = [{ name: 'w', dims: [1], dataType: 1, floatData: [1] }]
      expect(
        readOnnx(file({ initializer, input: [{ name: 'w' }, { name: 'x' }] })).inputs,
      ).lengthOf(1)
    })
  })

  describe('what cannot be read gives an error that names file and place', () => {
    const cases: [string, () => Uint8Array, string][] = [
      ['an empty file', () => new Uint8Array(), 'f.onnx is not an ONNX model: it holds no graph'],
      ['text', () => Buffer.from('<!doctype html>'), 'f.onnx is not an ONNX model'],
      ['no nodes', () => file({ node: [] }), 'f.onnx is not an ONNX model: it holds no graph'],
      ['no outputs', () => file({ output: [] }), 'f.onnx: its graph has no outputs'],
      [
        'strings as weights',
        () => weight({ dims: [1], dataType: 8 }),
        "f.onnx, weight 'w': element type string is not supported",
      ],
      [
        'an unknown element type',
        () => weight({ dims: [1], dataType: 77 }),
        "f.onnx, weight 'w': element type 77 is not supported",
      ],
      [
        'weights in another file',
        () => weight({ dims: [1], dataType: 1, dataLocation: 1 }),
        "f.onnx, weight 'w': the weights lie in another file; save the model as one file",
      ],
      [
        'a negative dimension',
        () => weight({ dims: [0, -5], dataType: 1 }),
        "f.onnx, weight 'w': shape [0, -5] has a negative dimension",
      ],
      [
        'a shape beyond all memory',
        () =>
          weight({
            dims: ['9223372036854775807', '4294967296'],
            dataType: 1,
            rawData: [0, 0, 0, 0],
          }),
        "f.onnx, weight 'w': shape [9007199254740991, 4294967296] needs ",
      ],
      [
        'too few bytes',
        () => weight({ dims: [2], dataType: 1, rawData: Buffer.alloc(4) }),
        "f.onnx, weight 'w': shape [2] needs 2 numbers of 4 bytes, but there are 4 bytes",
      ],
      [
        'too few numbers',
        () => weight({ dims: [2], dataType: 1, floatData: [1] }),
        "f.onnx, weight 'w': shape [2] needs 2 numbers, but there are 1",
      ],
      [
        'numbers in the field of another type',
        () => weight({ dims: [1], dataType: 7, floatData: [NaN] }),
        "f.onnx, weight 'w': shape [1] needs 1 numbers, but there are 0",
      ],
      [
        'an input of strings',
        () => file({ input: [{ name: 'x', type: { tensorType: { elemType: 8 } } }] }),
        "f.onnx, 'x': element type string is not supported",
      ],
    ]
    for (const [name, bytes, message] of cases)
      it(name, async () => {
        expect(await failure(() => readOnnx(bytes(), 'f.onnx'))).include(message)
      })

    const branch = (type: number): Uint8Array =>
      file({
        node: [
          {
            name: 'choose',
            output: ['y'],
            opType: 'If',
            attribute: [{ name: 'then_branch', type }],
          },
        ],
      })
    it('control flow', async () => {
      expect(await failure(() => readOnnx(branch(5), 'f.onnx'))).equal(
        "f.onnx, node 'choose': control flow (If, Loop, Scan) is not supported; export the model without it",
      )
      expect(await failure(() => readOnnx(branch(11), 'f.onnx'))).equal(
        "f.onnx, node 'choose': attribute 'then_branch' is of a kind that is not supported (11)",
      )
    })
  })

  it('damaged files give a readable error or a graph', async () => {
    const original = readFileSync(fixture('reference/inception/model.onnx'))
    const random = new Random(3)
    const outcomes = { read: 0, refused: 0, normalised: 0 }
    for (let i = 0; i < 600; i++) {
      const cut = i % 3 === 0
      const bytes = Uint8Array.from(
        cut ? original.subarray(0, random.integer(original.length)) : original,
      )
      // Weights are most of the file; half of the damage shall meet what stands between them.
      for (let k = random.integer(4) + (cut ? 0 : 1); k > 0; k--) {
        const at = random.integer(i % 2 ? bytes.length : Math.min(2500, bytes.length))
        bytes[at]! ^= 1 << random.integer(8)
      }
      let graph: Graph
      try {
        graph = readOnnx(bytes, 'damaged.onnx')
      } catch (error) {
        readable(error)
        expect((error as Error).message, `mutation ${i}`).match(/^damaged\.onnx/)
        outcomes.refused++
        continue
      }
      expect(graph).instanceOf(Graph)
      outcomes.read++
      try {
        await normalise(graph, onnx)
        outcomes.normalised++
      } catch (error) {
        readable(error)
      }
    }
    // The mutations reach every stage.
    expect(outcomes.refused).above(50)
    expect(outcomes.read - outcomes.normalised).above(50)
    expect(outcomes.normalised).above(50)
  })
})

/** Made by us, with the name of a file, node or value in it. */
function readable(error: unknown): void {
  expect(error).instanceOf(Error)
  const { name, message } = error as Error
  expect(['Error', NodeError.name], message).include(name)
  expect(message).match(/'|damaged\.onnx|opset|no outputs/)
  expect(message).not.match(/undefined|Cannot read|is not a function|not iterable|Invalid array/)
}
