/** Reading and writing `.onnx` files. */
import { Float16Array } from '@petamoriken/float16'
import protobuf from 'protobufjs'
import { sizeOf } from '../engine/tensor.js'
import {
  type Attribute,
  type Dim,
  type ElementArray,
  type ElementType,
  elementTypes,
  Graph,
  type Node,
  type Port,
  type TypedTensor,
} from './graph.js'
import { nodeName } from './names.js'
import { schema } from './onnx-schema.js'
import { numericOutputs, SCIKIT_DOMAIN } from './scikit.js'

const root = protobuf.parse(schema, { keepCase: false }).root
const ModelProto = root.lookupType('onnx.ModelProto')

// What protobufjs hands out and takes, as far as it is used here.
type Long = number | { toNumber(): number; toString(): string }
interface TensorMessage {
  name?: string
  dims: Long[]
  dataType: number
  rawData?: Uint8Array
  floatData?: number[]
  int32Data?: number[]
  int64Data?: Long[]
  doubleData?: number[]
  dataLocation?: number
}
interface AttributeMessage {
  name: string
  type: number
  f?: number
  i?: Long
  s?: Uint8Array
  t?: TensorMessage
  floats?: number[]
  ints?: Long[]
  strings?: Uint8Array[]
}
interface DimMessage {
  dimValue?: Long
  dimParam?: string
}
interface PortMessage {
  name: string
  type?: {
    tensorType?: {
      elemType: number
      shape?: { dim: DimMessage[] } | null
    }
  }
}
interface ModelMessage {
  irVersion: Long
  opsetImport: { domain: string; version: Long }[]
  producerName?: string
  graph?: {
    name?: string
    node: {
      input: string[]
      output: string[]
      name: string
      opType: string
      domain?: string
      attribute: AttributeMessage[]
      metadataProps?: { key: string; value: string }[]
    }[]
    initializer: TensorMessage[]
    input: PortMessage[]
    output: PortMessage[]
  } | null
}

// The codes of AttributeProto.AttributeType.
const kinds = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 }

const typeOfCode = new Map<number, ElementType>(
  Object.entries(elementTypes).map(([name, { code }]) => [code, name as ElementType]),
)

/** Element types that exist in ONNX but not here, for messages. */
const otherTypes: Record<number, string> = {
  4: 'uint16',
  5: 'int16',
  8: 'string',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
}

/**
 * Attributes that are fractions. ONNX writes whole numbers and fractions differently, JavaScript does
 * not; but ONNX gives each attribute name one type over all its operators, so the name decides. (All but
 * the seed of Dropout, whole since opset 12: normalising removes dropout.)
 */
const fractions = new Set(
  `activation_alpha activation_beta alpha beta bias clip cubic_coeff_a epsilon extrapolation_value gamma
   height_scale high lambd low max mean min momentum ratio scale scales seed softcap spatial_scale value
   value_float value_floats width_scale`.split(/\s+/),
)

/**
 * Reads an ONNX model.
 *
 * @param file What messages call it: its path.
 * @throws Error where the bytes are no ONNX model, or it uses what is not supported: weights in other
 *   files, element types beyond those of {@link elementTypes}, control flow.
 * @example const graph = readOnnx(await readFile('resnet18.onnx'), 'resnet18.onnx')
 */
export function readOnnx(bytes: Uint8Array, file = 'the model'): Graph {
  let model: ModelMessage
  try {
    model = ModelProto.decode(bytes) as unknown as ModelMessage
  } catch (error) {
    const reason = (error as Error).message
    throw new Error(`${file} is not an ONNX model, or is damaged: ${reason}`, { cause: error })
  }
  if (!model.graph || model.graph.node.length === 0)
    throw new Error(`${file} is not an ONNX model: it holds no graph`)
  if (model.graph.output.length === 0) throw new Error(`${file}: its graph has no outputs`)

  const graph = new Graph()
  graph.name = model.graph.name || 'graph'
  graph.opset = whole(model.opsetImport.find((set) => isOnnx(set.domain))?.version ?? 1)
  const nodes = model.graph.node.map((message, index): Node => {
    const module = recordedModule(message.metadataProps)
    const name =
      module === undefined
        ? message.name || message.output[0] || `${message.opType}_${index}`
        : nodeName(module, message.opType)
    const where = `${file}, node '${name}'`
    return {
      op: message.opType,
      name,
      domain: isOnnx(message.domain) ? '' : message.domain,
      inputs: message.input,
      outputs: message.output,
      attributes: Object.fromEntries(
        message.attribute.map((attribute) => [attribute.name, readAttribute(attribute, where)]),
      ),
    }
  })
  const ports = numericPorts(model, nodes, graph, file)
  const needed = ports && valuesBefore(nodes, ports)
  graph.nodes = needed ? nodes.filter(({ outputs }) => outputs.some((o) => needed.has(o))) : nodes
  for (const message of model.graph.initializer) {
    if (!message.name || needed?.has(message.name) === false) continue
    graph.constants.set(message.name, readTensor(message, `${file}, weight '${message.name}'`))
  }
  // Files of IR version 3 list their weights as inputs too.
  graph.inputs = model.graph.input
    .filter((port) => !graph.constants.has(port.name))
    .map((port) => readPort(port, file))
  graph.outputs =
    ports?.map((name) => ({ name, type: undefined, shape: undefined })) ??
    model.graph.output.map((port) => readPort(port, file))
  return graph
}

