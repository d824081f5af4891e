/** Normalisation layers. */
import type { Builder } from '../network/builder.js'
import { float32, type Node, numberAttribute } from '../network/graph.js'
import { axisOf } from '../network/shapes.js'
import { unbroadcast } from './broadcasting.js'
import { ACCOUNTED, type BackwardRule } from './rule.js'

/**
 * At inference batch norm is a scale and a shift per channel: y = γ · x̂ + β with x̂ = (x − μ) / √(σ² + ε). In
 * training μ and σ² are those of x itself, and dx = γ / √(σ² + ε) · (dy − mean dy − x̂ · mean (dy · x̂)): the
 * part that is subtracted is a batch norm of x again, scaled and shifted by other numbers.
 */
export const BatchNormalization: BackwardRule = ({ b, node, dy }) => {
  const [x, gamma, , mean, variance] = node.inputs as [string, string, string, string, string]
  const shape = b.shape(x)
  const perChannel = (value: string): string =>
    b.reshape(
      value,
      shape.map((_, axis) => (axis === 1 ? b.shape(value)[0]! : 1)),
    )
  const rest = shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  const once = (make: () => string): (() => string) => {
    let made: string | undefined
    return () => (made ??= make())
  }
  const deviation = once(() => {
    const epsilon = b.scalar(numberAttribute(node, 'epsilon', 1e-5))
    return b.add('Sqrt', [b.add('Add', [variance, epsilon])])
  })
  const slope = once(() => b.add('Div', [gamma, deviation()]))
  const byGamma = once(() => {
    const centred = b.add('Sub', [x, perChannel(mean)])
    return b.add('Div', [b.sum(b.add('Mul', [dy, centred]), rest), deviation()])
  })
  const byBeta = once(() => b.sum(dy, rest))
  const direct = (): string => b.add('Mul', [dy, perChannel(slope())])
  if (!isMeanOf(b, mean, x)) return [direct, byGamma, byBeta, undefined, undefined]

  const count = rest.reduce((product, axis) => product * Number(shape[axis]), 1)
  const share = b.scalar(-1 / count)
  const through = (sum: string): string => b.add('Mul', [b.add('Mul', [slope(), sum]), share])
  const byInput = (): string => {
    const inputs = [x, through(byGamma()), through(byBeta()), mean, variance]
    return b.add('Add', [direct(), b.add('BatchNormalization', inputs, node.attributes)])
  }
  return [byInput, byGamma, byBeta, ACCOUNTED, ACCOUNTED]
}

/** Whether a value is the mean of each channel of x, as a graph in training computes it. */
function isMeanOf(b: Builder, value: string, x: string): boolean {
  const producer = (name: string): Node | undefined =>
    b.graph.nodes.find(({ outputs }) => outputs.includes(name))
  let node = producer(value)
  if (node?.op === 'Reshape') node = producer(node.inputs[0]!)
  return node?.op === 'ReduceMean' && node.inputs[0] === x
}

/**
 * Layer norm (Ba et al. 2016): x̂ = (x − μ) / √(σ² + ε) over the axes from `axis` on, y = γ · x̂ + β.
 * With g = γ · dy it is dx = (g − mean g − x̂ · mean(g · x̂)) / √(σ² + ε): what would only shift or stretch
 * the whole makes no difference.
 */
export const LayerNormalization: BackwardRule = ({ b, node, dy }) => {
  const [x, gamma, beta] = node.inputs as [string, string, string | undefined]
  const rank = b.shape(x).length
  const axis = axisOf(numberAttribute(node, 'axis', -1), rank)
  const over = Array.from({ length: rank - axis }, (_, i) => axis + i)
  const pulls = standardisation(b, node, { x, gamma, dy, over })
  return [
    pulls.byInput,
    () => unbroadcast(b, b.add('Mul', [dy, pulls.normal()]), gamma),
    beta ? () => unbroadcast(b, dy, beta) : undefined,
  ]
}

