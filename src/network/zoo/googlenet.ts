/** GoogLeNet (Szegedy et al. 2015), under torchvision's layer names. */
import { Architecture, type ArchitectureOf, type ConvOptions } from './architecture.js'
import { fromImagenetStatistics } from './transform-input.js'

/**
 * The inception modules by their channels: 1×1; reduced to and 3×3; reduced to and the second 3×3 (5×5 in
 * the paper); after the pooling. Between them the poolings by their kernels.
 */
const modules = [
  ['inception3a', 64, 96, 128, 16, 32, 32],
  ['inception3b', 128, 128, 192, 32, 96, 64],
  ['maxpool3', 3],
  ['inception4a', 192, 96, 208, 16, 48, 64],
  ['inception4b', 160, 112, 224, 24, 64, 64],
  ['inception4c', 128, 128, 256, 24, 64, 64],
  ['inception4d', 112, 144, 288, 32, 64, 64],
  ['inception4e', 256, 160, 320, 32, 128, 128],
  ['maxpool4', 2],
  ['inception5a', 256, 160, 320, 32, 128, 128],
  ['inception5b', 384, 192, 384, 48, 128, 128],
] as const

/** GoogLeNet, or Inception v1, with batch norm. [N, 3, 224, 224] → [N, 1000]. */
export const googlenet: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('googlenet', [3, ...size], weights)

  const unit = (
    name: string,
    x: string,
    channels: number,
    kernel: number,
    options: ConvOptions = {},
  ): string => {
    const bare = { padding: 'same', bias: false, ...options } as const
    const y = net.conv(`${name}.conv`, x, channels, kernel, bare)
    return net.relu(name, net.batchNorm(`${name}.bn`, y, 1e-3))
  }
  const pool = (name: string, x: string, kernel = 3): string =>
    net.maxPool(name, x, kernel, { stride: 2, ceil: true })

  let x = unit('conv1', fromImagenetStatistics(net), 64, 7, { stride: 2 })
  x = unit('conv2', pool('maxpool1', x), 64, 1)
  x = pool('maxpool2', unit('conv3', x, 192, 3))
  for (const [name, first, ...rest] of modules) {
    if (rest.length === 0) {
      x = pool(name, x, first)
      continue
    }
    const [reduced3, wide3, reduced5, wide5, pooled] = rest
    const smoothed = net.maxPool(`${name}.branch4.0`, x, 3, { stride: 1, padding: 1 })
    x = net.concat(name, [
      unit(`${name}.branch1`, x, first, 1),
      unit(`${name}.branch2.1`, unit(`${name}.branch2.0`, x, reduced3, 1), wide3, 3),
      unit(`${name}.branch3.1`, unit(`${name}.branch3.0`, x, reduced5, 1), wide5, 3),
      unit(`${name}.branch4.1`, smoothed, pooled, 1),
    ])
  }
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  // The auxiliary classifiers serve training alone.
  net.skip('aux1')
  net.skip('aux2')
  return net.output(net.linear('fc', x, 1000))
}
