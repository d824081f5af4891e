/** VGG (Simonyan & Zisserman 2015), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'

/** Channels of the 3×3 convolutions, block by block; every block ends in a pooling. */
const widths = [64, 128, 256, 512, 512]

/** [N, 3, 224, 224] → [N, 1000], by so many convolutions in each block. */
const vgg =
  (name: string, depths: readonly number[], batchNorm = false): ArchitectureOf =>
  (weights, size = [224, 224]) => {
    const net = new Architecture(name, [3, ...size], weights)
    let x = 'input'
    let index = 0
    const next = (): string => `features.${index++}`
    for (const [block, depth] of depths.entries()) {
      for (let i = 0; i < depth; i++) {
        x = net.conv(next(), x, widths[block]!, 3, { padding: 'same' })
        if (batchNorm) x = net.batchNorm(next(), x)
        x = net.relu(next(), x)
      }
      x = net.maxPool(next(), x, 2)
    }
    x = net.flatten('flatten', net.adaptiveAveragePool('avgpool', x, [7, 7]))
    x = net.relu('classifier.1', net.linear('classifier.0', x, 4096))
    x = net.relu('classifier.4', net.linear('classifier.3', x, 4096))
    return net.output(net.linear('classifier.6', x, 1000))
  }

export const vgg11 = vgg('vgg11', [1, 1, 2, 2, 2])
export const vgg13 = vgg('vgg13', [2, 2, 2, 2, 2])
export const vgg16 = vgg('vgg16', [2, 2, 3, 3, 3])
export const vgg19 = vgg('vgg19', [2, 2, 4, 4, 4])
export const vgg11_bn = vgg('vgg11_bn', [1, 1, 2, 2, 2], true)
export const vgg13_bn = vgg('vgg13_bn', [2, 2, 2, 2, 2], true)
export const vgg16_bn = vgg('vgg16_bn', [2, 2, 3, 3, 3], true)
export const vgg19_bn = vgg('vgg19_bn', [2, 2, 4, 4, 4], true)
