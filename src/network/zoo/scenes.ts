/** The embedded network of the Scenes data set. */
import type { Preprocessing } from '../../image/preprocessing.js'
import type { Graph } from '../graph.js'
import { Architecture, type Initialiser, type Weights } from './architecture.js'

/** How the embedded networks see images. */
export const scenesPreprocessing: Preprocessing = {
  size: [96, 96],
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
}

/**
 * A small AlexNet whose layers carry the lecture's names: conv1 … conv5, fc6, fc7, fc8.
 * [N, 3, 96, 96] → [N, classes].
 */
export function scenesNetwork(weights: Weights | Initialiser, classes = 32): Graph {
  const net = new Architecture('scenes', [3, 96, 96], weights)
  const conv = (i: number, x: string, channels: number, kernel: number, stride = 1): string => {
    const padding = (kernel - 1) / 2
    return net.relu(`relu${i}`, net.conv(`conv${i}`, x, channels, kernel, { stride, padding }))
  }
  let x = net.maxPool('pool1', conv(1, 'input', 32, 7, 2), 2)
  x = net.maxPool('pool2', conv(2, x, 64, 3), 2)
  x = conv(3, x, 96, 3)
  x = conv(4, x, 96, 3)
  x = net.maxPool('pool5', conv(5, x, 96, 3), 2)
  x = net.flatten('flatten', x)
  x = net.relu('relu6', net.linear('fc6', x, 128))
  x = net.relu('relu7', net.linear('fc7', x, 128))
  return net.output(net.linear('fc8', x, classes))
}
