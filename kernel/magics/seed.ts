import { mixSeeds, Random } from '../../src/image/random.js'
import { defineMagic, UsageError } from './core/magic.js'

/** Where the library looks for the seed of what is given none. */
const SEED = Symbol.for('fovea.seed')
const global = globalThis as { [SEED]?: number }
const unseededRandom = Math.random

export const seed = defineMagic({
  name: 'seed',
  kind: 'both',
  usage: ['%seed NUMBER', '%seed off', '%%seed NUMBER'],
  summary:
    'Seeds what is given no seed, `Math.random` (and so TensorFlow.js) included: from here on, or in this cell.',
  example: '%%seed 7\nviz.scenes().get(0)',
  suggest: (before) => (before.length === 0 ? ['off'] : []),
  parse(text) {
    if (text === 'off') return undefined
    if (/^-?\d+$/.test(text) && Number(text) === (Number(text) | 0)) return Number(text)
    throw new UsageError(`it takes a whole number of 32 bits, not '${text}'`)
  },
  run: plant,
  around(value) {
    const [before, random] = [global[SEED], Math.random]
    plant(value)
    return () => {
      global[SEED] = before
      Math.random = random
    }
  },
})

/** Packages draw numbers as they load, which would leave others to a cell that loads them than to one that does not. */
export function unseeded<T>(load: () => T): T {
  const random = Math.random
  Math.random = unseededRandom
  try {
    return load()
  } finally {
    Math.random = random
  }
}

function plant(value: number | undefined): void {
  global[SEED] = value
  const random = value === undefined ? undefined : new Random(mixSeeds(value))
  Math.random = random ? () => random.uniform() : unseededRandom
}
