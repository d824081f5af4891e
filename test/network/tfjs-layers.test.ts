/** Keras models against what tf.js computes with them. */
import * as tf from '@tensorflow/tfjs'
import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensor } from '../../src/engine/tensor.js'
import { tensorflowEngine } from '../../src/engine/tensorflow.js'
import { Random } from '../../src/image/random.js'
import { readTfjsModel } from '../../src/network/tfjs/index.js'
import { loadNetwork } from '../../src/network/load.js'
import { Network } from '../../src/network/network.js'
import { classScore } from '../../src/objectives/scores.js'
import { rejection } from '../rejection.js'

const { layers } = tf
type Layer = tf.layers.Layer
type Symbolic = tf.SymbolicTensor

/** On the backend that these tests have chosen for the models themselves. */
const interpreter = tensorflowEngine({ backend: 'plain' })

/** Random weights; variances and slopes stay positive. */
function randomise(model: tf.LayersModel, seed = 1): tf.LayersModel {
  const random = new Random(seed)
  model.weights.forEach((weight) => {
    const positive = /variance|gamma|alpha/.test(weight.originalName)
    const { shape } = weight
    const size = shape.reduce<number>((a, b) => a * Number(b), 1)
    const spread = shape.length > 1 ? 1.5 / Math.sqrt(size / Number(shape.at(-1))) : 0.5
    const values = Float32Array.from({ length: size }, () =>
      positive ? random.uniform(0.5, 1.5) : random.uniform(-spread, spread),
    )
    weight.write(tf.tensor(values, shape as number[]))
  })
  return model
}

/** Some images in Keras' layout, and the same in ours. */
function images(model: tf.LayersModel, batch = 2, seed = 2): { theirs: tf.Tensor; ours: Tensor } {
  const shape = [batch, ...model.inputs[0]!.shape.slice(1).map(Number)]
  const random = new Random(seed)
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
    random.uniform(-1, 1),
  )
  const theirs = tf.tensor(values, shape)
  return { theirs, ours: channelsFirst(theirs) }
}

/** A tensor of Keras as the graph has it. */
function channelsFirst(tensor: tf.Tensor): Tensor {
  const moved = tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tensor
  return { data: Float32Array.from(moved.dataSync()), shape: moved.shape }
}

/** The largest difference, relative to the largest value. */
function difference(ours: Tensor, theirs: Tensor): number {
  expect(ours.shape).to.deep.equal(theirs.shape)
  const scale = Math.max(...theirs.data.map(Math.abs))
  expect(scale).to.be.greaterThan(0)
  return Math.max(...theirs.data.map((value, i) => Math.abs(value - ours.data[i]!))) / scale
}

/**
 * Expects of both to compute the same, and hands back our network.
 *
 * @param reference What computes the same by other layers, where tf.js is mistaken about these.
 */
async function agree(model: tf.LayersModel, reference = model): Promise<Network> {
  randomise(model)
  reference.setWeights(model.getWeights())
  const { theirs, ours } = images(model)
  const expected = channelsFirst(reference.predict(theirs) as tf.Tensor)
  const graph = await readTfjsModel(model)
  const net = await Network.from(graph)
  for (const each of [net, await Network.from(graph, { engine: interpreter })]) {
    const [output] = Object.values(await each.run(ours))
    expect(difference(output!, expected), each.engine.name).to.be.lessThan(1e-4)
  }
  return net
}

/** One layer between two convolutions, so that whatever layout it leaves is put to use. */
function around(...inner: Layer[]): tf.LayersModel {
  const x = tf.input({ shape: [9, 8, 3] })
  const before = layers.conv2d({ filters: 4, kernelSize: 1 }).apply(x)
  const y = inner.reduce((value, layer) => layer.apply(value), before) as Symbolic
  const after = layers.conv2d({ filters: 2, kernelSize: 1 })
  return tf.model({ inputs: x, outputs: y.rank === 4 ? (after.apply(y) as Symbolic) : y })
}

