/** Objectives that compare a layer with what it makes of another picture. */
import type { Tensor } from '../engine/tensor.js'
import { float32 } from '../network/graph.js'
import { Objective, type Subject } from './objective.js'

export interface ContentOptions {
  /** Divides by ‖φ₀‖², so that layers can be compared (Mahendran & Vedaldi 2015). Default false. */
  relative?: boolean
}

/**
 * How far a layer is from given features: ‖φ(x) − φ₀‖², the sum of the squared differences.
 *
 * It is the loss of feature inversion (Mahendran & Vedaldi 2015) and the content loss of style transfer (Gatys
 * et al. 2016 with a factor ½, CS231n without). To be descended, or subtracted.
 *
 * @param layer Layer name.
 * @param features What the layer makes of the other picture, [1, …] for all images or [N, …] for each its own.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, and for features of another
 *   shape than the layer's.
 * @example
 *   const { conv4 } = await net.run(photo, { layers: ['conv4'] })
 *   await optimise(net, { of: content('conv4', conv4), direction: 'descend', optimiser: adam({ rate: 0.05 }) })
 */
export const content = (
  layer: string,
  features: Tensor,
  { relative = false }: ContentOptions = {},
): Objective => {
  const norm = relative ? features.data.reduce((sum, value) => sum + value * value, 0) : 1
  if (!(norm > 0))
    throw new RangeError(`the features of '${layer}' are all 0: nothing is relative to them`)
  return new Objective({
    key: `content(${JSON.stringify(layer)})`,
    code: `content(${JSON.stringify(layer)}${relative ? ', { relative: true }' : ''})`,
    describe: () => `difference in ${layer}`,
    parameters: [
      (subject, batch) => checked(subject, layer, features, batch),
      () => float32([1 / norm], []),
    ],
    build(b, subject, [target, factor]) {
      const value = subject.value(layer)
      const difference = b.add('Sub', [value, target!])
      const axes = b
        .shape(value)
        .slice(1)
        .map((_, axis) => axis + 1)
      const sum = b.sum(b.add('Mul', [difference, difference]), axes)
      return b.add('Mul', [sum, factor!])
    },
  })
}

function checked(subject: Subject, layer: string, { data, shape }: Tensor, batch: number) {
  const expected = subject.shape(layer).slice(1)
  const [images] = shape
  if (shape.slice(1).join() !== expected.join() || (images !== 1 && images !== batch))
    throw new RangeError(
      `features of '${layer}' are [1, ${expected.join(', ')}] here, not [${shape.join(', ')}]: ` +
        `take them at the same size of the picture`,
    )
  return float32(data, shape)
}
