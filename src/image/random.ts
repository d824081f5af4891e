import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/**
 * A stream of random numbers that a seed determines, the same on every machine. The first numbers of small
 * seeds are alike: give it what {@link mixSeeds} makes of them.
 */
export class Random {
  readonly #next: () => number
  #spare: number | undefined

  constructor(readonly seed: number) {
    const generator = xoroshiro128plus(seed)
    this.#next = () => generator.next()
  }

  /** Uniform in [0, 1). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * ((this.#next() >>> 0) / 0x1_0000_0000)
  }

  /** A whole number, 0 ≤ n < limit. */
  integer(limit: number): number {
    return Math.floor(this.uniform() * limit)
  }

  /** Normally distributed (Box & Muller 1958). */
  normal(mean = 0, deviation = 1): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare
      this.#spare = undefined
      return mean + deviation * spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spare = radius * Math.sin(angle)
    return mean + deviation * radius * Math.cos(angle)
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(items.length)]
    if (item === undefined) throw new RangeError('cannot pick from an empty list')
    return item
  }

  /** The numbers 0 … length − 1 in random order (Fisher & Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i)
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const swapped = order[i] ?? 0
      order[i] = order[j] ?? 0
      order[j] = swapped
    }
    return order
  }
}

/** Under this symbol a notebook's `%%seed` leaves its number. */
const HOST_SEED = Symbol.for('fovea.seed')

/** The seed of what is given none: 0, or what the notebook has chosen with `%seed`. */
export function defaultSeed(): number {
  return (globalThis as { [HOST_SEED]?: number })[HOST_SEED] ?? 0
}

/** Mixes numbers into one 32-bit seed, so that (seed, index) names an independent stream. */
export function mixSeeds(...parts: number[]): number {
  let hash = 0x9e3779b9
  for (const part of parts) {
    // The finaliser of MurmurHash3 (Appleby), once per part.
    hash = Math.imul(hash ^ part, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash | 0
}
