import type { Builder } from '../network/builder.js'
import type { Windows } from '../network/geometry.js'
import { float32 } from '../network/graph.js'
import { pad } from './padding.js'

/**
 * Sends a signal back through a convolution: `y [N, O, …] → x [N, C, …]`. This is the 'deconvolution' of
 * DeconvNet: each output gives its value, times the kernel, to the inputs that its window covered.
 *
 * @param kernel [O, C / group, …]
 */
export function transposedConvolution(
  b: Builder,
  signal: string,
  weights: string,
  geometry: Windows,
  group: number,
): string {
  const [y, kernel] = absorbScale(b, signal, weights)
  const { strides, dilations } = geometry
  if (strides.every((stride) => stride === 1)) return fullConvolution(b, y, kernel, geometry, group)
  const square = strides.length === 2 && strides[0] === strides[1]
  const dense = dilations.every((dilation) => dilation === 1)
  if (square && dense && group === 1) return phaseConvolutions(b, y, kernel, geometry)
  const depthwise = b.shape(kernel)[0] === group && b.shape(kernel)[1] === 1
  return depthwise && strides.length === 2
    ? spreadConvolution(b, y, kernel, geometry, group)
    : scattered(b, y, kernel, geometry, group)
}

/**
 * A signal scaled per channel, as batch norm's backward pass leaves it, can scale the kernel instead:
 * once, where it is constant, in place of a pass over the feature maps in every run.
 */
function absorbScale(b: Builder, signal: string, kernel: string): [signal: string, kernel: string] {
  const [outputs, ...rest] = b.shape(kernel)
  const source = b.graph.nodes.findLast((node) => node.outputs[0] === signal)
  const [unscaled, scale] = source?.op === 'Mul' ? source.inputs : []
  if (!unscaled || !scale || b.shape(unscaled).join() !== b.shape(signal).join())
    return [signal, kernel]
  const perChannel = [1, outputs, ...rest.slice(1).map(() => 1)]
  if (b.shape(scale).join() !== perChannel.join()) return [signal, kernel]
  const factors = b.reshape(scale, [outputs!, ...rest.map(() => 1)])
  return [unscaled, b.add('Mul', [kernel, factors])]
}

/** Stride 1: a convolution with the kernel rotated by 180° and its channel roles swapped. */
function fullConvolution(
  b: Builder,
  y: string,
  kernel: string,
  { kernel: size, dilations, begin, input, output }: Windows,
  group: number,
): string {
  const span = size.map((k, i) => dilations[i]! * (k - 1))
  const before = span.map((s, i) => s - begin[i]!)
  const after = span.map((s, i) => input[i]! - output[i]! + s - before[i]!)
  return padded(b, y, flip(b, swapRoles(b, kernel, group), size), before, after, {
    kernel_shape: size,
    dilations,
    group,
  })
}

/**
 * Stride s: the inputs fall into s × s phases, by their position modulo s, and each phase sees only every
 * s-th row and column of the kernel. So each is a convolution of stride 1 at the resolution of the
 * outputs, and depth-to-space interleaves them: input i = sq + r gets Σᵤ y[q + c − u] · k[su + r − a],
 * where a zeros before the kernel make c = (begin + a) / s a whole number.
 */
function phaseConvolutions(
  b: Builder,
  y: string,
  kernel: string,
  { kernel: size, strides, begin, input, output }: Windows,
): string {
  const stride = strides[0]!
  const lead = begin.map((p) => (stride - (p % stride)) % stride)
  const shift = begin.map((p, i) => (p + lead[i]!) / stride)
  const rows = input.map((n) => Math.ceil(n / stride))
  const swapped = swapRoles(b, kernel, 1)
  const channels = Number(b.shape(swapped)[0])

  /** The phases of one convolution: taps of the kernel, the first of them for output q + c − first. */
  const convolve = (kernels: string, taps: number[], first: number[]): string => {
    const before = taps.map((n, i) => n - 1 - shift[i]! + first[i]!)
    const after = taps.map((n, i) => rows[i]! - output[i]! + n - 1 - before[i]!)
    return padded(b, y, flip(b, kernels, taps), before, after, { kernel_shape: taps, group: 1 })
  }

  let phases: string
  if (channels < FEW_CHANNELS) {
    // [C, O, k, k] → [C, O, K, s, K, s] → [s, s, C, O, K, K]: all phases as channels of one convolution,
    // each with the same number of taps, some of them zero.
    const taps = size.map((k, i) => Math.ceil((k + lead[i]!) / stride))
    const trail = size.map((k, i) => taps[i]! * stride - k - lead[i]!)
    const [, signals] = b.shape(swapped)
    const [height, width] = taps as [number, number]
    const aligned = pad(b, swapped, [2, 3], lead, trail)
    const split = b.reshape(aligned, [channels, signals!, height, stride, width, stride])
    const kernels = b.transpose(split, [3, 5, 0, 1, 2, 4])
    const shape = [stride * stride * channels, signals!, height, width]
    phases = convolve(b.reshape(kernels, shape), taps, [0, 0])
  } else {
    const parts = phasePositions(stride).map((phase) => {
      const start = phase.map((r, i) => (r + stride - lead[i]!) % stride)
      const taps = size.map((k, i) => Math.max(0, Math.ceil((k - start[i]!) / stride)))
      if (taps.includes(0)) return undefined // no tap of the kernel falls on this phase
      const first = start.map((t, i) => (t + lead[i]! - phase[i]!) / stride)
      const every = [start, size, [2, 3], strides].map((list) => b.integers(list))
      return convolve(b.add('Slice', [swapped, ...every]), taps, first)
    })
    const some = parts.find((part) => part !== undefined)!
    phases = b.add(
      'Concat',
      parts.map((part) => part ?? b.filled(some, 0)),
      { axis: 1 },
    )
  }
  const interleaved = b.add('DepthToSpace', [phases], { blocksize: stride, mode: 'DCR' })
  return pad(
    b,
    interleaved,
    [2, 3],
    [0, 0],
    input.map((n, i) => n - rows[i]! * stride),
  )
}

