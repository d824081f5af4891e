/**
 * Shape inference: one rule per operator, from input shapes to output shapes. Small integer tensors
 * (the shape arithmetic that exporters write) are followed by value, so that `Shape → Gather → Concat →
 * Reshape` chains resolve even while the batch dimension is free.
 */
import { windows } from './geometry.js'
import {
  type Dim,
  elementTypes,
  integers,
  listAttribute,
  type Node,
  NodeError,
  numberAttribute,
  type Shape,
  stringAttribute,
  type TypedTensor,
} from './graph.js'

export { NodeError }

/** What is known of the values of a graph. */
export interface Known {
  shape(value: string): Shape
  /** The value itself: a constant, or shape arithmetic that came out as dimensions. */
  values(value: string): readonly Dim[] | undefined
}

/** What is known of a node's outputs. */
export interface Inferred {
  shapes: Shape[]
  /** The value of the (first) output, where it is a list of dimensions. */
  values?: Dim[]
}

type ShapeRule = (node: Node, known: Known) => Shape[] | Inferred

/**
 * The shapes of a node's outputs.
 *
 * @throws NodeError where the operator is unknown, or its inputs or attributes do not fit it.
 */
export function inferNode(node: Node, known: Known): Inferred {
  const rule = !node.domain && Object.hasOwn(rules, node.op) ? rules[node.op] : undefined
  if (!rule) {
    const operator = node.domain ? `${node.domain}.${node.op}` : node.op
    throw new NodeError(node, `no shape rule for operator '${operator}'`)
  }
  let inferred: Inferred
  try {
    const result = rule(node, known)
    inferred = Array.isArray(result) ? { shapes: result } : result
  } catch (error) {
    if (error instanceof NodeError) throw error
    // The rules trust that inputs and attributes are as the operator has them; in a damaged file they are not.
    const reason = (error as Error).message
    throw new NodeError(node, `its inputs or attributes are malformed: ${reason}`, { cause: error })
  }
  const { shapes, values } = inferred
  for (const shape of shapes)
    if (!shape.every((dim) => isWhole(dim) && !(Number(dim) < 0)))
      throw new NodeError(node, `its output would be of shape [${shape.join(', ')}]`)
  return { shapes, values: values?.every(isWhole) ? values : undefined }
}

const isWhole = (dim: Dim): boolean => typeof dim === 'string' || Number.isSafeInteger(dim)

/** NumPy's broadcasting. A free dimension meets only itself or 1. */
export function broadcast(a: Shape, b: Shape, node: Node): Shape {
  const rank = Math.max(a.length, b.length)
  const at = (shape: Shape, axis: number): Dim => shape[axis - rank + shape.length] ?? 1
  return Array.from({ length: rank }, (_, axis) => {
    const x = at(a, axis)
    const y = at(b, axis)
    if (x === y || y === 1) return x
    if (x === 1) return y
    throw new NodeError(node, `shapes [${a.join(', ')}] and [${b.join(', ')}] do not go together`)
  })
}

export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** The values of an input that decides on shapes. */
function needValues(node: Node, known: Known, input: number): readonly Dim[] {
  const value = node.inputs[input]
  const values = value ? known.values(value) : undefined
  if (values) return values
  throw new NodeError(
    node,
    value ? `its input '${value}' must be known when the graph is built` : 'an input is missing',
  )
}

/** The axes input (or attribute, before opset 13/18) of a reduction; all axes where there is none. */
export function axesOf(node: Node, known: Known, input = 1): number[] {
  const rank = known.shape(node.inputs[0]!).length
  const given = node.inputs[input]
    ? needValues(node, known, input).map(Number)
    : listAttribute(node, 'axes', undefined)
  const all = given === undefined || given.length === 0
  return all ? Array.from({ length: rank }, (_, i) => i) : given.map((axis) => axisOf(axis, rank))
}

/** A product of dimensions as a number times what is free in it: `6*N` is 6 times N. */
interface Size {
  factor: number
  free: string
}

function sizeOf(dims: Shape): Size {
  const size: Size = { factor: 1, free: '' }
  for (const dim of dims) {
    if (typeof dim === 'number') {
      size.factor *= dim
      continue
    }
    const [, factor = '1', free = dim] = /^(\d+)\*(.*)$/.exec(dim) ?? []
    size.factor *= Number(factor)
    size.free = size.free ? `${size.free}*${free}` : free
  }
  return size
}

/** Several axes made one. */
export function joined(dims: Shape): Dim {
  const { factor, free } = sizeOf(dims)
  return free === '' ? factor : factor === 1 ? free : `${factor}*${free}`
}

