import type { Engine } from '../../engine/engine.js'
import { onnx } from '../../engine/onnx.js'
import { heatMap } from '../../figures/heatmap.js'
import { type CellColour, numberTable } from '../../figures/number-table.js'
import { row } from '../../figures/row.js'
import { gradient } from '../../gradient/gradient.js'
import { Builder } from '../../network/builder.js'
import { float32, Graph } from '../../network/graph.js'
import { checkSize, compute, imageOf, rowsOf, StepByStep, type Table } from './compute.js'

export interface TransposeOptions {
  /** What is convolved. Default: 5×5 numbers. */
  input?: Table
  /** Square, of an odd side. Default: 3×3 numbers without symmetry. */
  kernel?: Table
  /** The signal that comes back, in the size of the full output. Default: whole numbers from −2 to 2. */
  signal?: Table
  /** Two pixels of the input to follow, [row, column] each. Default: [1, 1] and [2, 3]. */
  follow?: readonly [Pixel, Pixel]
  /** What computes. Default: ONNX Runtime. */
  engine?: Engine
}

export type Pixel = readonly [row: number, column: number]

const defaults = {
  input: [
    [1, 0, 2, 1, 0],
    [0, 3, 1, 0, 2],
    [2, 1, 0, 4, 1],
    [1, 0, 2, 1, 3],
    [0, 2, 1, 0, 1],
  ],
  kernel: [
    [1, 2, 0],
    [0, 1, -1],
    [3, 0, 1],
  ],
}

const [red, blue, purple, darkBlue] = ['#f29b93', '#8fbdf0', '#c3a1e0', '#5b86c4']

/**
 * Why the transpose: a convolution is a matrix C that makes each output of some inputs; what comes back to
 * an input is gathered from all outputs that it fed, by the same weights, which is Cᵀ. The outputs that an
 * input fed lie around it in reverse order, so Cᵀ is again a convolution, with the kernel rotated by 180°.
 *
 * The full output, with k − 1 zeros around the input, is computed, and so is what comes back: by the graph
 * rules that carry every gradient, compared with Cᵀ in the test.
 *
 * @returns The figure, with `numbers`: input, kernel, output, signal, rotated, back, matrix
 *   (outputs × inputs).
 * @throws RangeError for tables that are none or of the wrong size, and for pixels outside of the input.
 * @example (await transposeSteps()).numbers.matrix.length // 49 outputs
 */
