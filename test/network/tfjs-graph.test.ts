/** Frozen graphs of TensorFlow against what tf.js computes with them. */
import * as tf from '@tensorflow/tfjs'
import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensor } from '../../src/engine/tensor.js'
import { tensorflowEngine } from '../../src/engine/tensorflow.js'
import { mixSeeds, Random } from '../../src/image/random.js'
import { Graph } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readTfjsModel } from '../../src/network/tfjs/index.js'
import { classScore } from '../../src/objectives/scores.js'
import { rejection } from '../rejection.js'
import { processorTime } from '../processor-time.js'

type Attributes = Record<string, object>
const text = (value: string): object => ({ s: Buffer.from(value).toString('base64') })
const texts = (...values: string[]): object => ({
  list: { s: values.map((value) => Buffer.from(value).toString('base64')) },
})
const numbers = (...values: number[]): object => ({ list: { i: values.map(String) } })
const whole = (value: number): object => ({ i: String(value) })
const float = { type: 'DT_FLOAT' }

/** A frozen graph in the making, as the converter of tf.js writes it. Methods return names of nodes. */
class Frozen {
  readonly nodes: { name: string; op: string; input: string[]; attr: Attributes }[] = []
  readonly weights: tf.io.WeightsManifestEntry[] = []
  readonly #data: Uint8Array[] = []
  readonly #random = new Random(5)

  constructor(readonly input: number[]) {
    const dim = [-1, ...input].map((size) => ({ size: String(size) }))
    this.node('x', 'Placeholder', [], { dtype: float, shape: { shape: { dim } } })
  }

  node(name: string, op: string, input: string[], attr: Attributes = {}): string {
    this.nodes.push({ name, op, input, attr: { T: float, ...attr } })
    return name
  }

  #constant(name: string, shape: number[], dtype: 'float32' | 'int32', data: Uint8Array): string {
    this.weights.push({ name, shape, dtype })
    this.#data.push(data)
    const type = { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' }
    const value = {
      tensor: {
        dtype: type.type,
        tensorShape: { dim: shape.map((size) => ({ size: String(size) })) },
      },
    }
    this.nodes.push({ name, op: 'Const', input: [], attr: { dtype: type, value } })
    return name
  }

  weight(name: string, shape: number[], low = -0.5): string {
    const size = shape.reduce((a, b) => a * b, 1)
    const data = Float32Array.from({ length: size }, () => this.#random.uniform(low, low + 1))
    return this.#constant(name, shape, 'float32', new Uint8Array(data.buffer))
  }

  list(name: string, values: number[], shape = [values.length]): string {
    return this.#constant(name, shape, 'int32', new Uint8Array(Int32Array.from(values).buffer))
  }

  get topology() {
    return { node: this.nodes, versions: { producer: 1 } }
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(Buffer.concat(this.#data))
  }

  async write(folder: string): Promise<string> {
    const weightsManifest = [{ paths: ['group1-shard1of1.bin'], weights: this.weights }]
    const file = { format: 'graph-model', modelTopology: this.topology, weightsManifest }
    await writeFile(join(folder, 'model.json'), JSON.stringify(file))
    await writeFile(join(folder, 'group1-shard1of1.bin'), this.bytes)
    return join(folder, 'model.json')
  }
}

const window = (strides: number, padding = 'SAME'): Attributes => ({
  strides: numbers(1, strides, strides, 1),
  dilations: numbers(1, 1, 1, 1),
  padding: text(padding),
  data_format: text('NHWC'),
})

/** On the backend that these tests have chosen for the models themselves. */
const interpreter = tensorflowEngine({ backend: 'plain' })

describe('TensorFlow graph models', () => {
  before(() => tf.setBackend('cpu')) // other tests leave another one
  let folder: string
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'fovea-'))))
  after(() => rm(folder, { recursive: true }))

