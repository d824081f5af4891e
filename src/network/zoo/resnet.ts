/** ResNet (He et al. 2016), under torchvision's layer names. */
import type { Graph } from '../graph.js'
import { Architecture, type Initialiser, type Weights } from './architecture.js'

/** ResNet-18. [N, 3, 224, 224] → [N, 1000]. */
export function resnet18(weights: Weights | Initialiser): Graph {
  const net = new Architecture('resnet18', [3, 224, 224], weights)

  /** Two 3×3 convolutions beside a shortcut, which changes size where they do. */
  const block = (
    name: string,
    x: string,
    channels: number,
    stride: number,
    down: boolean,
  ): string => {
    let y = net.conv(`${name}.conv1`, x, channels, 3, { stride, padding: 1, bias: false })
    y = net.relu(`${name}.relu`, net.batchNorm(`${name}.bn1`, y))
    y = net.conv(`${name}.conv2`, y, channels, 3, { padding: 1, bias: false })
    y = net.batchNorm(`${name}.bn2`, y)
    const shortcut = (): string => {
      const resized = net.conv(`${name}.downsample.0`, x, channels, 1, { stride, bias: false })
      return net.batchNorm(`${name}.downsample.1`, resized)
    }
    return net.relu(name, net.add(`${name}.add`, y, down ? shortcut() : x))
  }

  let x = net.conv('conv1', 'input', 64, 7, { stride: 2, padding: 3, bias: false })
  x = net.relu('relu', net.batchNorm('bn1', x))
  x = net.maxPool('maxpool', x, 3, { stride: 2, padding: 1 })
  for (const [i, channels] of [64, 128, 256, 512].entries()) {
    x = block(`layer${i + 1}.0`, x, channels, i === 0 ? 1 : 2, i > 0)
    x = block(`layer${i + 1}.1`, x, channels, 1, false)
  }
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  return net.output(net.linear('fc', x, 1000))
}
