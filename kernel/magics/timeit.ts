import { defineMagic, UsageError } from './core/magic.js'
import { duration } from './time.js'

/** Milliseconds that a run lasts at least, unless `-n` says how many loops it has. */
const LONG_ENOUGH = 100

export const timeit = defineMagic({
  name: 'timeit',
  kind: 'line',
  usage: ['%timeit [-n LOOPS] [-r RUNS] CODE'],
  summary:
    'Runs a line again and again (default 5 runs of at least 0.1 s), and tells its mean time.',
  example: '%timeit Math.hypot(3, 4)',
  code: 'repeatedly',
  options: /^(?:-[nr]\s*\S+(?:\s+|$))*/,
  parse(text) {
    const count = (option: string) => {
      const [, value] = new RegExp(`-${option}\\s*(\\S+)`).exec(text) ?? []
      if (value !== undefined && !/^[1-9]\d{0,8}$/.test(value))
        throw new UsageError(`-${option} takes a whole number above 0, not '${value}'`)
      return value === undefined ? undefined : Number(value)
    }
    return { loops: count('n'), runs: count('r') ?? 5 }
  },
  async run({ loops: wanted, runs }, { print, signal }, { code = () => {} }) {
    const measure = async (loops: number) => {
      const start = performance.now()
      for (let i = 0; i < loops; i++) {
        const value = code()
        if (value instanceof Promise) await value
      }
      return performance.now() - start
    }
    let loops = wanted ?? 1
    // 1, 2, 5, 10, 20, 50 …
    for (let step = 0; !wanted && loops < 1e9 && (await measure(loops)) < LONG_ENOUGH; step++)
      loops *= step % 3 === 1 ? 2.5 : 2
    const times: number[] = []
    while (times.length < runs && !signal.aborted) times.push((await measure(loops)) / loops)
    const mean = times.reduce((sum, one) => sum + one, 0) / times.length
    const variance = times.reduce((sum, one) => sum + (one - mean) ** 2, 0) / times.length
    print(
      `${duration(mean)} ± ${duration(Math.sqrt(variance))} per loop ` +
        `(mean ± standard deviation of ${runs} runs, ${loops.toLocaleString('en')} loops each)\n`,
    )
  },
})
