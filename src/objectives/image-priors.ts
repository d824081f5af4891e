/** Objectives on the picture itself: what natural images have little of. They are subtracted, or descended. */
import type { Builder } from '../network/builder.js'
import { float32 } from '../network/graph.js'
import { Objective } from './objective.js'

/**
 * ‖x‖², the sum of the squared normalised pixels (Simonyan et al. 2014). It draws the picture to the mean colour.
 *
 * @example await optimise(net, { of: classScore('wolf').minus(l2().times(1e-3)) })
 */
export const l2 = (): Objective => prior('l2()', 'L2 norm', (b, x) => b.add('Mul', [x, x]))

/**
 * Σ |x|^p over the normalised pixels: with a large p, extreme pixels alone cost much (Mahendran & Vedaldi 2015,
 * p = 6).
 *
 * @param p 1 or more.
 * @throws RangeError for any other p.
 * @example classScore('wolf').minus(pNorm(6).times(1e-4))
 */
export function pNorm(p: number): Objective {
  if (!(p >= 1 && Number.isFinite(p)))
    throw new RangeError(`a p-norm has a finite p, 1 or more, not ${p}`)
  if (p === 2) return prior('pNorm(2)', 'p-norm (2)', (b, x) => b.add('Mul', [x, x]))
  return prior(
    'pNorm()',
    `p-norm (${p})`,
    (b, x, power) => b.add('Pow', [b.add('Abs', [x]), power!]),
    p,
  )
}

/** Forms of the total variation. */
export type TotalVariationForm = 'squared' | 'absolute' | 'isotropic'

export interface TotalVariationOptions {
  /**
   * 'squared' (default; CS231n): Σ dx² + dy². 'absolute': Σ |dx| + |dy|. 'isotropic': Σ (dx² + dy²)^(β/2) over
   * the pixels (Mahendran & Vedaldi 2015; Rudin, Osher & Fatemi 1992 with β = 1).
   */
  form?: TotalVariationForm
  /** β of 'isotropic', above 0. Default 1. */
  beta?: number
}

/**
 * Total variation: how much neighbouring pixels differ, each channel by itself, in normalised units. Differences
 * that would leave the picture are 0.
 *
 * @throws RangeError for a form that there is not, and for a β that is not above 0.
 * @example classScore('wolf').minus(totalVariation({ form: 'isotropic' }).times(0.01))
 */
export function totalVariation(options: TotalVariationOptions = {}): Objective {
  const { form = 'squared', beta = 1 } = options
  if (form === 'squared')
    return prior(`totalVariation({ form: 'squared' })`, 'total variation', squaredVariation)
  if (form === 'absolute')
    return prior(`totalVariation({ form: 'absolute' })`, 'total variation', (b, x) =>
      variation(b, x, (d) => b.add('Abs', [d])),
    )
  if (form !== 'isotropic')
    throw new RangeError(
      `total variation has the forms 'squared', 'absolute' and 'isotropic', not '${String(form)}'`,
    )
  if (!(beta > 0 && Number.isFinite(beta)))
    throw new RangeError(`β of the total variation is above 0, not ${beta}`)
  return prior(
    `totalVariation({ form: 'isotropic' })`,
    `total variation (β = ${beta})`,
    (b, x, power) => {
      const square = (axis: 2 | 3): string => {
        const d = differences(b, x, axis)
        const [zero, one] =
          axis === 2
            ? [
                [0, 0],
                [1, 0],
              ]
            : [
                [0, 0],
                [0, 1],
              ]
        const pads = b.integers([...zero, ...one])
        return b.add('Pad', [b.add('Mul', [d, d]), pads, b.scalar(0), b.integers([2, 3])])
      }
      // Where nothing changes, the root has no gradient.
      const sum = b.add('Sum', [square(2), square(3), b.scalar(SMOOTHING)])
      return b.add('Pow', [sum, power!])
    },
    beta / 2,
    `totalVariation({ form: 'isotropic', beta: ${beta} })`,
  )
}

/** The squared form within a graph: Σ dx² + dy² of pictures [N, C, H, W], one number for each. */
export const squaredVariation = (b: Builder, pictures: string): string =>
  variation(b, pictures, (d) => b.add('Mul', [d, d]))

/** The sum of what neighbouring pixels cost, across and down. */
function variation(b: Builder, x: string, cost: (difference: string) => string): string {
  const along = (axis: 2 | 3): string => b.sum(cost(differences(b, x, axis)), [1, 2, 3])
  return b.add('Add', [along(2), along(3)])
}

/** Added to the squared slope of the isotropic form. */
const SMOOTHING = 1e-8

/** What each pixel is less than the next along an axis; one fewer. */
function differences(b: Builder, x: string, axis: 2 | 3): string {
  const size = Number(b.shape(x)[axis])
  const part = (start: number, end: number): string =>
    b.add('Slice', [x, b.integers([start]), b.integers([end]), b.integers([axis])])
  return b.add('Sub', [part(1, size), part(0, size - 1)])
}

/** The sum, over the picture, of what an expression makes of it; one number may be fed to it. */
function prior(
  key: string,
  words: string,
  expression: (b: Builder, image: string, number?: string) => string,
  number?: number,
  code = number === undefined ? key : key.replace('()', `(${number})`),
): Objective {
  return new Objective({
    key,
    code,
    describe: () => words,
    parameters: number === undefined ? [] : [() => float32([number], [])],
    build(b, subject, [fed]) {
      const cost = expression(b, subject.image, fed)
      return b.shape(cost).length === 1 ? cost : b.sum(cost, [1, 2, 3])
    },
  })
}
