/** Operators that act on each element by itself, and their broadcasting. */
import type { Builder } from '../network/builder.js'
import { numberAttribute } from '../network/graph.js'
import { unbroadcast } from './broadcasting.js'
import type { BackwardRule } from './rule.js'

type Binary = (b: Builder, dy: string, x: string, y: string, output: string) => string

/** A broadcasting operator of two inputs, from the partial derivatives by each. */
const binary =
  (left: Binary, right: Binary): BackwardRule =>
  ({ b, node, dy }) => {
    const [x, y] = node.inputs as [string, string]
    return [
      () => unbroadcast(b, left(b, dy, x, y, node.outputs[0]!), x),
      () => unbroadcast(b, right(b, dy, x, y, node.outputs[0]!), y),
    ]
  }

export const Add = binary(
  (_, dy) => dy,
  (_, dy) => dy,
)

export const Sub = binary(
  (_, dy) => dy,
  (b, dy) => b.add('Neg', [dy]),
)

export const Mul = binary(
  (b, dy, _, y) => b.add('Mul', [dy, y]),
  (b, dy, x) => b.add('Mul', [dy, x]),
)

export const Div = binary(
  (b, dy, _, y) => b.add('Div', [dy, y]),
  (b, dy, _, y, quotient) => b.add('Neg', [b.add('Div', [b.add('Mul', [dy, quotient]), y])]),
)

export const Pow = binary(
  (b, dy, x, p) => {
    const power = b.add('Pow', [x, b.add('Sub', [p, b.scalar(1)])])
    return b.add('Mul', [dy, b.add('Mul', [p, power])])
  },
  (b, dy, x, _, y) => b.add('Mul', [dy, b.add('Mul', [y, b.add('Log', [x])])]),
)

const selecting = (comparison: string): BackwardRule =>
  binary(
    (b, dy, x, y) => b.add('Where', [b.add(comparison, [x, y]), dy, b.scalar(0)]),
    (b, dy, x, y) => b.add('Where', [b.add(comparison, [x, y]), b.scalar(0), dy]),
  )
export const Max = selecting('GreaterOrEqual')
export const Min = selecting('LessOrEqual')

export const Sum: BackwardRule = ({ b, node, dy }) =>
  node.inputs.map((value) => () => unbroadcast(b, dy, value))

export const Mean: BackwardRule = ({ b, node, dy }) => {
  const share = (): string => b.add('Mul', [dy, b.scalar(1 / node.inputs.length)])
  return node.inputs.map((value) => () => unbroadcast(b, share(), value))
}

export const Where: BackwardRule = ({ b, node, dy }) => {
  const [condition, x, y] = node.inputs as [string, string, string]
  return [
    undefined,
    () => unbroadcast(b, b.add('Where', [condition, dy, b.scalar(0)]), x),
    () => unbroadcast(b, b.add('Where', [condition, b.scalar(0), dy]), y),
  ]
}

type Derivative = (b: Builder, x: string, y: string) => string

/** An operator of one input, from its derivative as an expression in input x and output y. */
const unary =
  (derivative: Derivative): BackwardRule =>
  ({ b, node, dy }) => [() => b.add('Mul', [dy, derivative(b, node.inputs[0]!, node.outputs[0]!)])]

const complement = (b: Builder, y: string): string => b.add('Sub', [b.scalar(1), y])

export const Exp = unary((_, __, y) => y)
export const Log = unary((b, x) => b.add('Reciprocal', [x]))
export const Sqrt = unary((b, _, y) => b.add('Div', [b.scalar(0.5), y]))
export const Reciprocal = unary((b, _, y) => b.add('Neg', [b.add('Mul', [y, y])]))
export const Abs = unary((b, x) => b.add('Sign', [x]))
export const Tanh = unary((b, _, y) => complement(b, b.add('Mul', [y, y])))
export const Sigmoid = unary((b, _, y) => b.add('Mul', [y, complement(b, y)]))
export const Sin = unary((b, x) => b.add('Cos', [x]))
export const Cos = unary((b, x) => b.add('Neg', [b.add('Sin', [x])]))
export const Softplus = unary((b, x) => b.add('Sigmoid', [x]))

