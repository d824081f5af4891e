import { gramOf } from './gram.js'
import { Objective } from './objective.js'

/**
 * How unlike the images of a batch are to each other in a layer: less the mean cosine similarity of an image's
 * Gram matrix with those of the others, from −1 (alike) up to 0 or more. Added to another objective it makes a
 * batch show different sides of the same unit (Olah, Mordvintsev & Schubert 2017).
 *
 * @param layer Layer of feature maps.
 * @throws RangeError, when it is used, for an unknown layer, naming the nearest, for one without feature maps, and
 *   for a single image.
 * @example await optimise(net, { of: channel('conv5', 17).plus(diversity('conv3').times(2)), images: 4 })
 */
export const diversity = (layer: string): Objective =>
  new Objective({
    key: `diversity(${JSON.stringify(layer)})`,
    code: `diversity(${JSON.stringify(layer)})`,
    describe: () => `diversity in ${layer}`,
    build(b, subject) {
      const gram = gramOf(b, subject.value(layer), 'hw')
      const [images, channels] = b.shape(gram) as [number, number]
      if (images < 2)
        throw new RangeError('diversity is a matter of several images: ask for 2 or more')
      const flat = b.reshape(gram, [images, channels * channels])
      const norms = b.add('ReduceL2', [flat, b.integers([1])], { keepdims: 1 })
      const unit = b.add('Div', [flat, b.add('Add', [norms, b.scalar(1e-12)])])
      const similarity = b.add('MatMul', [unit, b.transpose(unit, [1, 0])])
      const others = b.constant({
        type: 'float32',
        shape: [images, images],
        data: Float32Array.from({ length: images * images }, (_, i) =>
          i % (images + 1) === 0 ? 0 : -1 / (images - 1),
        ),
      })
      return b.sum(b.add('Mul', [similarity, others]), [1])
    },
  })
