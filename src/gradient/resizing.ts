/** Resizing is linear in its input, axis by axis, so its gradient is the transposed matrix of each axis. */
import { float32, listAttribute, type Node, NodeError } from '../network/graph.js'
import type { Builder } from '../network/builder.js'
import { axisOf } from '../network/shapes.js'
import type { BackwardRule } from './rule.js'

export const Resize: BackwardRule = ({ b, node, dy }) => [
  () => {
    const [, , height, width] = b.shape(node.inputs[0]!)
    const kept = b.shape(node.inputs[0]!).slice(0, 2).join() === b.shape(dy).slice(0, 2).join()
    if (b.shape(dy).length !== 4 || !kept)
      throw new NodeError(node, 'no backward rule where it resizes more than height and width')
    const rows = b.transpose(matrixOf(b, node, 2, Number(height)), [1, 0])
    const columns = matrixOf(b, node, 3, Number(width))
    return b.add('MatMul', [rows, b.add('MatMul', [dy, columns])])
  },
  undefined,
  undefined,
  undefined,
]

/**
 * The matrix [size after, size before] by which one axis is resized: what the operator itself makes of the
 * identity, whatever its mode and its convention for coordinates. The runtime computes it once.
 */
function matrixOf(b: Builder, node: Node, axis: 2 | 3, size: number): string {
  const identity = new Float32Array(size * size)
  for (let i = 0; i < size; i++) identity[i * size + i] = 1
  const image = b.constant(float32(identity, [1, 1, size, size]))
  const after = Number(b.shape(node.outputs[0]!)[axis])

  // The image's rows are the axis; its columns stay as they are.
  const attributes = { ...node.attributes, axes: [0, 1, 2, 3] }
  const scales = node.inputs[2] ? b.values(node.inputs[2])?.map(Number) : undefined
  const target =
    scales && scales.length > 0
      ? ['', b.constant(float32([1, 1, scales[position(b, node, axis)]!, 1], [4]))]
      : ['', '', b.integers([1, 1, after, size])]
  return b.reshape(b.add('Resize', [image, ...target], attributes), [after, size])
}

/** Where an axis stands in the list of scales. */
function position(b: Builder, node: Node, axis: number): number {
  const rank = b.shape(node.inputs[0]!).length
  const axes = listAttribute(node, 'axes', [0, 1, 2, 3])
  return axes.findIndex((one) => axisOf(one, rank) === axis)
}
