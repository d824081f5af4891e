/** What to differentiate: expressions that append nodes to a network's graph. */
import type { Builder } from '../network/builder.js'
import { int64, type Shape, type TypedTensor } from '../network/graph.js'

/** The network as an objective sees it. */
export interface Subject {
  /** The value of the class scores before any softmax, [N, classes]. */
  readonly scores: string
  /** The output value of a layer. @throws RangeError naming the nearest layers. */
  value(layer: string): string
  /** The shape of a layer's output, [N, …]. @throws RangeError naming the nearest layers. */
  shape(layer: string): Shape
  /** The index of a class. @throws RangeError naming the nearest classes. */
  classIndex(target: number | string): number
}

/**
 * A scalar per image. `key` names the structure of the expression without its parameters: objectives of
 * one key share a compiled program, and their parameters (which class, which neuron) are fed to it.
 */
export interface Objective {
  readonly key: string
  /** For titles and provenance: `score of 'wolf'`. */
  readonly description: string
  /** The parameters, for a batch of a given size. */
  parameters(subject: Subject, batch: number): TypedTensor[]
  /** Appends the expression; `parameters` are the names under which they will be fed. Returns [N]. */
  build(b: Builder, subject: Subject, parameters: readonly string[]): string
}

/** One class for all images, or one for each. */
export type Target = number | string | readonly (number | string)[]

const nameOf = (target: Target): string =>
  typeof target === 'object'
    ? target.map(nameOf).join(', ')
    : typeof target === 'string'
      ? `'${target}'`
      : `class ${target}`

const indices = (subject: Subject, target: Target, batch: number): TypedTensor => {
  const targets =
    typeof target === 'object' ? target : new Array<number | string>(batch).fill(target)
  if (targets.length !== batch)
    throw new RangeError(`${targets.length} target classes for ${batch} images`)
  return int64(
    targets.map((one) => subject.classIndex(one)),
    [batch, 1],
  )
}

const pick = (b: Builder, rows: string, index: string): string =>
  b.add('Squeeze', [b.add('GatherElements', [rows, index], { axis: 1 }), b.integers([1])])

/**
 * The score of a class before softmax (Simonyan et al. 2014).
 *
 * @param target Class index or name; a list gives one class per image.
 * @example await net.gradient(image, { of: classScore('wolf') })
 */
export const classScore = (target: Target): Objective => ({
  key: 'classScore',
  description: `score of ${nameOf(target)}`,
  parameters: (subject, batch) => [indices(subject, target, batch)],
  build: (b, subject, [index]) => pick(b, subject.scores, index!),
})

/**
 * The probability of a class, after softmax. Its gradient may raise it by lowering other classes, which
 * is why explanations take {@link classScore} (METHODS row 23).
 */
export const classProbability = (target: Target): Objective => ({
  key: 'classProbability',
  description: `probability of ${nameOf(target)}`,
  parameters: (subject, batch) => [indices(subject, target, batch)],
  build: (b, subject, [index]) => pick(b, b.add('Softmax', [subject.scores], { axis: 1 }), index!),
})

/**
 * The cross-entropy loss of a class, −log softmax: what training descends and attacks ascend.
 *
 * @param target The true class, or one per image.
 */
export const crossEntropy = (target: Target): Objective => ({
  key: 'crossEntropy',
  description: `cross-entropy of ${nameOf(target)}`,
  parameters: (subject, batch) => [indices(subject, target, batch)],
  build: (b, subject, [index]) =>
    b.add('Neg', [pick(b, b.add('LogSoftmax', [subject.scores], { axis: 1 }), index!)]),
})

const within = (index: number | undefined, size: number | string): boolean =>
  index !== undefined && Number.isInteger(index) && index >= 0 && index < Number(size)

/**
 * One neuron of a layer.
 *
 * @param layer Layer name.
 * @param position [channel, y, x] in a layer of feature maps, [index] in a layer of vectors.
 * @throws RangeError where the position lies outside the layer.
 * @example await net.gradient(image, { of: neuron('conv5', [17, 3, 3]), rule: 'guided' })
 */
export const neuron = (layer: string, position: readonly number[]): Objective => ({
  key: `neuron ${layer} ${position.length}`,
  description: `neuron [${position.join(', ')}] of ${layer}`,
  parameters(subject) {
    const shape = subject.shape(layer).slice(1)
    const inside = shape.every((dim, axis) => within(position[axis], dim))
    if (shape.length !== position.length || !inside)
      throw new RangeError(
        `layer '${layer}' is [${shape.join(', ')}] and has no neuron [${position.join(', ')}]`,
      )
    return position.map((i) => int64([i], []))
  },
  build: (b, subject, parameters) =>
    parameters.reduce(
      (value, index) => b.add('Gather', [value, index], { axis: 1 }),
      subject.value(layer),
    ),
})

/**
 * The mean of a channel of a layer.
 *
 * @param layer Layer name.
 * @param index Channel, from 0.
 */
export const channel = (layer: string, index: number): Objective => ({
  key: `channel ${layer}`,
  description: `channel ${index} of ${layer}`,
  parameters(subject) {
    const channels = subject.shape(layer)[1]!
    if (!within(index, channels))
      throw new RangeError(`layer '${layer}' has ${channels} channels, from 0, and no ${index}`)
    return [int64([index], [])]
  },
  build(b, subject, [which]) {
    const value = subject.value(layer)
    const positions = b.shape(value).slice(2)
    const map = b.add('Gather', [value, which!], { axis: 1 })
    if (positions.length === 0) return map
    const axes = b.integers(positions.map((_, axis) => axis + 1))
    return b.add('ReduceMean', [map, axes], { keepdims: 0 })
  },
})
