import type { Tensor } from '../../engine/tensor.js'
import type { PictureShape } from '../../image/transforms/transform.js'
import type { Builder } from '../../network/builder.js'
import { float32 } from '../../network/graph.js'
import { logitsOf, normalisedSigmoids, type Parametrisation } from './parametrisation.js'

export interface FourierOptions {
  /** Whether the numbers are those of decorrelated colours, by the statistics of ImageNet. Default true. */
  decorrelate?: boolean
  /**
   * How fast amplitudes fall with the frequency f: a coefficient of 1 has the amplitude f^−decay. Default 1, as in
   * natural images; with 0 all frequencies grow alike, as pixels do.
   */
  decay?: number
}

/**
 * An image made of Fourier coefficients, each scaled by how strong its frequency is in natural images, of colours
 * that are decorrelated; sigmoids keep it between black and white. A step in these numbers changes large shapes
 * as readily as fine patterns: ascents find far fewer of the latter.
 *
 * Olah, Mordvintsev, Schubert: Feature Visualization (2017), with the constants of their Lucid.
 *
 * @throws RangeError for a decay that is not finite.
 * @example await optimise(net, { of: channel('conv5', 17), image: fourier(), optimiser: adam({ rate: 0.05 }) })
 */
export function fourier(options: FourierOptions = {}): Parametrisation {
  const { decorrelate = true, decay = 1 } = options
  if (!Number.isFinite(decay)) throw new RangeError(`decay is a finite number, not ${decay}`)
  const code = `fourier({ decorrelate: ${decorrelate}, decay: ${decay} })`
  return {
    key: code,
    code,
    isPixels: false,
    start: { noise: 0.01 },
    encode(picture, preprocessing) {
      const logits = logitsOf(picture, preprocessing)
      return transformed(decorrelate ? recoloured(logits, inverse(colours)) : logits, decay)
    },
    noise(deviation, [images, channels, height, width], random) {
      const shape = [images, channels, 2 * height, frequencies(width)]
      const size = shape.reduce((a, b) => a * b)
      return { data: Float32Array.from({ length: size }, () => random.normal(0, deviation)), shape }
    },
    decode(b, numbers, shape, preprocessing) {
      const [, channels] = shape
      let values = synthesised(b, numbers, shape, decay)
      if (decorrelate && channels === 3)
        values = b.add('Conv', [values, b.constant(float32(colours.flat(), [3, 3, 1, 1]))], {
          kernel_shape: [1, 1],
        })
      return normalisedSigmoids(b, values, preprocessing)
    },
  }
}

/**
 * The root of the covariance of ImageNet's colours, as Lucid has it, divided by the length of its longest
 * column: a column is what one decorrelated colour adds to red, green and blue.
 */
const colours = ((): number[][] => {
  const root = [
    [0.26, 0.09, 0.02],
    [0.27, 0.0, -0.05],
    [0.27, -0.09, 0.03],
  ]
  const longest = Math.max(...[0, 1, 2].map((j) => Math.hypot(...root.map((row) => row[j]!))))
  return root.map((row) => row.map((value) => value / longest))
})()

/** The inverse of a matrix [3, 3], by its adjugate. */
function inverse(m: readonly number[][]): number[][] {
  const at = (i: number, j: number): number => m[i % 3]![j % 3]!
  const cofactor = (i: number, j: number): number =>
    at(i + 1, j + 1) * at(i + 2, j + 2) - at(i + 1, j + 2) * at(i + 2, j + 1)
  const determinant = [0, 1, 2].reduce((sum, j) => sum + at(0, j) * cofactor(0, j), 0)
  return [0, 1, 2].map((i) => [0, 1, 2].map((j) => cofactor(j, i) / determinant))
}

function recoloured({ data, shape }: Tensor, matrix: readonly number[][]): Tensor {
  const [images = 0, channels, height = 1, width = 1] = shape
  if (channels !== 3) return { data, shape }
  const plane = height * width
  const result = new Float32Array(data.length)
  for (let n = 0; n < images; n++)
    for (let i = 0; i < 3; i++)
      for (let k = 0; k < plane; k++) {
        let sum = 0
        for (let j = 0; j < 3; j++) sum += matrix[i]![j]! * data[(3 * n + j) * plane + k]!
        result[(3 * n + i) * plane + k] = sum
      }
  return { data: result, shape }
}

/** Of a real signal half of the frequencies say all. */
const frequencies = (width: number): number => Math.floor(width / 2) + 1