export async function transposeSteps(options: TransposeOptions = {}): Promise<StepByStep> {
  const { input = defaults.input, kernel = defaults.kernel, engine = onnx } = options
  const follow: readonly [Pixel, Pixel] = options.follow ?? [
    [1, 1],
    [2, 3],
  ]
  imageOf(input, 'input') // checks it
  const [height, width, side] = [input.length, input[0]!.length, kernel.length]
  const w = imageOf(kernel, 'kernel')
  if (side % 2 === 0 || kernel[0]!.length !== side)
    throw new RangeError(`the kernel is square, of an odd side, not ${side}×${kernel[0]!.length}`)
  for (const [y, c] of follow)
    if (!(input[y]?.[c] !== undefined))
      throw new RangeError(`the input of ${height}×${width} has no pixel [${y}, ${c}]`)
  const [rows, columns] = [height + side - 1, width + side - 1]
  const signal = options.signal ?? waves(rows, columns)
  checkSize(signal, 'signal', rows, columns)

  // All at once: the input, and every single pixel set to 1, whose output is its column of C.
  const pixels = height * width
  const units = Float32Array.from({ length: pixels * pixels }, (_, i) =>
    i % (pixels + 1) === 0 ? 1 : 0,
  )
  const images = new Float32Array((pixels + 1) * pixels)
  images.set(input.flat())
  images.set(units, pixels)
  const graph = new Graph()
  graph.inputs = [{ name: 'x', type: 'float32', shape: [pixels + 1, 1, height, width] }]
  const b = new Builder(graph)
  const pad = side - 1
  const attributes = { kernel_shape: [side, side], pads: [pad, pad, pad, pad] }
  const output = b.add('Conv', ['x', b.constant(w)], attributes)
  const weighed = b.add('Mul', [output, b.constant(imageOf(signal, 'signal'))])
  const [back] = gradient(b, weighed, ['x']) as [string]
  const feeds = { x: float32(images, [pixels + 1, 1, height, width]) }
  const found = await compute(engine, b, { output, back }, feeds)

  const outputs = rows * columns
  const matrix = Array.from({ length: outputs }, (_, o) =>
    Array.from({ length: pixels }, (_, i) => found.output![(i + 1) * outputs + o]! || 0),
  )
  const numbers = {
    input: rowsOf(input.flat(), width),
    kernel: rowsOf(kernel.flat(), side),
    output: rowsOf(found.output!.slice(0, outputs), columns),
    signal: rowsOf(signal.flat(), columns),
    rotated: rowsOf([...kernel.flat()].reverse(), side),
    back: rowsOf(found.back!.slice(0, pixels), width),
    matrix,
  }

  const [first, second] = follow
  const at = ([y, c]: Pixel, row: number, column: number) => row === y && column === c
  /** Whether a pixel of the input feeds an output: its window of the full output. */
  const feedsOutput = ([y, c]: Pixel, row: number, column: number): boolean =>
    row >= y && row < y + side && column >= c && column < c + side
  const pixel = (y: number, c: number): CellColour | undefined =>
    at(first, y, c) ? red : at(second, y, c) ? blue : undefined
  const fed = (y: number, c: number): CellColour | undefined => {
    const [a, d] = [feedsOutput(first, y, c), feedsOutput(second, y, c)]
    return a && d ? purple : a ? red : d ? blue : undefined
  }
  const corner = (y: number, c: number): CellColour | undefined =>
    y === 0 && c === 0 ? darkBlue : undefined
  const last = (y: number, c: number): CellColour | undefined =>
    y === side - 1 && c === side - 1 ? darkBlue : undefined
  const cells = (transposed: boolean) => {
    const [h, v] = transposed ? [pixels, outputs] : [outputs, pixels]
    const data = Float32Array.from({ length: h * v }, (_, i) => {
      const [r, c] = [Math.floor(i / v), i % v]
      return transposed ? matrix[c]![r]! : matrix[r]![c]!
    })
    return { data, height: h, width: v }
  }
  const shown = row(
    [
      numberTable({
        values: input,
        colour: pixel,
        title: '1. Input',
        caption: 'Two pixels to follow: red and blue.',
      }),
      numberTable({
        values: kernel,
        colour: corner,
        title: '2. Kernel w',
        caption: 'Dark blue: its first weight.',
      }),
      numberTable({
        values: numbers.output,
        colour: fed,
        title: '3. Forward: the full output C x',
        caption: `Red and blue: outputs that the pixel feeds, ${side}×${side} of them. Purple: both.`,
      }),
      numberTable({
        values: signal,
        colour: fed,
        title: '4. A signal comes back',
        caption: 'Each pixel gathers it from the outputs that it fed.',
      }),
      numberTable({
        values: numbers.rotated,
        colour: last,
        title: '5. w rotated by 180°',
        caption: 'The first weight made the output furthest down and right, so it comes last.',
      }),
      numberTable({
        values: numbers.back,
        colour: pixel,
        title: '6. What arrives: Cᵀ times the signal',
        caption: `Red: the ${side}×${side} signals of its window times the rotated kernel, summed.`,
      }),
      heatMap({
        ...cells(false),
        colors: 'diverging',
        title: '7. The matrix C',
        label: 'weight',
        caption: `${outputs} outputs (rows) by ${pixels} inputs (columns).`,
      }),
      heatMap({
        ...cells(true),
        colors: 'diverging',
        title: '8. Its transpose Cᵀ',
        label: 'weight',
        caption: 'The same weights, from outputs to inputs.',
      }),
    ],
    { title: 'Why the transpose?' },
  )
  return new StepByStep(shown.parts, numbers)
}

/** Whole numbers from −2 to 2 without symmetry. */
const waves = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, y) =>
    Array.from({ length: columns }, (_, c) => ((3 * y + 2 * c + y * c) % 5) - 2),
  )
