/** DenseNet (Huang et al. 2017), under torchvision's layer names. */
import {
  Architecture,
  type ArchitectureOf,
  type Initialiser,
  type Weights,
} from './architecture.js'

/** Layers in each dense block. */
const depths = [6, 12, 24, 16]
/** Channels that each layer adds to all before it. */
const growth = 32

/** DenseNet-121: every layer of a block sees the outputs of all layers before it. [N, 3, 224, 224] → [N, 1000]. */
export const densenet121: ArchitectureOf = (weights, size = [224, 224]) => {
  const net = new Architecture('densenet121', [3, ...size], modernNames(weights))

  const layer = (name: string, x: string): string => {
    let y = net.relu(`${name}.relu1`, net.batchNorm(`${name}.norm1`, x))
    y = net.conv(`${name}.conv1`, y, 4 * growth, 1, { bias: false })
    y = net.relu(`${name}.relu2`, net.batchNorm(`${name}.norm2`, y))
    return net.conv(`${name}.conv2`, y, growth, 3, { padding: 'same', bias: false })
  }
  const block = (name: string, x: string, depth: number): string => {
    const parts = [x]
    for (let i = 1; i <= depth; i++) {
      const member = `${name}.denselayer${i}`
      parts.push(layer(member, i === 1 ? x : net.concat(`${member}.cat`, [...parts])))
    }
    return net.concat(name, parts)
  }
  const transition = (name: string, x: string): string => {
    let y = net.relu(`${name}.relu`, net.batchNorm(`${name}.norm`, x))
    y = net.conv(`${name}.conv`, y, net.channels(x) / 2, 1, { bias: false })
    return net.averagePool(`${name}.pool`, y, 2)
  }

  let x = net.conv('features.conv0', 'input', 2 * growth, 7, { stride: 2, padding: 3, bias: false })
  x = net.relu('features.relu0', net.batchNorm('features.norm0', x))
  x = net.maxPool('features.pool0', x, 3, { stride: 2, padding: 1 })
  for (const [i, depth] of depths.entries()) {
    if (i > 0) x = transition(`features.transition${i}`, x)
    x = block(`features.denseblock${i + 1}`, x, depth)
  }
  x = net.relu('relu', net.batchNorm('features.norm5', x))
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  return net.output(net.linear('classifier', x, 1000))
}

/** The published weights are of a time when layers were called `norm.1`; now it is `norm1`. */
function modernNames(weights: Weights | Initialiser): Weights | Initialiser {
  if (typeof weights === 'function') return weights
  const old = /^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$/
  return new Map([...weights].map(([name, tensor]) => [name.replace(old, '$1$2'), tensor]))
}
