/** The generator of texture networks. */
import type { Graph } from '../graph.js'
import { Architecture, type Initialiser, type Size, type Weights } from './architecture.js'

export interface GeneratorOptions {
  /** Sizes of the noise, each half of the one before. Default: those of the weights, or 4; the paper has 5. */
  levels?: number
  /** Channels that each of them adds. Default: those of the weights, or 8. */
  channels?: number
  /** Height and width of the texture: multiples of 2^(levels − 1). Default [64, 64]. */
  size?: Size
}

/** Channels of the noise at each level. */
export const NOISE = 3

/**
 * The generator of Ulyanov, Lebedev, Vedaldi & Lempitsky (Texture Networks, 2016): noise of several sizes; from the
 * coarsest on, what is there is enlarged, put beside the finer noise, and convolved. Edges are wrapped, so that textures
 * can be tiled. Norms are instance norms, as its authors recommend since (Ulyanov et al. 2017).
 *
 * Noise of all levels comes in one input, [N, 3 · levels, H, W]; a coarser level sees every second, fourth, … place of
 * its own three channels. Output: [N, 3, H, W].
 *
 * @throws Error where a weight is missing, of another shape, or of no layer.
 */
export function textureGenerator(
  weights: Weights | Initialiser,
  options: GeneratorOptions = {},
): Graph {
  const told = typeof weights === 'function' ? undefined : weights
  const { levels = told ? levelsOf(told) : 4, size = [64, 64] } = options
  const { channels = told?.get('noise0.conv1.weight')?.shape[0] ?? 8 } = options
  const net = new Architecture('texture-network', [NOISE * levels, ...size], weights)
  const unit = (name: string, x: string, to: number, kernel: number): string => {
    const padded = kernel === 1 ? x : net.wrapPad(`${name}.wrap`, x, (kernel - 1) / 2)
    const y = net.instanceNorm(`${name}.norm`, net.conv(name, padded, to, kernel))
    return net.leakyRelu(`${name}.relu`, y, 0.01)
  }
  const block = (name: string, x: string, to: number): string => {
    const y = unit(`${name}.conv2`, unit(`${name}.conv1`, x, to, 3), to, 3)
    return unit(`${name}.conv3`, y, to, 1)
  }
  let x = ''
  for (let level = levels - 1; level >= 0; level--) {
    const noise = net.every(`noise${level}`, 'input', 2 ** level, [NOISE * level, NOISE])
    const own = block(`noise${level}`, noise, channels)
    const joined = x ? net.concat(`join${level}`, [net.upsample(`up${level}`, x, 2), own]) : own
    x = x ? block(`level${level}`, joined, channels * (levels - level)) : joined
  }
  return net.output(net.conv('colour', x, 3, 1))
}

function levelsOf(weights: Weights): number {
  let count = 0
  while (weights.has(`noise${count}.conv1.weight`)) count++
  return count
}
