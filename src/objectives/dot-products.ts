/** Objectives that multiply a layer with what it makes of another picture: guides of dreams. */
import type { Tensor } from '../engine/tensor.js'
import { float32, type TypedTensor } from '../network/graph.js'
import { Objective, type Subject } from './objective.js'

/**
 * The inner product of a layer with given features, Σ φ(x)·F. Its gradient by the layer is F: to differentiate it
 * by the picture is to send F down the network, in place of a gradient.
 *
 * @param layer Layer name.
 * @param features In the shape of the layer, [1, …] for all images or [N, …] for each its own.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, and for features of another shape.
 * @example
 *   const { conv4 } = await net.run(photo, { layers: ['conv4'] })
 *   await net.gradient(photo, { of: innerProduct('conv4', conv4) }) // the same as that of activation('conv4')
 */
export const innerProduct = (layer: string, features: Tensor): Objective =>
  new Objective({
    key: `innerProduct(${JSON.stringify(layer)})`,
    code: `innerProduct(${JSON.stringify(layer)}, [${features.shape.join(', ')}])`,
    describe: () => `likeness to features of ${layer}`,
    parameters: [
      (subject, batch) => {
        const expected = subject.shape(layer).slice(1)
        const [images] = features.shape
        if (features.shape.slice(1).join() !== expected.join() || ![1, batch].includes(images!))
          throw misfit(layer, [1, ...expected], features)
        return float32(features.data, features.shape)
      },
    ],
    build(b, subject, [given]) {
      const product = b.add('Mul', [subject.value(layer), given!])
      const axes = b.shape(product).slice(1)
      return b.sum(
        product,
        axes.map((_, axis) => axis + 1),
      )
    },
  })

/**
 * For each place of a layer, the inner product with that place of a guide that gives the largest one, summed: Σ_p max_q
 * φ(x)_p·G_q. It draws a dream to what the guide shows, wherever it is there (Mordvintsev, Olah, Tyka 2015).
 *
 * @param layer Layer of feature maps.
 * @param guide What the layer makes of the guide, [1, C, h, w], of any height and width.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, and for features of another number of
 *   channels.
 * @example
 *   const { conv4 } = await net.run(flowers, { layers: ['conv4'] })
 *   await optimise(net, { of: bestMatches('conv4', conv4), start: photo })
 */
export const bestMatches = (layer: string, guide: Tensor): Objective =>
  new Objective({
    key: `bestMatches(${JSON.stringify(layer)})`,
    code: `bestMatches(${JSON.stringify(layer)}, [${guide.shape.join(', ')}])`,
    describe: () => `${layer}, guided`,
    parameters: [(subject) => columns(subject, layer, guide)],
    build(b, subject, [places]) {
      const [images, channels, height, width] = b.shape(subject.value(layer))
      const flat = b.reshape(subject.value(layer), [
        images!,
        channels!,
        Number(height) * Number(width),
      ])
      const products = b.add('MatMul', [b.transpose(flat, [0, 2, 1]), places!])
      return b.sum(b.add('ReduceMax', [products, b.integers([2])], { keepdims: 0 }), [1])
    },
  })

/** A guide's places side by side, [C, h·w]. */
function columns(subject: Subject, layer: string, guide: Tensor): TypedTensor {
  const expected = subject.shape(layer)
  const [images, channels, height, width] = guide.shape
  if (expected.length !== 4)
    throw new RangeError(
      `layer '${layer}' is [${expected.join(', ')}] and has no places to be compared: take one of feature maps`,
    )
  if (guide.shape.length !== 4 || images !== 1 || channels !== expected[1])
    throw misfit(layer, [1, expected[1]!, 'h', 'w'], guide)
  return float32(guide.data, [Number(expected[1]), height! * width!])
}

const misfit = (layer: string, expected: readonly (number | string)[], { shape }: Tensor) =>
  new RangeError(
    `features of '${layer}' are [${expected.join(', ')}] here, not [${shape.join(', ')}]`,
  )
