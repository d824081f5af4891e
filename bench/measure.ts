/** What all sections of the benchmark share: networks, inputs, interleaved timing, tables. */
import { readFile, writeFile } from 'node:fs/promises'
import type { Tensor } from '../src/engine/tensor.js'
import { Random } from '../src/image/random.js'
import { float32 } from '../src/network/graph.js'
import { Network } from '../src/network/network.js'
import type { Initialiser } from '../src/network/zoo/architecture.js'
import { mobilenet_v2 } from '../src/network/zoo/mobilenet.js'
import { resnet18 } from '../src/network/zoo/resnet.js'
import { squeezenet1_1 } from '../src/network/zoo/squeezenet.js'
import { vgg16 } from '../src/network/zoo/vgg.js'
import type { Peer, Task } from './peer.js'

export const networks = { squeezenet1_1, vgg16, resnet18, mobilenet_v2 }
export type NetworkName = keyof typeof networks

/** What a section needs to know of the run. */
export interface Setting {
  peer: Peer | undefined
  /** The most floating-point operations per second that this machine reached, by a large matrix product. */
  limit: number
}

/**
 * Both sides run in turns for at least so many rounds, and so long: what else a machine's host does may
 * slow everything down by half for seconds, and each side should have its share of the rest.
 */
const ROUNDS = 5
const SECONDS = 12

/** Random weights of plausible size; a variance of 1 where batch norm wants one. */
export function randomWeights(seed: number): Initialiser {
  const random = new Random(seed)
  return (name, shape) => {
    const size = shape.reduce((a, b) => a * b, 1)
    if (/running_var|bn\d?\.weight|\.1\.weight/.test(name) && shape.length === 1)
      return float32(new Float32Array(size).fill(1), shape)
    const deviation = shape.length === 1 ? 0 : Math.sqrt(2 / (size / shape[0]!))
    return float32(
      Float32Array.from({ length: size }, () => random.uniform(-1.7, 1.7) * deviation),
      shape,
    )
  }
}

export const network = (name: NetworkName): Promise<Network> =>
  Network.from(networks[name](randomWeights(1)), { name })

export function normalInput(batch: number): Tensor {
  const random = new Random(2)
  const shape = [batch, 3, 224, 224]
  const size = batch * 3 * 224 * 224
  return { data: Float32Array.from({ length: size }, () => random.normal()), shape }
}

export async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

export interface Compared {
  ours: number[]
  theirs: number[]
}

/** Runs in turns, so that what else the machine does falls on both sides; both are warm. */
export async function compare(
  run: () => Promise<unknown>,
  peer: Peer | undefined,
  task: Task,
  name: NetworkName,
  { batch = 1, repeats = 5 } = {},
): Promise<Compared> {
  await run()
  await peer?.run(task, name, batch, 1)
  const result: Compared = { ours: [], theirs: [] }
  const start = performance.now()
  for (let round = 0; round < ROUNDS || performance.now() - start < 1000 * SECONDS; round++) {
    for (let i = 0; i < repeats; i++) result.ours.push(await time(run))
    if (peer) result.theirs.push(...(await peer.run(task, name, batch, repeats)).times)
  }
  return result
}

export const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1]!

/** Best and median. */
export const ms = (times: readonly number[]): string =>
  times.length ? `${Math.min(...times).toFixed(1)} / ${median(times).toFixed(1)}` : '–'

/** Of the best times. */
export const ratio = ({ ours, theirs }: Compared): string =>
  theirs.length ? (Math.min(...ours) / Math.min(...theirs)).toFixed(2) : '–'

export const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** Replaces what stands between the section's marks in docs/benchmarks.md. */
export async function writeSection(name: string, text: string): Promise<void> {
  const file = new URL('../docs/benchmarks.md', import.meta.url)
  const page = await readFile(file, 'utf8')
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const start = page.indexOf(open)
  const end = page.indexOf(close)
  if (start < 0 || end < 0) throw new Error(`docs/benchmarks.md has no section '${name}'`)
  await writeFile(file, `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`)
}
