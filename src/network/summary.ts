/** A network as a table of its layers, with what each of them costs and sees. */
import {
  display,
  type Displayable,
  displayMetadata,
  type DisplayMetadata,
  type MimeBundle,
} from '../image/display.js'
import { type Builder } from './builder.js'
import type { Graph, Node } from './graph.js'
import { type Fields, receptiveFields } from './receptive-field.js'

/** A layer: one node of the graph under its readable name. */
export interface Layer {
  name: string
  /** ONNX's operator: Conv, Relu, MaxPool, … */
  type: string
  /** The shape of its output for one image, [C, H, W] or [features]. */
  shape: number[]
  /** How many weights it has. */
  parameters: number
  /** Multiplications (each with an addition) with weights, for one image. */
  multiplyAdds: number
  /** What a unit sees, [vertical, horizontal] in pixels; undefined where it is the whole image. */
  receptiveField: Fields
}

/** The facts of every layer, in the graph's order. */
export function describeLayers(
  graph: Graph,
  names: ReadonlyMap<string, Node>,
  b: Builder,
): Layer[] {
  const fields = receptiveFields(graph, b)
  const counted = new Set<string>()
  return [...names].map(([name, node]) => {
    const shape = b.shape(node.outputs[0]!).slice(1).map(Number)
    // Weights that several layers share are counted once.
    const weights = node.inputs.filter((value) => isWeight(graph, value) && !counted.has(value))
    for (const value of weights) counted.add(value)
    return {
      name,
      type: node.op,
      shape,
      parameters: weights.reduce((sum, value) => sum + graph.constants.get(value)!.data.length, 0),
      multiplyAdds: multiplyAdds(node, shape, b),
      receptiveField: fields.get(node.outputs[0]!),
    }
  })
}

/** Shapes, axes and the bounds of a clipping are constants too, but no weights. */
const isWeight = (graph: Graph, value: string): boolean => {
  const tensor = graph.constants.get(value)
  return tensor !== undefined && tensor.type.startsWith('float') && tensor.shape.length > 0
}

function multiplyAdds(node: Node, shape: readonly number[], b: Builder): number {
  const outputs = shape.reduce((product, dim) => product * dim, 1)
  if (node.op === 'Conv') {
    const [, ...perOutput] = b.shape(node.inputs[1]!).map(Number)
    return outputs * perOutput.reduce((product, dim) => product * dim, 1)
  }
  if (node.op !== 'Gemm' && node.op !== 'MatMul') return 0
  const inner = Number(b.shape(node.inputs[0]!).at(-1))
  return Number.isNaN(inner) ? 0 : outputs * inner
}

const headings = [
  'layer',
  'type',
  'output',
  'parameters',
  'multiply–adds',
  'sees',
  'every',
] as const

/** The table of a network's layers. As the last expression of a cell it shows itself. */
export class Summary implements Displayable {
  constructor(
    readonly network: string,
    readonly layers: readonly Layer[],
  ) {}

  get parameters(): number {
    return this.layers.reduce((sum, layer) => sum + layer.parameters, 0)
  }

  get multiplyAdds(): number {
    return this.layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0)
  }

  /** The rows as text: pixels that a unit sees, and the distance between neighbouring units. */
  get rows(): string[][] {
    return this.layers.map(({ name, type, shape, parameters, multiplyAdds, receptiveField }) => [
      name,
      type,
      shape.join('×'),
      parameters ? grouped(parameters) : '',
      multiplyAdds ? grouped(multiplyAdds) : '',
      receptiveField ? pair(receptiveField.map(({ size }) => size)) : 'all',
      receptiveField ? pair(receptiveField.map(({ stride }) => stride)) : '',
    ])
  }

  toString(): string {
    const rows = [[...headings], ...this.rows]
    const widths = headings.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
    const numeric = (i: number): boolean => i === 3 || i === 4
    const lines = rows.map((row) =>
      row
        .map((cell, i) => (numeric(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    return [...lines, this.#total()].join('\n')
  }

  [display](): MimeBundle {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
    const ruler = headings.map((_, i) => (i === 3 || i === 4 ? '--:' : '---'))
    const table = [headings, ruler, ...this.rows].map(line).join('\n')
    return { 'text/markdown': `${table}\n\n${this.#total()}`, 'text/plain': this.toString() }
  }

  [displayMetadata](): DisplayMetadata {
    return {}
  }

  #total(): string {
    return (
      `${this.network}: ${this.layers.length} layers, ${grouped(this.parameters)} parameters, ` +
      `${grouped(this.multiplyAdds)} multiply–adds for one image`
    )
  }
}

const grouped = (n: number): string => n.toLocaleString('en')

const pair = ([vertical, horizontal]: number[]): string =>
  vertical === horizontal ? String(vertical) : `${vertical}×${horizontal}`