  function images({ input }: Frozen): { theirs: tf.Tensor; ours: Tensor } {
    const random = new Random(2)
    const shape = [2, ...input]
    const theirs = tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform(-1, 1)),
      shape,
    )
    return { theirs, ours: channelsFirst(theirs) }
  }

  function channelsFirst(tensor: tf.Tensor): Tensor {
    const moved = tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tensor
    return { data: Float32Array.from(moved.dataSync()), shape: moved.shape }
  }

  function difference(ours: Tensor, theirs: Tensor): number {
    expect(ours.shape).to.deep.equal(theirs.shape)
    const scale = Math.max(...theirs.data.map(Math.abs))
    expect(scale).to.be.greaterThan(0)
    return Math.max(...theirs.data.map((value, i) => Math.abs(value - ours.data[i]!))) / scale
  }

  /** Expects of both to compute the same, and hands back both networks. */
  async function agree(frozen: Frozen): Promise<{ net: Network; model: tf.GraphModel }> {
    const graph = await readTfjsModel(await frozen.write(folder))
    const net = await Network.from(graph)
    const model = await tf.loadGraphModel(
      tf.io.fromMemory({
        modelTopology: frozen.topology,
        weightSpecs: frozen.weights,
        weightData: frozen.bytes.buffer,
      }),
    )
    const { theirs, ours } = images(frozen)
    const expected = channelsFirst(model.predict(theirs) as tf.Tensor)
    for (const each of [net, await Network.from(graph, { engine: interpreter })]) {
      const [output] = Object.values(await each.run(ours))
      expect(difference(output!, expected), each.engine.name).to.be.lessThan(1e-4)
    }
    return { net, model }
  }

  /** MobileNet as the converter leaves it: everything fused, under the scopes of Keras. */
  function mobilenet(): Frozen {
    const g = new Frozen([17, 16, 3])
    const scope = 'StatefulPartitionedCall/mobilenet/'
    const conv = (name: string, x: string, from: number, to: number, size: number, strides: number): string =>
      g.node(`${scope}${name}_relu/Relu6`, '_FusedConv2D',
        [x, g.weight(`${scope}${name}/Conv2D_weights`, [size, size, from, to]), g.weight(`${scope}${name}/Conv2D_bn_offset`, [to])],
        { ...window(strides), fused_ops: texts('BiasAdd', 'Relu6'), num_args: whole(1) }) // prettier-ignore
    const depthwise = (name: string, x: string, channels: number, strides: number): string =>
      g.node(`${scope}${name}_relu/Relu6`, 'FusedDepthwiseConv2dNative',
        [x, g.weight(`${scope}${name}/weights`, [3, 3, channels, 1]), g.weight(`${scope}${name}/offset`, [channels])],
        { ...window(strides), fused_ops: texts('BiasAdd', 'Relu6'), num_args: whole(1) }) // prettier-ignore
    let y = conv('conv1', 'x', 3, 4, 3, 2)
    y = conv('conv_pw_1', depthwise('conv_dw_1', y, 4, 1), 4, 6, 1, 1)
    y = conv('conv_pw_2', depthwise('conv_dw_2', y, 6, 2), 6, 8, 1, 1)
    y = g.node(`${scope}global_average_pooling2d/Mean`, 'Mean', [y, g.list('axes', [1, 2])], {
      keep_dims: { b: false },
    })

    const shape = g.node(`${scope}reshape/Shape`, 'Shape', [y], { out_type: { type: 'DT_INT32' } })
    const [zero, one] = [g.list('zero', [0]), g.list('one', [1])]
    const batch = g.node(`${scope}reshape/strided_slice`, 'StridedSlice', [shape, zero, one, one], {
      shrink_axis_mask: whole(1),
    })
    const sizes = [1, 1, 8].map((size, i) => g.list(`${scope}reshape/size${i}`, [size], []))
    const target = g.node(`${scope}reshape/Reshape/shape`, 'Pack', [batch, ...sizes], {
      N: whole(4),
      axis: whole(0),
    })
    y = g.node(`${scope}reshape/Reshape`, 'Reshape', [y, target])
    y = g.node(`${scope}conv_preds/BiasAdd`, '_FusedConv2D', [y, g.weight('preds', [1, 1, 8, 5]), g.weight('preds_bias', [5])], {
      ...window(1), fused_ops: texts('BiasAdd'), num_args: whole(1),
    }) // prettier-ignore
    y = g.node(`${scope}reshape_2/Reshape`, 'Reshape', [y, g.list('vector', [-1, 5])])
    y = g.node(`${scope}predictions/Softmax`, 'Softmax', [y])
    g.node('Identity', 'Identity', [y])
    return g
  }

  it('MobileNet with everything fused: probabilities, scores, gradient, layer names', async () => {
    const frozen = mobilenet()
    const { net, model } = await agree(frozen)
    const names = net.layers.map(({ name }) => name)
    expect(names).to.include.members([
      'conv1_relu',
      'conv_dw_2_relu',
      'conv_pw_2_relu',
      'conv_preds',
      'predictions',
    ])
    expect(net.classes).to.have.length(5)
    const { theirs, ours } = images(frozen)
    const layer = 'StatefulPartitionedCall/mobilenet/conv_pw_1_relu/Relu6'
    const { conv_pw_1_relu: own } = await net.run(ours, { layers: ['conv_pw_1_relu'] })
    expect(
      difference(own!, channelsFirst(model.execute(theirs, layer) as tf.Tensor)),
    ).to.be.lessThan(1e-4)

    const logits = 'StatefulPartitionedCall/mobilenet/reshape_2/Reshape'
    const score = (x: tf.Tensor): tf.Tensor =>
      (model.execute(x, logits) as tf.Tensor).slice([0, 2], [-1, 1]).sum()
    const gradient = await net.gradient(ours, { of: classScore(2) })
    expect(difference(gradient, channelsFirst(tf.grad(score)(theirs)))).to.be.lessThan(1e-3)
  })

  it('ResNet with padding, batch norm and shortcuts, unfused', async () => {
    const g = new Frozen([15, 14, 3])
    const norm = (name: string, x: string, channels: number): string => {
      const parts = ['scale', 'offset', 'mean'].map((part) =>
        g.weight(`${name}/${part}`, [channels]),
      )
      const variance = g.weight(`${name}/variance`, [channels], 0.5)
      return g.node(name, 'FusedBatchNormV3', [x, ...parts, variance], {
        epsilon: { f: 0.001 }, is_training: { b: false }, data_format: text('NHWC'),
      }) // prettier-ignore
    }
    let y = g.node('pad', 'Pad', ['x', g.list('paddings', [0, 0, 3, 3, 3, 2, 0, 0], [4, 2])])
    y = g.node('conv', 'Conv2D', [y, g.weight('w1', [7, 7, 3, 4])], window(2, 'VALID'))
    y = g.node('bias', 'BiasAdd', [y, g.weight('b1', [4])])
    y = g.node('relu', 'Relu', [norm('norm1', y, 4)])
    y = g.node('pool', 'MaxPool', [y], { ...window(2), ksize: numbers(1, 3, 3, 1) })
    let z = g.node('conv2', 'Conv2D', [y, g.weight('w2', [3, 3, 4, 4])], window(1))
    z = norm('norm2', z, 4)
    z = g.node('depthwise', 'DepthwiseConv2dNative', [z, g.weight('w3', [3, 3, 4, 2])], window(2))
    const shortcut = g.node('shortcut', 'AvgPool', [y], {
      ...window(2),
      ksize: numbers(1, 2, 2, 1),
    })
    const both = g.node('concat', 'ConcatV2', [shortcut, shortcut, g.list('axis', [-1], [])], {
      N: whole(2),
    })
    y = g.node('relu2', 'Relu', [g.node('add', 'AddV2', [z, both])])
    y = g.node(
      'squeeze',
      'Squeeze',
      [g.node('mean', 'Mean', [y, g.list('axes', [1, 2])], { keep_dims: { b: true } })],
      {
        squeeze_dims: numbers(1, 2),
      },
    )
    y = g.node('logits', '_FusedMatMul', [y, g.weight('w4', [8, 5]), g.weight('b4', [5])], {
      transpose_a: { b: false }, transpose_b: { b: false }, fused_ops: texts('BiasAdd'), num_args: whole(1),
    }) // prettier-ignore
    g.node('softmax', 'Softmax', [y])
    const { net, model } = await agree(g)
    const { theirs, ours } = images(g)
    const score = (x: tf.Tensor): tf.Tensor =>
      (model.execute(x, 'logits') as tf.Tensor).slice([0, 2], [-1, 1]).sum()
    const gradient = await net.gradient(ours, { of: classScore(2) })
    expect(difference(gradient, channelsFirst(tf.grad(score)(theirs)))).to.be.lessThan(1e-3)
  })

  it('batch norm and preprocessing in single steps, flattened maps, transposes', async () => {
    const g = new Frozen([6, 7, 3])
    let y = g.node('scale', 'Mul', ['x', g.weight('two', [], 1)])
    y = g.node('shift', 'Sub', [y, g.weight('means', [3])])
    const root = g.node('root', 'Rsqrt', [g.node('square', 'Square', [g.node('total', 'AddV2', [y, g.weight('three', [1, 1, 1, 3], 3)])])])
    y = g.node('norm', 'Mul', [y, root])
    y = g.node('gate', 'Mul', [y, g.node('sigmoid', 'Sigmoid', [g.node('mean', 'Mean', [y, g.list('axes', [1, 2])], { keep_dims: { b: true } })])])
    y = g.node('resize', 'ResizeBilinear', [y, g.list('size', [9, 5])], { half_pixel_centers: { b: true }, align_corners: { b: false } })
    y = g.node('cut', 'StridedSlice', [y, g.list('begin', [0, 1, 0, 1]), g.list('end', [0, -1, 4, 3]), g.list('steps', [1, 2, 1, 1])], { begin_mask: whole(1), end_mask: whole(1) })
    y = g.node('transpose', 'Transpose', [y, g.list('perm', [0, 2, 1, 3])])
    y = g.node('flatten', 'Reshape', [y, g.list('shape', [-1, 32])])
    y = g.node('matmul', 'MatMul', [y, g.weight('kernel', [5, 32])], { transpose_a: { b: false }, transpose_b: { b: true } })
    g.node('out', 'Maximum', [y, g.node('neg', 'Neg', [y])])
    await agree(g)
  }) // prettier-ignore

  for (const [activation, extra] of [
    ['Relu'],
    ['Elu'],
    ['LeakyRelu'],
    ['Sigmoid'],
    ['Prelu', [4]],
  ] as [string, number[]?][])
    it(`convolution fused with ${activation}`, async () => {
      const g = new Frozen([5, 5, 3])
      const inputs = ['x', g.weight('kernel', [3, 3, 3, 4]), g.weight('bias', [4])]
      if (extra) inputs.push(g.weight('slopes', extra))
      g.node('conv', '_FusedConv2D', inputs, {
        ...window(2), fused_ops: texts('BiasAdd', activation), num_args: whole(inputs.length - 2), leakyrelu_alpha: { f: 0.1 },
      }) // prettier-ignore
      const { net } = await agree(g)
      expect(net.layers.map(({ name }) => name)).to.include.members(['conv', 'conv.linear'])
    })

  it('local response normalisation, clipping, parts of channels', async () => {
    const g = new Frozen([4, 5, 6])
    const lrn = { depth_radius: whole(1), bias: { f: 2 }, alpha: { f: 0.3 }, beta: { f: 0.75 } }
    g.node('lrn', 'LRN', ['x'], lrn)
    g.node('clip', 'ClipByValue', ['lrn', g.list('low', [0], []), g.weight('high', [])])
    g.node('split', 'Split', [g.list('axis', [-1], []), 'lrn'], { num_split: whole(2) })
    g.node('both', 'ConcatV2', ['split:1', 'clip', 'split', 'axis'], { N: whole(3) })
    await agree(g)
  })

  it('explicit padding', async () => {
    const g = new Frozen([5, 5, 3])
    g.node('conv', 'Conv2D', ['x', g.weight('kernel', [3, 3, 3, 4])], {
      ...window(2, 'EXPLICIT'),
      explicit_paddings: numbers(0, 0, 2, 1, 0, 3, 0, 0),
    })
    await agree(g)
  })

  it('names operators and nodes that it does not know, cycles, and what is missing', async () => {
    const g = mobilenet()
    const failure = async (change: (nodes: Frozen['nodes']) => void): Promise<string> => {
      const broken = mobilenet()
      change(broken.nodes)
      return (await rejection(readTfjsModel(await broken.write(folder)))).message
    }
    const at = g.nodes.findIndex(({ op }) => op === 'Softmax')
    expect(await failure((nodes) => (nodes[at]!.op = 'SoftMax'))).to.match(
      /predictions\/Softmax' \(SoftMax\): .*nearest that are: Softmax/,
    )
    expect(await failure((nodes) => (nodes[at]!.input = ['nobody']))).to.match(/no node 'nobody'/)
    expect(await failure((nodes) => (nodes[at]!.input = [nodes[at]!.name]))).to.match(/cycle/)
    expect(await failure((nodes) => nodes.splice(0, 1))).to.match(/no node 'x'/)
  })

  it('survives a few hundred mutations', async () => {
    const source = mobilenet()
    let intact = 0
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(mixSeeds(seed))
      const mutant = mobilenet()
      for (let i = random.integer(2); i >= 0; i--) {
        const node = random.pick(mutant.nodes)
        const other = random.pick(source.nodes)
        const kind = random.integer(5)
        if (kind === 0) node.op = other.op
        else if (kind === 1) node.input = other.input
        else if (kind === 2) node.attr = other.attr
        else if (kind === 3) node.attr[random.pick(Object.keys(node.attr))] = random.pick([whole(-1), numbers(3), text('SAME'), null as never])
        else random.pick(mutant.weights).shape = random.pick([[], [4], [1, 1, 8], [3, 3, 3, 4]])
      } // prettier-ignore
      const start = processorTime()
      try {
        expect(await readTfjsModel(await mutant.write(folder))).to.be.instanceOf(Graph)
        intact++
      } catch (error) {
        const { message, name } = error as Error
        expect(name, `seed ${seed}: ${message}`).to.equal('FormatError')
      }
      expect(processorTime() - start).to.be.lessThan(1000)
    }
    expect(intact).to.be.within(20, 280)
  })
})
