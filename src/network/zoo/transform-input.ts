import type { Architecture } from './architecture.js'

/**
 * GoogLeNet and Inception v3 were trained on pixels (v − ½) / ½. So that they take the same input as all
 * others, normalised by ImageNet's mean and deviation, their first layer goes from the one to the other.
 *
 * @returns The value to start the network from.
 */
export function fromImagenetStatistics(net: Architecture): string {
  const mean = [0.485, 0.456, 0.406]
  const deviation = [0.229, 0.224, 0.225]
  return net.affine(
    'transform_input',
    'input',
    deviation.map((d) => d / 0.5),
    mean.map((m) => (m - 0.5) / 0.5),
  )
}
