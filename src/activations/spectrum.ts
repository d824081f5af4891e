/** Which frequencies the filters of a convolution let pass. */
import type { Tensor } from '../engine/tensor.js'
import type { Figure } from '../figures/figure.js'
import { colorize } from '../figures/heatmap.js'
import { lineChart } from '../figures/lines.js'
import { row } from '../figures/row.js'
import { tiles } from '../figures/tiles.js'
import { inferno } from '../image/colormap.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { type Kernels, kernelsOf } from './kernels.js'

export interface SpectrumOptions {
  /** Frequencies along each axis, even; the kernel is padded with zeros to that size. Default 32. */
  size?: number
  /** What aliases if the layer stepped so far: 1, 2, … Default: its own stride. */
  stride?: number
}

/** The power spectrum of each filter, [filters, size, size], frequency 0 in the middle. */
export class FilterSpectrum extends Result {
  constructor(
    /**
     * Radially averaged, [filters, bins], and relative to the mean over all frequencies: 1 throughout for a
     * filter that lets all pass alike. Bin i holds the frequencies around `frequencies[i]`.
     */
    readonly radial: Tensor,
    /** In cycles per step of the layer's input, from 0 to 0.5. */
    readonly frequencies: readonly number[],
    /**
     * For each filter the share of its power beyond what the stride can represent, 1 / (2 · stride) along
     * either axis: what aliases, in [0, 1]; 0 at stride 1.
     */
    readonly aliased: Float32Array,
    ...[spectrum, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(spectrum, origin, draw)
  }
}

/**
 * The power spectra of a convolution's filters:
 *
 *     P(u, v) = Σ over inputs c of |Σ over y, x of w[c, y, x] exp(−2πi (uy + vx))|²
 *
 * Zeiler & Fergus (Visualizing and Understanding Convolutional Networks, 2014) found AlexNet's first layer to
 * mix very high and low frequencies with few in the middle, and its second to alias from the stride of 4;
 * filters of 7×7 in place of 11×11 and a stride of 2 cured both. The line that marks half the sampling rate of
 * the output shows how much of a filter's power a stride cannot represent.
 *
 * @param layer A convolution, the first one as a rule. Frequencies are in cycles per step of its input: of the
 *   first layer, per pixel.
 * @returns [filters, size, size], frequency 0 in the middle; by Parseval its mean is Σ w².
 * @throws RangeError for an unknown layer, naming the nearest, for one that is no convolution, for a size that
 *   is odd or smaller than the kernel, and for a stride that is none.
 * @example
 *   const spectrum = filterSpectrum(net, 'conv1')
 *   Math.max(...spectrum.aliased) // 0.6: most of that filter's power is beyond the stride's limit
 */
export function filterSpectrum(
  net: Network,
  layer: string,
  options: SpectrumOptions = {},
): FilterSpectrum {
  const { size = 32, stride } = options
  const kernels = kernelsOf(net, layer)
  if (stride !== undefined && !(Number.isInteger(stride) && stride > 0))
    throw new RangeError(`a stride is a whole number, 1 or more, not ${stride}`)
  const strides: Kernels['strides'] = stride === undefined ? kernels.strides : [stride, stride]
  const [outputs, , height, width] = kernels.shape
  const least = Math.max(2, height, width)
  if (!(Number.isInteger(size) && size % 2 === 0 && size >= least && size <= 256))
    throw new RangeError(
      `the size of the spectrum is an even number from ${least + (least % 2)} to 256, not ${size}`,
    )
  const data = powerSpectra(kernels, size)
  const plane = size * size
  const spectrumOf = (k: number): Float32Array => data.subarray(k * plane, (k + 1) * plane)
  const bins = size / 2 + 1
  const radial = new Float32Array(outputs * bins)
  const aliased = new Float32Array(outputs)
  for (let k = 0; k < outputs; k++) {
    radial.set(radialAverage(spectrumOf(k), size), k * bins)
    aliased[k] = shareBeyond(spectrumOf(k), size, strides)
  }
  const frequencies = Array.from({ length: bins }, (_, i) => i / size)
  const parameters = { layer: kernels.layer.name, size, strides }
  const origin = provenance(net, 'filterSpectrum', undefined, parameters)
  return new FilterSpectrum(
    { data: radial, shape: [outputs, bins] },
    frequencies,
    aliased,
    { data, shape: [outputs, size, size] },
    origin,
    () => draw(kernels, { size, strides, spectrumOf, radial, frequencies, aliased }),
  )
}

/** Rows first, then columns: each input's transform, its squares added up. */
function powerSpectra({ weights, shape }: Kernels, size: number): Float32Array {
  const [outputs, inputs, height, width] = shape
  const turn = Array.from({ length: size }, (_, i) => (2 * Math.PI * i) / size)
  const [cos, sin] = [turn.map(Math.cos), turn.map(Math.sin)]
  const half = size / 2
  const spectra = new Float32Array(outputs * size * size)
  const sums = new Float64Array(size * size)
  const real = new Float64Array(height * size)
  const imaginary = new Float64Array(height * size)
  for (let k = 0; k < outputs; k++) {
    sums.fill(0)
    for (let c = 0; c < inputs; c++) {
      const from = (k * inputs + c) * height * width
      for (let y = 0; y < height; y++)
        for (let v = 0; v < size; v++) {
          let [re, im] = [0, 0]
          for (let x = 0; x < width; x++) {
            const w = weights[from + y * width + x]!
            const at = ((v - half + size) * x) % size
            re += w * cos[at]!
            im -= w * sin[at]!
          }
          real[y * size + v] = re
          imaginary[y * size + v] = im
        }
      for (let u = 0; u < size; u++)
        for (let v = 0; v < size; v++) {
          let [re, im] = [0, 0]
          for (let y = 0; y < height; y++) {
            const at = ((u - half + size) * y) % size
            const [a, b] = [real[y * size + v]!, imaginary[y * size + v]!]
            re += a * cos[at]! + b * sin[at]!
            im += b * cos[at]! - a * sin[at]!
          }
          sums[u * size + v]! += re * re + im * im
        }
    }
    spectra.set(sums, k * size * size)
  }
  return spectra
}

/** The mean power in rings one frequency wide, relative to that of all; corners beyond 0.5 are in no ring. */
function radialAverage(spectrum: Float32Array, size: number): number[] {
  const half = size / 2
  const sums = new Float64Array(half + 1)
  const counts = new Float64Array(half + 1)
  let total = 0
  for (let u = 0; u < size; u++)
    for (let v = 0; v < size; v++) {
      const power = spectrum[u * size + v]!
      total += power
      const ring = Math.round(Math.hypot(u - half, v - half))
      if (ring > half) continue
      sums[ring]! += power
      counts[ring]! += 1
    }
  const mean = total / (size * size)
  return Array.from(sums, (sum, i) => (mean > 0 ? sum / counts[i]! / mean : 0))
}

/** The share of the power where either frequency is beyond half the sampling rate of the output. */
function shareBeyond(
  spectrum: Float32Array,
  size: number,
  [vertical, horizontal]: Kernels['strides'],
): number {
  const half = size / 2
  // A frequency on the limit stands for both sides of it.
  const within = (offset: number, stride: number): number => {
    const limit = half / stride
    return stride === 1 || Math.abs(offset) < limit ? 1 : Math.abs(offset) === limit ? 0.5 : 0
  }
  let [total, kept] = [0, 0]
  for (let u = 0; u < size; u++)
    for (let v = 0; v < size; v++) {
      const power = spectrum[u * size + v]!
      total += power
      kept += power * within(u - half, vertical) * within(v - half, horizontal)
    }
  return total > 0 ? 1 - kept / total : 0
}

interface Parts {
  size: number
  strides: Kernels['strides']
  spectrumOf: (filter: number) => Float32Array
  radial: Float32Array
  frequencies: readonly number[]
  aliased: Float32Array
}

/** Most spectra that are drawn. */
const SHOWN = 64

function draw({ layer, shape, strides: own, seesColours }: Kernels, parts: Parts): Figure {
  const { size, strides, spectrumOf, radial, frequencies, aliased } = parts
  const [outputs, , height, width] = shape
  const bins = frequencies.length
  const shown = Math.min(outputs, SHOWN)
  const images = Array.from({ length: shown }, (_, k) => {
    const data = spectrumOf(k)
    const high = data.reduce((most, value) => Math.max(most, value), 0)
    return colorize({ data, width: size, height: size }, 0, high || 1, inferno)
  })
  const spectra = tiles(images, {
    title: `${layer.name}: power spectra of ${shown === outputs ? '' : `${shown} of `}${outputs} filters`,
    labels: images.map((_, k) => String(k)),
    columns: Math.min(16, shown),
    caption: 'Frequency 0 in the middle, the highest at the edges. Each on a scale of its own.',
  })
  const lines = Array.from({ length: outputs }, (_, k) => ({
    values: radial.subarray(k * bins, (k + 1) * bins),
    faint: true,
  }))
  const mean = frequencies.map(
    (_, i) => lines.reduce((sum, { values }) => sum + values[i]!, 0) / outputs,
  )
  const stride = Math.max(...strides)
  const limit = 1 / (2 * stride)
  const lost = aliased.reduce((sum, share) => sum + share, 0) / outputs
  const profile = lineChart({
    x: frequencies,
    lines: [...lines, { values: mean }],
    xLabel: `frequency (cycles per ${seesColours ? 'pixel' : 'step of the input'})`,
    yLabel: 'power / mean power',
    marks: stride > 1 ? [{ x: limit, label: `limit of stride ${stride}` }] : [],
    title:
      `${height}×${width}, stride ${strides[0] === strides[1] ? stride : strides.join('×')}` +
      (strides.join() === own.join()
        ? ''
        : ` in place of ${own[0] === own[1] ? own[0] : own.join('×')}`),
    caption:
      'Radially averaged: faint each filter, dark their mean.' +
      (stride > 1
        ? ` Beyond the limit lies ${Math.round(100 * lost)} % of the power, which the stride aliases.`
        : ''),
  })
  return row([spectra, profile])
}
