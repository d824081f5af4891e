/** Objectives on the units of a layer: a neuron, a channel, all of them. */
import { int64, type Shape, type TypedTensor } from '../network/graph.js'
import { Objective, type Subject } from './objective.js'

/**
 * One neuron of a layer.
 *
 * @param layer Layer name.
 * @param position [channel, y, x] in a layer of feature maps, [index] in a layer of vectors.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, and where the position
 *   lies outside the layer.
 * @example await net.gradient(image, { of: neuron('conv5', [17, 3, 3]), rule: 'guided' })
 */
export const neuron = (layer: string, position: readonly number[]): Objective =>
  new Objective({
    key: `neuron(${JSON.stringify(layer)}, ${position.length})`,
    code: `neuron(${JSON.stringify(layer)}, ${JSON.stringify(position)})`,
    describe: () => {
      const [index, ...place] = position
      return `${layer}:${index}${place.length > 0 ? `@${place.join()}` : ''}`
    },
    parameters: position.map((index) => (subject) => {
      checkPosition(subject, layer, position)
      return int64([index], [])
    }),
    separable: true,
    build: (b, subject, parameters) =>
      parameters.reduce(
        (value, index) => b.add('Gather', [value, index], { axis: 1 }),
        subject.value(layer),
      ),
  })

/**
 * The neuron in the middle of a channel's map: what it sees lies in the middle of the picture.
 *
 * @param layer Layer name.
 * @param index Channel, from 0.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, for one that has no maps, and
 *   for a channel that it does not have.
 * @example await optimise(net, { of: centreNeuron('conv4', 17) })
 */
export const centreNeuron = (layer: string, index: number): Objective =>
  new Objective({
    key: `centreNeuron(${JSON.stringify(layer)})`,
    code: `centreNeuron(${JSON.stringify(layer)}, ${index})`,
    describe: () => `centre of ${layer}:${index}`,
    parameters: [
      (subject) => {
        const [, , ...place] = subject.shape(layer)
        if (place.length !== 2)
          throw new RangeError(`layer '${layer}' has no maps, and so no middle; take its channel`)
        return channelIndex(subject, layer, index)
      },
    ],
    separable: true,
    build(b, subject, [which]) {
      const map = b.add('Gather', [subject.value(layer), which!], { axis: 1 })
      return [2, 1].reduce((value, axis) => {
        const middle = b.constant(int64([Math.floor(Number(b.shape(map)[axis]) / 2)], []))
        return b.add('Gather', [value, middle], { axis })
      }, map)
    },
  })

/**
 * The mean of a channel of a layer.
 *
 * @param layer Layer name.
 * @param index Channel, from 0; a list gives one channel per image.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, for a channel that it does
 *   not have, and for a list that is not as long as the batch.
 * @example await saliency(net, photo, { of: channel('conv5', 17) })
 */
export const channel = (layer: string, index: number | readonly number[]): Objective =>
  typeof index === 'number' ? oneChannel(layer, index) : channelOfEach(layer, index)

const channelIndex = (subject: Subject, layer: string, index: number): TypedTensor => {
  const channels = subject.shape(layer)[1]!
  if (!within(index, channels))
    throw new RangeError(`layer '${layer}' has ${channels} channels, from 0, and no ${index}`)
  return int64([index], [])
}

const channelOfEach = (layer: string, indices: readonly number[]): Objective =>
  new Objective({
    key: `channelOfEach(${JSON.stringify(layer)})`,
    code: `channel(${JSON.stringify(layer)}, ${JSON.stringify(indices)})`,
    describe: (_, image) => `${layer}:${indices[image]}`,
    parameters: [
      (subject, batch) => {
        if (indices.length !== batch)
          throw new RangeError(`${indices.length} channels for ${batch} images`)
        for (const index of indices) channelIndex(subject, layer, index)
        return int64([...indices], [batch, 1])
      },
    ],
    separable: true,
    build(b, subject, [which]) {
      const value = subject.value(layer)
      const axes = positionAxes(b.shape(value)).slice(1)
      const means =
        axes.length > 0 ? b.add('ReduceMean', [value, b.integers(axes)], { keepdims: 0 }) : value
      return b.add('Squeeze', [
        b.add('GatherElements', [means, which!], { axis: 1 }),
        b.integers([1]),
      ])
    },
  })

const oneChannel = (layer: string, index: number): Objective =>
  new Objective({
    key: `channel(${JSON.stringify(layer)})`,
    code: `channel(${JSON.stringify(layer)}, ${index})`,
    describe: () => `${layer}:${index}`,
    parameters: [(subject) => channelIndex(subject, layer, index)],
    separable: true,
    build(b, subject, [which]) {
      const map = b.add('Gather', [subject.value(layer), which!], { axis: 1 })
      const axes = positionAxes(b.shape(map))
      return axes.length > 0 ? b.add('ReduceMean', [map, b.integers(axes)], { keepdims: 0 }) : map
    },
  })

/**
 * How active a layer is as a whole: ½‖A‖², half the sum of its squares. Its gradient by the layer is
 * the activation itself, which is what DeepDream sends down (Mordvintsev, Olah, Tyka 2015).
 *
 * @param layer Layer name.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest.
 * @example await net.gradient(image, { of: activation('conv4') })
 */
export const activation = (layer: string): Objective =>
  new Objective({
    key: `activation(${JSON.stringify(layer)})`,
    code: `activation(${JSON.stringify(layer)})`,
    describe: () => `activation of ${layer}`,
    separable: true,
    build(b, subject) {
      const value = subject.value(layer)
      const squares = b.add('Mul', [value, value])
      return b.add('Mul', [b.sum(squares, positionAxes(b.shape(value))), b.scalar(0.5)])
    },
  })

/**
 * How active a layer is on average: the mean of its squares, as Lucid's `deepdream`. Its gradient by the layer is
 * 2/n of the activation; unlike {@link activation} it does not grow with the picture.
 *
 * @param layer Layer name.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest.
 * @example await optimise(net, { of: dream('conv4'), start: photo })
 */
export const dream = (layer: string): Objective =>
  new Objective({
    key: `dream(${JSON.stringify(layer)})`,
    code: `dream(${JSON.stringify(layer)})`,
    describe: () => `mean square of ${layer}`,
    separable: true,
    build(b, subject) {
      const value = subject.value(layer)
      const axes = b.integers(positionAxes(b.shape(value)))
      return b.add('ReduceMean', [b.add('Mul', [value, value]), axes], { keepdims: 0 })
    },
  })

/** All axes but the batch's. */
const positionAxes = (shape: Shape): number[] => shape.slice(1).map((_, axis) => axis + 1)

const within = (index: number | undefined, size: number | string): boolean =>
  index !== undefined && Number.isInteger(index) && index >= 0 && index < Number(size)

function checkPosition(subject: Subject, layer: string, position: readonly number[]): void {
  const shape = subject.shape(layer).slice(1)
  if (shape.length !== position.length || !shape.every((dim, axis) => within(position[axis], dim)))
    throw new RangeError(
      `layer '${layer}' is [${shape.join(', ')}] and has no neuron [${position.join(', ')}]`,
    )
}
