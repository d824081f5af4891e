/** Activation functions. None of their parts overflows, since tf would make NaN of it in a gradient. */
import type { Operator } from './operator.js'
import { type Tensor, tf } from './tf.js'

export const Relu: Operator = (_, x) => tf.relu(x)
export const Sigmoid: Operator = (_, x) => tf.sigmoid(x)
export const Tanh: Operator = (_, x) => tf.tanh(x)
export const Softplus: Operator = (_, x) => tf.softplus(x)
export const Softsign: Operator = (_, x) => tf.div(x, tf.add(tf.abs(x), 1))
export const Mish: Operator = (_, x) => tf.mul(x, tf.tanh(tf.softplus(x)))

export const Clip: Operator = (call, x) => {
  const [low = -Infinity] = call.numbers(1) ?? []
  const [high = Infinity] = call.numbers(2) ?? []
  return tf.clipByValue(x, low, high)
}

export const LeakyRelu: Operator = (call, x) => tf.leakyRelu(x, call.number('alpha', 0.01))

export const PRelu: Operator = (_, x, slope) => tf.add(tf.relu(x), tf.mul(slope, tf.minimum(x, 0)))

export const ThresholdedRelu: Operator = (call, x) =>
  tf.mul(x, tf.cast(tf.greater(x, call.number('alpha', 1)), 'float32'))

/** max(0, x) + α · (e^min(x/β, 0) − 1) */
const exponential = (x: Tensor, alpha: number, beta = 1): Tensor =>
  tf.add(tf.relu(x), tf.mul(tf.expm1(tf.div(tf.minimum(x, 0), beta)), alpha))

export const Elu: Operator = (call, x) => exponential(x, call.number('alpha', 1))

/** Continuous in its derivative as well: Celu(x) = Elu with x/α under the exponent (Barron 2017). */
export const Celu: Operator = (call, x) => {
  const alpha = call.number('alpha', 1)
  return exponential(x, alpha, alpha)
}

/** With the constants of Klambauer et al. 2017. */
export const Selu: Operator = (call, x) =>
  tf.mul(
    exponential(x, call.number('alpha', 1.6732632423543772)),
    call.number('gamma', 1.0507009873554805),
  )

const clippedLine = (x: Tensor, slope: number, offset: number): Tensor =>
  tf.clipByValue(tf.add(tf.mul(x, slope), offset), 0, 1)

export const HardSigmoid: Operator = (call, x) =>
  clippedLine(x, call.number('alpha', 0.2), call.number('beta', 0.5))

export const HardSwish: Operator = (_, x) => tf.mul(x, clippedLine(x, 1 / 6, 0.5))

/** x · Φ(x), exact or by the tanh approximation (Hendrycks & Gimpel 2016). */
export const Gelu: Operator = (call, x) => {
  const twice =
    call.string('approximate', 'none') === 'tanh'
      ? tf.tanh(
          tf.mul(tf.add(x, tf.mul(tf.mul(x, tf.square(x)), 0.044715)), Math.sqrt(2 / Math.PI)),
        )
      : tf.erf(tf.mul(x, Math.SQRT1_2))
  return tf.mul(tf.mul(x, 0.5), tf.add(twice, 1))
}

/** tf's own work on the last axis alone. */
const logSoftmax = (x: Tensor, axis: number): Tensor => tf.sub(x, tf.logSumExp(x, axis, true))

export const LogSoftmax: Operator = (call, x) => logSoftmax(x, call.number('axis', -1))
export const Softmax: Operator = (call, x) => tf.exp(logSoftmax(x, call.number('axis', -1)))
