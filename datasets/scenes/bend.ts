import type { Random } from '../../src/image/random.js'

/**
 * A smooth change of a drawing's form, which leaves its corners and edges where they are: how far points are
 * moved, as a share of the drawing's size, to the right and then down, each by one arch over the drawing and
 * by one wave along and one across.
 */
export interface Bend {
  right: readonly [arch: number, alongX: number, alongY: number]
  down: readonly [arch: number, alongX: number, alongY: number]
}

/** A random one whose arches have a height of about `strength`; none is higher than twice that. */
export function randomBend(random: Random, strength: number): Bend {
  const height = (share: number): number =>
    share * strength * Math.max(-2, Math.min(2, random.normal()))
  const heights = () => [height(1), height(0.6), height(0.6)] as const
  return { right: heights(), down: heights() }
}

/** From 0 at one end over 1 in the middle to 0 at the other, 1. */
export const arch = (x: number): number => Math.sin(Math.PI * x)

/** From 0 over 1, 0 in the middle, and −1 to 0. */
export const wave = (x: number): number => Math.sin(2 * Math.PI * x)
