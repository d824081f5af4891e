/**
 * Conditional instance norm while it is trained: one network, many styles (Dumoulin, Shlens & Kudlur: A Learned
 * Representation for Artistic Style, 2017). Styles share all kernels; each has scales and shifts of its own for every
 * norm. Trained, it is an ordinary network for each style, see {@link mixedWeights}.
 */
import { Builder } from '../../network/builder.js'
import { float32, type Graph, type Node } from '../../network/graph.js'

const isNorm = ({ op }: Node): boolean => op === 'InstanceNormalization'

/** The scales and shifts of a graph's instance norms, by name. */
const normWeights = (graph: Graph): Set<string> =>
  new Set(graph.nodes.filter(isNorm).flatMap(({ inputs }) => inputs.slice(1)))

/**
 * A graph whose instance norms have a row of scales and of shifts for each style, all alike at first, and by how much
 * each style counts as a further input `styles`, [N, styles].
 *
 * @param batch N.
 */
export function conditional(graph: Graph, styles: number, batch: number): Graph {
  const tables = normWeights(graph)
  const part = graph.copy()
  part.nodes = []
  part.inputs = graph.inputs.map((port) => ({ ...port, shape: [batch, ...port.shape!.slice(1)] }))
  for (const name of tables) {
    const { data, shape } = graph.constants.get(name)!
    const [channels] = shape as [number]
    const rows = new Float32Array(styles * channels)
    for (let i = 0; i < styles; i++) rows.set(data as Float32Array, i * channels)
    part.constants.set(name, float32(rows, [styles, channels]))
  }
  const b = new Builder(part)
  b.reserve(graph.nodes.flatMap(({ outputs }) => outputs))
  const shares = b.input('styles', [batch, styles])
  for (const node of graph.nodes) {
    if (!isNorm(node)) {
      b.append(node)
      continue
    }
    const [x, scales, shifts] = node.inputs as [string, string, string]
    const channels = Number(b.shape(x)[1])
    const fixed = (value: number): string =>
      b.constant(float32(new Float32Array(channels).fill(value), [channels]))
    const own = (table: string): string =>
      b.reshape(b.add('MatMul', [shares, table]), [batch, channels, 1, 1])
    const normal = b.add(node.op, [x, fixed(1), fixed(0)], node.attributes)
    const scaled = b.add('Mul', [normal, own(scales)])
    b.append({ ...node, op: 'Add', inputs: [scaled, own(shifts)], attributes: {} })
  }
  return part
}
