import type { Engine } from '../../engine/engine.js'
import { onnx } from '../../engine/onnx.js'
import { type CellColour, numberTable } from '../../figures/number-table.js'
import { row } from '../../figures/row.js'
import { gradient } from '../../gradient/gradient.js'
import { Builder } from '../../network/builder.js'
import { Graph } from '../../network/graph.js'
import { checkSize, compute, imageOf, rowsOf, StepByStep, type Table } from './compute.js'

export interface UnpoolingOptions {
  /** What is pooled. Default: 4×4 numbers, or 5×5 where windows overlap. */
  input?: Table
  /** The signal that comes back, one number for each window. Default: 1, 2, 3, … */
  signal?: Table
  /** Side of the window. Default 2. */
  kernel?: number
  /** How far it moves. Default: its side; less lets windows overlap, as in AlexNet. */
  stride?: number
  /** What computes. Default: ONNX Runtime. */
  engine?: Engine
}

const apart = [
  [1, 3, 2, 0],
  [5, 2, 1, 7],
  [0, 1, 4, 2],
  [6, 2, 3, 1],
]
const overlapping = [
  [1, 3, 2, 0, 4],
  [5, 2, 8, 2, 1],
  [0, 1, 2, 2, 3],
  [6, 2, 3, 1, 0],
  [2, 4, 1, 9, 2],
]

/** Of windows: pale for all that a window covers, full for where its maximum came from. */
const colours = [
  { pale: '#fde7e4', full: '#f2938a' },
  { pale: '#e4effb', full: '#83b4ea' },
  { pale: '#e6f5e4', full: '#8cc987' },
  { pale: '#fdf3d8', full: '#efc24e' },
]

/**
 * Max-pooling, its switches, and the way back through them, on a table of numbers: what comes back to a
 * window is put where its maximum was, and everything else is 0 (Zeiler & Fergus 2014). Where windows
 * overlap, two of them may share a maximum: the gradient adds their signals, unpooling keeps the last.
 *
 * @returns The figure, with `numbers`: input, pooled, switches (row by row from 0), signal, added,
 *   overwritten.
 * @throws RangeError for tables that are none, or too small for a window.
 * @example await unpoolingSteps({ kernel: 3, stride: 2 })
 */
export async function unpoolingSteps(options: UnpoolingOptions = {}): Promise<StepByStep> {
  const { kernel = 2, stride = kernel, engine = onnx } = options
  const { input = stride < kernel ? overlapping : apart } = options
  for (const side of [kernel, stride])
    if (!(Number.isInteger(side) && side > 0))
      throw new RangeError(`window and stride are whole, positive numbers, not ${side}`)
  const x = imageOf(input, 'input')
  const [height, width] = [input.length, input[0]!.length]
  if (kernel > Math.min(height, width))
    throw new RangeError(`a window of ${kernel}×${kernel} does not fit into ${height}×${width}`)

  const graph = new Graph()
  graph.inputs = [{ name: 'x', type: 'float32', shape: x.shape }]
  const b = new Builder(graph)
  const attributes = {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [0, 0, 0, 0],
  }
  const [pooled, switches] = b.addMany('MaxPool', ['x'], attributes, 2) as [string, string]
  const [, , rows, columns] = b.shape(pooled).map(Number) as [number, number, number, number]
  const signal =
    options.signal ??
    rowsOf(
      Array.from({ length: rows * columns }, (_, i) => i + 1),
      columns,
    )
  checkSize(signal, 'signal', rows, columns)
  const weighed = b.add('Mul', [pooled, b.input('signal', [1, 1, rows, columns])])
  const [added] = gradient(b, weighed, ['x'], 'plain', 'add') as [string]
  const [overwritten] = gradient(b, weighed, ['x'], 'plain', 'overwrite') as [string]
  const found = await compute(
    engine,
    b,
    { pooled, switches, added, overwritten },
    { x, signal: imageOf(signal, 'signal') },
  )
  const numbers = {
    input: rowsOf(input.flat(), width),
    pooled: rowsOf(found.pooled!, columns),
    switches: rowsOf(found.switches!, columns),
    signal: rowsOf(signal.flat(), columns),
    added: rowsOf(found.added!, width),
    overwritten: rowsOf(found.overwritten!, width),
  }

  const overlap = stride < kernel
  const of = (window: number) => colours[window % colours.length]!
  const owners = (y: number, c: number): number[] =>
    found.switches!.flatMap((at, window) => (at === y * width + c ? [window] : []))
  /** Where a maximum is: in the colours of its windows, the first and the last. */
  const maximum = (y: number, c: number): CellColour | undefined => {
    const windows = owners(y, c)
    if (windows.length === 0) return undefined
    return [of(windows[0]!).full, of(windows.at(-1)!).full]
  }
  const covered = (y: number, c: number): CellColour | undefined => {
    const [down, right] = [Math.floor(y / stride), Math.floor(c / stride)]
    const inside = down < rows && right < columns && y % stride < kernel && c % stride < kernel
    return inside && !overlap ? of(down * columns + right).pale : undefined
  }
  const window = (y: number, c: number): CellColour => of(y * columns + c).full
  const shared = found.switches!.length - new Set(found.switches).size
  const back = overlap
    ? [
        numberTable({
          values: numbers.added,
          colour: maximum,
          title: '5a. The gradient adds',
          caption: 'Signals of windows that share a maximum are summed.',
        }),
        numberTable({
          values: numbers.overwritten,
          colour: maximum,
          title: '5b. Unpooling overwrites',
          caption: 'The last window, row by row, wins.',
        }),
      ]
    : [
        numberTable({
          values: numbers.added,
          colour: maximum,
          title: '5. Unpooled',
          caption: 'Back where each maximum was, 0 elsewhere: this is the gradient.',
        }),
      ]
  const shown = row(
    [
      numberTable({
        values: input,
        colour: (y, c) => maximum(y, c) ?? covered(y, c),
        strong: (y, c) => owners(y, c).length > 0,
        title: '1. Input',
        caption: `Windows of ${kernel}×${kernel}, ${stride} apart; their maxima in colour.`,
      }),
      numberTable({
        values: numbers.pooled,
        colour: window,
        title: '2. Max-pooled',
        caption: 'The maximum of each window.',
      }),
      numberTable({
        values: numbers.switches.map((line) =>
          line.map((at) => `${Math.floor(at / width)}, ${at % width}`),
        ),
        colour: window,
        title: '3. Switches',
        caption: 'Row and column that it came from.',
      }),
      numberTable({
        values: signal,
        colour: window,
        title: '4. Signal from above',
        caption: 'One number for each window.',
      }),
      ...back,
    ],
    {
      title: 'Max-pooling and unpooling',
      caption: shared > 0 ? 'Two colours: a maximum that windows share.' : undefined,
    },
  )
  return new StepByStep(shown.parts, numbers)
}
