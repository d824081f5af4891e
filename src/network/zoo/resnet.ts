/** ResNet (He et al. 2016) and ResNeXt (Xie et al. 2017), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'

interface Variant {
  /** Blocks in each of the four stages. */
  depths: readonly number[]
  /** Blocks of 1×1, 3×3, 1×1 with four times the channels at their end. Default: of two 3×3. */
  bottleneck?: boolean
  /** Groups of the 3×3 convolutions. Default 1. */
  groups?: number
  /** Channels of a bottleneck in the first stage. Default 64. */
  width?: number
}

/** [N, 3, 224, 224] → [N, 1000]. */
const resnet =
  (name: string, variant: Variant): ArchitectureOf =>
  (weights, size = [224, 224]) => {
    const { depths, bottleneck = false, groups = 1, width = 64 } = variant
    const net = new Architecture(name, [3, ...size], weights)

    /** Convolutions beside a shortcut, which changes shape where they do. */
    const block = (name: string, x: string, stage: number, stride: number): string => {
      const channels = 64 << stage
      const wide = width << stage
      const output = bottleneck ? 4 * channels : channels
      /** Channels, kernel and options of the convolutions. */
      const layers = bottleneck
        ? ([
            [wide, 1, {}],
            [wide, 3, { stride, group: groups }],
            [output, 1, {}],
          ] as const)
        : ([
            [output, 3, { stride }],
            [output, 3, {}],
          ] as const)

      let y = x
      for (const [i, [count, kernel, options]] of layers.entries()) {
        if (i > 0) y = net.relu(i === 1 ? `${name}.relu` : `${name}.relu_${i - 1}`, y)
        y = net.conv(`${name}.conv${i + 1}`, y, count, kernel, {
          padding: 'same',
          bias: false,
          ...options,
        })
        y = net.batchNorm(`${name}.bn${i + 1}`, y)
      }
      let shortcut = x
      if (stride > 1 || net.channels(x) !== output) {
        shortcut = net.conv(`${name}.downsample.0`, x, output, 1, { stride, bias: false })
        shortcut = net.batchNorm(`${name}.downsample.1`, shortcut)
      }
      return net.relu(name, net.add(`${name}.add`, y, shortcut))
    }

    let x = net.conv('conv1', 'input', 64, 7, { stride: 2, padding: 3, bias: false })
    x = net.relu('relu', net.batchNorm('bn1', x))
    x = net.maxPool('maxpool', x, 3, { stride: 2, padding: 1 })
    for (const [stage, depth] of depths.entries())
      for (let i = 0; i < depth; i++)
        x = block(`layer${stage + 1}.${i}`, x, stage, stage > 0 && i === 0 ? 2 : 1)
    x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
    return net.output(net.linear('fc', x, 1000))
  }

export const resnet18 = resnet('resnet18', { depths: [2, 2, 2, 2] })
export const resnet34 = resnet('resnet34', { depths: [3, 4, 6, 3] })
export const resnet50 = resnet('resnet50', { depths: [3, 4, 6, 3], bottleneck: true })
export const resnet101 = resnet('resnet101', { depths: [3, 4, 23, 3], bottleneck: true })

/** A bottleneck's 3×3 convolution in 32 groups of 4 channels. */
export const resnext50_32x4d = resnet('resnext50_32x4d', {
  depths: [3, 4, 6, 3],
  bottleneck: true,
  groups: 32,
  width: 128,
})
