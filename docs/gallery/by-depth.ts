import type { Layer, Network } from '../../src/index.js'

/**
 * Layers of feature maps at some depths: rectified or joined ones that are no bottlenecks, so no narrower than any
 * before them.
 *
 * @param depths From 0, the first, to 1, the last.
 */
export function byDepth(net: Network, depths: readonly number[]): Layer[] {
  let widest = 0
  const wide: Layer[] = []
  for (const layer of net.layers) {
    const [channels, ...size] = layer.shape as [number, ...number[]]
    if (!['Relu', 'Concat'].includes(layer.type) || size.length !== 2 || channels < widest) continue
    widest = channels
    wide.push(layer)
  }
  return depths.map((depth) => wide[Math.round(depth * (wide.length - 1))]!)
}
