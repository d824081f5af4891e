/** The weights that the architectures take: as many as published, and no others than they know. */
import { expect } from 'chai'
import { sizeOf } from '../../src/engine/tensor.js'
import { float32, type TypedTensor } from '../../src/network/graph.js'
import { adaptiveAverages } from '../../src/network/zoo/adaptive-pooling.js'
import type { Initialiser } from '../../src/network/zoo/architecture.js'
import { torchvision } from '../../src/network/zoo/torchvision.js'

/** What torchvision says. */
const published: Record<keyof typeof torchvision, number> = {
  alexnet: 61_100_840,
  vgg11: 132_863_336,
  vgg11_bn: 132_868_840,
  vgg13: 133_047_848,
  vgg13_bn: 133_053_736,
  vgg16: 138_357_544,
  vgg16_bn: 138_365_992,
  vgg19: 143_667_240,
  vgg19_bn: 143_678_248,
  squeezenet1_0: 1_248_424,
  squeezenet1_1: 1_235_496,
  resnet18: 11_689_512,
  resnet34: 21_797_672,
  resnet50: 25_557_032,
  resnet101: 44_549_160,
  resnext50_32x4d: 25_028_904,
  googlenet: 6_624_904,
  inception_v3: 27_161_264 - 3_326_696, // without the auxiliary classifier
  densenet121: 7_978_856,
  mobilenet_v2: 3_504_872,
  mobilenet_v3_small: 2_542_856,
  mobilenet_v3_large: 5_483_032,
  efficientnet_b0: 5_288_548,
  shufflenet_v2_x1_0: 2_278_604,
  mnasnet1_0: 4_383_312,
  convnext_tiny: 28_589_128,
}

const zeros = (shape: number[]): TypedTensor => float32(new Float32Array(sizeOf(shape)), shape)

/** All weights of a network, by the names under which a file holds them. */
function weightsOf(name: keyof typeof torchvision): Map<string, TypedTensor> {
  const weights = new Map<string, TypedTensor>()
  const record: Initialiser = (weight, shape) => {
    const tensor = zeros(shape)
    weights.set(weight, tensor)
    return tensor
  }
  torchvision[name].architecture(record)
  return weights
}

describe('the architectures of the zoo', () => {
  it('have as many parameters as published', () => {
    for (const [name, count] of Object.entries(published) as [keyof typeof published, number][]) {
      let found = 0
      torchvision[name].architecture((weight, shape) => {
        if (!weight.includes('running_')) found += sizeOf(shape)
        return zeros(shape)
      })
      expect(found, name).equal(count)
    }
  })

  it('pass over the weights that only training uses', () => {
    const weights = weightsOf('googlenet')
    weights.set('conv1.bn.num_batches_tracked', zeros([]))
    weights.set('aux1.conv.conv.weight', zeros([128, 512, 1, 1]))
    weights.set('aux2.fc2.bias', zeros([1000]))
    expect(torchvision.googlenet.architecture(weights).nodes).not.empty
    const inception = weightsOf('inception_v3').set('AuxLogits.fc.bias', zeros([1000]))
    expect(torchvision.inception_v3.architecture(inception).nodes).not.empty
  })

  it('refuse other weights that they do not know, and say which are missing', () => {
    const more = weightsOf('resnet18').set('layer5.0.conv1.weight', zeros([1]))
    expect(() => torchvision.resnet18.architecture(more)).throw(
      "the weights of 'resnet18' hold 'layer5.0.conv1.weight', which the architecture does not have",
    )
    const less = weightsOf('resnet18')
    less.delete('layer1.1.bn2.running_var')
    expect(() => torchvision.resnet18.architecture(less)).throw(
      "the weights of 'resnet18' lack 'layer1.1.bn2.running_var'",
    )
  })

  it('DenseNet takes the names of its published weights, which are older', () => {
    const modern = weightsOf('densenet121')
    const old = new Map(
      [...modern].map(([name, tensor]) => [
        name.replace(/(denselayer\d+\.(?:norm|conv))([12])/, '$1.$2'),
        tensor,
      ]),
    )
    expect([...old.keys()]).include('features.denseblock1.denselayer1.norm.1.weight')
    expect([...torchvision.densenet121.architecture(old).constants.keys()]).include.members([
      ...modern.keys(),
    ])
  })

  it("layers are found under torchvision's names", () => {
    const names: Partial<Record<keyof typeof torchvision, string[]>> = {
      alexnet: ['features.10', 'avgpool', 'classifier.6'],
      resnet18: ['layer4.1.conv2', 'layer2.0.downsample.0'],
      densenet121: ['features.denseblock1.denselayer1.conv1', 'features.transition3.pool'],
      inception_v3: ['Mixed_5b.branch1x1.conv', 'Mixed_7c.branch3x3dbl_3b.bn', 'Mixed_6e'],
      googlenet: ['inception4c.branch1.conv', 'inception3a.branch4.0', 'inception5b'],
      mobilenet_v3_small: ['features.1.block.1.fc2', 'features.4.block.2.scale_activation'],
      shufflenet_v2_x1_0: ['stage2.0.branch1.4', 'stage4.3.branch2.7', 'conv5.2'],
      mnasnet1_0: ['layers.8.2.layers.7', 'layers.15'],
      convnext_tiny: ['features.1.0.block.3', 'features.2.1', 'features.7.2'],
    }
    for (const [name, layers] of Object.entries(names)) {
      const { architecture } = torchvision[name as keyof typeof torchvision]
      const nodes = architecture((_, shape) => zeros(shape)).nodes.map((node) => node.name)
      expect(nodes, name).include.members(layers)
    }
  })

  it('windows of adaptive pooling cover a line evenly, overlapping where they must', () => {
    expect([...adaptiveAverages(4, 2).data]).deep.equal([0.5, 0.5, 0, 0, 0, 0, 0.5, 0.5])
    expect([...adaptiveAverages(3, 2).data]).deep.equal([0.5, 0.5, 0, 0, 0.5, 0.5])
    expect([...adaptiveAverages(2, 3).data]).deep.equal([1, 0, 0.5, 0.5, 0, 1])
  })
})
