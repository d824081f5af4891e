/**
 * Resizing. What comes out is linear in what goes in, one axis at a time: a matrix for each axis, whose rows
 * say of which elements, in which shares, a new element is made.
 */
import { axisOf } from '../../network/shapes.js'
import type { Call, Operator } from './operator.js'
import { type Tensor, tf } from './tf.js'

export const Resize: Operator = (call, x) => {
  const axes = call.list('axes', [...x.shape.keys()]).map((axis) => axisOf(axis, x.rank))
  const sizes = call.numbers(3)
  const scales = sizes ? undefined : call.required(2)
  return axes.reduce((y, axis, i) => {
    const input = x.shape[axis]!
    const scale = scales?.[i] ?? sizes![i]! / input
    const output = sizes?.[i] ?? Math.floor(input * scale)
    if (output === input && scale === 1) return y
    return along(y, axis, matrixOf(call, { input, output, scale }))
  }, x)
}

interface Extent {
  input: number
  output: number
  scale: number
}

/** Multiplies an axis by a matrix [output, input]. */
function along(x: Tensor, axis: number, matrix: Float32Array): Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const size = x.shape[axis]!
  const length = matrix.length / size
  const weights = tf.tensor2d(matrix, [length, size])
  const columns = tf.reshape(x, [before.reduce((a, b) => a * b, 1), size, -1])
  return tf.reshape(tf.matMul(weights, columns), [...before, length, ...after])
}

function matrixOf(call: Call, extent: Extent): Float32Array {
  const { input, output } = extent
  const at = position(call, extent)
  const weigh = weights(call, extent)
  const matrix = new Float32Array(output * input)
  for (let i = 0; i < output; i++)
    // In float32 a place that should be whole is whole, as in other runtimes.
    for (const [index, weight] of weigh(Math.fround(at(i))))
      matrix[i * input + Math.min(Math.max(index, 0), input - 1)]! += weight
  return matrix
}

/** Where an element of the output lies in the input. */
function position(call: Call, { input, output, scale }: Extent): (i: number) => number {
  const mode = call.string('coordinate_transformation_mode', 'half_pixel')
  const halfPixel = (i: number): number => (i + 0.5) / scale - 0.5
  switch (mode) {
    case 'half_pixel':
      return halfPixel
    case 'half_pixel_symmetric': {
      const adjustment = output / (scale * input)
      return (i) => (input / 2) * (1 - adjustment) + halfPixel(i)
    }
    case 'pytorch_half_pixel':
      return output > 1 ? halfPixel : () => 0
    case 'align_corners':
      return (i) => (output > 1 ? (i * (input - 1)) / (output - 1) : 0)
    case 'asymmetric':
      return (i) => i / scale
    default:
      throw call.error(`coordinate transformation '${mode}' is not supported`)
  }
}

type Weigh = (at: number) => [index: number, weight: number][]

/** The elements of the input that make one of the output, with their shares. */
function weights(call: Call, { input, scale }: Extent): Weigh {
  const mode = call.string('mode', 'nearest')
  if (mode === 'nearest') {
    const round = rounding(call)
    return (at) => [[round(at), 1]]
  }
  const cubic = mode === 'cubic'
  const kernel = cubic ? keys(call.number('cubic_coeff_a', -0.75)) : triangle
  const stretch = call.number('antialias', 0) === 1 ? Math.max(1, 1 / scale) : 1
  const reach = (cubic ? 2 : 1) * stretch
  const exclude = cubic && call.number('exclude_outside', 0) === 1
  return (at) => {
    const first = Math.ceil(at - reach)
    const seen = Array.from({ length: Math.floor(at + reach) - first + 1 }, (_, i) => first + i)
    const inside = exclude ? seen.filter((i) => i >= 0 && i < input) : seen
    const shares = inside.map((i) => kernel((i - at) / stretch))
    const total = shares.reduce((a, b) => a + b, 0)
    return inside.map((i, k) => [i, shares[k]! / total])
  }
}

function rounding(call: Call): (at: number) => number {
  const mode = call.string('nearest_mode', 'round_prefer_floor')
  switch (mode) {
    case 'round_prefer_floor':
      return (at) => Math.ceil(at - 0.5)
    case 'round_prefer_ceil':
      return (at) => Math.floor(at + 0.5)
    case 'floor':
      return Math.floor
    case 'ceil':
      return Math.ceil
    default:
      throw call.error(`nearest mode '${mode}' is not supported`)
  }
}

const triangle = (t: number): number => Math.max(0, 1 - Math.abs(t))

/** The cubic convolution kernel (Keys 1981). */
const keys =
  (a: number) =>
  (signed: number): number => {
    const t = Math.abs(signed)
    if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0
  }
