/** The image transformation network of fast style transfer, under the layer names of PyTorch's example. */
import { float32, type Graph, type TypedTensor } from '../graph.js'
import type { Preprocessing } from '../../image/preprocessing.js'
import { Architecture, type Initialiser, type Size, type Weights } from './architecture.js'
import { scenesPreprocessing } from './scenes.js'

/** How the embedded network takes and gives pictures; it does so at any size. */
export const fastStylePreprocessing: Preprocessing = { ...scenesPreprocessing, size: [256, 256] }

export interface TransformerOptions {
  /** Channels of the first layer; the residual blocks have four times as many. Default: those of the weights, or 32. */
  width?: number
  /** Residual blocks. Default: those of the weights, or 5. */
  blocks?: number
  /** Side of the first and the last kernel, odd. Default: that of the weights, or 9. */
  ends?: number
  /** What follows a convolution: 'instance' norm (default; Ulyanov et al. 2016), or 'batch' norm as in the paper. */
  norm?: 'instance' | 'batch'
  /** Height and width of the input. Default [256, 256]; the network runs at any. */
  size?: Size
}

/**
 * The network of Johnson, Alahi & Fei-Fei (Perceptual Losses for Real-Time Style Transfer and Super-Resolution, 2016):
 * c9s1-32, d64, d128, R128 five times, u64, u32, c9s1-3. A picture is made four times smaller, rebuilt by residual
 * blocks, and enlarged again, each pixel to a square before a convolution, which leaves no checkerboard (Odena et al.
 * 2016). Edges are mirrored.
 *
 * Its output has the units of its input, [N, 3, H, W] → [N, 3, H', W'] with H' and W' the next multiples of 4.
 *
 * @throws Error where a weight is missing, of another shape, or of no layer.
 */
export function transformerNetwork(
  weights: Weights | Initialiser,
  options: TransformerOptions = {},
): Graph {
  const told = typeof weights === 'function' ? undefined : weights
  const [channels = 32, , , side = 9] = told?.get('conv1.conv2d.weight')?.shape ?? []
  const { width = channels, ends = side, norm = 'instance', size = [256, 256] } = options
  const { blocks = told ? blocksOf(told) : 5 } = options
  const net = new Architecture('fast-style', [3, ...size], weights)
  const normed = (name: string, x: string): string =>
    norm === 'batch' ? net.batchNorm(name, x) : net.instanceNorm(name, x)
  const conv = (name: string, x: string, channels: number, kernel: number, stride = 1): string => {
    const padded = net.reflectionPad(`${name}.reflection_pad`, x, (kernel - 1) / 2)
    return net.conv(`${name}.conv2d`, padded, channels, kernel, { stride })
  }
  const block = (name: string, x: string): string => {
    const channels = net.channels(x)
    const y = normed(`${name}.in1`, conv(`${name}.conv1`, x, channels, 3))
    const z = conv(`${name}.conv2`, net.relu(`${name}.relu`, y), channels, 3)
    return net.add(name, normed(`${name}.in2`, z), x)
  }
  let x = 'input'
  const stage = (i: number, y: string): string => net.relu(`relu${i}`, normed(`in${i}`, y))
  x = stage(1, conv('conv1', x, width, ends))
  x = stage(2, conv('conv2', x, 2 * width, 3, 2))
  x = stage(3, conv('conv3', x, 4 * width, 3, 2))
  for (let i = 1; i <= blocks; i++) x = block(`res${i}`, x)
  x = stage(4, conv('deconv1', net.upsample('deconv1.interpolate', x, 2), 2 * width, 3))
  x = stage(5, conv('deconv2', net.upsample('deconv2.interpolate', x, 2), width, 3))
  return net.output(conv('deconv3', x, 3, ends))
}

/** How many residual blocks weights are of. */
function blocksOf(weights: Weights): number {
  let count = 0
  while (weights.has(`res${count + 1}.conv1.conv2d.weight`)) count++
  return count
}

/**
 * The weights of one style, or of a mixture, of a network of many (Dumoulin et al. 2017), whose norms have a row of
 * scales and one of shifts for each style: those of an ordinary network, with the weighted means of the rows.
 *
 * @param shares How much of each style; their sum is 1 as a rule, and need not be.
 * @throws RangeError where there are not as many shares as styles.
 */
export function mixedWeights(
  weights: Weights,
  shares: readonly number[],
): Map<string, TypedTensor> {
  return new Map(
    [...weights].map(([name, tensor]) => {
      const [styles, channels] = tensor.shape
      if (tensor.shape.length !== 2) return [name, tensor]
      if (styles !== shares.length)
        throw new RangeError(`there are ${styles} styles, and ${shares.length} shares of them`)
      const rows = Float32Array.from(tensor.data as ArrayLike<number>)
      const mixed = new Float32Array(channels!)
      shares.forEach((share, i) => {
        for (let c = 0; c < channels!; c++) mixed[c]! += share * rows[i * channels! + c]!
      })
      return [name, float32(mixed, [channels!])]
    }),
  )
}

/** How many styles weights are of: 1 where their norms have no tables. */
export function styleCount(weights: Weights): number {
  const table = [...weights.values()].find(({ shape }) => shape.length === 2)
  return table?.shape[0] ?? 1
}
