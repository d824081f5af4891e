/** Batch norm in training (Ioffe & Szegedy 2015): by the statistics of the batch, which it also keeps. */
import type { Builder } from '../network/builder.js'

/** A batch norm of the graph, and where its statistics are. */
export interface BatchNorm {
  /** The constants that hold the running statistics. */
  mean: string
  variance: string
  /** The values that are the statistics of the batch. */
  batchMean: string
  batchVariance: string
  /** How many numbers each of them is of: N·H·W. */
  count: number
}

/**
 * Makes every batch norm of a graph normalise by the mean and the biased variance of its batch. The size of
 * the batch must be fixed.
 */
export function useBatchStatistics(b: Builder): BatchNorm[] {
  const norms: BatchNorm[] = []
  const nodes = b.graph.nodes.splice(0)
  for (const node of nodes) {
    if (node.op !== 'BatchNormalization') {
      b.graph.nodes.push(node)
      continue
    }
    const [x, gamma, beta, mean, variance] = node.inputs as [string, string, string, string, string]
    const shape = b.shape(x).map(Number)
    const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1)
    const count = axes.reduce((product, axis) => product * shape[axis]!, 1)
    const kept = b.add('ReduceMean', [x, b.integers(axes)])
    const centred = b.add('Sub', [x, kept])
    const squares = b.add('ReduceSumSquare', [centred, b.integers(axes)], { keepdims: 0 })
    const batchVariance = b.add('Mul', [squares, b.scalar(1 / count)])
    const batchMean = b.reshape(kept, [shape[1]!])
    b.graph.nodes.push({ ...node, inputs: [x, gamma, beta, batchMean, batchVariance] })
    norms.push({ mean, variance, batchMean, batchVariance, count })
  }
  return norms
}

/**
 * Moves running statistics towards those of a batch, as PyTorch does: the running variance follows the
 * unbiased one.
 */
export function followStatistics(
  running: { mean: Float32Array; variance: Float32Array },
  batch: { mean: Float32Array; variance: Float32Array },
  count: number,
  momentum: number,
): void {
  const unbiased = count / Math.max(1, count - 1)
  for (let c = 0; c < running.mean.length; c++) {
    running.mean[c]! += momentum * (batch.mean[c]! - running.mean[c]!)
    running.variance[c]! += momentum * (unbiased * batch.variance[c]! - running.variance[c]!)
  }
}
