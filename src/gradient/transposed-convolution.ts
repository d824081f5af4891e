import type { Builder } from '../network/builder.js'
import type { Windows } from '../network/geometry.js'
import { pad } from './padding.js'

/**
 * Sends a signal back through a convolution: `y [N, O, …] → x [N, C, …]`. This is the 'deconvolution' of
 * DeconvNet: each output gives its value, times the kernel, to the inputs that its window covered.
 */
export function transposedConvolution(
  b: Builder,
  y: string,
  kernel: string,
  { kernel: size, strides, dilations, begin, input, output }: Windows,
  group: number,
): string {
  const span = size.map((k, i) => dilations[i]! * (k - 1))
  if (strides.every((stride) => stride === 1)) {
    const before = span.map((s, i) => s - begin[i]!)
    const after = span.map((s, i) => input[i]! - output[i]! + s - before[i]!)
    const positive = (pads: number[]): number[] => pads.map((p) => Math.max(0, p))
    const negative = (pads: number[]): number[] => pads.map((p) => Math.min(0, p))
    const spatial = size.map((_, axis) => axis + 2)
    const cropped = pad(b, y, spatial, negative(before), negative(after))
    const pads = [...positive(before), ...positive(after)]
    return b.add('Conv', [cropped, flip(b, kernel, group)], {
      kernel_shape: size,
      pads,
      dilations,
      group,
    })
  }
  // What the windows cover, from the first to the last, cut or filled up to the input's extent.
  const covered = output.map((n, i) => (n - 1) * strides[i]! + span[i]! + 1 - begin[i]!)
  const end = covered.map((n, i) => Math.max(0, n - input[i]!))
  const output_padding = covered.map((n, i) => Math.max(0, input[i]! - n))
  return b.add('ConvTranspose', [y, kernel], {
    kernel_shape: size,
    strides,
    dilations,
    group,
    pads: [...begin, ...end],
    output_padding,
  })
}

/** [O, C/g, kh, kw] → [C, O/g, kh, kw], rotated by 180°. The runtime does this once, for constants. */
function flip(b: Builder, kernel: string, group: number): string {
  const [outputs, inputs, ...size] = b.shape(kernel) as [number, number, ...number[]]
  const axes = size.map((_, axis) => axis + 2)
  const split = b.reshape(kernel, [group, outputs / group, inputs, ...size])
  const swapped = b.transpose(split, [0, 2, 1, ...axes.map((axis) => axis + 1)])
  const joined = b.reshape(swapped, [group * inputs, outputs / group, ...size])
  const list = (n: number): string => b.integers(axes.map(() => n))
  return b.add('Slice', [joined, list(-1), list(-(2 ** 31)), b.integers(axes), list(-1)])
}
