/** Which layer Grad-CAM explains by default: the last feature maps before the classifier. */
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { BATCH, float32, type Graph, type Node } from '../../src/network/graph.js'
import { Network } from '../../src/network/network.js'
import type { Initialiser } from '../../src/network/zoo/architecture.js'
import { convnext_tiny } from '../../src/network/zoo/convnext.js'
import { zooNetwork } from '../../src/network/zoo/index.js'
import { mobilenet_v2 } from '../../src/network/zoo/mobilenet.js'
import { resnet18 } from '../../src/network/zoo/resnet.js'
import { scenesNetwork } from '../../src/network/zoo/scenes.js'
import { fixture, reference } from '../reference.js'
import { failure, model, node, randomTensor } from './models.js'

describe('the last feature maps', () => {
  const references = {
    plain: 'features.9', // the rectifier of the last convolution, before Flatten
    residual: 'layer2', // what its last block gives: sum and rectifier
    inception: 'mix2', // the branches joined
    depthwise: 'features.7', // ReLU6 of the last pointwise convolution
  }
  for (const [name, layer] of Object.entries(references))
    it(`of the network '${name}'`, async () => {
      const { net } = await reference(name)
      const found = net.lastFeatureMaps
      const shape = [1, ...net.graph.inputs[0]!.shape!.slice(1).map(Number)]
      const data = randomTensor(shape).data as Float32Array
      const maps = await net.run({ data, shape }, { layers: [found, layer] })
      expect(maps[found], found).deep.equal(maps[layer])
      expect(maps[found]!.shape).lengthOf(4)
      await net.release()
    })

  it('of SqueezeNet, whose classifier is a convolution too', async () => {
    const weights = fileURLToPath(fixture('squeezenet1_1/weights.safetensors'))
    const net = await zooNetwork('squeezenet1_1', { weights })
    expect(net.lastFeatureMaps).equal('features.12')
  })

  const zeros: Initialiser = (_, shape) =>
    float32(new Float32Array(shape.reduce((a, b) => a * b)), shape)
  const architectures: [(weights: Initialiser) => Graph, string][] = [
    [scenesNetwork, 'relu5'],
    [resnet18, 'layer4.1'],
    [mobilenet_v2, 'features.18.2'],
    [convnext_tiny, 'features.7.2'], // past layers whose channels lie last
  ]
  for (const [architecture, layer] of architectures) {
    const graph = architecture(zeros)
    it(`of ${graph.name}`, async () => {
      expect((await Network.from(graph)).lastFeatureMaps).equal(layer)
    })
  }

  const tail = async (...nodes: Node[]): Promise<Network> =>
    Network.from(
      model([BATCH, 3, 8, 8], [node('Conv', ['x', 'w'], 'conv'), ...nodes], {
        constants: { w: randomTensor([5, 3, 3, 3]), c: randomTensor([4, 5, 1, 1]) },
      }),
    )
  const classifier = (from: string): Node[] => [
    node('GlobalAveragePool', [from], 'mean'),
    node('Conv', ['mean', 'c'], 'head'),
    node('Flatten', ['head'], 'logits'),
  ]

  it('a squashing activation of several nodes belongs to them (x · sigmoid x)', async () => {
    const swish = [node('Sigmoid', ['conv'], 'gate'), node('Mul', ['conv', 'gate'], 'swish')]
    expect((await tail(...swish, ...classifier('swish'))).lastFeatureMaps).equal('swish')
  })

  it('a convolution of 1×1 maps is a part of the classifier', async () => {
    const net = await tail(node('Relu', ['conv'], 'relu'), ...classifier('relu'))
    expect(net.lastFeatureMaps).equal('relu')
  })

  it('a convolution to as many channels as there are classes is none of it, where a dense layer follows', async () => {
    const net = await Network.from(
      model(
        [BATCH, 5, 4, 4],
        [
          node('Conv', ['x', 'w'], 'conv'),
          node('Relu', ['conv'], 'relu'),
          node('Flatten', ['relu'], 'flat'),
          node('Gemm', ['flat', 'd'], 'logits'),
        ],
        { constants: { w: randomTensor([5, 5, 3, 3]), d: randomTensor([20, 5]) } },
      ),
    )
    expect(net.lastFeatureMaps).equal('relu')
  })

  it('a network without convolutions has none', async () => {
    const graph = model([BATCH, 2], [node('Relu', ['x'], 'y')])
    graph.name = 'mlp'
    expect(await failure(async () => (await Network.from(graph)).lastFeatureMaps)).equal(
      "network 'mlp' has no convolution; name a layer",
    )
  })
})
