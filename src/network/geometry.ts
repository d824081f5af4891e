/** Where the windows of convolutions and poolings lie. */
import {
  type Dim,
  listAttribute,
  type Node,
  NodeError,
  numberAttribute,
  type Shape,
  stringAttribute,
} from './graph.js'

export interface Windows {
  kernel: number[]
  strides: number[]
  dilations: number[]
  /** Zeros before and after, per axis. */
  begin: number[]
  end: number[]
  /** Input and output extent, per axis. */
  input: number[]
  output: number[]
}

/**
 * The windows of a Conv or pooling node over an input [N, C, …]: attributes with their defaults,
 * TensorFlow's SAME padding resolved, and the output extent by ONNX's formulas, ceil mode included.
 */
export function windows(node: Node, input: Shape, kernelShape?: Shape): Windows {
  const extent = input.slice(2).map((dim) => fixed(dim, node))
  const axes = extent.length
  const ofWeights = kernelShape?.slice(2).map((dim) => fixed(dim, node)) ?? []
  const kernel = [...listAttribute(node, 'kernel_shape', ofWeights)]
  if (kernel.length !== axes)
    throw new NodeError(node, `kernel [${kernel.join(', ')}] on ${axes} axes`)
  const ones = extent.map(() => 1)
  const strides = [...listAttribute(node, 'strides', ones)]
  const dilations = [...listAttribute(node, 'dilations', ones)]
  const pads = listAttribute(node, 'pads', undefined)
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  const ceil = numberAttribute(node, 'ceil_mode', 0) === 1
  const result: Windows = {
    kernel,
    strides,
    dilations,
    begin: [],
    end: [],
    input: extent,
    output: [],
  }
  for (let axis = 0; axis < axes; axis++) {
    const size = extent[axis]!
    const stride = strides[axis]!
    const span = dilations[axis]! * (kernel[axis]! - 1) + 1
    let begin = pads?.[axis] ?? 0
    let end = pads?.[axes + axis] ?? 0
    if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + span - size)
      const less = Math.floor(total / 2)
      begin = auto === 'SAME_UPPER' ? less : total - less
      end = total - begin
    }
    const room = (size + begin + end - span) / stride
    let output = (ceil ? Math.ceil(room) : Math.floor(room)) + 1
    // A window that would start in the padding after the input is left out, as in PyTorch.
    if (ceil && (output - 1) * stride >= size + begin) output--
    if (output < 1)
      throw new NodeError(
        node,
        `an input of ${extent.join('×')} is too small for a kernel of ${kernel.join('×')}`,
      )
    result.begin.push(begin)
    result.end.push(end)
    result.output.push(output)
  }
  return result
}

function fixed(dim: Dim, node: Node): number {
  if (typeof dim === 'number') return dim
  throw new NodeError(node, `its input's height and width must be known, but '${dim}' is free`)
}