/** Writes a graph as an ONNX model, which any ONNX runtime reads. */
export function writeOnnx(graph: Graph): Uint8Array {
  return encode(
    graph,
    [...graph.constants].map(([name, tensor]) => writeTensor(tensor, name)),
  )
}

/** An ONNX file whose large constants lie beside it, as they are: nothing is copied. */
export interface OnnxParts {
  model: Uint8Array
  /** What the model calls these files, and their content. */
  weights: { path: string; data: Uint8Array }[]
}

/** Encodes a graph with its large constants apart (ONNX's 'external data'). */
export function writeOnnxParts(graph: Graph): OnnxParts {
  const weights: OnnxParts['weights'] = []
  const initializers = [...graph.constants].map(([name, tensor]) => {
    const message = writeTensor(tensor, name)
    const { rawData, ...rest } = message
    if (!rawData || rawData.length < EXTERNAL_FROM) return message
    const path = `weights.${weights.length}`
    weights.push({ path, data: rawData })
    return {
      ...rest,
      dataLocation: DATA_LOCATION_EXTERNAL,
      externalData: [
        { key: 'location', value: path },
        { key: 'offset', value: '0' },
        { key: 'length', value: String(rawData.length) },
      ],
    }
  })
  return { model: encode(graph, initializers), weights }
}

/** Bytes from which a constant is written apart: below, a copy costs nothing. */
const EXTERNAL_FROM = 1024
const DATA_LOCATION_EXTERNAL = 1

function encode(graph: Graph, initializer: TensorMessage[]): Uint8Array {
  const domains = new Set(graph.nodes.map((node) => node.domain ?? ''))
  const message: ModelMessage = {
    irVersion: 8,
    producerName: 'fovea',
    opsetImport: [...domains.add('')].map((domain) => ({
      domain,
      version: domain ? 1 : graph.opset,
    })),
    graph: {
      name: graph.name,
      node: graph.nodes.map((node) => ({
        input: node.inputs,
        output: node.outputs,
        name: node.name,
        opType: node.op,
        domain: node.domain ?? '',
        attribute: Object.entries(node.attributes).map(([name, value]) =>
          writeAttribute(name, value),
        ),
      })),
      initializer,
      input: graph.inputs.map(writePort),
      output: graph.outputs.map(writePort),
    },
  }
  return ModelProto.encode(message).finish()
}

/**
 * The module that computes a node, where PyTorch's newer exporter recorded it: the names of the modules
 * around the node, from the network ('') inwards, and last the node's own name.
 */
function recordedModule(
  metadata: readonly { key: string; value: string }[] = [],
): string | undefined {
  const recorded = (key: string): string | undefined =>
    metadata.find((entry) => entry.key === key)?.value
  // As a list in Python's notation: ['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d'].
  const scopes = recorded('pkg.torch.onnx.name_scopes')
  if (scopes) return Array.from(scopes.matchAll(/'([^']*)'/g), ([, scope]) => scope!).at(-2)
  // Or each with its class: ': Model/layer1: torch.nn.Sequential/…/conv2d: aten.conv2d.default'.
  const namespace = recorded('namespace')
  const names = namespace?.split('/').map((scope) => scope.split(':')[0]!.trim())
  return names?.at(-2)
}

/** Of scikit-learn's models, the outputs that are numbers; the graph learns their classes. */
function numericPorts(
  { opsetImport, graph: message }: ModelMessage,
  nodes: readonly Node[],
  graph: Graph,
  file: string,
): string[] | undefined {
  if (!opsetImport.some(({ domain }) => domain === SCIKIT_DOMAIN)) return undefined
  const ports = message!.output.map(({ name, type }) => {
    const element = typeOfCode.get(type?.tensorType?.elemType ?? 0)
    return { name, isNumeric: element?.startsWith('float') === true }
  })
  const { outputs, classes } = numericOutputs({ nodes, outputs: ports })
  if (outputs.length === 0) throw new Error(`${file}: its outputs are labels, none of them numbers`)
  graph.classes = classes
  return outputs
}

/** These values and all that they are computed from. */
function valuesBefore(nodes: readonly Node[], values: readonly string[]): Set<string> {
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node])))
  const found = new Set<string>()
  const open = [...values]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (found.has(value)) continue
    found.add(value)
    open.push(...(maker.get(value)?.inputs ?? []))
  }
  return found
}

const isOnnx = (domain?: string): boolean => !domain || domain === 'ai.onnx'

const toNumber = (value: Long): number => (typeof value === 'number' ? value : value.toNumber())

