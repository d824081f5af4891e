/**
 * Tries one engine on a tiny graph and its gradient: `node probe.js onnx cpu`. It is a program of its
 * own, since a driver that is broken may take its process down. Prints one line of JSON.
 */
import type { Engine } from '../../src/engine/engine.js'
import { onnxEngine, type Provider } from '../../src/engine/onnx.js'
import { tensorflowEngine } from '../../src/engine/tensorflow.js'
import type { Backend } from '../../src/engine/tensorflow/backend.js'
import { gradient } from '../../src/gradient/gradient.js'
import { Builder } from '../../src/network/builder.js'
import { float32, Graph } from '../../src/network/graph.js'

/** Either how long it took, or why it cannot be used. */
export type Probed = { version: string; milliseconds: number } | { reason: string }

async function probe(engine: Engine): Promise<Probed> {
  const started = performance.now()
  const graph = new Graph()
  graph.inputs = [{ name: 'x', type: 'float32', shape: [4] }]
  const b = new Builder(graph)
  const y = b.add('Mul', [b.add('Relu', ['x']), 'x']) // x² where x > 0, else 0
  const [slope = ''] = gradient(b, y, ['x'])
  graph.outputs = [y, slope].map((name) => ({ name, type: 'float32', shape: [4] }))

  const program = await engine.compile(graph)
  const results = await program.run({ x: float32([-2, -1, 1, 3], [4]) })
  await program.release()
  const [values, slopes] = [y, slope].map((name) => Array.from(results[name]!.data, Number))
  const isRight = String(values) === String([0, 0, 1, 9]) && String(slopes) === String([0, 0, 2, 6])
  return isRight
    ? { version: engine.version, milliseconds: performance.now() - started }
    : { reason: `it computes wrongly: ${String(values)}; gradient ${String(slopes)}` }
}

const [family, variant] = process.argv.slice(2)
let probed: Probed
try {
  // What is no provider or backend is refused by the engine itself, with the reason.
  probed = await probe(
    family === 'onnx'
      ? onnxEngine({ provider: variant as Provider })
      : tensorflowEngine({ backend: variant as Backend }),
  )
} catch (error) {
  probed = { reason: error instanceof Error ? error.message : String(error) }
}
// Native libraries write to stdout as well: the last line counts.
process.stdout.write(`\n${JSON.stringify(probed)}\n`, () => process.exit(0))