const save = async (model: tf.LayersModel): Promise<tf.io.ModelArtifacts> => {
  let saved: tf.io.ModelArtifacts | undefined
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
  })
  await model.save(handler)
  return saved!
}

describe('Keras layers', () => {
  before(() => tf.setBackend('cpu')) // other tests leave another one
  const same = 'same' as const
  const cases: Record<string, () => Layer> = {
    'Conv2D valid': () => layers.conv2d({ filters: 5, kernelSize: [3, 2], strides: [2, 1] }),
    'Conv2D same': () => layers.conv2d({ filters: 5, kernelSize: [3, 4], padding: same }),
    'Conv2D same, stride 2': () =>
      layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, padding: same, useBias: false }),
    'Conv2D same, stride 3 on an even kernel': () =>
      layers.conv2d({ filters: 5, kernelSize: 4, strides: 3, padding: same }),
    'Conv2D stride beyond the kernel': () =>
      layers.conv2d({ filters: 5, kernelSize: 1, strides: 2, padding: same }),
    'Conv2D dilated': () =>
      layers.conv2d({ filters: 5, kernelSize: 3, dilationRate: [2, 3], padding: same }),
    DepthwiseConv2D: () =>
      layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: same, activation: 'relu6' }),
    'DepthwiseConv2D, multiplier 2': () =>
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, useBias: false }),
    SeparableConv2D: () =>
      layers.separableConv2d({
        filters: 5,
        kernelSize: 3,
        strides: 2,
        padding: same,
        activation: 'elu',
      }),
    'SeparableConv2D, multiplier 2': () =>
      layers.separableConv2d({ filters: 5, kernelSize: [2, 3], depthMultiplier: 2 }),
    Conv2DTranspose: () => layers.conv2dTranspose({ filters: 5, kernelSize: 3 }),
    'Conv2DTranspose, stride 2': () =>
      layers.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2 }),
    'Conv2DTranspose same, stride 2': () =>
      layers.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2, padding: same }),
    'Conv2DTranspose same, even kernel': () =>
      layers.conv2dTranspose({ filters: 5, kernelSize: 4, strides: 2, padding: same }),
    'Conv2DTranspose same, stride 3 beyond the kernel': () =>
      layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 3, padding: same }),
    'Conv2DTranspose stride 3 beyond the kernel': () =>
      layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 3 }),
    'Dense on maps': () => layers.dense({ units: 5, activation: 'tanh' }),
    MaxPooling2D: () => layers.maxPooling2d({ poolSize: 2 }),
    'MaxPooling2D overlapping, same': () =>
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: same }),
    'MaxPooling2D same, stride 1': () =>
      layers.maxPooling2d({ poolSize: 3, strides: 1, padding: same }),
    'AveragePooling2D valid': () => layers.averagePooling2d({ poolSize: [3, 2], strides: [1, 2] }),
    'AveragePooling2D same': () =>
      layers.averagePooling2d({ poolSize: 2, strides: 2, padding: same }),
    'AveragePooling2D same, stride 1': () =>
      layers.averagePooling2d({ poolSize: 3, strides: 1, padding: same }),
    GlobalAveragePooling2D: () => layers.globalAveragePooling2d({}),
    GlobalMaxPooling2D: () => layers.globalMaxPooling2d({}),
    BatchNormalization: () => layers.batchNormalization({ epsilon: 1e-2 }),
    'BatchNormalization without scale': () => layers.batchNormalization({ scale: false }),
    'BatchNormalization without centre': () => layers.batchNormalization({ center: false }),
    LayerNormalization: () => layers.layerNormalization({}),
    'LayerNormalization of three axes': () => layers.layerNormalization({ axis: [1, 2, 3] }),
    ReLU: () => layers.reLU({}),
    'ReLU up to 0.5': () => layers.reLU({ maxValue: 0.5 }),
    LeakyReLU: () => layers.leakyReLU({}),
    'LeakyReLU 0.1': () => layers.leakyReLU({ alpha: 0.1 }),
    ThresholdedReLU: () => layers.thresholdedReLU({ theta: 0.25 }),
    ELU: () => layers.elu(),
    PReLU: () => layers.prelu({}),
    'PReLU, slopes by channel': () => layers.prelu({ sharedAxes: [1, 2] }),
    'PReLU, slopes by row': () => layers.prelu({ sharedAxes: [2, 3] }),
    Softmax: () => layers.softmax({ axis: -1 }),
    ZeroPadding2D: () => layers.zeroPadding2d({ padding: [[1, 2], [3, 0]] }), // prettier-ignore
    Cropping2D: () => layers.cropping2D({ cropping: [[1, 2], [0, 3]] }), // prettier-ignore
    'UpSampling2D nearest': () => layers.upSampling2d({ size: [2, 3] }),
    'UpSampling2D bilinear': () => layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' }),
    CenterCrop: () => layers.centerCrop({ height: 4, width: 5 }),
    Rescaling: () => layers.rescaling({ scale: 0.5, offset: -0.25 }),
    Flatten: () => layers.flatten(),
    'Reshape to vectors': () => layers.reshape({ targetShape: [-1, 6] }),
    'Reshape to images': () => layers.reshape({ targetShape: [4, -1, 2] }),
    Permute: () => layers.permute({ dims: [3, 1, 2] }),
    'Permute of rows and columns': () => layers.permute({ dims: [2, 1, 3] }),
    Dropout: () => layers.dropout({ rate: 0.5 }),
    GaussianNoise: () => layers.gaussianNoise({ stddev: 1 }),
    GaussianDropout: () => layers.gaussianDropout({ rate: 0.5 }),
    AlphaDropout: () => layers.alphaDropout({ rate: 0.5 }),
  }
  for (const [name, layer] of Object.entries(cases))
    it(name, async () => {
      await agree(around(layer()))
    })

  it('BatchNormalization of rows', async () => {
    const swap = () => layers.permute({ dims: [3, 2, 1] })
    const rows = around(layers.batchNormalization({ axis: 1 }))
    await agree(rows, around(swap(), layers.batchNormalization(), swap()))
  })

  const functions = `elu gelu gelu_new hardSigmoid linear logSoftmax mish relu relu6 selu sigmoid softmax
    softplus softsign swish tanh`
  for (const activation of functions.split(/\s+/) as 'relu'[])
    it(`Activation ${activation}`, async () => {
      await agree(around(layers.activation({ activation })))
    })

  const merges = {
    add: 3,
    multiply: 3,
    average: 3,
    maximum: 3,
    minimum: 2,
    concatenate: 3,
  } as const
  for (const [name, count] of Object.entries(merges) as [keyof typeof merges, number][])
    it(`${name} of ${count}`, async () => {
      const x = tf.input({ shape: [6, 5, 3] })
      const parts = Array.from({ length: count }, (_, i) =>
        layers.conv2d({ filters: 2, kernelSize: 1, name: `part${i}` }).apply(x),
      )
      const y = layers[name]({}).apply(parts as Symbolic[]) as Symbolic
      await agree(tf.model({ inputs: x, outputs: y }))
    })

  it('concatenates along rows and along columns', async () => {
    for (const axis of [1, 2]) {
      const x = tf.input({ shape: [5, 5, 3] })
      const y = layers
        .concatenate({ axis })
        .apply([x, layers.reLU().apply(x) as Symbolic]) as Symbolic
      await agree(tf.model({ inputs: x, outputs: y }))
    }
  })

  it('gates maps by a vector, as squeeze-and-excitation does', async () => {
    const x = tf.input({ shape: [5, 5, 3] })
    const mean = layers.globalAveragePooling2d({}).apply(x)
    const gate = layers.dense({ units: 3, activation: 'sigmoid' }).apply(mean) as Symbolic
    const y = layers.multiply().apply([x, gate]) as Symbolic
    const net = await agree(tf.model({ inputs: x, outputs: y }))
    expect(net.layers.at(-1)!.shape).to.deep.equal([3, 5, 5])
  })

  it('keeps channels-first models as they are', async () => {
    const x = tf.input({ shape: [3, 9, 8], name: 'image' })
    const dataFormat = 'channelsFirst' as const
    let y = layers.zeroPadding2d({ padding: 1, dataFormat }).apply(x) as Symbolic
    y = layers.upSampling2d({ size: [2, 2], dataFormat }).apply(y) as Symbolic
    y = layers
      .averagePooling2d({ poolSize: 3, strides: 2, padding: 'same', dataFormat })
      .apply(y) as Symbolic
    y = layers.globalMaxPooling2d({ dataFormat }).apply(y) as Symbolic
    const model = randomise(
      tf.model({ inputs: x, outputs: layers.dense({ units: 3 }).apply(y) as Symbolic }),
    )
    const net = await Network.from(await readTfjsModel(model))
    expect(net.graph.inputs[0]!.shape).to.deep.equal(['N', 3, 9, 8])
    const { theirs } = images(model)
    const input = { data: Float32Array.from(theirs.dataSync()), shape: theirs.shape }
    const [output] = Object.values(await net.run(input))
    expect(difference(output!, channelsFirst(model.predict(theirs) as tf.Tensor))).to.be.lessThan(
      1e-4,
    )
  })

  it('finds the channels of an input that is permuted first', async () => {
    const x = tf.input({ shape: [3, 9, 8] })
    let y = layers.permute({ dims: [2, 3, 1] }).apply(x) as Symbolic
    y = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }).apply(y) as Symbolic
    y = layers.permute({ dims: [3, 1, 2] }).apply(y) as Symbolic
    y = layers.flatten().apply(y) as Symbolic
    const model = randomise(tf.model({ inputs: x, outputs: y }))
    const net = await Network.from(await readTfjsModel(model))
    expect(net.graph.inputs[0]!.shape).to.deep.equal(['N', 3, 9, 8])
    const { theirs } = images(model)
    const input = { data: Float32Array.from(theirs.dataSync()), shape: theirs.shape }
    const [output] = Object.values(await net.run(input))
    expect(difference(output!, channelsFirst(model.predict(theirs) as tf.Tensor))).to.be.lessThan(
      1e-4,
    )
  })
})

