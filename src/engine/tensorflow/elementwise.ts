/** Operators that act on each element by itself, and their broadcasting. */
import type { Operator } from './operator.js'
import { type Tensor, tf } from './tf.js'

const unary =
  (apply: (x: Tensor) => Tensor): Operator =>
  (_, x) =>
    apply(x)

export const Abs = unary((x) => tf.abs(x))
export const Ceil = unary((x) => tf.ceil(x))
export const Cos = unary((x) => tf.cos(x))
export const Erf = unary((x) => tf.erf(x))
export const Exp = unary((x) => tf.exp(x))
export const Floor = unary((x) => tf.floor(x))
export const Identity = unary((x) => x)
/** At inference dropout does nothing. */
export const Dropout = Identity
export const Log = unary((x) => tf.log(x))
export const Neg = unary((x) => tf.neg(x))
export const Reciprocal = unary((x) => tf.reciprocal(x))
/** Halves go to the even neighbour. */
export const Round = unary((x) => tf.round(x))
export const Sign = unary((x) => tf.sign(x))
export const Sin = unary((x) => tf.sin(x))
export const Sqrt = unary((x) => tf.sqrt(x))

const binary =
  (apply: (x: Tensor, y: Tensor) => Tensor): Operator =>
  (_, x, y) =>
    apply(x, y)

export const Add = binary((x, y) => tf.add(x, y))
export const Sub = binary((x, y) => tf.sub(x, y))
export const Mul = binary((x, y) => tf.mul(x, y))
export const Pow = binary((x, y) => tf.pow(x, y))

/** Whole numbers are divided towards zero. */
export const Div = binary((x, y) => {
  if (x.dtype !== 'int32') return tf.div(x, y)
  const sign = tf.mul(tf.sign(x), tf.sign(y))
  return tf.mul(sign, tf.floorDiv(tf.abs(x), tf.abs(y)))
})

/** The remainder takes the sign of the divisor; with fmod = 1, as in C, that of the dividend. */
export const Mod: Operator = (call, x, y) => {
  if (call.number('fmod', 0) === 0) return tf.mod(x, y)
  return tf.mul(tf.sign(x), tf.mod(tf.abs(x), tf.abs(y)))
}

const variadic =
  (apply: (x: Tensor, y: Tensor) => Tensor): Operator =>
  (_, ...inputs) =>
    inputs.reduce(apply)

export const Max = variadic((x, y) => tf.maximum(x, y))
export const Min = variadic((x, y) => tf.minimum(x, y))
export const Sum = variadic((x, y) => tf.add(x, y))
export const Mean: Operator = (_, ...inputs) =>
  tf.div(
    inputs.reduce((x, y) => tf.add(x, y)),
    inputs.length,
  )
