/** MNASNet (Tan et al. 2019), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'

/** Output channels, kernel, first stride, expansion and repeats of the stacks of inverted residuals. */
const stacks = [
  [24, 3, 2, 3, 3],
  [40, 5, 2, 3, 3],
  [80, 5, 2, 6, 3],
  [96, 3, 1, 6, 2],
  [192, 5, 2, 6, 4],
  [320, 3, 1, 6, 1],
] as const

/** MNASNet-B1 at width 1. [N, 3, 224, 224] → [N, 1000]. */
export const mnasnet1_0: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('mnasnet1_0', [3, ...size], weights)

  interface Conv {
    channels: number
    kernel?: number
    stride?: number
    depthwise?: boolean
    /** Default true. */
    relu?: boolean
  }
  /** Convolution, batch norm, ReLU: members of `module`, counted on from `from`. */
  const conv = (
    module: string,
    from: number,
    x: string,
    { channels, kernel = 1, stride = 1, depthwise = false, relu = true }: Conv,
  ): string => {
    const group = depthwise ? channels : 1
    const options = { stride, group, padding: 'same', bias: false } as const
    const y = net.conv(`${module}.${from}`, x, channels, kernel, options)
    const normed = net.batchNorm(`${module}.${from + 1}`, y)
    return relu ? net.relu(`${module}.${from + 2}`, normed) : normed
  }

  let x = conv('layers', 0, 'input', { channels: 32, kernel: 3, stride: 2 })
  x = conv('layers', 3, x, { channels: 32, kernel: 3, depthwise: true })
  x = conv('layers', 6, x, { channels: 16, relu: false })
  for (const [index, [output, kernel, first, expansion, repeats]] of stacks.entries())
    for (let i = 0; i < repeats; i++) {
      const name = `layers.${index + 8}.${i}`
      const channels = net.channels(x) * expansion
      const stride = i === 0 ? first : 1
      let y = conv(`${name}.layers`, 0, x, { channels })
      y = conv(`${name}.layers`, 3, y, { channels, kernel, stride, depthwise: true })
      y = conv(`${name}.layers`, 6, y, { channels: output, relu: false })
      x = i > 0 ? net.add(name, y, x) : y
    }
  x = conv('layers', 14, x, { channels: 1280 })
  x = net.flatten('flatten', net.globalAveragePool('mean', x))
  return net.output(net.linear('classifier.1', x, 1000))
}