/** The architectures in small; each ends in `logits` and a softmax. */
const architectures: Record<string, () => tf.LayersModel> = {
  'VGG, sequential': () =>
    tf.sequential({
      name: 'vgg',
      layers: [
        layers.conv2d({
          inputShape: [16, 16, 3],
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          name: 'block1_conv1',
        }),
        layers.conv2d({
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          name: 'block1_conv2',
        }),
        layers.maxPooling2d({ poolSize: 2, strides: 2, name: 'block1_pool' }),
        layers.conv2d({
          filters: 6,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          name: 'block2_conv1',
        }),
        layers.maxPooling2d({ poolSize: 2, strides: 2, name: 'block2_pool' }),
        layers.flatten({ name: 'flatten' }),
        layers.dense({ units: 12, activation: 'relu', name: 'fc1' }),
        layers.dropout({ rate: 0.5, name: 'dropout' }),
        layers.dense({ units: 5, name: 'logits' }),
        layers.softmax({ axis: -1, name: 'predictions' }),
      ],
    }),

  MobileNet: () => {
    const x = tf.input({ shape: [17, 18, 3], name: 'image' })
    let y = x
    const unit = (layer: Layer, name: string): void => {
      y = layer.apply(y) as Symbolic
      y = layers.batchNormalization({ name: `${name}_bn` }).apply(y) as Symbolic
      y = layers.reLU({ maxValue: 6, name: `${name}_relu` }).apply(y) as Symbolic
    }
    const common = { padding: 'same', useBias: false } as const
    unit(
      layers.conv2d({ ...common, filters: 4, kernelSize: 3, strides: 2, name: 'conv1' }),
      'conv1',
    )
    for (const [i, strides] of [1, 2].entries()) {
      const [dw, pw] = [`conv_dw_${i + 1}`, `conv_pw_${i + 1}`]
      unit(layers.depthwiseConv2d({ ...common, kernelSize: 3, strides, name: dw }), dw)
      unit(layers.conv2d({ ...common, filters: 6, kernelSize: 1, name: pw }), pw)
    }
    y = layers
      .separableConv2d({
        filters: 8,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        activation: 'relu6',
      })
      .apply(y) as Symbolic
    y = layers.globalAveragePooling2d({}).apply(y) as Symbolic
    y = layers.reshape({ targetShape: [1, 1, 8] }).apply(y) as Symbolic
    y = layers.dropout({ rate: 0.1 }).apply(y) as Symbolic
    y = layers.conv2d({ filters: 5, kernelSize: 1, name: 'conv_preds' }).apply(y) as Symbolic
    y = layers.reshape({ targetShape: [5], name: 'logits' }).apply(y) as Symbolic
    y = layers.activation({ activation: 'softmax', name: 'predictions' }).apply(y) as Symbolic
    return tf.model({ inputs: x, outputs: y, name: 'mobilenet' })
  },

  ResNet: () => {
    const x = tf.input({ shape: [21, 20, 3] })
    let y = layers.zeroPadding2d({ padding: 3 }).apply(x) as Symbolic
    y = layers.conv2d({ filters: 4, kernelSize: 7, strides: 2 }).apply(y) as Symbolic
    y = layers.batchNormalization().apply(y) as Symbolic
    y = layers.activation({ activation: 'relu' }).apply(y) as Symbolic
    y = layers.zeroPadding2d({ padding: 1 }).apply(y) as Symbolic
    y = layers.maxPooling2d({ poolSize: 3, strides: 2 }).apply(y) as Symbolic
    for (const strides of [1, 2]) {
      let z = layers
        .conv2d({ filters: 6, kernelSize: 3, strides, padding: 'same' })
        .apply(y) as Symbolic
      z = layers.batchNormalization().apply(z) as Symbolic
      z = layers.activation({ activation: 'relu' }).apply(z) as Symbolic
      z = layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same' }).apply(z) as Symbolic
      z = layers.batchNormalization().apply(z) as Symbolic
      const shortcut = layers.conv2d({ filters: 6, kernelSize: 1, strides }).apply(y) as Symbolic
      y = layers
        .activation({ activation: 'relu' })
        .apply(layers.add().apply([z, shortcut])) as Symbolic
    }
    y = layers.globalAveragePooling2d({}).apply(y) as Symbolic
    y = layers.dense({ units: 5, name: 'logits' }).apply(y) as Symbolic
    return tf.model({ inputs: x, outputs: layers.softmax({ axis: -1 }).apply(y) as Symbolic })
  },

  'DenseNet and Inception': () => {
    const x = tf.input({ shape: [15, 16, 3] })
    const conv = (y: Symbolic, filters: number, kernelSize: number): Symbolic =>
      layers
        .conv2d({ filters, kernelSize, padding: 'same', activation: 'relu' })
        .apply(y) as Symbolic
    let y = conv(x, 4, 3)
    const pooled = layers
      .averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' })
      .apply(y) as Symbolic
    y = layers
      .concatenate()
      .apply([conv(y, 3, 1), conv(conv(y, 2, 1), 3, 5), conv(pooled, 2, 1)]) as Symbolic
    for (let i = 0; i < 2; i++) {
      let z = layers.batchNormalization({ epsilon: 0.01 }).apply(y) as Symbolic
      z = layers.leakyReLU({ alpha: 0.1 }).apply(z) as Symbolic
      y = layers.concatenate({ axis: 3 }).apply([y, conv(z, 3, 3)]) as Symbolic
    }
    y = layers.averagePooling2d({ poolSize: 2, strides: 2, padding: 'same' }).apply(y) as Symbolic
    y = layers.permute({ dims: [2, 1, 3] }).apply(y) as Symbolic
    y = layers.reshape({ targetShape: [32, 28] }).apply(y) as Symbolic
    y = layers.flatten().apply(y) as Symbolic
    y = layers.dense({ units: 5, name: 'logits' }).apply(y) as Symbolic
    return tf.model({ inputs: x, outputs: layers.softmax({ axis: -1 }).apply(y) as Symbolic })
  },

  'models within models': () => {
    const inner = tf.input({ shape: [8, 8, 4] })
    const shared = layers.conv2d({
      filters: 4,
      kernelSize: 3,
      padding: 'same',
      activation: 'tanh',
      name: 'shared',
    })
    const twice = layers
      .add({ name: 'sum' })
      .apply([
        shared.apply(inner) as Symbolic,
        shared.apply(shared.apply(inner)) as Symbolic,
      ]) as Symbolic
    const block = tf.model({ inputs: inner, outputs: twice, name: 'block' })
    const base = tf.sequential({
      name: 'base',
      layers: [
        layers.conv2d({
          inputShape: [16, 16, 3],
          filters: 4,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          name: 'conv',
        }),
      ],
    })
    const head = tf.sequential({
      name: 'head',
      layers: [
        layers.flatten({ inputShape: [8, 8, 4] }),
        layers.dense({ units: 5, name: 'logits' }),
      ],
    })
    const x = tf.input({ shape: [16, 16, 3] })
    const y = head.apply(block.apply(block.apply(base.apply(x)))) as Symbolic
    return tf.model({ inputs: x, outputs: layers.softmax({ axis: -1 }).apply(y) as Symbolic })
  },
}

