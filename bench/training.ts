/** Training the embedded architectures: images per second, beside PyTorch, and with scenes made meanwhile. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Dataset } from '../datasets/dataset.js'
import { scenes, splits } from '../datasets/scenes/index.js'
import type { Network } from '../src/network/network.js'
import { newNetwork } from '../src/training/recipes/network.js'
import { recipeOf, type RecipeName } from '../src/training/recipes/recipes.js'
import { train, type TrainOptions } from '../src/training/train.js'
import type * as Prefetch from '../src/training/prefetch.js'
import type * as Train from '../src/training/train.js'
import { median, type Setting, table } from './measure.js'

const BATCH = 64
/** Steps of each measurement; the first two warm up. */
const STEPS = 62
const WARM = 2

export async function trainingSection({ limit }: Setting): Promise<string> {
  const rows: string[][] = []
  let version = 'no PyTorch here'
  for (const name of ['scenes', 'scenes-residual'] satisfies RecipeName[]) {
    const net = await newNetwork(name)
    const { ours, theirs, torch } = await sideBySide(name, net)
    version = torch ?? version
    const bound = (operations(net) * BATCH * 1000) / limit
    const best = Math.min(...ours)
    rows.push([
      name,
      rate(ours),
      theirs.length > 0 ? rate(theirs) : '–',
      theirs.length > 0
        ? `${(best / Math.min(...theirs)).toFixed(2)} / ${(median(ours) / median(theirs)).toFixed(2)}`
        : '–',
      ((BATCH * 1000) / bound).toFixed(0),
      (best / bound).toFixed(2),
      rate(await withScenes(name)),
    ])
    console.log(rows.at(-1)!.join('  '))
  }
  const { adversary } = recipeOf('scenes-robust')
  const attacked = await stepTimes(await newNetwork('scenes'), { adversary })
  const alone = generation()
  return [
    `Images per second, best / median step, 96×96 in batches of ${BATCH}, AdamW, on ${availableParallelism()} threads; ` +
      `steps of both in turns; beside ${version}. The limit is the arithmetic alone at ` +
      `${(limit / 1e9).toFixed(0)} GFLOP/s: three times that of the forward pass, less the first layer's gradient by ` +
      `the pixels. One thread makes ${alone.toFixed(0)} scenes per second; in the last column it does so while the ` +
      `network trains. Against an adversary of ${adversary?.steps} steps: ${rate(attacked)}.`,
    '',
    table(
      ['network', 'Fovea', 'PyTorch', 'ratio of times', 'limit', '× limit', 'with new scenes'],
      rows,
    ),
  ].join('\n')
}

/** Images that lie in memory. */
function inMemory(net: Network): Dataset<{ image: ReturnType<typeof example>; label: number }> {
  const some = Array.from({ length: BATCH }, (_, i) => example(i))
  return new Dataset(BATCH * STEPS, net.classes, (i) => ({
    image: some[i % BATCH]!,
    label: i % net.classes.length,
  }))
}
const example = (index: number) => scenes(splits.train).get(index).image

/** Milliseconds of each step; between the steps, another may have its turn. */
async function stepTimes(
  net: Network,
  options: TrainOptions = {},
  turn: () => Promise<void> = async () => {},
): Promise<number[]> {
  const times: number[] = []
  let last: number | undefined
  await train(net, inMemory(net), {
    batch: BATCH,
    shuffle: false,
    ...options,
    async onStep() {
      if (last !== undefined) times.push(performance.now() - last)
      await turn()
      last = performance.now()
    },
  })
  return times.slice(WARM)
}

async function sideBySide(
  name: RecipeName,
  net: Network,
): Promise<{ ours: number[]; theirs: number[]; torch: string | undefined }> {
  const script = fileURLToPath(new URL('torch_training.py', import.meta.url))
  const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'ignore'] })
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.stdin.write(`${name} ${net.classes.length} ${BATCH} ${availableParallelism()}\n`)
  const first = await lines.next()
  const theirs: number[] = []
  const ours = await stepTimes(net, {}, async () => {
    if (first.done) return
    child.stdin.write('step\n')
    theirs.push(Number((await lines.next()).value))
  })
  child.kill()
  return { ours, theirs: theirs.slice(WARM), torch: first.done ? undefined : first.value }
}

/** The same with scenes that a worker thread makes, which needs the compiled files. */
async function withScenes(name: RecipeName): Promise<number[]> {
  const root = new URL('../dist/', import.meta.url)
  if (!existsSync(new URL('src/training/train.js', root))) return []
  const load = (path: string): Promise<unknown> => import(new URL(path, root).href)
  const { train } = (await load('src/training/train.js')) as typeof Train
  const { remakeable } = (await load('src/training/prefetch.js')) as typeof Prefetch
  const network = (await load('src/training/recipes/network.js')) as {
    newNetwork: typeof newNetwork
  }
  const module = new URL('datasets/scenes/index.js', root)
  const data = await remakeable(module, 'scenes', { ...splits.train, length: BATCH * STEPS })
  const times: number[] = []
  let last: number | undefined
  await train(await network.newNetwork(name), data, {
    batch: BATCH,
    shuffle: false,
    onStep() {
      const now = performance.now()
      if (last !== undefined) times.push(now - last)
      last = now
    },
  })
  return times.slice(WARM)
}

/** Scenes per second on this thread, with nothing else to do, once all drawings have been read. */
function generation(): number {
  const data = scenes({ ...splits.train, length: 4096 })
  const warm = 1024
  for (let i = 0; i < warm; i++) data.get(i)
  const start = performance.now()
  for (let i = warm; i < data.length; i++) data.get(i)
  return ((data.length - warm) * 1000) / (performance.now() - start)
}

/** Floating-point operations of a step for one image. */
function operations(net: Network): number {
  const counts = net.layers.map(({ multiplyAdds }) => 2 * multiplyAdds)
  const first = counts.find((count) => count > 0) ?? 0
  return 3 * counts.reduce((sum, count) => sum + count, 0) - first
}

/** Images per second of the best and the median step. */
function rate(times: readonly number[]): string {
  if (times.length === 0) return '–'
  return [Math.min(...times), median(times)]
    .map((time) => ((BATCH * 1000) / time).toFixed(0))
    .join(' / ')
}
