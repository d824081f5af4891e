/** Keras' activations: functions that layers name as their `activation`, and layers of their own. */
import { unknownName } from '../../names.js'
import type { LayerCall, Rule } from './call.js'
import { isJson, quoted } from '../json.js'
import { Config } from './config.js'
import type { Features } from '../features.js'

/** Appends a function of each element of `x`, or along an axis of it; its last node is called `name`. */
type Activation = (call: LayerCall, x: Features, name: string) => string

/** An operator of ONNX. */
const operator =
  (op: string, attributes: Record<string, number> = {}): Activation =>
  (call, { value }, name) =>
    call.node(name, op, [value], attributes)

/** An operator along an axis of Keras, wherever the value has it. */
const alongAxis =
  (op: string, axis = -1): Activation =>
  (call, { value, order }, name) =>
    call.node(name, op, [value], { axis: order.indexOf(call.axis(axis, order.length)) })

const clipped =
  (low: number, high: number): Activation =>
  (call, { value }, name) =>
    call.node(name, 'Clip', [value, call.b.scalar(low), call.b.scalar(high)])

/** x · gate(x) */
const gated =
  (gate: (call: LayerCall, x: string, name: string) => string): Activation =>
  (call, { value }, name) =>
    call.node(name, 'Mul', [value, gate(call, value, name)])

/** Keras' rectifier in full: `max` from there on, x from `threshold` on, `slope · (x − threshold)` below. */
const rectifier =
  ({ max = Infinity, slope = 0, threshold = 0 }): Activation =>
  (call, x, name) => {
    const { b } = call
    if (threshold === 0 && max === Infinity)
      return slope === 0
        ? call.node(name, 'Relu', [x.value])
        : call.node(name, 'LeakyRelu', [x.value], { alpha: slope })
    if (threshold === 0 && slope === 0) return clipped(0, max)(call, x, name)
    const passes = call.step(name, 'passes', 'GreaterOrEqual', [x.value, b.scalar(threshold)])
    const beyond = call.step(name, 'beyond', 'Sub', [x.value, b.scalar(threshold)])
    const leak = call.step(name, 'leak', 'Mul', [beyond, b.scalar(slope)])
    if (max === Infinity) return call.node(name, 'Where', [passes, x.value, leak])
    const rectified = call.step(name, 'rectified', 'Where', [passes, x.value, leak])
    return call.node(name, 'Min', [rectified, b.scalar(max)])
  }

/** x · Φ(x), exact, or by its approximation with tanh (Hendrycks & Gimpel 2016). */
const gelu =
  (approximate: 'none' | 'tanh'): Activation =>
  (call, { value }, name) => {
    call.b.graph.opset = Math.max(20, call.b.graph.opset) // the first that has it
    return call.node(name, 'Gelu', [value], { approximate })
  }

const swish = gated((call, x, name) => call.step(name, 'gate', 'Sigmoid', [x]))
const mish = gated((call, x, name) =>
  call.step(name, 'gate', 'Tanh', [call.step(name, 'softplus', 'Softplus', [x])]),
)
/** x / (1 + |x|) */
const softsign: Activation = (call, { value }, name) => {
  const size = call.step(name, 'size', 'Abs', [value])
  return call.node(name, 'Div', [
    value,
    call.step(name, 'divisor', 'Add', [size, call.b.scalar(1)]),
  ])
}
const hardSigmoid: Activation = (call, { value }, name) => {
  const alpha = call.surroundings.dialect.hardSigmoidSlope
  return call.node(name, 'HardSigmoid', [value], { alpha, beta: 0.5 })
}

/** By the names that Keras 2, Keras 3 and tf.js write. */
const activations: Record<string, Activation> = {
  linear: operator('Identity'),
  relu: rectifier({}),
  relu6: clipped(0, 6),
  leaky_relu: rectifier({ slope: 0.2 }),
  elu: operator('Elu', { alpha: 1 }),
  selu: operator('Selu'),
  celu: operator('Celu', { alpha: 1 }),
  sigmoid: operator('Sigmoid'),
  hard_sigmoid: hardSigmoid,
  tanh: operator('Tanh'),
  hard_tanh: clipped(-1, 1),
  softplus: operator('Softplus'),
  softsign,
  exponential: operator('Exp'),
  swish,
  silu: swish,
  hard_swish: operator('HardSwish'),
  hard_silu: operator('HardSwish'),
  mish,
  gelu: gelu('none'),
  gelu_new: gelu('tanh'),
  softmax: alongAxis('Softmax'),
  log_softmax: alongAxis('LogSoftmax'),
}

/** What layers of their own make of their options. */
const activationLayers: Record<string, (config: Config) => Activation> = {
  Activation: activationOf,
  ReLU: (config) =>
    rectifier({
      max: config.value('max_value') === undefined ? Infinity : config.number('max_value'),
      slope: config.number('negative_slope', 0),
      threshold: config.number('threshold', 0),
    }),
  LeakyReLU: (config) =>
    rectifier({ slope: config.number('negative_slope', config.number('alpha', 0.3)) }),
  ThresholdedReLU: (config) => rectifier({ threshold: config.number('theta', 1) }),
  ELU: (config) => operator('Elu', { alpha: config.number('alpha', 1) }),
  PReLU: () => learnt,
  Softmax: (config) => alongAxis('Softmax', config.number('axis', -1)),
}

/** A slope per element, or per what remains of the axes that are not shared. */
const learnt: Activation = (call, x, name) => {
  const shared = new Set(
    call.config.list('shared_axes', []).map((axis) => call.axis(axis, x.order.length)),
  )
  const slopes = call.shape.slice(1).map((dim, i) => (shared.has(i + 1) ? 1 : call.known(dim)))
  const order = x.order.slice(1).map((axis) => axis - 1)
  return call.node(name, 'PRelu', [x.value, call.weight('alpha', slopes, { order })])
}

/** The `activation` of a layer: a name, in Keras 3 an object that holds one, or a layer that is one. */
function activationOf(config: Config): Activation {
  const given = config.value('activation')
  if (isJson(given) && isJson(given.config) && typeof given.class_name === 'string') {
    const kind = given.class_name
    const layer =
      kind !== 'Activation' && Object.hasOwn(activationLayers, kind)
        ? activationLayers[kind]
        : undefined
    if (layer) return layer(new Config(config.of, given.config))
  }
  const name = isJson(given) ? (given.config ?? given.class_name) : (given ?? 'linear')
  const found = typeof name === 'string' && Object.hasOwn(activations, name)
  if (found) return activations[name]!
  const { message } = unknownName('activation', quoted(name), Object.keys(activations))
  throw config.error(message)
}

/**
 * A layer that may end in an activation. The layer's name means what it gives with it; what it gives before
 * is called `name.linear`.
 */
export const activated =
  (rule: Rule): Rule =>
  (call, name) => {
    const activation = activationOf(call.config)
    if (activation === activations.linear) return rule(call, name)
    const x = rule(call, call.b.fresh(`${name}.linear`))
    return { value: activation(call, x, name), order: x.order }
  }

export const activationRules: Record<string, Rule> = Object.fromEntries(
  Object.entries(activationLayers).map(([kind, activation]): [string, Rule] => [
    kind,
    (call, name) => ({ value: activation(call.config)(call, call.x, name), order: call.x.order }),
  ]),
)
