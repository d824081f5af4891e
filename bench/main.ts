/**
 * Measures Fovea beside PyTorch, and beside Captum where it is installed; of the kernel latency and memory.
 *
 *     npm run bench                          prints the tables
 *     npm run bench -- --write               and writes them into docs/benchmarks.md
 *     npm run bench -- --only gradient       one section: gradient, methods, memory, training, embeddings, patches,
 *                                            kernel, fast-style
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { onnx } from '../src/engine/onnx.js'
import { Builder } from '../src/network/builder.js'
import { float32, Graph } from '../src/network/graph.js'
import { embeddingsSection } from './embeddings.js'
import { fastStyleSection } from './fast-style.js'
import { gradientSection } from './gradient.js'
import { kernelSection } from './kernel.js'
import { type Setting, time, writeSection } from './measure.js'
import { memorySection } from './memory.js'
import { methodsSection } from './methods.js'
import { torchPeer } from './peer.js'
import { patchesSection } from './patches.js'
import { trainingSection } from './training.js'

const sections: Record<string, (setting: Setting) => Promise<string>> = {
  gradient: gradientSection,
  methods: methodsSection,
  memory: memorySection,
  training: trainingSection,
  embeddings: embeddingsSection,
  patches: patchesSection,
  kernel: kernelSection,
  'fast-style': fastStyleSection,
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
  const start = performance.now()
  while (performance.now() - start < 15_000)
    times.push(await time(() => program.run({ a: matrix, b: matrix })))
  await program.release()
  return (2 * n ** 3) / (Math.min(...times) / 1000)
}

const { values } = parseArgs({
  options: { write: { type: 'boolean' }, only: { type: 'string', multiple: true } },
})
const chosen = values.only ?? Object.keys(sections)
for (const name of chosen)
  if (!Object.hasOwn(sections, name))
    throw new Error(`no section '${name}'; there are ${Object.keys(sections).join(', ')}`)
const peer = await torchPeer(availableParallelism())
const setting = { peer, limit: await peak() }
for (const name of chosen) {
  const text = await sections[name]!(setting)
  console.log(`\n${text}\n`)
  if (values.write) await writeSection(name, text)
}
peer?.stop()