function reshaped(from: Shape, target: readonly Dim[], node: Node): Shape {
  const keepZero = numberAttribute(node, 'allowzero', 0) === 0
  const shape = target.map((dim, i) => (dim === 0 && keepZero ? (from[i] ?? 0) : dim))
  const hole = shape.indexOf(-1)
  const whole = sizeOf(from)
  const rest = sizeOf(shape.filter((_, i) => i !== hole))
  const factor = whole.factor / rest.factor
  const fits =
    hole < 0 ? whole.factor === rest.factor && whole.free === rest.free : Number.isInteger(factor)
  if (!fits || (rest.free !== '' && rest.free !== whole.free))
    throw new NodeError(node, `[${from.join(', ')}] cannot become [${target.join(', ')}]`)
  if (hole >= 0)
    shape[hole] = joined([factor, ...(rest.free === '' && whole.free ? [whole.free] : [])])
  return shape
}

const first = (node: Node, known: Known): Shape => known.shape(node.inputs[0]!)

const same: ShapeRule = (node, known) => {
  const shape = first(node, known)
  return node.outputs.map(() => shape)
}

/** The elements of the first input, where they are known: for operators that leave them as they are. */
const elements = (node: Node, known: Known): Dim[] | undefined =>
  known.values(node.inputs[0]!)?.slice()

/** Elementwise with broadcasting; on shape arithmetic the numbers are worked out as well. */
const elementwise =
  (
    apply?: (a: number, b: number) => number,
    free = (x: Dim, y: Dim): Dim => onDims(apply!, x, y),
  ): ShapeRule =>
  (node, known) => {
    const shape = node.inputs
      .map((value) => known.shape(value))
      .reduce((a, b) => broadcast(a, b, node))
    const [a, b] = node.inputs.map((value) => known.values(value))
    if (!apply || !a || !b) return [shape]
    const length = Math.max(a.length, b.length)
    const at = (list: readonly Dim[], i: number): Dim => list[list.length === 1 ? 0 : i]!
    const values = Array.from({ length }, (_, i) => {
      const [x, y] = [at(a, i), at(b, i)]
      return typeof x === 'number' && typeof y === 'number' ? apply(x, y) : free(x, y)
    })
    return { shapes: [shape], values }
  }

const times = (a: number, b: number): number => a * b

/** Arithmetic on dimensions. Of what is free, multiples are known, and what leaves it as it is. */
function onDims(apply: (a: number, b: number) => number, x: Dim, y: Dim): Dim {
  if (typeof x === 'number' && typeof y === 'number') return apply(x, y)
  if (apply === times) return joined([x, y])
  const keeps = (f: (n: number) => number): boolean => [7, 11].every((n) => f(n) === n)
  if (typeof y === 'number' && keeps((n) => apply(n, y))) return x
  if (typeof x === 'number' && keeps((n) => apply(x, n))) return y
  return NaN // not known
}

const pooled: ShapeRule = (node, known) => {
  const x = first(node, known)
  const shape = [x[0]!, x[1]!, ...windows(node, x).output]
  return node.outputs.map(() => shape)
}

const globalPooled: ShapeRule = (node, known) => [
  first(node, known).map((dim, axis) => (axis < 2 ? dim : 1)),
]

const reduced: ShapeRule = (node, known) => {
  const x = first(node, known)
  const none = numberAttribute(node, 'noop_with_empty_axes', 0) === 1 && !node.inputs[1]
  const axes = new Set(none ? [] : axesOf(node, known))
  const keep = numberAttribute(node, 'keepdims', 1) === 1
  return [x.flatMap((dim, axis) => (axes.has(axis) ? (keep ? [1] : []) : [dim]))]
}

const argReduced: ShapeRule = (node, known) => {
  const x = first(node, known)
  const axis = axisOf(numberAttribute(node, 'axis', 0), x.length)
  const keep = numberAttribute(node, 'keepdims', 1) === 1
  return [x.flatMap((dim, i) => (i === axis ? (keep ? [1] : []) : [dim]))]
}

