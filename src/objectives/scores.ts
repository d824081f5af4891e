/** Objectives on the class scores. */
import type { Builder } from '../network/builder.js'
import { int64 } from '../network/graph.js'
import { classRow } from './class-row.js'
import { type ClassNames, Objective, type ObjectiveParameter } from './objective.js'

/** One class for all images, or one for each: index or name. */
export type Target = number | string | readonly (number | string)[]

/**
 * The score of a class before softmax (Simonyan et al. 2014).
 *
 * @param target Class index or name; a list gives one class per image.
 * @throws RangeError, when it is used, for an unknown class, naming the nearest, and for a list that is
 *   not as long as the batch.
 * @example await net.gradient(image, { of: classScore('wolf') })
 */
export const classScore = (target: Target): Objective => ofClass('classScore', target)

/**
 * The probability of a class, after softmax. It rises also where other classes fall, and its gradient
 * vanishes where the network is sure: explanations take {@link classScore} (Simonyan et al. 2014).
 *
 * @param target Class index or name; a list gives one class per image.
 * @throws RangeError as {@link classScore} does.
 * @example await saliency(net, photo, { of: classProbability('wolf') })
 */
export const classProbability = (target: Target): Objective =>
  ofClass('classProbability', target, {
    words: 'probability of ',
    build: (b, scores) => b.add('Softmax', [scores], { axis: 1 }),
  })

/**
 * The cross-entropy loss of a class, −log softmax: what training descends and attacks ascend.
 *
 * @param target The true class, or one for each image.
 * @throws RangeError as {@link classScore} does.
 * @example await net.gradient(batch, { of: crossEntropy([3, 1, 4]), wrt: 'conv1.weight' })
 */
export const crossEntropy = (target: Target): Objective =>
  ofClass('crossEntropy', target, {
    words: 'cross-entropy of ',
    build: (b, scores) => b.add('Neg', [b.add('LogSoftmax', [scores], { axis: 1 })]),
  })

/** One number of a row of numbers, of which there is one for each class: by default, of the scores. */
function ofClass(
  name: string,
  target: Target,
  row: { words?: string; build?: (b: Builder, scores: string) => string } = {},
): Objective {
  const { words = '', build } = row
  return new Objective({
    key: name,
    code: `${name}(${JSON.stringify(target)})`,
    describe: (names, image) => `${words}${targetName(names, target, image)}`,
    parameters: [indices(target)],
    separable: true,
    build: (b, subject, [index]) => {
      const row = build ? undefined : classRow(b, subject, index!)
      const all = (): string => build?.(b, subject.scores) ?? subject.scores
      const one = row ?? b.add('GatherElements', [all(), index!], { axis: 1 })
      return b.add('Squeeze', [one, b.integers([1])])
    },
  })
}

const indices =
  (target: Target): ObjectiveParameter =>
  (subject, batch) => {
    const targets =
      typeof target === 'object' ? target : Array.from({ length: batch }, () => target)
    if (targets.length !== batch)
      throw new RangeError(`${targets.length} target classes for ${batch} images`)
    return int64(
      targets.map((one) => subject.classIndex(one)),
      [batch, 1],
    )
  }

const targetName = (names: ClassNames, target: Target, image: number): string =>
  names.className(names.classIndex(typeof target === 'object' ? target[image]! : target))
