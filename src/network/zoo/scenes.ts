/** The embedded networks of the Scenes data set. */
import type { Preprocessing } from '../../image/preprocessing.js'
import type { Graph } from '../graph.js'
import { Architecture, type Initialiser, type Weights } from './architecture.js'

/** How the embedded networks see images. */
export const scenesPreprocessing: Preprocessing = {
  size: [96, 96],
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
}

/** An architecture for scenes: [N, 3, 96, 96] → [N, classes], as many as trained weights have by default. */
export type ScenesArchitecture = (weights: Weights | Initialiser, classes?: number) => Graph

/** A small AlexNet whose layers carry the lecture's names: conv1 … conv5, fc6, fc7, fc8. */
export const scenesNetwork: ScenesArchitecture = (weights, classes) =>
  alexNet(weights, classes, fine, false)

/**
 * The same while it is trained, with batch norms `bn1` … `bn5` behind its convolutions, which bear a
 * three times higher learning rate. {@link foldNorms} makes a {@link scenesNetwork} of it, which computes the same.
 */
export const scenesNetworkWithNorms: ScenesArchitecture = (weights, classes) =>
  alexNet(weights, classes, fine, true)

/** The same with the first layer of AlexNet, and without `pool1`, so that all behind it is alike. */
export const scenesStride4: ScenesArchitecture = (weights, classes) =>
  alexNet(weights, classes, coarse, false)

/** While it is trained, as {@link scenesNetworkWithNorms}. */
export const scenesStride4WithNorms: ScenesArchitecture = (weights, classes) =>
  alexNet(weights, classes, coarse, true)

interface FirstLayer {
  kernel: number
  stride: number
  pool: boolean
}

/** As Zeiler and Fergus (2014) had it, and as Krizhevsky et al. (2012). */
const fine: FirstLayer = { kernel: 7, stride: 2, pool: true }
const coarse: FirstLayer = { kernel: 11, stride: 4, pool: false }

function alexNet(
  weights: Weights | Initialiser,
  classes = rows(weights, 'fc8'),
  { kernel, stride, pool }: FirstLayer,
  norms: boolean,
): Graph {
  const net = new Architecture('scenes', [3, 96, 96], weights)
  const conv = (i: number, x: string, channels: number, kernel: number, stride = 1): string => {
    const options = { stride, padding: (kernel - 1) / 2, bias: !norms }
    const maps = net.conv(`conv${i}`, x, channels, kernel, options)
    return net.relu(`relu${i}`, norms ? net.batchNorm(`bn${i}`, maps) : maps)
  }
  let x = conv(1, 'input', 32, kernel, stride)
  if (pool) x = net.maxPool('pool1', x, 2)
  x = net.maxPool('pool2', conv(2, x, 64, 3), 2)
  x = conv(3, x, 96, 3)
  x = conv(4, x, 96, 3)
  x = net.maxPool('pool5', conv(5, x, 96, 3), 3)
  x = net.flatten('flatten', x)
  x = net.relu('relu6', net.linear('fc6', x, 128))
  x = net.relu('relu7', net.linear('fc7', x, 128))
  return net.output(net.linear('fc8', x, classes))
}

/** A small ResNet of three blocks, under torchvision's layer names. */
export const scenesResidual: ScenesArchitecture = (weights, classes = rows(weights, 'fc')) => {
  const net = new Architecture('scenes-residual', [3, 96, 96], weights)
  const convNorm = (
    [conv, norm]: [string, string],
    x: string,
    channels: number,
    kernel: number,
    stride = 1,
  ): string => {
    const options = { stride, padding: (kernel - 1) / 2, bias: false }
    return net.batchNorm(norm, net.conv(conv, x, channels, kernel, options))
  }
  const block = (name: string, x: string, channels: number, stride: number): string => {
    const names = (i: number): [string, string] => [`${name}.conv${i}`, `${name}.bn${i}`]
    const middle = net.relu(`${name}.relu`, convNorm(names(1), x, channels, 3, stride))
    const y = convNorm(names(2), middle, channels, 3)
    const changes = stride > 1 || net.channels(x) !== channels
    const short: [string, string] = [`${name}.downsample.0`, `${name}.downsample.1`]
    const shortcut = changes ? convNorm(short, x, channels, 1, stride) : x
    return net.relu(name, net.add(`${name}.add`, y, shortcut))
  }
  let x = net.relu('relu', convNorm(['conv1', 'bn1'], 'input', 32, 7, 2))
  x = net.maxPool('maxpool', x, 2)
  x = block('layer1.0', x, 32, 1)
  x = block('layer2.0', x, 64, 2)
  x = block('layer3.0', x, 64, 2)
  x = net.flatten('flatten', net.globalAveragePool('avgpool', x))
  return net.output(net.linear('fc', x, classes))
}

/** How many classes trained weights tell apart; for new ones, as many as there are scenes of. */
const rows = (weights: Weights | Initialiser, layer: string): number =>
  (typeof weights === 'function' ? undefined : weights.get(`${layer}.weight`)?.shape[0]) ?? 72
