/** A frozen graph of TensorFlow as a graph that keeps images as [N, C, H, W]. */
import { Builder } from '../../builder.js'
import { FormatError } from '../../format-error.js'
import { BATCH, type Dim, Graph, type TypedTensor } from '../../graph.js'
import { isJson, type Json } from '../json.js'
import type { TfjsOptions } from '../source.js'
import { arranged, channelsFirst, type Features, plainOrder } from '../features.js'
import { nearest } from '../../names.js'
import type { Rule } from './call.js'
import { convolutionRules } from './convolution.js'
import { elementwiseRules } from './elementwise.js'
import { movementRules } from './movement.js'
import { type NodeDef, readNodes } from './node.js'
import { reductionRules } from './reduction.js'
import { isFeatures, type Value } from './value.js'

/** Every operator by TensorFlow's name. A new one is a new row. */
const rules: Record<string, Rule> = {
  ...convolutionRules,
  ...elementwiseRules,
  ...movementRules,
  ...reductionRules,
}

/**
 * Converts a tf.js graph model.
 *
 * @param signature What the model says its outputs are; without it, they are what no other node reads.
 * @throws FormatError or NodeError naming the node that is not understood or does not fit.
 */
export function convert(
  topology: Json,
  weights: ReadonlyMap<string, TypedTensor>,
  signature: unknown,
  { size }: TfjsOptions = {},
): Graph {
  const { nodes, outputs } = readNodes(topology, outputNames(signature))
  const graph = new Graph()
  graph.name = 'graph-model'
  const b = new Builder(graph)
  const prefix = commonScope(nodes.filter(({ op }) => op !== 'Const' && op !== 'Placeholder'))
  const values = new Map<string, Value>()
  const isFirst = nodes.some((def) => def.string('data_format', '') === 'NCHW')

  for (const def of nodes) {
    const results = [valueOf(def)].flat()
    results.forEach((value, i) => values.set(i === 0 ? def.name : `${def.name}:${i}`, value))
  }
  graph.outputs = outputs.map((name) => {
    const output = values.get(name)
    if (!output || !isFeatures(output))
      throw new FormatError(`its output '${name}' does not depend on the image`)
    const rank = output.order.length
    const order = rank === 4 ? channelsFirst(4, isFirst ? 1 : 3) : plainOrder(rank)
    const value = arranged(b, output, order, output.value)
    return { name: value, type: 'float32', shape: b.shape(value) }
  })
  if (graph.inputs.length === 0) throw new FormatError('the graph has no placeholder for an image')
  return graph

  function valueOf(def: NodeDef): Value | Value[] {
    if (def.op === 'Const') return constantOf(def)
    if (def.op === 'Placeholder') return placeholder(def)
    const rule: Rule | undefined = Object.hasOwn(rules, def.op) ? rules[def.op] : undefined
    if (!rule)
      throw def.error(
        `this operator is not supported; the nearest that are: ${nearest(def.op, Object.keys(rules)).join(', ')}`,
      )
    const inputs = def.inputs.map((input) => {
      const value = values.get(input)
      if (value) return value
      throw def.error(`it reads '${input}', an output that is not supported`)
    })
    // A path, as exporters of ONNX write it, so that layers are called by their scopes: conv1, conv1.BiasAdd.
    return rule({ b, def, inputs, name: b.fresh(`/${def.name.slice(prefix.length)}`) })
  }

  function constantOf(def: NodeDef): Value {
    const tensor = weights.get(def.name)
    if (tensor) return { name: def.name, tensor }
    throw def.error(`the weights do not hold it`)
  }

  function placeholder(def: NodeDef): Features {
    const shape = def.shape('shape') ?? signatureShape(signature, def.name)
    if (!shape || shape.length < 2) throw def.error('it does not say its shape')
    const rank = shape.length
    const order = rank === 4 ? channelsFirst(4, isFirst ? 1 : 3) : plainOrder(rank)
    const free = shape.flatMap((dim, axis) => (axis > 0 && dim < 1 ? [axis] : []))
    const dims = shape.map((dim, axis): Dim => {
      if (axis === 0) return BATCH
      const known = free.length === 2 && dim < 1 ? (size?.[free.indexOf(axis)] ?? dim) : dim
      if (Number.isSafeInteger(known) && known > 0) return known
      throw def.error(
        `its shape is [${shape.join(', ')}]: say how large images shall be, { size: [height, width] }`,
      )
    })
    return {
      value: b.input(
        def.name,
        order.map((axis) => dims[axis]!),
      ),
      order,
    }
  }
}

/** Keras and TensorFlow's exporters put everything into scopes that say nothing: the part all names share. */
function commonScope(nodes: readonly NodeDef[]): string {
  const inner = nodes.filter(({ name }) => name.includes('/'))
  const first = inner[0]?.name ?? ''
  let scope = ''
  for (let end = first.indexOf('/'); end >= 0; end = first.indexOf('/', end + 1)) {
    const longer = first.slice(0, end + 1)
    if (!inner.every(({ name }) => name.startsWith(longer))) break
    scope = longer
  }
  return inner.length > 1 ? scope : ''
}

function outputNames(signature: unknown): string[] {
  const outputs =
    isJson(signature) && isJson(signature.outputs) ? Object.values(signature.outputs) : []
  return outputs.flatMap((output) =>
    isJson(output) && typeof output.name === 'string' ? [output.name] : [],
  )
}

/** Where a placeholder itself does not say its shape, the signature may. */
function signatureShape(signature: unknown, name: string): number[] | undefined {
  const inputs =
    isJson(signature) && isJson(signature.inputs) ? Object.values(signature.inputs) : []
  for (const input of inputs) {
    if (!isJson(input) || String(input.name).replace(/:0$/, '') !== name) continue
    const dims = isJson(input.tensorShape) ? input.tensorShape.dim : undefined
    if (Array.isArray(dims)) return dims.map((dim) => (isJson(dim) ? Number(dim.size ?? 0) : NaN))
  }
  return undefined
}
