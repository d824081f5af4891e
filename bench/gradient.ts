/**
 * Forward, and forward + gradient of a class score by the pixels, at 224², batch 1: beside the arithmetic
 * limit of the machine, and beside PyTorch where it is installed. Runs are interleaved, so that what
 * else the machine does falls on both.
 *
 *     npm run bench                 prints the table
 *     npm run bench -- --write      and writes it into docs/benchmarks.md
 */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onnx } from '../src/engine/onnx.js'
import type { Tensor } from '../src/engine/tensor.js'
import { Random } from '../src/image/random.js'
import { Builder } from '../src/network/builder.js'
import { float32, Graph, numberAttribute } from '../src/network/graph.js'
import { Network } from '../src/network/network.js'
import type { Initialiser } from '../src/network/zoo/architecture.js'
import { mobilenet_v2 } from '../src/network/zoo/mobilenet.js'
import { resnet18 } from '../src/network/zoo/resnet.js'
import { squeezenet1_1 } from '../src/network/zoo/squeezenet.js'
import { vgg16 } from '../src/network/zoo/vgg.js'
import { classScore } from '../src/objectives/scores.js'

const networks = { squeezenet1_1, vgg16, resnet18, mobilenet_v2 }
const rounds = 5
const repeats = 5

/** Random weights of plausible size; a variance of 1 where batch norm wants one. */
function randomWeights(seed: number): Initialiser {
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

/** Floating-point operations of a forward pass: 2 for each multiplication with a weight. */
function forwardOperations(graph: Graph): number {
  const b = new Builder(graph.copy())
  return graph.nodes.reduce((sum, node) => {
    if (node.op !== 'Conv' && node.op !== 'Gemm') return sum
    const weights = b.shape(node.inputs[1]!).map(Number)
    const perOutput = weights.slice(1).reduce((p, n) => p * n, 1)
    const outputs = b
      .shape(node.outputs[0]!)
      .slice(1)
      .reduce<number>((p, n) => p * Number(n), 1)
    const transposed = node.op === 'Gemm' && numberAttribute(node, 'transB', 0) === 0
    return sum + 2 * outputs * (transposed ? weights[0]! : perOutput)
  }, 0)
}

/** The most operations per second that this machine reaches, by a large matrix product. */
async function peak(): Promise<number> {
  const n = 2048
  const graph = new Graph()
  graph.inputs = ['a', 'b'].map((name) => ({ name, type: 'float32', shape: [n, n] }))
  const b = new Builder(graph)
  const product = b.add('MatMul', ['a', 'b'])
  const program = await onnx.compile(graph.extract([product]))
  const matrix = float32(new Float32Array(n * n).fill(0.5), [n, n])
  const times: number[] = []
  for (let i = 0; i < 8; i++) times.push(await time(() => program.run({ a: matrix, b: matrix })))
  await program.release()
  return (2 * n ** 3) / (Math.min(...times) / 1000)
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/** PyTorch in a process of its own, or undefined where it is not installed. */
async function torchPeer(threads: number): Promise<Peer | undefined> {
  const script = fileURLToPath(new URL('torch_peer.py', import.meta.url))
  const child = spawn('/usr/bin/python3', [script, String(threads)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.on('error', () => undefined)
  const first = await lines.next()
  if (first.done) return undefined
  return {
    version: first.value,
    async times(name, pass) {
      child.stdin.write(`${name} ${pass} ${repeats}\n`)
      const line = await lines.next()
      if (line.done) throw new Error('the process that runs PyTorch ended')
      return line.value.split(' ').map(Number)
    },
    stop: () => child.kill(),
  }
}

interface Peer {
  version: string
  times(name: string, pass: 'forward' | 'gradient'): Promise<number[]>
  stop(): void
}

const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1]!
const ms = (times: number[]): string =>
  `${Math.min(...times).toFixed(1)} / ${median(times).toFixed(1)}`

async function main(): Promise<void> {
  const threads = availableParallelism()
  const limit = await peak()
  const torch = await torchPeer(threads)
  const rows: string[][] = []
  for (const [name, architecture] of Object.entries(networks)) {
    const graph = architecture(randomWeights(1))
    const operations = forwardOperations(graph)
    const net = await Network.from(graph, { name })
    const random = new Random(2)
    const input: Tensor = {
      data: Float32Array.from({ length: 3 * 224 * 224 }, () => random.normal()),
      shape: [1, 3, 224, 224],
    }
    const passes = {
      forward: () => net.run(input),
      gradient: () => net.gradient(input, { of: classScore(5) }),
    }
    const compile = await time(passes.gradient)
    await passes.forward()
    for (const pass of ['forward', 'gradient'] as const) {
      if (torch) await torch.times(name, pass)
      const ours: number[] = []
      const theirs: number[] = []
      for (let round = 0; round < rounds; round++) {
        for (let i = 0; i < repeats; i++) ours.push(await time(passes[pass]))
        if (torch) theirs.push(...(await torch.times(name, pass)))
      }
      const bound = ((pass === 'forward' ? 1 : 2) * operations * 1000) / limit
      rows.push([
        name,
        pass === 'forward' ? 'forward' : 'forward + gradient',
        ms(ours),
        torch ? ms(theirs) : '–',
        torch ? (Math.min(...ours) / Math.min(...theirs)).toFixed(2) : '–',
        bound.toFixed(1),
        (Math.min(...ours) / bound).toFixed(2),
        pass === 'gradient' ? compile.toFixed(0) : '',
      ])
      console.log(rows.at(-1)!.join('  '))
    }
    await net.release()
  }
  torch?.stop()

  const head = [
    'network',
    'pass',
    'Fovea ms',
    'PyTorch ms',
    'ratio',
    'limit ms',
    '× limit',
    'first call ms',
  ]
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)
  const text = [
    `224×224, batch 1, random weights; best / median of ${rounds * repeats} interleaved runs on ` +
      `${threads} threads of ${cpus()[0]?.model.trim()}. ${onnx.version}; ${torch?.version ?? 'no PyTorch here'}.`,
    `The ratio is of the best times. The limit is the arithmetic alone at ${(limit / 1e9).toFixed(0)} GFLOP/s, ` +
      `what a 2048³ matrix product reached in the same run; the gradient by the pixels costs as much ` +
      `arithmetic as the forward pass.`,
    '',
    ...table,
  ].join('\n')
  console.log(`\n${text}`)
  if (process.argv.includes('--write')) await writeSection('gradient', text)
}

/** Replaces what stands between the section's marks in docs/benchmarks.md. */
async function writeSection(name: string, text: string): Promise<void> {
  const file = new URL('../docs/benchmarks.md', import.meta.url)
  const page = await readFile(file, 'utf8')
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const start = page.indexOf(open)
  const end = page.indexOf(close)
  if (start < 0 || end < 0) throw new Error(`docs/benchmarks.md has no section '${name}'`)
  await writeFile(file, `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`)
}

await main()
