/** ShuffleNet V2 (Ma et al. 2018), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'
import { convNorm } from './blocks.js'

/** Units and output channels of stages 2, 3 and 4. */
const stages = [
  [4, 116],
  [8, 232],
  [4, 464],
] as const

/** ShuffleNet V2 at width 1. [N, 3, 224, 224] → [N, 1000]. */
export const shufflenet_v2_x1_0: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('shufflenet_v2_x1_0', [3, ...size], weights)

  /** Channel by channel 3×3, then 1×1 with ReLU: members `from` to `from + 4`. */
  const separable = (
    name: string,
    from: number,
    x: string,
    output: number,
    stride: number,
  ): string => {
    const member = (i: number): string => `${name}.${from + i}`
    const group = net.channels(x)
    let y = net.conv(member(0), x, group, 3, { stride, group, padding: 'same', bias: false })
    y = net.batchNorm(member(1), y)
    y = net.conv(member(2), y, output, 1, { bias: false })
    return net.relu(member(4), net.batchNorm(member(3), y))
  }

  /** Two branches on one half of the channels each, which are then shuffled; a first unit halves the size. */
  const unit = (name: string, x: string, channels: number, stride: number): string => {
    const half = channels / 2
    const [left, right] = stride === 1 ? net.halves(`${name}.chunk`, x) : [x, x]
    const kept = stride === 1 ? left : separable(`${name}.branch1`, 0, left, half, stride)
    const y = convNorm(net, `${name}.branch2`, right, half, 1, { activation: 'relu' })
    const other = separable(`${name}.branch2`, 3, y, half, stride)
    return net.channelShuffle(name, net.concat(`${name}.cat`, [kept, other]), 2)
  }

  let x = convNorm(net, 'conv1', 'input', 24, 3, { stride: 2, activation: 'relu' })
  x = net.maxPool('maxpool', x, 3, { stride: 2, padding: 1 })
  for (const [stage, [units, channels]] of stages.entries())
    for (let i = 0; i < units; i++) x = unit(`stage${stage + 2}.${i}`, x, channels, i === 0 ? 2 : 1)
  x = convNorm(net, 'conv5', x, 1024, 1, { activation: 'relu' })
  x = net.flatten('flatten', net.globalAveragePool('mean', x))
  return net.output(net.linear('fc', x, 1000))
}
