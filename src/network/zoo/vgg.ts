/** VGG (Simonyan & Zisserman 2015), under torchvision's layer names. */
import type { Graph } from '../graph.js'
import { Architecture, type Initialiser, type Weights } from './architecture.js'

/** Channels of the 3×3 convolutions, block by block; every block ends in a pooling. */
const blocks = {
  vgg16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
}

/** VGG-16. [N, 3, 224, 224] → [N, 1000]. */
export function vgg16(weights: Weights | Initialiser): Graph {
  const net = new Architecture('vgg16', [3, 224, 224], weights)
  let x = 'input'
  let index = 0
  const next = (): string => `features.${index++}`
  for (const block of blocks.vgg16) {
    for (const channels of block) {
      x = net.conv(next(), x, channels, 3, { padding: 1 })
      x = net.relu(next(), x)
    }
    x = net.maxPool(next(), x, 2)
  }
  x = net.flatten('flatten', x)
  x = net.relu('classifier.1', net.linear('classifier.0', x, 4096))
  x = net.relu('classifier.4', net.linear('classifier.3', x, 4096))
  return net.output(net.linear('classifier.6', x, 1000))
}
