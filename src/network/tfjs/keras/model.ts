/** A Keras model as its JSON describes it: layers, and which calls of them read which. */
import { FormatError } from '../../format-error.js'
import { Graph, type Node } from '../../graph.js'
import { unknownName } from '../../names.js'
import { inOrder } from '../../order.js'
import { Config } from './config.js'
import { isJson, type Json, quoted } from '../json.js'

/** An output of one call of a layer. Layers may be called several times; weights are shared then. */
export interface Reference {
  layer: string
  call: number
  output: number
}

export interface Layer {
  name: string
  /** Keras' name for its kind: Conv2D, Dense, … */
  kind: string
  config: Config
  /** What each call reads. */
  calls: Reference[][]
  /** What it consists of, where a whole model is used as a layer. */
  model?: Model
}

export interface Model {
  name: string
  layers: ReadonlyMap<string, Layer>
  inputs: Reference[]
  outputs: Reference[]
}

/** One call of a layer, in the order of computation. */
export interface Call {
  layer: Layer
  index: number
}

const modelKinds = new Set(['Functional', 'Model', 'Sequential'])

/** Models within models within models: deeper than anyone means it. */
const DEEPEST = 32

/**
 * Reads `{ class_name, config }` of a Sequential or functional model, as Keras 2, Keras 3 and tf.js write it.
 *
 * @throws FormatError where it is neither, or where layers refer to what is not there.
 */
export function readModel(json: unknown, depth = 0): Model {
  if (!isJson(json)) throw new FormatError(`the model is ${quoted(json)}; expected an object`)
  if (depth > DEEPEST) throw new FormatError(`models are nested more than ${DEEPEST} deep`)
  const { class_name: kind, config } = json
  if (typeof kind !== 'string' || !modelKinds.has(kind))
    throw new FormatError(
      `the model is of class ${quoted(kind)}; expected Sequential or Functional` +
        (typeof kind === 'string' ? ': what a subclass computes stands in its code alone' : ''),
    )
  // Until Keras 2.2 the configuration of a Sequential was the list of its layers.
  const options: Json = Array.isArray(config)
    ? { layers: config as unknown[] }
    : isJson(config)
      ? config
      : {}
  const name = typeof options.name === 'string' ? options.name : kind.toLowerCase()
  if (!Array.isArray(options.layers) || options.layers.length === 0)
    throw new FormatError(`model '${name}' has no layers`)

  const layers = new Map<string, Layer>()
  for (const entry of options.layers) {
    const layer = readLayer(entry, depth)
    if (layers.has(layer.name))
      throw new FormatError(`model '${name}' has two layers '${layer.name}'`)
    layers.set(layer.name, layer)
  }
  const model =
    kind === 'Sequential'
      ? chain(name, layers, options.build_input_shape)
      : {
          name,
          layers,
          inputs: references(options.input_layers),
          outputs: references(options.output_layers),
        }
  checkReferences(model)
  return model
}

function readLayer(json: unknown, depth: number): Layer {
  if (!isJson(json) || typeof json.class_name !== 'string')
    throw new FormatError(`a layer is ${quoted(json)}; expected an object with a 'class_name'`)
  const { class_name: kind } = json
  const config = isJson(json.config) ? json.config : {}
  const name = json.name ?? config.name
  if (typeof name !== 'string' || name === '')
    throw new FormatError(`a layer of class ${kind} has no name`)
  return {
    name,
    kind,
    config: new Config(`layer '${name}' (${kind})`, config),
    calls: readCalls(json.inbound_nodes),
    model: modelKinds.has(kind) ? readModel(json, depth + 1) : undefined,
  }
}

/** Keras 2: `[[['conv1', 0, 0, {}], …], …]`, a list of tensors per call; Keras 3: `[{ args: […] }, …]`. */
function readCalls(json: unknown): Reference[][] {
  if (!Array.isArray(json)) return []
  return json.map((call: unknown) => references(isJson(call) ? call.args : call))
}

/**
 * All references to tensors in nested lists and objects: `['conv1', 0, 0]` in Keras 2, an object with a
 * `keras_history` of that form in Keras 3.
 */
function references(json: unknown): Reference[] {
  const found: Reference[] = []
  const waiting = [json]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (Array.isArray(value)) {
      const [layer, call, output] = value as unknown[]
      if (typeof layer === 'string' && isIndex(call) && isIndex(output))
        found.push({ layer, call, output })
      else for (const item of (value as unknown[]).toReversed()) waiting.push(item)
    } else if (isJson(value) && isJson(value.config)) waiting.push(value.config.keras_history)
  }
  return found
}