/** Instance norm (Ulyanov et al. 2016): the same over the positions of each channel of each image. */
export const InstanceNormalization: BackwardRule = ({ b, node, dy }) => {
  const [x, scale, shift] = node.inputs as [string, string, string]
  const shape = b.shape(x)
  const over = shape.map((_, axis) => axis).slice(2)
  const gamma = b.reshape(
    scale,
    shape.map((_, axis) => (axis === 1 ? b.shape(scale)[0]! : 1)),
  )
  const { byInput, normal } = standardisation(b, node, { x, gamma, dy, over })
  const perChannel = (value: string): string => b.sum(value, [0, ...over])
  return [
    byInput,
    () => perChannel(b.add('Mul', [dy, normal()])),
    shift ? () => perChannel(dy) : undefined,
  ]
}

/** What normalising by mean and deviation over some axes, then scaling by γ, sends back. */
function standardisation(
  b: Builder,
  node: Node,
  { x, gamma, dy, over }: { x: string; gamma: string; dy: string; over: readonly number[] },
): { normal: () => string; byInput: () => string } {
  const axes = b.integers(over)
  const mean = (value: string): string => b.add('ReduceMean', [value, axes])
  const centred = (): string => b.add('Sub', [x, mean(x)])
  const deviation = (difference: string): string => {
    const epsilon = b.scalar(numberAttribute(node, 'epsilon', 1e-5))
    const variance = mean(b.add('Mul', [difference, difference]))
    return b.add('Sqrt', [b.add('Add', [variance, epsilon])])
  }
  return {
    normal() {
      const difference = centred()
      return b.add('Div', [difference, deviation(difference)])
    },
    byInput() {
      const difference = centred()
      const scale = deviation(difference)
      const normal = b.add('Div', [difference, scale])
      const g = b.add('Mul', [dy, gamma])
      const stretch = b.add('Mul', [normal, mean(b.add('Mul', [g, normal]))])
      const rest = b.add('Sub', [b.add('Sub', [g, mean(g)]), stretch])
      return b.add('Div', [rest, scale])
    },
  }
}

/**
 * Local response normalisation (Krizhevsky et al. 2012): y = x / Sᵝ with S = k + α/n · Σ x² over n
 * neighbouring channels. dx = dy / Sᵝ − 2αβ/n · x · Σ (dy · y / S) over the channels whose window holds x.
 */
export const LRN: BackwardRule = ({ b, node, dy }) => [
  () => {
    const [x] = node.inputs as [string]
    const y = node.outputs[0]!
    const size = numberAttribute(node, 'size', 1)
    const alpha = numberAttribute(node, 'alpha', 1e-4)
    const beta = numberAttribute(node, 'beta', 0.75)
    const before = Math.floor((size - 1) / 2)
    const after = size - 1 - before

    const squares = channelSum(b, b.add('Mul', [x, x]), before, after)
    const scaled = b.add('Mul', [squares, b.scalar(alpha / size)])
    const s = b.add('Add', [scaled, b.scalar(numberAttribute(node, 'bias', 1))])
    const direct = b.add('Mul', [dy, b.add('Pow', [s, b.scalar(-beta)])])
    // A channel is in the windows of its neighbours on the other side: before and after swap.
    const crossed = channelSum(b, b.add('Div', [b.add('Mul', [dy, y]), s]), after, before)
    const factor = b.add('Mul', [x, b.scalar((2 * alpha * beta) / size)])
    return b.add('Sub', [direct, b.add('Mul', [factor, crossed])])
  },
]

/** Sums each channel with its neighbours: a convolution of ones along the channel axis. */
function channelSum(b: Builder, value: string, before: number, after: number): string {
  const shape = b.shape(value)
  const [batch, channels, ...positions] = shape
  const area = positions.reduce<number>((product, dim) => product * Number(dim), 1)
  const image = b.reshape(value, [batch!, 1, channels!, area])
  const size = before + 1 + after
  const ones = b.constant(float32(new Float32Array(size).fill(1), [1, 1, size, 1]))
  const pads = [before, 0, after, 0]
  return b.reshape(b.add('Conv', [image, ones], { kernel_shape: [size, 1], pads }), shape)
}
