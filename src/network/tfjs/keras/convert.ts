/** A Keras model as a graph. */
import { Builder } from '../../builder.js'
import { FormatError } from '../../format-error.js'
import { BATCH, type Dim, Graph, type TypedTensor } from '../../graph.js'
import { nearest } from '../../names.js'
import { activationRules } from './activations.js'
import { type Dialect, LayerCall, type Rule, type Surroundings } from './call.js'
import { type Json, quoted } from '../json.js'
import type { TfjsOptions } from '../source.js'
import { convolutionRules } from './convolution.js'
import { channelsFirst, type Features, plainOrder } from '../features.js'
import { linearRules } from './linear.js'
import { mergingRules } from './merging.js'
import { callsInOrder, inputShapeOf, keyOf, type Layer, type Model, readModel } from './model.js'
import { movementRules } from './movement.js'
import { inTrainingAlone, normalizationRules } from './normalization.js'
import { poolingRules } from './pooling.js'

/** What every kind of layer computes, by Keras' names for them. A new layer is a new row. */
const rules: Record<string, Rule> = {
  ...activationRules,
  ...convolutionRules,
  ...linearRules,
  ...mergingRules,
  ...movementRules,
  ...normalizationRules,
  ...poolingRules,
}

/** Kinds of which users may ask why. */
const refusals: Record<string, string> = {
  Lambda: 'what it computes stands in the code of the model alone; use a layer that says it',
  TFOpLambda: 'functions of TensorFlow between layers are not supported; export a graph model',
}

/** More calls than any network has: models that contain each other twice, and twice again, grow fast. */
const MOST_CALLS = 50_000

/**
 * Converts a model's JSON and weights into a graph that takes images as [N, C, H, W].
 *
 * @throws FormatError or NodeError naming the layer that is not understood or does not fit.
 */
export function convert(
  topology: Json,
  weights: ReadonlyMap<string, TypedTensor>,
  { size }: TfjsOptions = {},
): Graph {
  const model = readModel(topology.model_config ?? topology)
  const graph = new Graph()
  graph.name = model.name
  const b = new Builder(graph)
  const channelAxis = channelAxisOf(model)
  b.reserve(layerPaths(model))
  const inputs = model.inputs.map(({ layer }): Features => {
    const shape = inputShape(model.layers.get(layer)!, size)
    const order =
      shape.length === 4 ? imageOrder(model, layer, channelAxis) : plainOrder(shape.length)
    return {
      value: b.input(
        layer,
        order.map((axis) => shape[axis]!),
      ),
      order,
    }
  })
  const surroundings = { b, weights, channelAxis, dialect: dialectOf(topology.keras_version) }
  const outputs = new Conversion(surroundings).run(model, inputs)
  graph.outputs = [...new Set(outputs.map(({ value }) => value))].map((value) => ({
    name: value,
    type: 'float32',
    shape: b.shape(value),
  }))
  return graph
}