const rules: Record<string, ShapeRule> = {
  Constant(node) {
    const value = node.attributes.value as TypedTensor
    return { shapes: [value.shape], values: smallIntegers(value) }
  },

  Conv(node, known) {
    const x = first(node, known)
    const w = known.shape(node.inputs[1]!)
    const group = numberAttribute(node, 'group', 1)
    if (x.length < 3 || x.length !== w.length)
      throw new NodeError(node, `[${x.join(', ')}] cannot be convolved by [${w.join(', ')}]`)
    if (x[1] !== Number(w[1]) * group)
      throw new NodeError(
        node,
        `${x[1]} input channels, but its kernel is for ${Number(w[1]) * group}`,
      )
    return [[x[0]!, w[0]!, ...windows(node, x, w).output]]
  },

  ConvTranspose(node, known) {
    const x = first(node, known)
    const w = known.shape(node.inputs[1]!)
    if (x[1] !== w[0])
      throw new NodeError(node, `${x[1]} input channels, but its kernel is for ${w[0]}`)
    const kernel = w.slice(2).map(Number)
    const each = (name: string, otherwise: number, length = kernel.length): readonly number[] =>
      listAttribute(node, name, new Array<number>(length).fill(otherwise))
    const strides = each('strides', 1)
    const dilations = each('dilations', 1)
    const extra = each('output_padding', 0)
    const pads = each('pads', 0, 2 * kernel.length)
    const same = stringAttribute(node, 'auto_pad', 'NOTSET').startsWith('SAME')
    const output = kernel.map((k, i) =>
      same
        ? Number(x[i + 2]) * strides[i]!
        : (Number(x[i + 2]) - 1) * strides[i]! +
          (dilations[i]! * (k - 1) + 1) +
          extra[i]! -
          (pads[i]! + pads[kernel.length + i]!),
    )
    const channels = Number(w[1]) * numberAttribute(node, 'group', 1)
    return [[x[0]!, channels, ...listAttribute(node, 'output_shape', output)]]
  },

  MaxPool: pooled,
  AveragePool: pooled,
  GlobalAveragePool: globalPooled,
  GlobalMaxPool: globalPooled,
  BatchNormalization: (node, known) => [first(node, known)],

  Concat(node, known) {
    const shapes = node.inputs.map((value) => known.shape(value))
    const rank = shapes[0]!.length
    const axis = axisOf(numberAttribute(node, 'axis', 1), rank)
    const others = (dims: Shape): string => dims.filter((_, i) => i !== axis).join()
    const odd = shapes.find(
      (other) => other.length !== rank || others(other) !== others(shapes[0]!),
    )
    if (odd || axis < 0 || axis >= rank)
      throw new NodeError(
        node,
        `${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')} cannot be joined along axis ${axis}`,
      )
    const joint = shapes.map((dims) => dims[axis]!)
    const free = joint.find((dim) => typeof dim === 'string')
    if (free !== undefined && joint.length > 1)
      throw new NodeError(node, `cannot join along the free dimension '${free}'`)
    const length = free ?? joint.reduce<number>((sum, dim) => sum + Number(dim), 0)
    const shape = shapes[0]!.map((dim, i) => (i === axis ? length : dim))
    const parts = node.inputs.map((value) => known.values(value))
    const values =
      rank === 1 && parts.every((part) => part) ? parts.flatMap((part) => [...part!]) : undefined
    return { shapes: [shape], values }
  },

  Split(node, known) {
    const x = first(node, known)
    const axis = axisOf(numberAttribute(node, 'axis', 0), x.length)
    const count = node.outputs.length
    const even = Math.ceil(Number(x[axis]) / count)
    const sizes = node.inputs[1]
      ? needValues(node, known, 1)
      : node.outputs.map((_, i) => Math.min(even, Number(x[axis]) - i * even))
    return sizes.map((size) => x.map((dim, i) => (i === axis ? size : dim)))
  },

  Slice(node, known) {
    const x = first(node, known)
    const starts = needValues(node, known, 1).map(Number)
    const ends = needValues(node, known, 2).map(Number)
    const axes = node.inputs[3] ? needValues(node, known, 3).map(Number) : starts.map((_, i) => i)
    const steps = node.inputs[4] ? needValues(node, known, 4).map(Number) : starts.map(() => 1)
    const shape = [...x]
    let values = known.values(node.inputs[0]!)?.slice()
    axes.forEach((given, i) => {
      const axis = axisOf(given, x.length)
      const size = x[axis]!
      const step = steps[i]!
      if (typeof size === 'string') {
        if (starts[i] === 0 && step === 1 && ends[i]! > 1e9) return
        throw new NodeError(node, `cannot slice the free dimension '${size}'`)
      }
      const bound = (at: number): number =>
        Math.min(Math.max(at < 0 ? at + size : at, step < 0 ? -1 : 0), step < 0 ? size - 1 : size)
      const from = bound(starts[i]!)
      const to = bound(ends[i]!)
      shape[axis] = Math.max(0, Math.ceil((to - from) / step))
      values = values && Array.from({ length: shape[axis] }, (_, k) => values![from + k * step]!)
    })
    return { shapes: [shape], values }
  },

  Gather(node, known) {
    const x = first(node, known)
    const index = known.shape(node.inputs[1]!)
    const axis = axisOf(numberAttribute(node, 'axis', 0), x.length)
    const from = known.values(node.inputs[0]!)
    const at = known.values(node.inputs[1]!)
    const values = from && at?.map((i) => from[axisOf(Number(i), from.length)] ?? NaN)
    return { shapes: [[...x.slice(0, axis), ...index, ...x.slice(axis + 1)]], values }
  },

  Identity: (node, known) => ({
    shapes: [first(node, known)],
    values: elements(node, known),
  }),

  /** Shape arithmetic is followed in int64 alone: what is cast to float may be rounded later. */
  Cast(node, known) {
    const whole = numberAttribute(node, 'to', 0) === elementTypes.int64.code
    return {
      shapes: [first(node, known)],
      values: whole ? elements(node, known) : undefined,
    }
  },

  GatherElements: (node, known) => [known.shape(node.inputs[1]!)],
  ScatterElements: same,

  Shape(node, known) {
    const shape = first(node, known)
    const start = numberAttribute(node, 'start', 0)
    const end = numberAttribute(node, 'end', shape.length)
    const values = shape.slice(start, end)
    return { shapes: [[values.length]], values }
  },

  ConstantOfShape(node, known) {
    const dims = needValues(node, known, 0)
    const fill = node.attributes.value as TypedTensor | undefined
    const count = dims.length === 0 ? 1 : dims.length === 1 ? dims[0] : undefined
    const values =
      fill?.type === 'int64' && typeof count === 'number' && count <= 64
        ? new Array<Dim>(count).fill(Number(fill.data[0]))
        : undefined
    return { shapes: [dims], values }
  },

  Reshape(node, known) {
    const shape = reshaped(first(node, known), needValues(node, known, 1), node)
    return { shapes: [shape], values: elements(node, known) }
  },

  Flatten(node, known) {
    const x = first(node, known)
    const axis = axisOf(numberAttribute(node, 'axis', 1), x.length)
    return [[joined(x.slice(0, axis)), joined(x.slice(axis))]]
  },

  Squeeze(node, known) {
    const x = first(node, known)
    const given = node.inputs[1] || node.attributes.axes ? axesOf(node, known) : undefined
    const shape = x.filter((dim, axis) => (given ? !given.includes(axis) : dim !== 1))
    return { shapes: [shape], values: elements(node, known) }
  },

  Unsqueeze(node, known) {
    const x = first(node, known)
    const given = node.inputs[1]
      ? needValues(node, known, 1).map(Number)
      : listAttribute(node, 'axes', [] as number[])
    const rank = x.length + given.length
    const axes = new Set(given.map((axis) => axisOf(axis, rank)))
    let next = 0
    const shape = Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : x[next++]!))
    return { shapes: [shape], values: elements(node, known) }
  },

  Expand: (node, known) => [broadcast(first(node, known), needValues(node, known, 1), node)],

  Tile(node, known) {
    const repeats = needValues(node, known, 1).map(Number)
    return [first(node, known).map((dim, i) => (typeof dim === 'number' ? dim * repeats[i]! : dim))]
  },

  Transpose(node, known) {
    const x = first(node, known)
    const order = listAttribute(
      node,
      'perm',
      x.map((_, i) => x.length - 1 - i),
    )
    return [order.map((axis) => x[axis]!)]
  },

  Pad(node, known) {
    const x = first(node, known)
    const pads = needValues(node, known, 1).map(Number)
    const axes = node.inputs[3] ? axesOf(node, known, 3) : x.map((_, i) => i)
    const shape = [...x]
    axes.forEach((axis, i) => {
      const more = pads[i]! + pads[axes.length + i]!
      const dim = shape[axis]!
      if (typeof dim === 'number') shape[axis] = dim + more
      else if (more !== 0) throw new NodeError(node, `cannot pad the free dimension '${dim}'`)
    })
    return [shape]
  },

  Gemm(node, known) {
    const a = first(node, known)
    const b = known.shape(node.inputs[1]!)
    if (a.length !== 2 || b.length !== 2)
      throw new NodeError(node, `[${a.join(', ')}] and [${b.join(', ')}] are not both matrices`)
    const [rows, inner] = numberAttribute(node, 'transA', 0) ? [a[1]!, a[0]!] : [a[0]!, a[1]!]
    const [outer, columns] = numberAttribute(node, 'transB', 0) ? [b[1]!, b[0]!] : [b[0]!, b[1]!]
    if (inner !== outer)
      throw new NodeError(node, `a vector of ${inner} features, but its weights are for ${outer}`)
    return [[rows, columns]]
  },

  MatMul(node, known) {
    let a = first(node, known)
    let b = known.shape(node.inputs[1]!)
    const vectorA = a.length === 1
    const vectorB = b.length === 1
    if (vectorA) a = [1, ...a]
    if (vectorB) b = [...b, 1]
    if (a.at(-1) !== b.at(-2))
      throw new NodeError(node, `[${a.join(', ')}] and [${b.join(', ')}] cannot be multiplied`)
    const shape = [...broadcast(a.slice(0, -2), b.slice(0, -2), node)]
    if (!vectorA) shape.push(a.at(-2)!)
    if (!vectorB) shape.push(b.at(-1)!)
    return [shape]
  },

  OneHot(node, known) {
    const index = first(node, known)
    const depth = needValues(node, known, 1)[0]!
    const axis = axisOf(numberAttribute(node, 'axis', -1), index.length + 1)
    return [[...index.slice(0, axis), depth, ...index.slice(axis)]]
  },

  DepthToSpace(node, known) {
    const [n, c, h, w] = first(node, known)
    const block = numberAttribute(node, 'blocksize', 1)
    return [[n!, Number(c) / (block * block), Number(h) * block, Number(w) * block]]
  },

  SpaceToDepth(node, known) {
    const [n, c, h, w] = first(node, known)
    const block = numberAttribute(node, 'blocksize', 1)
    return [[n!, Number(c) * block * block, Number(h) / block, Number(w) / block]]
  },

  Resize(node, known) {
    const x = first(node, known)
    const axes = listAttribute(node, 'axes', [...x.keys()]).map((axis) => axisOf(axis, x.length))
    if (stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch')
      throw new NodeError(node, 'resizing that keeps the aspect ratio is not supported')
    const sizes = node.inputs[3] ? needValues(node, known, 3) : undefined
    const scales = sizes ? [] : needValues(node, known, 2).map(Number)
    const shape = [...x]
    axes.forEach((axis, i) => {
      const dim = x[axis]!
      if (typeof dim === 'number') shape[axis] = sizes?.[i] ?? Math.floor(dim * scales[i]!)
      else if (sizes ? sizes[i] !== dim : scales[i] !== 1)
        throw new NodeError(node, `cannot resize the free dimension '${dim}'`)
    })
    return [shape]
  },

  /** What is free is at least 1. */
  Equal: elementwise(
    (a, b) => Number(a === b),
    (x, y) => (x === y ? 1 : Number(x) < 1 || Number(y) < 1 ? 0 : NaN),
  ),

  Where(node, known) {
    const shape = node.inputs.map((v) => known.shape(v)).reduce((a, b) => broadcast(a, b, node))
    const lists = node.inputs.map((value) => known.values(value))
    if (shape.length > 1 || !lists.every((list) => list !== undefined)) return [shape]
    const at = (list: readonly Dim[], i: number): Dim => list[list.length === 1 ? 0 : i]!
    const [chosen, x, y] = lists as [readonly Dim[], readonly Dim[], readonly Dim[]]
    const length = Math.max(...lists.map((list) => list.length))
    const values = Array.from({ length }, (_, i) => at(at(chosen, i) === 0 ? y : x, i))
    return { shapes: [shape], values }
  },

  Size: () => [[]],
  ArgMax: argReduced,
  ArgMin: argReduced,
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise(times),
  Div: elementwise((a, b) => Math.trunc(a / b)),
}

for (const op of `Relu Clip LeakyRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign Mish
  Softmax LogSoftmax Erf Gelu Exp Log Sqrt Abs Neg Reciprocal Sign Floor Ceil Round Not Sin Cos
  Dropout LRN InstanceNormalization LayerNormalization ThresholdedRelu CumSum`.split(/\s+/))
  rules[op] = same
for (const op of `Pow PRelu Min Max Sum Mean Greater GreaterOrEqual Less LessOrEqual And Or
  Xor Mod`.split(/\s+/))
  rules[op] = elementwise()
for (const op of `ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare
  ReduceLogSum ReduceLogSumExp`.split(/\s+/))
  rules[op] = reduced

/** The numbers of a tensor that may be a shape, an axis list or the like: integer, at most a vector. */
export function smallIntegers(tensor: TypedTensor): number[] | undefined {
  const integer = tensor.type === 'int64' || tensor.type === 'int32' || tensor.type === 'bool'
  return (integer || tensor.type === 'float32') &&
    tensor.shape.length <= 1 &&
    tensor.data.length <= 64
    ? integers(tensor)
    : undefined
}
