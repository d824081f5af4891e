/** Keras' normalisations and preprocessing layers, as they act at inference. */
import { float32 } from '../../graph.js'
import type { LayerCall, Rule } from './call.js'
import { isJson } from '../json.js'
import { arranged, channelsFirst, type Features, isSameOrder, plainOrder } from '../features.js'

const BatchNormalization: Rule = (call, name) => {
  const { b, config, x, shape } = call
  const [given = -1] = config.list('axis', [-1])
  const axis = call.axis(given)
  const order = channelsFirst(shape.length, axis)
  const size = call.known(shape[axis])
  const learnt = (weight: string, used: string, otherwise: number): string =>
    config.flag(used, true)
      ? call.weight(weight, [size])
      : b.constant(float32(new Float32Array(size).fill(otherwise), [size]))
  const mean = call.weight('moving_mean', [size])
  const variance = call.weight('moving_variance', [size])
  const scale = learnt('gamma', 'scale', 1)
  const shift = learnt('beta', 'center', 0)
  const inputs = [arranged(b, x, order, name), scale, shift, mean, variance]
  const epsilon = config.number('epsilon', 1e-3)
  return { value: call.node(name, 'BatchNormalization', inputs, { epsilon }), order }
}

/** More features than any network normalises together. */
const MOST_FEATURES = 2 ** 24

/** Over the last axes (Ba, Kiros & Hinton 2016). */
const LayerNormalization: Rule = (call, name) => {
  const { b, config, x, shape } = call
  const rank = shape.length
  const axes = config.list('axis', [-1]).map((axis) => call.axis(axis))
  const first = rank - axes.length
  if (axes.some((axis) => axis < first || axis === 0))
    throw config.error(
      `it normalises the axes ${axes.join(', ')} of ${rank}; expected the last ones`,
    )
  const sizes = shape.slice(first).map((dim) => call.known(dim))
  const size = sizes.reduce((a, c) => a * c, 1)
  if (size > MOST_FEATURES) throw config.error(`it normalises ${size} features together`)
  const scale = config.flag('scale', true)
    ? call.weight('gamma', sizes)
    : b.constant(float32(new Float32Array(size).fill(1), sizes))
  const inputs = [arranged(b, x, plainOrder(rank), name), scale]
  if (config.flag('center', true)) inputs.push(call.weight('beta', sizes))
  const attributes = { axis: -axes.length, epsilon: config.number('epsilon', 1e-3) }
  if (isSameOrder(x.order, plainOrder(rank)))
    return { value: call.node(name, 'LayerNormalization', inputs, attributes), order: x.order }
  const normal = call.step(name, 'plain', 'LayerNormalization', inputs, attributes)
  return { value: call.node(name, 'Transpose', [normal], { perm: x.order }), order: x.order }
}

/** scale · x + offset, each a number or one per channel. */
const Rescaling: Rule = (call, name) => {
  const scale = perLastAxis(call, 'scale', 1)
  const offset = perLastAxis(call, 'offset', 0)
  const scaled = call.step(name, 'scaled', 'Mul', [call.x.value, scale])
  return { value: call.node(name, 'Add', [scaled, offset]), order: call.x.order }
}

function perLastAxis(call: LayerCall, key: string, otherwise: number): string {
  const { b, config, x, shape } = call
  const given = config.value(key)
  const numbers = isJson(given) && isJson(given.config) ? given.config.value : given
  if (!Array.isArray(numbers)) return b.scalar(config.number(key, otherwise))
  const size = call.known(shape.at(-1))
  if (numbers.length !== size || !numbers.every((number) => Number.isFinite(number)))
    throw config.error(`its '${key}' is a list of ${numbers.length}; expected ${size} numbers`)
  return b.constant(float32(numbers as number[], sizes(x, [shape.length - 1], [size])))
}

/** (x − mean) / √variance with the statistics of the training data, or back. */
const Normalization: Rule = (call, name) => {
  const { b, config, x, shape } = call
  const axes =
    config.value('axis') === undefined ? [] : config.list('axis').map((axis) => call.axis(axis))
  const kept = axes.map((axis) => call.known(shape[axis]))
  const numbers = (key: string): Float32Array => {
    const given = config.value(key) ?? call.findWeight(key)?.data
    const list = ArrayBuffer.isView(given) ? [...(given as Float32Array)] : [given].flat(Infinity)
    const count = kept.reduce((a, c) => a * c, 1)
    if (list.every((number) => Number.isFinite(number)) && list.length === count)
      return Float32Array.from(list as number[])
    throw config.error(`its '${key}' has ${list.length} values; expected ${count} numbers`)
  }
  const constant = (data: Float32Array): string => b.constant(float32(data, sizes(x, axes, kept)))
  const mean = constant(numbers('mean'))
  const deviation = constant(numbers('variance').map((v) => Math.max(Math.sqrt(v), 1e-7)))
  const [first, last] = config.flag('invert', false)
    ? ([
        ['Mul', deviation],
        ['Add', mean],
      ] as const)
    : ([
        ['Sub', mean],
        ['Div', deviation],
      ] as const)
  const step = call.step(name, first[0].toLowerCase(), first[0], [x.value, first[1]])
  return { value: call.node(name, last[0], [step, last[1]]), order: x.order }
}

/** The shape of a constant that has only these axes of a tensor, beside it. */
const sizes = ({ order }: Features, axes: readonly number[], dims: readonly number[]): number[] =>
  order.map((axis) => (axes.includes(axis) ? dims[axes.indexOf(axis)]! : 1))

/** What acts in training alone. */
const identity: Rule = (call, name) => ({
  value: call.node(name, 'Identity', [call.x.value]),
  order: call.x.order,
})

/** Layers that only act in training. */
export const inTrainingAlone = `Dropout SpatialDropout2D GaussianDropout GaussianNoise AlphaDropout
  ActivityRegularization RandomFlip RandomRotation RandomTranslation RandomZoom RandomContrast
  RandomBrightness RandomShear RandomHue RandomSaturation RandomGrayscale RandomInvert RandomSharpness
  RandomPosterization RandomColorJitter RandomErasing RandomGaussianBlur Identity`.split(/\s+/)

export const normalizationRules: Record<string, Rule> = {
  BatchNormalization,
  BatchNormalizationV1: BatchNormalization,
  BatchNormalizationV2: BatchNormalization,
  SyncBatchNormalization: BatchNormalization,
  LayerNormalization,
  Rescaling,
  Normalization,
  ...Object.fromEntries(inTrainingAlone.map((kind) => [kind, identity])),
}
