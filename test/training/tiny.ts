/** The network of test/fixtures/training, and images for it. */
import { readFileSync } from 'node:fs'
import { Dataset } from '../../datasets/dataset.js'
import type { Engine } from '../../src/engine/engine.js'
import { Image } from '../../src/image/image.js'
import type { TypedTensor } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readSafeTensors } from '../../src/network/safetensors.js'
import { Architecture, type Initialiser, type Weights } from '../../src/network/zoo/architecture.js'
import type { Example } from '../../src/training/batches.js'
import { fixture } from '../reference.js'

const { tensors } = readSafeTensors(readFileSync(fixture('training/steps.safetensors')))

/** What PyTorch has under a name. */
export function torch(name: string): TypedTensor & { data: Float32Array } {
  const tensor = tensors.get(name)
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`no fixture '${name}'`)
  return { ...tensor, data: tensor.data }
}

/** The weights and running statistics after the training of a case; `first` are those before. */
export const torchWeights = (from: string): Map<string, TypedTensor> =>
  new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(`${from}/`))
      .map(([name, tensor]): [string, TypedTensor] => [name.slice(from.length + 1), tensor])
      .filter(([name]) => name.includes('.')),
  )

export const classes = ['a', 'b', 'c']

/** Two convolutions with batch norm and a shortcut, one with a large kernel, and a linear layer. */
export function tinyNetwork(
  weights: Weights | Initialiser = torchWeights('first'),
  engine?: Engine,
): Promise<Network> {
  const net = new Architecture('tiny', [3, 8, 8], weights)
  const conv1 = net.conv('conv1', 'input', 4, 3, { padding: 1, bias: false })
  const relu1 = net.relu('relu1', net.batchNorm('bn1', conv1))
  const y = net.batchNorm('bn2', net.conv('conv2', relu1, 4, 3, { padding: 1, bias: false }))
  const relu2 = net.relu('relu2', net.add('add', y, relu1))
  const relu3 = net.relu('relu3', net.conv('conv3', relu2, 6, 7, { stride: 2, padding: 3 }))
  return Network.from(net.output(net.linear('fc', net.flatten('flatten', relu3), 3)), {
    classes,
    engine,
    preprocessing: { size: [8, 8], mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  })
}

/** The twelve images of the fixture. */
export const images = ((): Dataset<Example> => {
  const [pixels, labels] = [torch('images').data, torch('labels').data]
  return new Dataset(labels.length, classes, (i) => ({
    image: new Image(8, 8, pixels.slice(i * 192, (i + 1) * 192)),
    label: labels[i]!,
  }))
})()