/** x / (1 + |x|) */
export const Softsign = unary((b, x) => {
  const base = b.add('Add', [b.scalar(1), b.add('Abs', [x])])
  return b.add('Reciprocal', [b.add('Mul', [base, base])])
})

/** x · t with t = tanh(softplus x), whose derivative is (1 − t²) · sigmoid x (Misra 2019). */
export const Mish = unary((b, x) => {
  const t = b.add('Tanh', [b.add('Softplus', [x])])
  const slope = b.add('Mul', [complement(b, b.add('Mul', [t, t])), b.add('Sigmoid', [x])])
  return b.add('Add', [t, b.add('Mul', [x, slope])])
})

/** erf′(x) = 2/√π · exp(−x²) */
export const Erf = unary((b, x) =>
  b.add('Mul', [
    b.scalar(2 / Math.sqrt(Math.PI)),
    b.add('Exp', [b.add('Neg', [b.add('Mul', [x, x])])]),
  ]),
)

export const Neg: BackwardRule = ({ b, dy }) => [() => b.add('Neg', [dy])]
export const Identity: BackwardRule = ({ dy }) => [() => dy]

/** Between types of number a cotangent passes unchanged; all cotangents are float32. */
export const Cast: BackwardRule = Identity

export const LeakyRelu: BackwardRule = ({ b, node, dy }) => [
  () => {
    const slope = b.scalar(numberAttribute(node, 'alpha', 0.01))
    const positive = b.add('Greater', [node.inputs[0]!, b.scalar(0)])
    return b.add('Where', [positive, dy, b.add('Mul', [dy, slope])])
  },
]

export const PRelu: BackwardRule = ({ b, node, dy }) => {
  const [x, slope] = node.inputs as [string, string]
  const positive = (): string => b.add('Greater', [x, b.scalar(0)])
  return [
    () => b.add('Where', [positive(), dy, b.add('Mul', [dy, slope])]),
    () => {
      const product = b.add('Mul', [dy, x])
      return unbroadcast(b, b.add('Where', [positive(), b.scalar(0), product]), slope)
    },
  ]
}

/** max(0, x) + min(0, α(eˣ − 1)): left of zero the derivative is y + α. */
export const Elu: BackwardRule = ({ b, node, dy }) => [
  () => {
    const alpha = b.scalar(numberAttribute(node, 'alpha', 1))
    const positive = b.add('Greater', [node.inputs[0]!, b.scalar(0)])
    const left = b.add('Add', [node.outputs[0]!, alpha])
    return b.add('Where', [positive, dy, b.add('Mul', [dy, left])])
  },
]

/** max(0, x) + min(0, α(e^(x/α) − 1)): left of zero the derivative is y/α + 1. */
export const Celu: BackwardRule = ({ b, node, dy }) => [
  () => {
    const alpha = b.scalar(numberAttribute(node, 'alpha', 1))
    const positive = b.add('Greater', [node.inputs[0]!, b.scalar(0)])
    const left = b.add('Add', [b.add('Div', [node.outputs[0]!, alpha]), b.scalar(1)])
    return b.add('Where', [positive, dy, b.add('Mul', [dy, left])])
  },
]

/** A rectifier with a threshold other than 0. */
export const ThresholdedRelu: BackwardRule = ({ b, node, dy, rectifier }) => [
  () =>
    rectifier(b, dy, () => {
      const threshold = b.scalar(numberAttribute(node, 'alpha', 1))
      return b.add('Cast', [b.add('Greater', [node.inputs[0]!, threshold])], { to: 1 })
    }),
]

