/** Batch norms become part of the convolutions before them. */
import { float32, type TypedTensor } from '../network/graph.js'
import type { Weights } from '../network/zoo/architecture.js'

/** What batch norms add to the variance: PyTorch's default, and that of the architectures here. */
const EPSILON = 1e-5

/**
 * Folds every batch norm `bn…` into the convolution `conv…` of the same name, which gets its scale and a
 * bias: γ (w ∗ x − μ) / √(σ² + ε) + β. The network without norms computes what the one with them does.
 *
 * @throws RangeError where a norm has no convolution.
 * @example const shipped = foldNorms(trained.weights)
 */
export function foldNorms(weights: Weights): Weights {
  const folded = new Map<string, TypedTensor>()
  for (const [name, tensor] of weights) if (!/(^|\.)bn\d*\./.test(name)) folded.set(name, tensor)
  for (const [name, { data: scale }] of weights) {
    const [, norm] = /^(.*bn\d*)\.weight$/.exec(name) ?? []
    if (norm === undefined) continue
    const conv = norm.replace(/bn(\d*)$/, 'conv$1')
    const kernel = weights.get(`${conv}.weight`)
    if (!kernel) throw new RangeError(`the norm '${norm}' has no convolution '${conv}'`)
    const part = (kind: string): Float32Array =>
      weights.get(`${norm}.${kind}`)!.data as Float32Array
    const [shift, mean, variance] = [part('bias'), part('running_mean'), part('running_var')]
    const factors = variance.map((v, i) => Number(scale[i]) / Math.sqrt(v + EPSILON))
    const size = kernel.data.length / factors.length
    const data = Float32Array.from(kernel.data as Float32Array, (w, i) => {
      return w * factors[Math.floor(i / size)]!
    })
    const bias = weights.get(`${conv}.bias`)?.data as Float32Array | undefined
    folded.set(`${conv}.weight`, float32(data, kernel.shape))
    folded.set(
      `${conv}.bias`,
      float32(
        factors.map((factor, i) => shift[i]! + factor * ((bias?.[i] ?? 0) - mean[i]!)),
        [factors.length],
      ),
    )
  }
  return folded
}