class Conversion {
  readonly #surroundings: Surroundings
  readonly #used = new Set<string>()
  #calls = 0

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /**
   * Appends a model's layers.
   *
   * @param path The names of the models around it. @param prefix The same as nodes have it: a model that is
   *   called several times has a name for each.
   * @returns Its outputs.
   */
  run(
    model: Model,
    inputs: readonly Features[],
    path: readonly string[] = [],
    prefix = '',
  ): Features[] {
    const tensors = new Map(model.inputs.map((input, i) => [keyOf(input), inputs[i]!]))
    for (const { layer, index } of callsInOrder(model)) {
      if (layer.kind === 'InputLayer') {
        if (tensors.has(keyOf({ layer: layer.name, call: 0, output: 0 }))) continue
        throw layer.config.error(`it is no input of model '${model.name}', but is read`)
      }
      if (++this.#calls > MOST_CALLS)
        throw new FormatError(`the model calls more than ${MOST_CALLS} layers`)
      const read = layer.calls[index]!.map((reference) => tensors.get(keyOf(reference))!)
      const outputs = this.#layer(layer, read, [...path, layer.name], `${prefix}${layer.name}`)
      outputs.forEach((output, i) =>
        tensors.set(keyOf({ layer: layer.name, call: index, output: i }), output),
      )
    }
    return model.outputs.map((output) => tensors.get(keyOf(output))!)
  }

  #layer(
    layer: Layer,
    read: readonly Features[],
    path: readonly string[],
    name: string,
  ): Features[] {
    // Later calls of a layer are numbered, as TensorFlow does: conv1, conv1_1, …
    const unique = this.#used.has(name) ? this.#surroundings.b.fresh(name) : name
    this.#used.add(unique)
    if (layer.model) {
      const wanted = layer.model.inputs.length
      if (read.length !== wanted)
        throw layer.config.error(`it has ${read.length} inputs; expected ${wanted}`)
      return this.run(layer.model, read, path, `${unique}.`)
    }
    const rule = Object.hasOwn(rules, layer.kind) ? rules[layer.kind] : undefined
    if (!rule) throw unsupported(layer)
    return [rule(new LayerCall(this.#surroundings, layer, path, read), unique)]
  }
}

function unsupported({ kind, config }: Layer): FormatError {
  const why = Object.hasOwn(refusals, kind) ? refusals[kind] : undefined
  const near = nearest(kind, Object.keys(rules))
  return config.error(
    `layers of class ${kind} are not supported; ` +
      (why ?? `the nearest that are: ${near.join(', ')}`),
  )
}

/** hard_sigmoid and bilinear upsampling differ between Keras 2, Keras 3 and tf.js. */
function dialectOf(version: unknown): Dialect {
  const text = typeof version === 'string' ? version : ''
  return {
    halfPixelCentres: !text.startsWith('tfjs'),
    hardSigmoidSlope: text.startsWith('3.') ? 1 / 6 : 0.2,
  }
}

/** The names of all layers, those of models within it too. */
function layerPaths({ layers }: Model, prefix = ''): string[] {
  return [...layers.values()].flatMap(({ name, model }) => [
    `${prefix}${name}`,
    ...(model ? layerPaths(model, `${prefix}${name}.`) : []),
  ])
}

/** The axis of the channels, by the first layer that says it: 3 or 1. */
function channelAxisOf(model: Model): number {
  const formats = (inner: Model): unknown[] =>
    [...inner.layers.values()].flatMap((layer) =>
      layer.model ? formats(layer.model) : [layer.config.value('data_format')],
    )
  return formats(model).find((format) => format !== undefined) === 'channels_first' ? 1 : 3
}

/** Layers before which the channels are on the same axis as after them. */
const keepsAxes = new Set([
  ...Object.keys(activationRules),
  ...inTrainingAlone,
  'Rescaling',
  'Normalization',
])

/**
 * The order of an image input's axes that brings its channels to the front. Where the model permutes it at
 * the start, its channels are where the permutation takes them from.
 */
function imageOrder(model: Model, input: string, channelAxis: number): number[] {
  let from = plainOrder(4)
  let name = input
  for (const layer of model.layers.values()) {
    if (!layer.calls.some((call) => call.some((reference) => reference.layer === name))) continue
    if (layer.kind === 'Permute') {
      const dims = layer.config.list('dims')
      from = [0, ...dims.map((axis) => from[axis] ?? 0)]
    } else if (!keepsAxes.has(layer.kind)) break
    name = layer.name
  }
  return channelsFirst(4, from[channelAxis] || channelAxis)
}

/** The shape of an input as Keras has it, with a free batch. */
function inputShape(layer: Layer, size?: readonly [number, number]): Dim[] {
  const given = inputShapeOf(layer)
  if (!Array.isArray(given) || given.length < 2)
    throw layer.config.error(`its shape is ${quoted(given)}; expected the sizes of its axes`)
  return given.map((dim: unknown, axis) => {
    if (axis === 0) return BATCH
    if (isSize(dim)) return dim
    const positions = given.flatMap((_, i) => (i > 0 && !isSize(given[i]) ? [i] : []))
    const fill = positions.length === 2 ? size?.[positions.indexOf(axis)] : undefined
    if (dim === null && fill !== undefined) return fill
    throw layer.config.error(
      `its shape is ${quoted(given)}` +
        (dim === null && positions.length === 2
          ? ': say how large images shall be, { size: [height, width] }'
          : '; expected whole numbers from 1 on'),
    )
  })
}

const isSize = (dim: unknown): dim is number => Number.isSafeInteger(dim) && Number(dim) > 0
