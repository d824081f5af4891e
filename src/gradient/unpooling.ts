import type { Builder } from '../network/builder.js'
import type { Windows } from '../network/geometry.js'
import { float32, type Node, NodeError } from '../network/graph.js'

/**
 * What happens to signals that meet where windows of a max-pooling overlap: they are added, which is the
 * gradient, or the last window, row by row, overwrites the others, which is unpooling (Zeiler & Fergus 2014).
 */
export type Unpooling = 'add' | 'overwrite'

export const unpoolings: readonly Unpooling[] = ['add', 'overwrite']

/** Places signals at their switches, all flat. @param switches where each window's maximum came from. */
export function addSignals(b: Builder, node: Node, switches: string, dy: string): string {
  return scatter(b, node.inputs[0]!, switches, flat(b, dy))
}

/**
 * The same where the last window overwrites. No operator says which of two writers is the last, so each
 * place first learns its owner: windows of one phase, `span / stride` apart, do not overlap and write their
 * ordinals undisturbed, and the largest of all phases is the last window.
 */
export function overwriteSignals(
  b: Builder,
  node: Node,
  { kernel, strides, dilations, output }: Windows,
  switches: string,
  dy: string,
): string {
  const planes = b.shape(node.inputs[0]!).slice(0, 2).map(Number)
  if (planes.some(Number.isNaN))
    throw new NodeError(node, 'unpooling that overwrites needs a batch of known size')
  const [rows, columns] = output as [number, number]
  const windows = planes[0]! * planes[1]! * rows * columns
  const phases = kernel.map((k, i) => Math.ceil((dilations[i]! * (k - 1) + 1) / strides[i]!))
  const [down, right] = phases as [number, number]
  const owners = Array.from({ length: down * right }, (_, phase) => {
    const ordinals = Float32Array.from({ length: windows }, (_, i) => {
      const [row, column] = [Math.floor(i / columns) % rows, i % columns]
      return (row % down) * right + (column % right) === phase ? i + 1 : 0
    })
    const ofPhase = b.constant(float32(ordinals, [windows]))
    return scatter(b, node.inputs[0]!, switches, ofPhase)
  })
  const owner = owners.reduce((a, c) => b.add('Max', [a, c]))
  const nobody = b.constant(float32([0], [1]))
  const signals = b.add('Concat', [nobody, flat(b, dy)], { axis: 0 })
  return b.add('Gather', [signals, b.add('Cast', [owner], { to: INT64 })], { axis: 0 })
}

/** ONNX's code. */
const INT64 = 7

const flat = (b: Builder, value: string): string => b.add('Reshape', [value, b.integers([-1])])

/** Values added at their places in zeros of the shape of `like`, flat. */
function scatter(b: Builder, like: string, places: string, values: string): string {
  const zeros = flat(b, b.filled(like, 0))
  return b.add('ScatterElements', [zeros, flat(b, places), values], { axis: 0, reduction: 'add' })
}
