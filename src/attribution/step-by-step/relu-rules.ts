import type { Engine } from '../../engine/engine.js'
import { onnx } from '../../engine/onnx.js'
import { type CellColour, numberTable } from '../../figures/number-table.js'
import { row } from '../../figures/row.js'
import { gradient } from '../../gradient/gradient.js'
import type { ReluRule } from '../../gradient/relu-rules.js'
import { Builder } from '../../network/builder.js'
import { Graph } from '../../network/graph.js'
import { checkSize, compute, imageOf, rowsOf, StepByStep, type Table } from './compute.js'

export interface ReluRulesOptions {
  /** What the rectifier is given. Default: 4×4 numbers of both signs. */
  input?: Table
  /** The signal R that comes from above, of the same size. Default: 4×4 numbers of both signs. */
  signal?: Table
  /** What computes. Default: ONNX Runtime. */
  engine?: Engine
}

const defaults = {
  input: [
    [1, -1, 5, 2],
    [2, -5, -7, 3],
    [-3, 2, 4, -2],
    [6, -4, 1, -6],
  ],
  signal: [
    [-2, 3, -1, 4],
    [6, -3, 1, -5],
    [2, -1, 3, -4],
    [5, 1, -2, -3],
  ],
}

const [yellow, orange] = ['#ffe58a', '#f7a65a']

/**
 * The three ways of a signal through a rectifier, on a table of numbers: backpropagation stops it where the
 * *input* was not positive (yellow), DeconvNet where the *signal* is not (orange), guided backpropagation at
 * both (Springenberg et al. 2015, figure 1). Computed by the very rules that networks are explained with.
 *
 * @returns The figure, with `numbers`: input, output, signal, plain, deconvnet, guided.
 * @throws RangeError for tables of different sizes, or that are none.
 * @example await reluRules({ input: [[1, -1], [2, -3]], signal: [[-2, 3], [6, -1]] })
 */
export async function reluRules(options: ReluRulesOptions = {}): Promise<StepByStep> {
  const { input = defaults.input, signal = defaults.signal, engine = onnx } = options
  const x = imageOf(input, 'input')
  const r = imageOf(signal, 'signal')
  const [height, width] = [input.length, input[0]!.length]
  checkSize(signal, 'signal', height, width)

  const graph = new Graph()
  graph.inputs = [
    { name: 'x', type: 'float32', shape: x.shape },
    { name: 'signal', type: 'float32', shape: x.shape },
  ]
  const b = new Builder(graph)
  const output = b.add('Relu', ['x'])
  // The gradient of Σ R · f(x): what comes from above at f is R.
  const weighed = b.add('Mul', [output, 'signal'])
  const back = Object.fromEntries(
    rules.map(({ rule }) => [rule, gradient(b, weighed, ['x'], rule)[0]!]),
  )
  const found = await compute(engine, b, { output, ...back }, { x, signal: r })
  const numbers = Object.fromEntries(
    Object.entries({ input: input.flat(), signal: signal.flat(), ...found }).map(
      ([name, values]) => [name, rowsOf(values, width)],
    ),
  )

  const off = (y: number, c: number): boolean => !(input[y]![c]! > 0)
  const negative = (y: number, c: number): boolean => !(signal[y]![c]! > 0)
  const colours: Record<ReluRule, (y: number, c: number) => CellColour | undefined> = {
    plain: (y, c) => (off(y, c) ? yellow : undefined),
    deconvnet: (y, c) => (negative(y, c) ? orange : undefined),
    guided: (y, c) =>
      off(y, c) && negative(y, c)
        ? [yellow, orange]
        : off(y, c)
          ? yellow
          : negative(y, c)
            ? orange
            : undefined,
  }
  const shown = row(
    [
      numberTable({
        values: input,
        colour: colours.plain,
        title: '1. Input f',
        caption: 'Yellow: not positive.',
      }),
      numberTable({
        values: numbers.output!,
        colour: colours.plain,
        title: '2. Forward: max(0, f)',
        caption: 'Yellow: switched off.',
      }),
      numberTable({
        values: signal,
        colour: colours.deconvnet,
        title: '3. Signal R from above',
        caption: 'Orange: not positive.',
      }),
      ...rules.map(({ rule, title, caption }) =>
        numberTable({ values: numbers[rule]!, colour: colours[rule], title, caption }),
      ),
    ],
    { title: 'Three ways back through a rectifier' },
  )
  return new StepByStep(shown.parts, numbers)
}

const rules: { rule: ReluRule; title: string; caption: string }[] = [
  {
    rule: 'plain',
    title: '4a. Backpropagation',
    caption: '1[f > 0] · R: stopped at yellow cells.',
  },
  { rule: 'deconvnet', title: '4b. DeconvNet', caption: '1[R > 0] · R: stopped at orange cells.' },
  { rule: 'guided', title: '4c. Guided', caption: '1[f > 0] · 1[R > 0] · R: stopped at both.' },
]