/** By what each coefficient is multiplied: [height, frequencies]; Lucid's, with its factor of ¼. */
function amplitudes(height: number, width: number, decay: number): Float32Array {
  const columns = frequencies(width)
  const lowest = 1 / Math.max(height, width)
  return Float32Array.from({ length: height * columns }, (_, i) => {
    const row = Math.floor(i / columns)
    const fy = (row > height / 2 ? row - height : row) / height
    const fx = (i % columns) / width
    const frequency = Math.max(Math.hypot(fy, fx), lowest)
    return Math.sqrt(height * width) / frequency ** decay / 4
  })
}

/**
 * Appends the real inverse Fourier transform of coefficients [N, C, 2H, F]: real parts in the upper H rows, imaginary
 * ones below. A product with a matrix for each axis: both engines have those, and their gradients.
 */
function synthesised(
  b: Builder,
  numbers: string,
  [, , height, width]: PictureShape,
  decay: number,
): string {
  const columns = frequencies(width)
  const scales = amplitudes(height, width, decay)
  const twice = new Float32Array(2 * scales.length)
  twice.set(scales)
  twice.set(scales, scales.length)
  const scaled = b.add('Mul', [numbers, b.constant(float32(twice, [1, 1, 2 * height, columns]))])

  // Rows: the complex product (cos + i sin)(real + i imaginary), as one real matrix [2H, 2H].
  const vertical = new Float32Array(4 * height * height)
  for (let y = 0; y < height; y++)
    for (let k = 0; k < height; k++) {
      const angle = (2 * Math.PI * ((y * k) % height)) / height
      const [cos, sin] = [Math.cos(angle) / height, Math.sin(angle) / height]
      vertical[y * 2 * height + k] = cos
      vertical[y * 2 * height + height + k] = -sin
      vertical[(height + y) * 2 * height + k] = sin
      vertical[(height + y) * 2 * height + height + k] = cos
    }
  const rows = b.add('MatMul', [b.constant(float32(vertical, [2 * height, 2 * height])), scaled])
  const [real, imaginary] = b.addMany('Split', [rows, b.integers([height, height])], { axis: 2 }, 2)

  // Columns: the real part alone; frequencies that were left out are the conjugates of those that are there.
  const cosines = new Float32Array(columns * width)
  const sines = new Float32Array(columns * width)
  for (let f = 0; f < columns; f++) {
    const weight = (f === 0 || 2 * f === width ? 1 : 2) / width
    for (let x = 0; x < width; x++) {
      const angle = (2 * Math.PI * ((x * f) % width)) / width
      cosines[f * width + x] = weight * Math.cos(angle)
      sines[f * width + x] = -weight * Math.sin(angle)
    }
  }
  return b.add('Add', [
    b.add('MatMul', [real!, b.constant(float32(cosines, [columns, width]))]),
    b.add('MatMul', [imaginary!, b.constant(float32(sines, [columns, width]))]),
  ])
}

/** The coefficients of a signal [N, C, H, W], so that {@link synthesised} gives it back. */
function transformed({ data, shape }: Tensor, decay: number): Tensor {
  const [images, channels, height, width] = shape as [number, number, number, number]
  const columns = frequencies(width)
  const scales = amplitudes(height, width, decay)
  const wave = (size: number): [Float64Array, Float64Array] => {
    const angle = (i: number): number => (2 * Math.PI * i) / size
    return [
      Float64Array.from({ length: size }, (_, i) => Math.cos(angle(i))),
      Float64Array.from({ length: size }, (_, i) => -Math.sin(angle(i))),
    ]
  }
  const [cosX, sinX] = wave(width)
  const [cosY, sinY] = wave(height)
  const result = new Float32Array(images * channels * 2 * height * columns)
  const real = new Float64Array(height * columns)
  const imaginary = new Float64Array(height * columns)
  for (let map = 0; map < images * channels; map++) {
    for (let y = 0; y < height; y++)
      for (let f = 0; f < columns; f++) {
        let [re, im] = [0, 0]
        for (let x = 0, at = (map * height + y) * width; x < width; x++, at++) {
          const k = (x * f) % width
          re += data[at]! * cosX[k]!
          im += data[at]! * sinX[k]!
        }
        real[y * columns + f] = re
        imaginary[y * columns + f] = im
      }
    for (let k = 0; k < height; k++)
      for (let f = 0; f < columns; f++) {
        let [re, im] = [0, 0]
        for (let y = 0; y < height; y++) {
          const [c, s] = [cosY[(y * k) % height]!, sinY[(y * k) % height]!]
          const [a, d] = [real[y * columns + f]!, imaginary[y * columns + f]!]
          re += a * c - d * s
          im += a * s + d * c
        }
        const scale = 1 / scales[k * columns + f]!
        result[(map * 2 * height + k) * columns + f] = re * scale
        result[((map * 2 + 1) * height + k) * columns + f] = im * scale
      }
  }
  return { data: result, shape: [images, channels, 2 * height, columns] }
}
