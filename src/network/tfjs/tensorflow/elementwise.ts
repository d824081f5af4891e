/** Operators that act on each element by itself, and softmax. */
import { type Call, features, node, number, type Rule, step } from './call.js'
import type { NodeDef } from './node.js'
import { aligned, isFeatures, type Sizes, sizesOf } from './value.js'

type Attributes = (def: NodeDef) => Record<string, number>

const unary =
  (op: string, attributes: Attributes = () => ({})): Rule =>
  (call) => {
    const { value, order } = features(call)
    return { value: node(call, op, [value], attributes(call.def)), order }
  }

/** An operator of inputs that are broadcast to each other. */
const broadcast =
  (op: string): Rule =>
  (call) => {
    const { inputs, order } = together(call)
    return { value: node(call, op, inputs), order }
  }

/** One that shape arithmetic uses as well. */
const arithmetic =
  (op: string, compute: (a: number, b: number) => number): Rule =>
  (call) => {
    if (call.inputs.some(isFeatures)) return broadcast(op)(call)
    const [x, y] = call.inputs.map(sizesOf)
    if (!x || !y) throw call.def.error('its inputs do not go together')
    const at = ({ sizes }: Sizes, i: number): number => Number(sizes[sizes.length === 1 ? 0 : i])
    const length = Math.max(x.sizes.length, y.sizes.length)
    const sizes = Array.from({ length }, (_, i) => compute(at(x, i), at(y, i)))
    if (sizes.every((size) => Number.isFinite(size))) return { sizes, isList: x.isList || y.isList }
    throw call.def.error('it computes with the size of the batch, which is free')
  }

function together({ b, def, inputs, name }: Call): ReturnType<typeof aligned> & object {
  const operands = aligned(b, inputs, name)
  if (operands) return operands
  throw def.error('its inputs do not go together')
}

const clipped =
  (bounds: (call: Call) => [number, number]): Rule =>
  (call) => {
    const { value, order } = features(call)
    const [low, high] = bounds(call).map((bound) => call.b.scalar(bound)) as [string, string]
    return { value: node(call, 'Clip', [value, low, high]), order }
  }

const Rsqrt: Rule = (call) => {
  const { value, order } = features(call)
  return { value: node(call, 'Reciprocal', [step(call, 'root', 'Sqrt', [value])]), order }
}

const Square: Rule = (call) => {
  const { value, order } = features(call)
  return { value: node(call, 'Mul', [value, value]), order }
}

const SquaredDifference: Rule = (call) => {
  const { inputs, order } = together(call)
  const difference = step(call, 'difference', 'Sub', inputs)
  return { value: node(call, 'Mul', [difference, difference]), order }
}

const alongLast =
  (op: string): Rule =>
  (call) => {
    const { value, order } = features(call)
    return { value: node(call, op, [value], { axis: order.indexOf(order.length - 1) }), order }
  }

/** What other nodes may be fused with. */
export const activations: Record<string, Rule> = {
  Relu: unary('Relu'),
  Relu6: clipped(() => [0, 6]),
  LeakyRelu: unary('LeakyRelu', (def) => ({
    alpha: def.number('leakyrelu_alpha', def.number('alpha', 0.2)),
  })),
  Elu: unary('Elu', () => ({ alpha: 1 })),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Prelu: broadcast('PRelu'),
}

export const elementwiseRules: Record<string, Rule> = {
  ...activations,
  Selu: unary('Selu'),
  Softplus: unary('Softplus'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Sqrt: unary('Sqrt'),
  Neg: unary('Neg'),
  Abs: unary('Abs'),
  Erf: unary('Erf'),
  Reciprocal: unary('Reciprocal'),
  Rsqrt,
  Square,
  SquaredDifference,
  Add: arithmetic('Add', (a, c) => a + c),
  AddV2: arithmetic('Add', (a, c) => a + c),
  Sub: arithmetic('Sub', (a, c) => a - c),
  Mul: arithmetic('Mul', (a, c) => a * c),
  RealDiv: broadcast('Div'),
  Div: broadcast('Div'),
  Maximum: arithmetic('Max', Math.max),
  Minimum: arithmetic('Min', Math.min),
  Pow: broadcast('Pow'),
  AddN: broadcast('Sum'),
  ClipByValue: clipped((call) => [number(call, 1), number(call, 2)]),
  Softmax: alongLast('Softmax'),
  LogSoftmax: alongLast('LogSoftmax'),
}
