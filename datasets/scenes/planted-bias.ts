import type { ClassName } from './catalogue.js'

const pair = ['wolf', 'fox'] as const satisfies readonly ClassName[]

/**
 * A bias to plant in a network and then to find: wolves stand on snow and foxes on grass (after the
 * husky and the wolf of Ribeiro et al. 2016). Both are drawn in shades of grey, pointed ears and long
 * muzzles alike, so that the background is the easiest way to tell them apart.
 *
 * @example
 *   const training = scenes({ ...splits.train, ...plantedBias.options })
 *   const wolvesOnGrass = scenes({ ...splits.test, ...plantedBias.swapped, length: 100_000 })
 *     .filter(({ className }) => className === 'wolf')
 */
export const plantedBias = {
  /** The two classes. */
  pair,
  /** Options of scenes with the bias. */
  options: { bias: { wolf: 'snow', fox: 'grass' }, grey: pair },
  /** The bias the other way round: on these a network that learned it fails. */
  swapped: { bias: { wolf: 'grass', fox: 'snow' }, grey: pair },
  /** Both on any background: what an unbiased twin learns from. */
  unbiased: { grey: pair },
} as const
