/** Networks with published weights and PyTorch's own results on photographs, in test/fixtures. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../../src/engine/engine.js'
import type { Tensor } from '../../src/engine/tensor.js'
import type { Preprocessing } from '../../src/image/preprocessing.js'
import { Builder } from '../../src/network/builder.js'
import { BATCH, float32, Graph } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import { readSafeTensors } from '../../src/network/safetensors.js'
import { readWeights } from '../../src/network/weights.js'
import { Architecture, type Weights } from '../../src/network/zoo/architecture.js'
import imagenet from '../../src/network/zoo/imagenet-classes.json' with { type: 'json' }
import { zooNetwork } from '../../src/network/zoo/index.js'
import { fixture } from '../reference.js'

/** What PyTorch computed. */
export interface Golden {
  inputs: { key: string; top5: { index: number; label: string; logit: number; prob: number }[] }[]
  /** Of the first input, by layer. */
  activations: Record<string, Activation>
  attributions: { input: string; classIndex: number; gradcamLayer: string }[]
}

export interface Activation {
  shape: number[]
  mean: number
  std: number
  min: number
  max: number
  argmaxChannelOfMeans: number
  /** The middle of each of the first channels. */
  sample: number[]
}

interface GoldenNetwork {
  /** Where a picture lies, within test/fixtures. */
  picture: (key: string) => string
  load: (engine: Engine) => Promise<Network>
}

/** MobileNetV1 0.25 (Howard et al. 2017), batch norm folded, with TensorFlow's padding. */
function mobilenet(weights: Weights): Graph {
  const graph = new Graph()
  graph.name = 'mobilenet_v1_0.25_128'
  graph.inputs = [{ name: 'input', type: 'float32', shape: [BATCH, 3, 128, 128] }]
  const b = new Builder(graph)
  for (const [name, { shape, data }] of weights)
    b.constant(float32(Float32Array.from(data as ArrayLike<number>), shape), name)
  const conv = (name: string, x: string, stride: number, group = 1): string => {
    const inputs = [x, `${name}.weight`, `${name}.bias`]
    const strides = [stride, stride]
    const y = b.layer(`${name}.conv`, 'Conv', inputs, { strides, group, auto_pad: 'SAME_UPPER' })
    return b.layer(name, 'Clip', [y, b.scalar(0), b.scalar(6)])
  }
  let x = conv('conv0', 'input', 2)
  for (let i = 1; i <= 13; i++) {
    x = conv(`dw${i}`, x, [2, 4, 6, 12].includes(i) ? 2 : 1, Number(b.shape(x)[1]))
    x = conv(`pw${i}`, x, 1)
  }
  x = b.layer('flatten', 'Flatten', [b.layer('pool', 'GlobalAveragePool', [x])])
  x = b.layer('classifier', 'Gemm', [x, 'classifier.weight', 'classifier.bias'], { transB: 1 })
  graph.outputs = [{ name: x, type: 'float32', shape: b.shape(x) }]
  return graph
}

/** The network of CNN Explainer (Wang et al. 2020). */
function tinyVgg(weights: Weights): Graph {
  const net = new Architecture('tiny_vgg_10', [3, 64, 64], weights)
  let x = 'input'
  for (const block of [1, 2]) {
    for (const part of [1, 2]) {
      x = net.conv(`conv_${block}_${part}`, x, 10, 3)
      x = net.relu(`relu_${block}_${part}`, x)
    }
    x = net.maxPool(`max_pool_${block}`, x, 2)
  }
  return net.output(net.linear('output', net.flatten('flatten', x), 10))
}

const path = (file: string): string => fileURLToPath(fixture(file))

const fromGraph =
  (
    name: string,
    architecture: (weights: Weights) => Graph,
    options: { preprocessing: Preprocessing; classes: string[] },
  ) =>
  async (engine: Engine): Promise<Network> => {
    const { tensors } = await readWeights(path(`${name}/weights.safetensors`))
    return Network.from(architecture(tensors), { ...options, engine })
  }

export const goldenNetworks: Record<string, GoldenNetwork> = {
  squeezenet1_1: {
    picture: (key) => `${key}_224.png`,
    load: (engine) =>
      zooNetwork('squeezenet1_1', { weights: path('squeezenet1_1/weights.safetensors'), engine }),
  },
  'mobilenet_v1_0.25_128': {
    picture: (key) => `mobilenet_v1_0.25_128/${key}.png`,
    load: fromGraph('mobilenet_v1_0.25_128', mobilenet, {
      preprocessing: {
        size: [128, 128],
        resize: 146,
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
      classes: imagenet,
    }),
  },
  tiny_vgg_10: {
    picture: (key) => `tiny_vgg_10/${key}.png`,
    load: fromGraph('tiny_vgg_10', tinyVgg, {
      preprocessing: { size: [64, 64], mean: [0, 0, 0], std: [1, 1, 1] },
      classes: JSON.parse(readFileSync(path('tiny_vgg_10/labels.json')).toString()) as string[],
    }),
  },
}

export function goldenResults(name: string): {
  golden: Golden
  /** A tensor of PyTorch's; undefined where it is not recorded. */
  recorded: (key: string) => Tensor | undefined
} {
  const { tensors } = readSafeTensors(readFileSync(fixture(`${name}/golden.safetensors`)))
  return {
    golden: JSON.parse(readFileSync(fixture(`${name}/golden.json`)).toString()) as Golden,
    recorded: (key) => {
      const found = tensors.get(key)
      return found?.data instanceof Float32Array
        ? { data: found.data, shape: found.shape }
        : undefined
    },
  }
}
