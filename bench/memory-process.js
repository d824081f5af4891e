/**
 * Peak memory of a process that computes one gradient after another, in MiB: NETWORK BATCH RUNS. It runs what
 * users do, the compiled library, so that no compiler of TypeScript is counted: npm run build.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { Random } from '../dist/src/image/random.js'
import { float32 } from '../dist/src/network/graph.js'
import { Network } from '../dist/src/network/network.js'
import { torchvision } from '../dist/src/network/zoo/torchvision.js'
import { classScore } from '../dist/src/objectives/scores.js'

const [name, batch, runs] = process.argv.slice(2)
const random = new Random(1)
/** Of plausible size, and positive: variances are among them. */
const weights = (_, shape) => {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
  const deviation = shape.length === 1 ? 1 : Math.sqrt((2 * shape[0]) / data.length)
  return float32(
    data.map(() => random.uniform(0.5, 1) * deviation),
    shape,
  )
}
const net = await Network.from(torchvision[name].architecture(weights, [224, 224]), { name })
const shape = [Number(batch), 3, 224, 224]
const data = new Float32Array(shape.reduce((a, b) => a * b)).map(() => random.normal())
for (let i = 0; i < Number(runs); i++) await net.gradient({ data, shape }, { of: classScore(5) })
// Linux's resource usage includes the process that started this one, until it became this one.
const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))
process.stdout.write(String(Number(kilobytes) / 1024))