const isIndex = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

/** A Sequential as a functional model. Its input layer may be left to its first layer's `batch_input_shape`. */
function chain(name: string, layers: ReadonlyMap<string, Layer>, shape: unknown): Model {
  const [first] = [...layers.values()] as [Layer, ...Layer[]]
  const given = first.model ? inputShape(first.model) : inputShapeOf(first)
  const input: Layer =
    first.kind === 'InputLayer' ? first : inputLayer(`${first.name}_input`, given ?? shape)
  const linked = new Map<string, Layer>([[input.name, { ...input, calls: [] }]])
  let last: Reference = { layer: input.name, call: 0, output: 0 }
  for (const layer of layers.values()) {
    if (layer.kind === 'InputLayer') continue
    linked.set(layer.name, { ...layer, calls: [[last]] })
    last = { layer: layer.name, call: 0, output: 0 }
  }
  return {
    name,
    layers: linked,
    inputs: [{ layer: input.name, call: 0, output: 0 }],
    outputs: [last],
  }
}

function inputLayer(name: string, shape: unknown): Layer {
  const config = new Config(`layer '${name}' (InputLayer)`, { batch_input_shape: shape })
  return { name, kind: 'InputLayer', config, calls: [] }
}

/** The shape that a layer says its input has, the batch first. */
export const inputShapeOf = ({ config }: Layer): unknown =>
  config.value('batch_input_shape') ?? config.value('batch_shape')

function inputShape({ layers, inputs }: Model): unknown {
  const first = layers.get(inputs[0]?.layer ?? '')
  return first && inputShapeOf(first)
}

function checkReferences(model: Model): void {
  const { name, layers, inputs, outputs } = model
  if (inputs.length === 0) throw new FormatError(`model '${name}' has no inputs`)
  if (outputs.length === 0) throw new FormatError(`model '${name}' has no outputs`)
  const read = [...layers.values()].flatMap((layer) =>
    layer.calls.flatMap((call) =>
      call.map((reference) => ({ reader: layer.config.of, reference })),
    ),
  )
  for (const reference of outputs)
    read.push({ reader: `model '${name}', for an output`, reference })
  for (const reference of inputs) read.push({ reader: `model '${name}', for an input`, reference })

  const modelsWithOwn = new Set<string>()
  for (const { reader, reference } of read) {
    const layer = layers.get(reference.layer)
    if (!layer)
      throw new FormatError(
        `${reader}: ${unknownName('layer', reference.layer, layers.keys()).message}`,
      )
    if (layer.model && reference.call >= layer.calls.length) modelsWithOwn.add(layer.name)
  }
  // A model used as a layer may count the call by which it was made itself as its first.
  for (const { reader, reference } of read) {
    if (modelsWithOwn.has(reference.layer)) reference.call--
    const { calls, kind, model: inner } = layers.get(reference.layer)!
    const known = kind === 'InputLayer' ? 1 : calls.length
    const width = inner ? inner.outputs.length : 1
    if (reference.call < 0 || reference.call >= known || reference.output >= width)
      throw new FormatError(
        `${reader}: layer '${reference.layer}' is called ${known} times with ${width} outputs, ` +
          `but output ${reference.output} of call ${reference.call} is read`,
      )
  }
}

/**
 * The calls that a model's outputs depend on, each after those whose outputs it reads.
 *
 * @throws NodeError where calls wait for each other, naming the layers.
 */
export function callsInOrder({ layers, outputs }: Model): Call[] {
  // Calls are nodes of a graph, which knows how to put them in order.
  const graph = new Graph()
  const calls = new Map<Node, Call>()
  for (const layer of layers.values()) {
    const width = layer.model?.outputs.length ?? 1
    const reads = layer.kind === 'InputLayer' ? [[]] : layer.calls
    reads.forEach((call, index) => {
      const node: Node = {
        op: layer.kind,
        name: layer.name,
        inputs: call.map(keyOf),
        outputs: Array.from({ length: width }, (_, output) =>
          keyOf({ layer: layer.name, call: index, output }),
        ),
        attributes: {},
      }
      calls.set(node, { layer, index })
      graph.nodes.push(node)
    })
  }
  graph.nodes = inOrder(graph)
  return graph.extract(outputs.map(keyOf)).nodes.map((node) => calls.get(node)!)
}

/** A reference as a name: no two have the same. */
export const keyOf = ({ layer, call, output }: Reference): string => `${call}:${output}:${layer}`