describe('Keras architectures', () => {
  before(() => tf.setBackend('cpu')) // other tests leave another one
  for (const [name, build] of Object.entries(architectures))
    it(`${name}: probabilities, scores, gradient, and the same from files`, async () => {
      const model = build()
      const net = await agree(model)
      const { theirs, ours } = images(model)

      const logits = (x: tf.Tensor): tf.Tensor => {
        const before = model.layers.at(-2)!
        const scores = tf.model({
          inputs: model.inputs,
          outputs: before.getOutputAt(before.inboundNodes.length - 1),
        })
        return scores.apply(x) as tf.Tensor
      }
      expect(difference(await net.scoresOf(ours), channelsFirst(logits(theirs)))).to.be.lessThan(
        1e-4,
      )

      // tf.js divides the gradient of a mean by the whole window where it reaches into the padding.
      if (!name.startsWith('DenseNet')) {
        const gradient = tf.grad((x) => logits(x).slice([0, 3], [-1, 1]).sum())(theirs)
        const own = await net.gradient(ours, { of: classScore(3) })
        expect(difference(own, channelsFirst(gradient))).to.be.lessThan(1e-3)
      }

      const folder = await mkdtemp(join(tmpdir(), 'fovea-'))
      try {
        const { modelTopology, weightSpecs, weightData } = await save(model)
        const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
        await writeFile(
          join(folder, 'model.json'),
          JSON.stringify({ modelTopology, weightsManifest }),
        )
        await writeFile(join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer))
        const graph = await readTfjsModel(join(folder, 'model.json'))
        const fromFile = await Network.from(graph)
        expect(fromFile.digest).to.equal(net.digest)
      } finally {
        await rm(folder, { recursive: true })
      }
    })

  it('the gradient of a mean that reaches into the padding, by differences', async () => {
    const model = tf.sequential({
      layers: [
        layers.averagePooling2d({
          inputShape: [5, 4, 2],
          poolSize: 3,
          strides: 2,
          padding: 'same',
        }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    })
    const net = await agree(model)
    const { theirs, ours } = images(model, 1)
    const own = await net.gradient(ours, { of: classScore(1) })
    // The model is linear: a step of one in each pixel is exact.
    const step = (sign: number): tf.Tensor =>
      (model.predict(theirs.add(tf.eye(40).mul(sign).reshape([40, 5, 4, 2]))) as tf.Tensor)
        .slice([0, 1], [-1, 1])
        .reshape([1, 5, 4, 2])
    expect(difference(own, channelsFirst(step(1).sub(step(-1)).div(2)))).to.be.lessThan(1e-4)
  })

  it('names layers as Keras does, and what an activation gets with .linear', async () => {
    const model = randomise(architectures['VGG, sequential']!())
    const net = await Network.from(await readTfjsModel(model))
    expect(net.name).to.equal('vgg')
    expect(net.layers.map(({ name }) => name)).to.deep.equal(
      `block1_conv1.linear block1_conv1 block1_conv2.linear block1_conv2 block1_pool block2_conv1.linear
       block2_conv1 block2_pool flatten.transposed flatten fc1.linear fc1 dropout logits predictions`.split(
        /\s+/,
      ),
    )
    const { theirs, ours } = images(model)
    for (const layer of ['block1_conv2', 'block2_pool', 'flatten', 'fc1']) {
      const part = tf.model({ inputs: model.inputs, outputs: model.getLayer(layer).output })
      const expected = channelsFirst(part.predict(theirs) as tf.Tensor)
      const activations = await net.run(ours, { layers: [layer] })
      expect(difference(activations[layer]!, expected), layer).to.be.lessThan(1e-4)
    }
    const { fc1, 'fc1.linear': linear } = await net.run(ours, { layers: ['fc1', 'fc1.linear'] })
    expect(fc1!.data).to.deep.equal(linear!.data.map((value) => Math.max(0, value)))
    expect(Math.min(...linear!.data)).to.be.below(0)
    expect(net.graph.constants.get('block1_conv1.kernel')!.shape).to.deep.equal([4, 3, 3, 3])
  })

  it('names the layers of models within, and of later calls', async () => {
    const net = await agree(architectures['models within models']!())
    const names = net.layers.map(({ name }) => name)
    expect(names).to.include.members([
      'base.conv',
      'block.shared',
      'block.shared_1',
      'block.shared_2',
    ])
    expect(names).to.include.members(['block_1.shared', 'block_1.sum', 'head.logits'])
    expect([...net.graph.constants.keys()].filter((name) => name.endsWith('kernel'))).to.deep.equal(
      ['base.conv.kernel', 'block.shared.kernel', 'head.logits.kernel'],
    )
  })

  it('a live model is a network, with its gradient for Grad-CAM', async () => {
    const model = randomise(architectures.ResNet!())
    const net = await loadNetwork(model, { classes: ['a', 'b', 'c', 'd', 'e'] })
    const { ours } = images(model, 1)
    const maps = net.lastFeatureMaps
    const gradient = await net.gradient(ours, { of: classScore('b'), wrt: maps })
    const { [maps]: activations } = await net.run(ours, { layers: [maps] })
    expect(gradient.shape).to.deep.equal(activations!.shape)
    expect(gradient.shape).to.deep.equal([1, 6, 3, 3])
  })

  it('keeps what it read when the live model learns on', async () => {
    const model = randomise(architectures.ResNet!(), 3)
    const net = await Network.from(await readTfjsModel(model))
    const { ours } = images(model)
    const before = await net.scoresOf(ours)
    randomise(model, 4)
    expect(await net.scoresOf(ours)).to.deep.equal(before)
  })

  it('refuses what only code defines, and layers that it does not know', async () => {
    class Mine extends layers.Layer {
      static className = 'Convolve2D'
      override computeOutputShape = (shape: tf.Shape) => shape
    }
    tf.serialization.registerClass(Mine)
    const mine = around(new Mine({ name: 'mine' }))
    const { message } = await rejection(readTfjsModel(mine))
    expect(message).to.match(
      /layer 'mine' \(Convolve2D\): .*not supported; the nearest that are: Conv/,
    )
    const recurrent = tf.sequential({
      layers: [layers.lstm({ inputShape: [4, 3], units: 2, name: 'memory' })],
    })
    expect((await rejection(readTfjsModel(recurrent))).message).to.match(/layer 'memory' \(LSTM\)/)
  })

  it('says that a disposed model has no weights', async () => {
    const model = around(layers.flatten())
    model.dispose()
    expect((await rejection(readTfjsModel(model))).message).to.match(/disposed/)
  })
})
