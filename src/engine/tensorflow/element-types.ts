/** Which element types the values of a graph have: tf knows fewer, so the graph must say. */
import {
  type ElementType,
  elementTypes,
  type Graph,
  type Node,
  numberAttribute,
  type TypedTensor,
} from '../../network/graph.js'

/** tf's type for each: all floats are float32, all whole numbers int32. */
export const tfTypes: Record<ElementType, 'float32' | 'int32' | 'bool'> = {
  float32: 'float32',
  float64: 'float32',
  float16: 'float32',
  int64: 'int32',
  int32: 'int32',
  int8: 'int32',
  uint8: 'int32',
  bool: 'bool',
}

const names = Object.keys(elementTypes) as ElementType[]

/** The element type of an ONNX code, which Cast's attribute `to` holds. */
export const elementTypeOf = (code: number): ElementType | undefined =>
  names.find((name) => elementTypes[name].code === code)

const whole = new Set(['Shape', 'Size', 'ArgMax', 'ArgMin'])
const truth = new Set('Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Not'.split(' '))

/** The element types of all values of a graph. */
export function elementTypesOf(graph: Graph): Map<string, ElementType> {
  const types = new Map<string, ElementType>()
  for (const { name, type = 'float32' } of graph.inputs) types.set(name, type)
  for (const [name, { type }] of graph.constants) types.set(name, type)
  for (const node of graph.nodes)
    node.outputs.forEach((output, i) => types.set(output, outputType(node, i, types)))
  return types
}

function outputType(node: Node, output: number, types: Map<string, ElementType>): ElementType {
  const of = (input: number): ElementType => types.get(node.inputs[input] ?? '') ?? 'float32'
  const { op } = node
  if (whole.has(op) || (op === 'MaxPool' && output === 1)) return 'int64'
  if (truth.has(op)) return 'bool'
  if (op === 'Cast') return elementTypeOf(numberAttribute(node, 'to', 1)) ?? 'float32'
  if (op === 'Constant' || op === 'ConstantOfShape')
    return (node.attributes.value as TypedTensor | undefined)?.type ?? 'float32'
  if (op === 'Where') return of(1)
  if (op === 'OneHot') return of(2)
  return of(0)
}
