/** MobileNetV2 (Sandler et al. 2018) and V3 (Howard et al. 2019), under torchvision's layer names. */
import { Architecture, type ArchitectureOf } from './architecture.js'
import { convNorm, invertedResidual } from './blocks.js'

/** Expansion, output channels, repeats and first stride of V2's inverted residual stages. */
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
export const mobilenet_v2: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('mobilenet_v2', [3, ...size], weights)
  const activation = 'relu6'
  let index = 0
  const next = (): string => `features.${index++}`

  let x = convNorm(net, next(), 'input', 32, 3, { stride: 2, activation })
  for (const [expansion, output, repeats, first] of stages)
    for (let i = 0; i < repeats; i++) {
      const name = next()
      const stride = i === 0 ? first : 1
      const channels = net.channels(x)
      const wide = channels * expansion
      let part = 0
      let y = x
      if (expansion > 1) y = convNorm(net, `${name}.conv.${part++}`, y, wide, 1, { activation })
      const depthwise = { stride, group: wide, activation } as const
      y = convNorm(net, `${name}.conv.${part++}`, y, wide, 3, depthwise)
      y = net.conv(`${name}.conv.${part++}`, y, output, 1, { bias: false })
      y = net.batchNorm(`${name}.conv.${part}`, y)
      x = stride === 1 && channels === output ? net.add(name, x, y) : y
    }
  x = convNorm(net, next(), x, 1280, 1, { activation })
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  return net.output(net.linear('classifier.1', x, 1000))
}

/** Kernel, expanded channels, output channels, squeeze-and-excite, activation, stride of a block of V3. */
type Row = readonly [number, number, number, boolean, 'relu' | 'hardSwish', 1 | 2]

/** [N, 3, 224, 224] → [N, 1000]. */
const mobilenetV3 =
  (name: string, rows: readonly Row[], features: number): ArchitectureOf =>
  (weights, size = [224, 224]) => {
    const net = new Architecture(name, [3, ...size], weights)
    const epsilon = 1e-3
    const swish = { activation: 'hardSwish', epsilon } as const
    let x = convNorm(net, 'features.0', 'input', 16, 3, { stride: 2, ...swish })
    for (const [i, [kernel, expanded, output, excite, activation, stride]] of rows.entries()) {
      const squeeze = excite
        ? ({ channels: octaves(expanded / 4), activation: 'relu', gate: 'hardSigmoid' } as const)
        : undefined
      const block = { kernel, expanded, output, activation, stride, squeeze, epsilon }
      x = invertedResidual(net, `features.${i + 1}`, x, block)
    }
    x = convNorm(net, `features.${rows.length + 1}`, x, 6 * net.channels(x), 1, swish)
    x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
    x = net.hardSwish('classifier.1', net.linear('classifier.0', x, features))
    return net.output(net.linear('classifier.3', x, 1000))
  }

/** The nearest multiple of 8, though not less than nine tenths. */
function octaves(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return nearest < 0.9 * channels ? nearest + 8 : nearest
}

export const mobilenet_v3_large = mobilenetV3(
  'mobilenet_v3_large',
  [
    [3, 16, 16, false, 'relu', 1],
    [3, 64, 24, false, 'relu', 2],
    [3, 72, 24, false, 'relu', 1],
    [5, 72, 40, true, 'relu', 2],
    [5, 120, 40, true, 'relu', 1],
    [5, 120, 40, true, 'relu', 1],
    [3, 240, 80, false, 'hardSwish', 2],
    [3, 200, 80, false, 'hardSwish', 1],
    [3, 184, 80, false, 'hardSwish', 1],
    [3, 184, 80, false, 'hardSwish', 1],
    [3, 480, 112, true, 'hardSwish', 1],
    [3, 672, 112, true, 'hardSwish', 1],
    [5, 672, 160, true, 'hardSwish', 2],
    [5, 960, 160, true, 'hardSwish', 1],
    [5, 960, 160, true, 'hardSwish', 1],
  ],
  1280,
)

export const mobilenet_v3_small = mobilenetV3(
  'mobilenet_v3_small',
  [
    [3, 16, 16, true, 'relu', 2],
    [3, 72, 24, false, 'relu', 2],
    [3, 88, 24, false, 'relu', 1],
    [5, 96, 40, true, 'hardSwish', 2],
    [5, 240, 40, true, 'hardSwish', 1],
    [5, 240, 40, true, 'hardSwish', 1],
    [5, 120, 48, true, 'hardSwish', 1],
    [5, 144, 48, true, 'hardSwish', 1],
    [5, 288, 96, true, 'hardSwish', 2],
    [5, 576, 96, true, 'hardSwish', 1],
    [5, 576, 96, true, 'hardSwish', 1],
  ],
  1024,
)
