/** Neighbours, PCA and t-SNE beside scikit-learn's, in the same run. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { principalComponents } from '../src/embeddings/components.js'
import type { Matrix } from '../src/embeddings/matrix.js'
import { nearest } from '../src/embeddings/nearest.js'
import { trustworthiness } from '../src/embeddings/quality.js'
import { affinities } from '../src/embeddings/tsne/affinities.js'
import { divergence, repelExactly } from '../src/embeddings/tsne/gradient.js'
import { tsnePoints } from '../src/embeddings/tsne.js'
import { Random } from '../src/image/random.js'
import { table } from './measure.js'

const [ROWS, COLUMNS, CLASSES] = [5000, 512, 20]
/** How many maps of t-SNE: from one to the next they differ by more than the two programs do. */
const SEEDS = 3

/** Vectors like a network's: classes that vary along directions of their own, and noise. */
function features(): Matrix {
  const random = new Random(1)
  const normals = (length: number) => Float32Array.from({ length }, () => random.normal())
  const centres = normals(CLASSES * COLUMNS)
  const directions = normals(CLASSES * 6 * COLUMNS)
  const data = new Float32Array(ROWS * COLUMNS)
  for (let i = 0; i < ROWS; i++) {
    const label = random.integer(CLASSES)
    const along = normals(6)
    for (let c = 0; c < COLUMNS; c++) {
      const own = along.reduce(
        (sum, a, k) => sum + a * directions[(label * 6 + k) * COLUMNS + c]!,
        0,
      )
      data[i * COLUMNS + c] =
        0.6 * centres[label * COLUMNS + c]! + 0.25 * own + 0.35 * random.normal()
    }
  }
  return { data, rows: ROWS, columns: COLUMNS }
}

interface Peer {
  version: string
  run(task: string, seed: number): Promise<{ seconds: number; found: Float32Array }>
  stop(): Promise<void>
}

/** Undefined where /usr/bin/python3 has no scikit-learn. */
async function sklearnPeer({ data, rows, columns }: Matrix): Promise<Peer | undefined> {
  const script = fileURLToPath(new URL('sklearn_peer.py', import.meta.url))
  const child = spawn('/usr/bin/python3', [script, String(availableParallelism())], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.done) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'fovea-bench-'))
  const [path, out] = [join(folder, 'vectors'), join(folder, 'found')]
  await writeFile(path, data)
  return {
    version: first.value,
    async run(task, seed) {
      child.stdin.write(`${task} ${path} ${rows} ${columns} ${seed} ${out}\n`)
      const line = await lines.next()
      if (line.done) throw new Error(`the process that runs scikit-learn ended in ${task}`)
      const { buffer, byteOffset, byteLength } = await readFile(out)
      const found = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
      return { seconds: Number(line.value), found }
    },
    async stop() {
      child.kill()
      await rm(folder, { recursive: true })
    },
  }
}

const tasks: Record<string, (x: Matrix, seed: number) => Promise<Float32Array | undefined>> = {
  neighbours: async (x) => {
    await nearest(x, x, 10, { except: Int32Array.from({ length: x.rows }, (_, i) => i) })
    return undefined
  },
  pca: async (x) => Float32Array.from((await principalComponents(x, 10, 0)).variances),
  tsne: async (x, seed) => (await tsnePoints(x, { seed })).points,
}

const titles: Record<string, string> = {
  neighbours: '10 nearest neighbours of each, exact',
  pca: '10 principal components',
  tsne: 't-SNE, 1000 iterations',
}

export async function embeddingsSection(): Promise<string> {
  const x = features()
  const peer = await sklearnPeer(x)
  const rows: string[][] = []
  let maps = ''
  for (const [task, run] of Object.entries(tasks)) {
    const repeats = task === 'tsne' ? SEEDS : 5
    const [ours, theirs]: [number[], number[]] = [[], []]
    const [own, others]: [Float32Array[], Float32Array[]] = [[], []]
    for (let seed = 0; seed < repeats; seed++) {
      const start = performance.now()
      const found = await run(x, seed)
      ours.push((performance.now() - start) / 1000)
      if (found) own.push(found)
      const compared = await peer?.run(task, seed)
      if (!compared) continue
      theirs.push(compared.seconds)
      others.push(compared.found)
    }
    const [best, peerBest] = [Math.min(...ours), Math.min(...theirs)]
    const seconds = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : '')
    const ratio = theirs.length > 0 ? (best / peerBest).toFixed(2) : ''
    rows.push([titles[task]!, seconds(best), seconds(peerBest), ratio])
    console.log(rows.at(-1)!.join('  '))
    if (task === 'tsne') maps = await quality(x, own, others)
  }
  await peer?.stop()
  return [
    `${ROWS} vectors of ${COLUMNS}; the best of interleaved runs on ${availableParallelism()} threads of ` +
      `${cpus()[0]?.model.trim()}; beside ${peer?.version ?? 'nothing: no scikit-learn here'}.`,
    maps,
    '',
    table(['', 'Fovea s', 'scikit-learn s', 'ratio'], rows),
  ].join('\n')
}

/** Maps of both sides by the same measures: KL on the same affinities with all pairs in Q, and trustworthiness. */
async function quality(
  x: Matrix,
  ours: readonly Float32Array[],
  theirs: readonly Float32Array[],
): Promise<string> {
  const p = await affinities(x, 30, 90)
  const of = async (maps: readonly Float32Array[]): Promise<string> => {
    const divergences: number[] = []
    const trusts: number[] = []
    for (const points of maps) {
      const y = Float64Array.from(points)
      divergences.push(divergence(p, y, 2, repelExactly(y, 2, new Float64Array(y.length))))
      trusts.push(await trustworthiness(x, { data: points, rows: x.rows, columns: 2 }, 5))
    }
    return `KL ${told(divergences, 4)}, trustworthiness ${told(trusts, 5)}`
  }
  const others = theirs.length > 0 ? `; scikit-learn's: ${await of(theirs)}` : ''
  return `Maps of t-SNE by ${SEEDS} seeds: ${await of(ours)}${others}.`
}

/** The mean, and in brackets the least and the most. */
function told(values: readonly number[], digits: number): string {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `${mean.toFixed(digits)} (${least.toFixed(digits)} … ${most.toFixed(digits)})`
}