/** γ·Elu with the constants of Klambauer et al. 2017. */
export const Selu: BackwardRule = ({ b, node, dy }) => [
  () => {
    const alpha = numberAttribute(node, 'alpha', 1.6732632423543772)
    const gamma = numberAttribute(node, 'gamma', 1.0507009873554805)
    const positive = b.add('Greater', [node.inputs[0]!, b.scalar(0)])
    const left = b.add('Add', [node.outputs[0]!, b.scalar(alpha * gamma)])
    return b.add('Mul', [dy, b.add('Where', [positive, b.scalar(gamma), left])])
  },
]

/** max(0, min(1, αx + β)) */
export const HardSigmoid: BackwardRule = ({ b, node, dy }) => [
  () => {
    const y = node.outputs[0]!
    const slope = b.scalar(numberAttribute(node, 'alpha', 0.2))
    const inside = b.add('And', [
      b.add('Greater', [y, b.scalar(0)]),
      b.add('Less', [y, b.scalar(1)]),
    ])
    return b.add('Where', [inside, b.add('Mul', [dy, slope]), b.scalar(0)])
  },
]

/** x · max(0, min(1, x/6 + 1/2)) */
export const HardSwish: BackwardRule = ({ b, node, dy }) => [
  () => {
    const x = node.inputs[0]!
    const inside = b.add('Add', [b.add('Div', [x, b.scalar(3)]), b.scalar(0.5)])
    const upper = b.add('Where', [b.add('Less', [x, b.scalar(3)]), inside, b.scalar(1)])
    const slope = b.add('Where', [b.add('Greater', [x, b.scalar(-3)]), upper, b.scalar(0)])
    return b.add('Mul', [dy, slope])
  },
]

/** dx = y · (dy − Σ dy·y) along the axis. */
export const Softmax: BackwardRule = ({ b, node, dy }) => [
  () => {
    const y = node.outputs[0]!
    const axis = numberAttribute(node, 'axis', -1)
    const mean = b.sum(b.add('Mul', [dy, y]), [axis], true)
    return b.add('Mul', [y, b.add('Sub', [dy, mean])])
  },
]

/** dx = dy − softmax(x) · Σ dy along the axis. */
export const LogSoftmax: BackwardRule = ({ b, node, dy }) => [
  () => {
    const axis = numberAttribute(node, 'axis', -1)
    const share = b.add('Exp', [node.outputs[0]!])
    return b.add('Sub', [dy, b.add('Mul', [share, b.sum(dy, [axis], true)])])
  },
]

/** x · Φ(x), exact or by the tanh approximation (Hendrycks & Gimpel 2016). */
export const Gelu: BackwardRule = ({ b, node, dy }) => [
  () => {
    const x = node.inputs[0]!
    const half = b.scalar(0.5)
    const square = b.add('Mul', [x, x])
    if (node.attributes.approximate === 'tanh') {
      const root = b.scalar(Math.sqrt(2 / Math.PI))
      const cubic = b.add('Add', [b.scalar(1), b.add('Mul', [b.scalar(0.044715), square])])
      const t = b.add('Tanh', [b.add('Mul', [root, b.add('Mul', [x, cubic])])])
      const inner = b.add('Add', [b.scalar(1), b.add('Mul', [b.scalar(3 * 0.044715), square])])
      const slope = b.add('Mul', [complement(b, b.add('Mul', [t, t])), b.add('Mul', [root, inner])])
      const both = b.add('Add', [b.add('Add', [b.scalar(1), t]), b.add('Mul', [x, slope])])
      return b.add('Mul', [dy, b.add('Mul', [half, both])])
    }
    const erf = b.add('Erf', [b.add('Mul', [x, b.scalar(Math.SQRT1_2)])])
    const cdf = b.add('Mul', [half, b.add('Add', [b.scalar(1), erf])])
    const bell = b.add('Exp', [b.add('Mul', [b.scalar(-0.5), square])])
    const density = b.add('Mul', [b.scalar(1 / Math.sqrt(2 * Math.PI)), bell])
    return b.add('Mul', [dy, b.add('Add', [cdf, b.add('Mul', [x, density])])])
  },
]
