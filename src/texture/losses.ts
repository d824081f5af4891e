/** A loss as the weighted sum of named terms, each of which can be looked at by itself. */
import type { Tensor } from '../engine/tensor.js'
import { float32, type TypedTensor } from '../network/graph.js'
import type { Network } from '../network/network.js'
import { totalVariation } from '../objectives/image-priors.js'
import { Objective } from '../objectives/objective.js'

/** One part of a loss. */
export interface Term {
  kind: 'content' | 'style' | 'variation'
  /** The layer that it compares; none for the total variation. */
  layer?: string
  objective: Objective
  /** What the objective is multiplied by. */
  weight: number
}

/** What a term was and has become, its weight included. */
export interface Loss {
  kind: Term['kind']
  layer?: string
  weight: number
  before: number
  after: number
}

/** Total variation per number of the picture: the mean squared difference of neighbours, down and across. */
export function variationTerm(weight: number, numbers: number): Term {
  if (!(weight >= 0 && Number.isFinite(weight)))
    throw new RangeError(`the weight of the total variation is a number, 0 or more, not ${weight}`)
  return { kind: 'variation', objective: totalVariation(), weight: weight / numbers }
}

/** The whole loss. Terms of weight 0 stay out. */
export function totalOf(terms: readonly Term[]): Objective {
  const counted = terms.filter(({ weight }) => weight !== 0)
  const [first, ...others] = counted.map(({ objective, weight }) => objective.times(weight))
  if (!first) throw new RangeError('all weights are 0: there is nothing to minimise')
  const sum = first.plus(...others)
  return new Objective({
    key: sum.key,
    code: sum.toString(),
    describe: () => 'loss',
    parameters: sum.feeds,
    build: (b, subject, parameters) => sum.build(b, subject, parameters),
  })
}

/** Each term of each picture, weights included: terms × pictures, in one run. */
export async function valuesOf(
  net: Network,
  terms: readonly Term[],
  pixels: Tensor,
): Promise<number[][]> {
  const subject = net.subject(pixels.shape)
  const fed = terms.map(({ objective }) => objective.parameters(subject, pixels.shape[0]!))
  const shapes = fed.map((values) => values.map(({ shape }) => shape))
  const feeds: Record<string, TypedTensor> = { picture: float32(pixels.data, pixels.shape) }
  fed.forEach((values, i) => values.forEach((value, k) => (feeds[`term.${i}.${k}`] = value)))
  const results = await net.runAround(
    {
      key: JSON.stringify(['terms', terms.map(({ objective }) => objective.key), shapes]),
      shape: pixels.shape,
      before: (b) => {
        const picture = b.input('picture', pixels.shape)
        return { input: picture, image: picture }
      },
      after: (b, inner) =>
        Object.fromEntries(
          terms.map(({ objective }, i) => {
            const names = fed[i]!.map(({ shape, type }, k) =>
              b.input(`term.${i}.${k}`, shape, type),
            )
            return [`value.${i}`, objective.build(b, inner, names)]
          }),
        ),
    },
    feeds,
  )
  return terms.map(({ weight }, i) =>
    Array.from(results[`value.${i}`]!.data as Float32Array, (value) => weight * value),
  )
}

/** The sum of the losses of a kind, before and after. */
export function sumOf(
  losses: readonly Loss[],
  kind: Loss['kind'],
): { before: number; after: number } {
  const own = losses.filter((loss) => loss.kind === kind)
  return {
    before: own.reduce((sum, { before }) => sum + before, 0),
    after: own.reduce((sum, { after }) => sum + after, 0),
  }
}

/** By how much losses of a kind have fallen, as a share of what they were. */
export function dropOf(losses: readonly Loss[], kind: Loss['kind']): number {
  const { before, after } = sumOf(losses, kind)
  return before > 0 ? 1 - after / before : 0
}

/** A share in words, for captions: '97.3 %'. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`.replace('-', '−')