/** A 64-bit integer. What a number cannot hold exactly stands for 'to the end' and needs not be exact. */
const whole = (value: Long): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(toNumber(value), Number.MAX_SAFE_INTEGER))
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

function readType(code: number, where: string): ElementType {
  const type = typeOfCode.get(code)
  if (type) return type
  throw new Error(`${where}: element type ${otherTypes[code] ?? code} is not supported`)
}

function readTensor(message: TensorMessage, where: string): TypedTensor {
  const type = readType(message.dataType, where)
  if (message.dataLocation === 1)
    throw new Error(`${where}: the weights lie in another file; save the model as one file`)
  const shape = message.dims.map(whole)
  if (shape.some((dim) => dim < 0))
    throw new Error(`${where}: shape [${shape.join(', ')}] has a negative dimension`)
  const size = sizeOf(shape)
  const { bytes, view } = elementTypes[type]
  const needs = `${where}: shape [${shape.join(', ')}] needs ${size} numbers`
  if (message.rawData?.length) {
    if (message.rawData.length !== size * bytes)
      throw new Error(`${needs} of ${bytes} bytes, but there are ${message.rawData.length} bytes`)
    // A typed array starts at a multiple of its element size, a protobuf field anywhere: copy.
    return { type, shape, data: view(Uint8Array.from(message.rawData).buffer) }
  }
  const list = listOf(type, message)
  if (list.length !== size) throw new Error(`${needs}, but there are ${list.length}`)
  return { type, shape, data: fromList(type, list) }
}

/** The field that holds the numbers of a tensor, where they are not raw bytes. */
function listOf(type: ElementType, message: TensorMessage): Long[] {
  const { floatData = [], doubleData = [], int64Data = [], int32Data = [] } = message
  if (type === 'float32') return floatData
  if (type === 'float64') return doubleData
  return type === 'int64' ? int64Data : int32Data
}

function fromList(type: ElementType, list: Long[]): ElementArray {
  if (type === 'int64') return BigInt64Array.from(list, (value) => BigInt(value.toString()))
  const numbers = list.map(toNumber)
  switch (type) {
    case 'float32':
      return Float32Array.from(numbers)
    case 'float64':
      return Float64Array.from(numbers)
    case 'float16':
      return new Float16Array(Uint16Array.from(numbers).buffer)
    case 'int32':
      return Int32Array.from(numbers)
    case 'int8':
      return Int8Array.from(numbers)
    default:
      return Uint8Array.from(numbers)
  }
}

function writeTensor(tensor: TypedTensor, name = ''): TensorMessage {
  const { data } = tensor
  return {
    name,
    dims: tensor.shape,
    dataType: elementTypes[tensor.type].code,
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  }
}

function readAttribute(message: AttributeMessage, where: string): Attribute {
  switch (message.type) {
    case kinds.float:
      return message.f ?? 0
    case kinds.int:
      return whole(message.i ?? 0)
    case kinds.string:
      return text(message.s ?? new Uint8Array())
    case kinds.tensor:
      if (message.t) return readTensor(message.t, where)
      break
    case kinds.floats:
      return message.floats ?? []
    case kinds.ints:
      return (message.ints ?? []).map(whole)
    case kinds.strings:
      return (message.strings ?? []).map(text)
  }
  throw new Error(
    message.type === kinds.graph
      ? `${where}: control flow (If, Loop, Scan) is not supported; export the model without it`
      : `${where}: attribute '${message.name}' is of a kind that is not supported (${message.type})`,
  )
}

function writeAttribute(name: string, value: Attribute): AttributeMessage {
  const fraction = fractions.has(name)
  if (typeof value === 'number')
    return fraction || !Number.isInteger(value)
      ? { name, type: kinds.float, f: value }
      : { name, type: kinds.int, i: value }
  if (typeof value === 'string') return { name, type: kinds.string, s: Buffer.from(value) }
  if ('data' in value) return { name, type: kinds.tensor, t: writeTensor(value) }
  const numbers = value.filter((item) => typeof item === 'number')
  if (numbers.length < value.length)
    return { name, type: kinds.strings, strings: value.map((item) => Buffer.from(String(item))) }
  return fraction
    ? { name, type: kinds.floats, floats: numbers }
    : { name, type: kinds.ints, ints: numbers }
}

function readPort(message: PortMessage, file: string): Port {
  const { name } = message
  const tensor = message.type?.tensorType
  // A dimension that has neither a size nor a name is free too, and need not equal another one.
  const shape = tensor?.shape?.dim.map((dim, axis): Dim => {
    const size = whole(dim.dimValue ?? 0)
    return size > 0 ? size : dim.dimParam || `${name}.${axis}`
  })
  const type = tensor?.elemType ? readType(tensor.elemType, `${file}, '${name}'`) : undefined
  return { name, type, shape }
}

function writePort({ name, type, shape }: Port): PortMessage {
  if (!type) return { name }
  const dims = shape?.map((dim) =>
    typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim },
  )
  const known = dims && { shape: { dim: dims } }
  return { name, type: { tensorType: { elemType: elementTypes[type].code, ...known } } }
}
