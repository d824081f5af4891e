/** MobileNetV2 (Sandler et al. 2018), under torchvision's layer names. */
import type { Graph } from '../graph.js'
import { Architecture, type ConvOptions, type Initialiser, type Weights } from './architecture.js'

/** Expansion, output channels, repeats and first stride of the inverted residual stages. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

/** MobileNetV2. [N, 3, 224, 224] → [N, 1000]. */
export function mobilenet_v2(weights: Weights | Initialiser): Graph {
  const net = new Architecture('mobilenet_v2', [3, 224, 224], weights)

  /** Convolution, batch norm, ReLU6: members 0, 1, 2 of a module. */
  const unit = (
    name: string,
    x: string,
    channels: number,
    kernel: number,
    options: ConvOptions = {},
  ): string => {
    const padding = (kernel - 1) / 2
    const y = net.conv(`${name}.0`, x, channels, kernel, { padding, bias: false, ...options })
    return net.relu6(`${name}.2`, net.batchNorm(`${name}.1`, y))
  }

  let channels = 32
  let index = 1
  let x = unit('features.0', 'input', channels, 3, { stride: 2 })
  for (const [expansion, output, repeats, first] of stages)
    for (let i = 0; i < repeats; i++) {
      const name = `features.${index++}`
      const stride = i === 0 ? first : 1
      const wide = channels * expansion
      let part = 0
      let y = x
      if (expansion > 1) y = unit(`${name}.conv.${part++}`, y, wide, 1)
      y = unit(`${name}.conv.${part++}`, y, wide, 3, { stride, group: wide })
      y = net.conv(`${name}.conv.${part++}`, y, output, 1, { bias: false })
      y = net.batchNorm(`${name}.conv.${part}`, y)
      x = stride === 1 && channels === output ? net.add(name, x, y) : y
      channels = output
    }
  x = unit('features.18', x, 1280, 1)
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  return net.output(net.linear('classifier.1', x, 1000))
}
