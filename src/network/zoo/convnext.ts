/** ConvNeXt (Liu et al. 2022), under torchvision's layer names. */
import { Architecture, type ArchitectureOf, channelsFirst, channelsLast } from './architecture.js'

/** Channels and blocks of the stages. */
const stages = [
  [96, 3],
  [192, 3],
  [384, 9],
  [768, 3],
] as const

const epsilon = 1e-6

/** ConvNeXt-T. [N, 3, 224, 224] → [N, 1000]. */
export const convnext_tiny: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('convnext_tiny', [3, ...size], weights)

  const norm = (name: string, x: string): string => net.layerNorm2d(name, x, epsilon)

  /** Depthwise 7×7, then two fully connected layers at each position, beside a shortcut. */
  const block = (name: string, x: string, channels: number): string => {
    const member = (i: number): string => `${name}.block.${i}`
    let y = net.conv(member(0), x, channels, 7, { padding: 'same', group: channels })
    y = net.layerNorm(member(2), net.permute(member(1), y, channelsLast), epsilon)
    y = net.gelu(member(4), net.linear(member(3), y, 4 * channels))
    y = net.permute(member(6), net.linear(member(5), y, channels), channelsFirst)
    const scale = net.parameter(`${name}.layer_scale`, [channels, 1, 1])
    return net.add(name, net.multiply(`${name}.mul`, y, scale), x)
  }

  let x = 'input'
  for (const [stage, [channels, blocks]] of stages.entries()) {
    const down = `features.${2 * stage}`
    x =
      stage === 0
        ? norm(`${down}.1`, net.conv(`${down}.0`, x, channels, 4, { stride: 4 }))
        : net.conv(`${down}.1`, norm(`${down}.0`, x), channels, 2, { stride: 2 })
    for (let i = 0; i < blocks; i++) x = block(`features.${2 * stage + 1}.${i}`, x, channels)
  }
  x = norm('classifier.0', net.globalAveragePool('avgpool', x))
  x = net.flatten('classifier.1', x)
  return net.output(net.linear('classifier.2', x, 1000))
}
