/** SqueezeNet (Iandola et al. 2016), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'

interface Version {
  /** Channels and kernel of the first convolution. */
  stem: readonly [channels: number, kernel: number]
  /** The fire modules by their channels, with poolings between. */
  modules: readonly ('pool' | readonly [squeeze: number, expand: number])[]
}

/** The accuracy of AlexNet with 1.2 million weights. [N, 3, 224, 224] → [N, 1000]. */
const squeezenet =
  (version: string, { stem, modules }: Version): ArchitectureOf =>
  (weights, size = [224, 224]) => {
    const net = new Architecture(version, [3, ...size], weights)

    /** Squeeze to few channels, then expand by 1×1 and 3×3 kernels side by side. */
    const fire = (name: string, x: string, squeeze: number, expand: number): string => {
      const branch = (part: string, input: string, channels: number, kernel: number): string => {
        const layer = `${name}.${part}`
        const y = net.conv(layer, input, channels, kernel, { padding: 'same' })
        return net.relu(`${layer}_activation`, y)
      }
      const squeezed = branch('squeeze', x, squeeze, 1)
      return net.concat(name, [
        branch('expand1x1', squeezed, expand, 1),
        branch('expand3x3', squeezed, expand, 3),
      ])
    }

    let x = net.conv('features.0', 'input', ...stem, { stride: 2 })
    x = net.relu('features.1', x)
    for (const [i, module] of modules.entries()) {
      const name = `features.${i + 2}`
      x =
        module === 'pool'
          ? net.maxPool(name, x, 3, { stride: 2, ceil: true })
          : fire(name, x, ...module)
    }
    x = net.relu('classifier.2', net.conv('classifier.1', x, 1000, 1))
    x = net.globalAveragePool('classifier.3', x)
    return net.output(net.flatten('logits', x))
  }

export const squeezenet1_0 = squeezenet('squeezenet1_0', {
  stem: [96, 7],
  modules: [
    'pool',
    [16, 64],
    [16, 64],
    [32, 128],
    'pool',
    [32, 128],
    [48, 192],
    [48, 192],
    [64, 256],
    'pool',
    [64, 256],
  ],
})

/** With less than half of version 1.0's arithmetic. */
export const squeezenet1_1 = squeezenet('squeezenet1_1', {
  stem: [64, 3],
  modules: [
    'pool',
    [16, 64],
    [16, 64],
    'pool',
    [32, 128],
    [32, 128],
    'pool',
    [48, 192],
    [48, 192],
    [64, 256],
    [64, 256],
  ],
})
