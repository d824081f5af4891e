/** SqueezeNet (Iandola et al. 2016), under torchvision's layer names. */
import type { Graph } from '../graph.js'
import { Architecture, type Initialiser, type Weights } from './architecture.js'

/** SqueezeNet 1.1: the accuracy of AlexNet with 1.2 million weights. [N, 3, 224, 224] → [N, 1000]. */
export function squeezenet1_1(weights: Weights | Initialiser): Graph {
  const net = new Architecture('squeezenet1_1', [3, 224, 224], weights)

  /** Squeeze to few channels, then expand by 1×1 and 3×3 kernels side by side. */
  const fire = (index: number, x: string, squeeze: number, expand: number): string => {
    const branch = (part: string, input: string, channels: number, kernel: number): string => {
      const layer = `features.${index}.${part}`
      const padding = (kernel - 1) / 2
      return net.relu(`${layer}_activation`, net.conv(layer, input, channels, kernel, { padding }))
    }
    const squeezed = branch('squeeze', x, squeeze, 1)
    return net.concat(`features.${index}`, [
      branch('expand1x1', squeezed, expand, 1),
      branch('expand3x3', squeezed, expand, 3),
    ])
  }
  const pool = (name: string, x: string): string =>
    net.maxPool(name, x, 3, { stride: 2, ceil: true })

  let x = net.conv('features.0', 'input', 64, 3, { stride: 2 })
  x = net.relu('features.1', x)
  x = pool('features.2', x)
  x = fire(3, x, 16, 64)
  x = fire(4, x, 16, 64)
  x = pool('features.5', x)
  x = fire(6, x, 32, 128)
  x = fire(7, x, 32, 128)
  x = pool('features.8', x)
  x = fire(9, x, 48, 192)
  x = fire(10, x, 48, 192)
  x = fire(11, x, 64, 256)
  x = fire(12, x, 64, 256)
  x = net.relu('classifier.2', net.conv('classifier.1', x, 1000, 1))
  x = net.globalAveragePool('classifier.3', x)
  return net.output(net.flatten('logits', x))
}
