/** Convolution. Its gradient by the input is a convolution with the flipped kernel (METHODS row 32). */
import type { Builder } from '../network/builder.js'
import { windows, type Windows } from '../network/geometry.js'
import { numberAttribute, type Shape } from '../network/graph.js'
import { joined } from '../network/shapes.js'
import { pad } from './padding.js'
import type { BackwardRule } from './rule.js'
import { transposedConvolution } from './transposed-convolution.js'

export const Conv: BackwardRule = ({ b, node, dy }) => {
  const [x, w, bias] = node.inputs as [string, string, string | undefined]
  const group = numberAttribute(node, 'group', 1)
  const forward = windows(node, b.shape(x), b.shape(w))
  return [
    () => transposedConvolution(b, dy, w, forward, group),
    () => kernelGradient(b, x, dy, b.shape(w), forward, group),
    bias ? () => b.sum(dy, [0, ...forward.kernel.map((_, axis) => axis + 2)]) : undefined,
  ]
}

/** A convolution backwards: its own gradient is that convolution, with the roles of signal and input swapped. */
export const ConvTranspose: BackwardRule = ({ b, node, dy }) => {
  const [x, w, bias] = node.inputs as [string, string, string | undefined]
  const group = numberAttribute(node, 'group', 1)
  const backward = windows(node, b.shape(dy), b.shape(w))
  const { kernel, strides, dilations, begin, end } = backward
  return [
    () => {
      const pads = [...begin, ...end]
      return b.add('Conv', [dy, w], { kernel_shape: kernel, strides, dilations, pads, group })
    },
    () => kernelGradient(b, dy, x, b.shape(w), backward, group),
    bias ? () => b.sum(dy, [0, ...kernel.map((_, axis) => axis + 2)]) : undefined,
  ]
}

/**
 * The gradient by the kernel as one matrix product (im2col): row (channel, offset) of a matrix holds what
 * that kernel element saw at every window of every image.
 */
function kernelGradient(
  b: Builder,
  x: string,
  dy: string,
  kernelShape: Shape,
  { kernel, strides, dilations, begin, end, output }: Windows,
  group: number,
): string {
  const [outputs, channels] = kernelShape as [number, number]
  const axes = kernel.map((_, axis) => axis + 2)
  const batch = b.shape(x)[0]!
  const positions = joined([batch, ...output])

  const channelsFirst = b.transpose(x, [1, 0, ...axes])
  const padded = pad(b, channelsFirst, axes, begin, end)
  const seen = offsets(kernel).map((offset) => {
    const starts = offset.map((o, i) => o * dilations[i]!)
    const ends = starts.map((s, i) => s + (output[i]! - 1) * strides[i]! + 1)
    const lists = [starts, ends, axes, strides].map((list) => b.integers(list))
    const slice =
      product(kernel) === 1 && strides.every((s) => s === 1)
        ? padded
        : b.add('Slice', [padded, ...lists])
    return b.reshape(slice, [group, channels, 1, positions])
  })
  const all = seen.length === 1 ? seen[0]! : b.add('Concat', seen, { axis: 2 })
  const columns = b.reshape(all, [group, channels * product(kernel), positions])

  const split = b.reshape(b.transpose(dy, [0, ...axes, 1]), [positions, group, outputs / group])
  const signal = b.transpose(split, [1, 0, 2])
  const gradient = b.add('MatMul', [columns, signal]) // [group, C/g · k², O/g]
  return b.reshape(b.transpose(gradient, [0, 2, 1]), kernelShape)
}

const product = (numbers: readonly number[]): number => numbers.reduce((a, c) => a * c, 1)

/** All positions of a kernel, row by row. */
function offsets(size: readonly number[]): number[][] {
  return size.reduce<number[][]>(
    (found, extent) => found.flatMap((o) => Array.from({ length: extent }, (_, i) => [...o, i])),
    [[]],
  )
}
