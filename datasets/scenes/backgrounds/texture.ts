import type { Random } from '../../../src/image/random.js'
import type { Field } from '../noise.js'

/**
 * A kind of background: a random scalar field over the unit square and the colours that its values,
 * 0 to 1, run through: a relief and its palettes.
 */
export interface Texture {
  /** One is chosen for each scene: evenly spaced colours, from value 0 to value 1. */
  palettes: readonly (readonly string[])[]
  /** How many of a palette's colours are drawn at random and shown, instead of all in their order. */
  draws?: number
  /** A new field of this kind; x runs to the right and y down, both from 0 to 1. */
  field: (random: Random) => Field
}