/** Below this the runtime computes several channels in the time of one. */
const FEW_CHANNELS = 16

/** (0, 0), (0, 1), …: depth-to-space's order. */
const phasePositions = (stride: number): number[][] =>
  Array.from({ length: stride * stride }, (_, i) => [Math.floor(i / stride), i % stride])

/**
 * Depthwise and with a stride: the signal spread out, with zeros between, and a convolution of stride 1.
 * Memory is what such a convolution waits for, so the zeros cost it little; the runtime's own operator
 * takes half as long again, phases three times as long.
 */
function spreadConvolution(
  b: Builder,
  y: string,
  kernel: string,
  geometry: Windows,
  group: number,
): string {
  const { strides, output } = geometry
  const spread = output.map((n, i) => n * strides[i]!)
  const repeated = b.add('Resize', [y, '', b.constant(float32([1, 1, ...strides], [4]))], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  })
  const [height, width] = spread as [number, number]
  const first = Float32Array.from({ length: height * width }, (_, i) =>
    Math.floor(i / width) % strides[0]! === 0 && (i % width) % strides[1]! === 0 ? 1 : 0,
  )
  const signal = b.add('Mul', [repeated, b.constant(float32(first, [1, 1, height, width]))])
  return fullConvolution(b, signal, kernel, { ...geometry, output: spread }, group)
}

/** Everything else: the runtime's own operator. */
function scattered(
  b: Builder,
  y: string,
  kernel: string,
  { kernel: size, strides, dilations, begin, input, output }: Windows,
  group: number,
): string {
  // What the windows cover, from the first to the last, cut or filled up to the input's extent.
  const covered = output.map(
    (n, i) => (n - 1) * strides[i]! + dilations[i]! * (size[i]! - 1) + 1 - begin[i]!,
  )
  return b.add('ConvTranspose', [y, kernel], {
    kernel_shape: size,
    strides,
    dilations,
    group,
    pads: [...begin, ...covered.map((n, i) => Math.max(0, n - input[i]!))],
    output_padding: covered.map((n, i) => Math.max(0, input[i]! - n)),
  })
}

/** A convolution whose pads may be negative: these cut the signal first. */
function padded(
  b: Builder,
  y: string,
  kernel: string,
  before: readonly number[],
  after: readonly number[],
  attributes: { kernel_shape: readonly number[]; dilations?: readonly number[]; group: number },
): string {
  const zeros = (pads: readonly number[]): number[] => pads.map((p) => Math.max(0, p))
  const cuts = (pads: readonly number[]): number[] => pads.map((p) => Math.min(0, p))
  const spatial = before.map((_, axis) => axis + 2)
  const signal = pad(b, y, spatial, cuts(before), cuts(after))
  const { kernel_shape, group, dilations = before.map(() => 1) } = attributes
  const pads = [...zeros(before), ...zeros(after)]
  return b.add('Conv', [signal, kernel], { kernel_shape, pads, dilations, group })
}

// Kernels are rearranged in the graph; where they are constant, the runtime does it once. Each operator costs a copy
// of all kernels then: VGG-16 and ResNet-18 ran with hundreds of MiB less when those that do nothing were left out.

/** [O, C/g, …] → [C, O/g, …] */
function swapRoles(b: Builder, kernel: string, group: number): string {
  const [outputs, inputs, ...size] = b.shape(kernel) as [number, number, ...number[]]
  if (group === 1) return b.transpose(kernel, [1, 0, ...size.map((_, axis) => axis + 2)])
  const axes = size.map((_, axis) => axis + 3)
  const split = b.reshape(kernel, [group, outputs / group, inputs, ...size])
  const swapped = b.transpose(split, [0, 2, 1, ...axes])
  return b.reshape(swapped, [group * inputs, outputs / group, ...size])
}

/** Rotates kernels by 180°. */
function flip(b: Builder, kernel: string, size: readonly number[]): string {
  if (size.every((extent) => extent === 1)) return kernel
  const axes = size.map((_, axis) => axis + 2)
  const list = (n: number): string => b.integers(axes.map(() => n))
  return b.add('Slice', [kernel, list(-1), list(-(2 ** 31)), b.integers(axes), list(-1)])
}
