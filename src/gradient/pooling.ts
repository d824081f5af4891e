/** Pooling: the maximum goes back to where it came from (a switch), the mean to its whole window. */
import { windows, type Windows } from '../network/geometry.js'
import { float32, numberAttribute } from '../network/graph.js'
import { joined } from '../network/shapes.js'
import type { BackwardRule } from './rule.js'
import { transposedConvolution } from './transposed-convolution.js'
import { addSignals, overwriteSignals } from './unpooling.js'

/**
 * Unpooling with switches (Zeiler & Fergus 2014). Where windows overlap, a maximum that several of them
 * share gets the sum of their signals, unless the signal is to be overwritten.
 */
export const MaxPool: BackwardRule = ({ b, node, dy, unpooling }) => [
  () => {
    const shape = b.shape(node.inputs[0]!)
    const switches = node.outputs[1] || b.addOutput(node)
    const placed =
      unpooling === 'add'
        ? addSignals(b, node, switches, dy)
        : overwriteSignals(b, node, windows(node, shape), switches, dy)
    return b.reshape(placed, shape)
  },
]

export const AveragePool: BackwardRule = ({ b, node, dy }) => [
  () => {
    const shape = b.shape(node.inputs[0]!)
    const geometry = windows(node, shape)
    const shares = b.constant(
      float32(shareOf(geometry, numberAttribute(node, 'count_include_pad', 0) === 1), [
        1,
        1,
        ...geometry.output,
      ]),
    )
    // Every channel by itself, as one-channel images.
    const single = b.reshape(b.add('Mul', [dy, shares]), [
      joined(shape.slice(0, 2)),
      1,
      ...geometry.output,
    ])
    const ones = geometry.kernel.reduce((a, c) => a * c, 1)
    const kernel = b.constant(float32(new Float32Array(ones).fill(1), [1, 1, ...geometry.kernel]))
    return b.reshape(transposedConvolution(b, single, kernel, geometry, 1), shape)
  },
]

/** 1 / the number of elements that each window averages: it varies where padding is not counted. */
function shareOf(
  { kernel, strides, begin, end, input, output }: Windows,
  countPads: boolean,
): Float32Array {
  const counts = output.map((n, axis) =>
    Array.from({ length: n }, (_, i) => {
      const start = i * strides[axis]! - begin[axis]!
      const stop = start + kernel[axis]!
      return countPads
        ? Math.min(stop, input[axis]! + end[axis]!) - start
        : Math.min(stop, input[axis]!) - Math.max(start, 0)
    }),
  )
  const products = counts.reduce((all, axis) => all.flatMap((a) => axis.map((c) => a * c)), [1])
  return Float32Array.from(products, (count) => 1 / count)
}
