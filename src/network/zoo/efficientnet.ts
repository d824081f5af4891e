/** EfficientNet (Tan & Le 2019), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'
import { convNorm, invertedResidual } from './blocks.js'

/** Expansion, kernel, first stride, output channels and repeats of the stages. */
const stages = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const

/** EfficientNet-B0. [N, 3, 224, 224] → [N, 1000]. */
export const efficientnet_b0: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('efficientnet_b0', [3, ...size], weights)
  const activation = 'silu'
  let x = convNorm(net, 'features.0', 'input', 32, 3, { stride: 2, activation })
  for (const [stage, [expansion, kernel, first, output, repeats]] of stages.entries())
    for (let i = 0; i < repeats; i++) {
      const channels = net.channels(x)
      x = invertedResidual(net, `features.${stage + 1}.${i}`, x, {
        kernel,
        stride: i === 0 ? first : 1,
        expanded: expansion * channels,
        output,
        activation,
        squeeze: { channels: channels / 4, activation, gate: 'sigmoid' },
      })
    }
  x = convNorm(net, `features.${stages.length + 1}`, x, 1280, 1, { activation })
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  return net.output(net.linear('classifier.1', x, 1000))
}
