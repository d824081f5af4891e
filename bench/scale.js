/**
 * How passes over a data set scale with workers: `npm run build && node bench/scale.js [pictures]`, on a machine
 * that does nothing else. Each line is the better of two runs, everything included from the call to the
 * merged result.
 */
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { viz } from '../dist/src/index.js'

const length = Number(process.argv[2] ?? 4000)
const net = await viz.model('scenes')
const data = viz.scenes({ seed: 3, length })

const passes = {
  'features of conv5': async (options) => viz(net).embed(data, 'conv5', options),
  'maximal patches of conv5': (options) =>
    viz(net)
      .layer('conv5')
      .patches(data, 9, { ...options, cache: false }),
  'robustness, 4 corruptions': (options) =>
    viz.robustness([net], data, {
      ...options,
      images: Math.ceil(length / 20),
      corruptions: ['gaussian noise', 'motion blur', 'fog', 'jpeg'],
    }),
}

const workers = [undefined, ...[1, 2, 4, 8, 16, 32].filter((n) => n <= availableParallelism())]
for (const [name, pass] of Object.entries(passes)) {
  await pass({}) // the first time reads drawings and compiles
  let alone
  for (const count of workers) {
    const times = []
    for (let run = 0; run < 2; run++) {
      const start = performance.now()
      await pass(count === undefined ? {} : { workers: count })
      times.push((performance.now() - start) / 1000)
    }
    const best = Math.min(...times)
    alone ??= best
    const who = count === undefined ? 'this process' : `${count} worker${count > 1 ? 's' : ''}`
    const speed = `${(alone / best).toFixed(2)}×`
    process.stdout.write(
      `${name}: ${who.padEnd(12)} ${best.toFixed(1).padStart(6)} s ${speed.padStart(7)}\n`,
    )
  }
}
