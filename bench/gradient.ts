/** Forward, and forward + gradient of a class score by the pixels, at 224², alone and in batches of 16. */
import { availableParallelism, cpus } from 'node:os'
import { onnx } from '../src/engine/onnx.js'
import { Builder } from '../src/network/builder.js'
import { type Graph, numberAttribute } from '../src/network/graph.js'
import { classScore } from '../src/objectives/scores.js'
import {
  compare,
  ms,
  network,
  type NetworkName,
  networks,
  normalInput,
  randomWeights,
  ratio,
  type Setting,
  table,
  time,
} from './measure.js'

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

const passes = { forward: 1, gradient: 2 } as const // times the arithmetic of a forward pass
const BATCH_SIZE = 16

export async function gradientSection({ peer, limit }: Setting): Promise<string> {
  const rows: string[][] = []
  for (const name of Object.keys(networks) as NetworkName[]) {
    const operations = forwardOperations(networks[name](randomWeights(1)))
    const net = await network(name)
    const image = normalInput(1)
    const of = classScore(5)
    const runs = { forward: () => net.run(image), gradient: () => net.gradient(image, { of }) }
    const firstCall = await time(runs.gradient)
    for (const pass of ['forward', 'gradient'] as const) {
      const compared = await compare(runs[pass], peer, pass, name)
      const bound = (passes[pass] * operations * 1000) / limit
      rows.push([
        name,
        pass === 'forward' ? 'forward' : 'forward + gradient',
        '1',
        ms(compared.ours),
        ms(compared.theirs),
        ratio(compared),
        bound.toFixed(1),
        (Math.min(...compared.ours) / bound).toFixed(2),
        pass === 'gradient' ? firstCall.toFixed(0) : '',
      ])
      console.log(rows.at(-1)!.join('  '))
    }
    await net.release()

    const images = normalInput(BATCH_SIZE)
    const run = (): Promise<unknown> => net.gradient(images, { of })
    const options = { batch: BATCH_SIZE, repeats: name === 'vgg16' ? 1 : 2 }
    const { ours, theirs } = await compare(run, peer, 'gradient', name, options)
    const perImage = (times: number[]): number[] => times.map((t) => t / BATCH_SIZE)
    const each = { ours: perImage(ours), theirs: perImage(theirs) }
    const bound = (2 * operations * 1000) / limit
    rows.push([
      name,
      'forward + gradient, per image',
      String(BATCH_SIZE),
      ms(each.ours),
      ms(each.theirs),
      ratio(each),
      bound.toFixed(1),
      (Math.min(...each.ours) / bound).toFixed(2),
      '',
    ])
    console.log(rows.at(-1)!.join('  '))
    await net.release()
  }
  const head = [
    'network',
    'pass',
    'batch',
    'Fovea ms',
    'PyTorch ms',
    'ratio',
    'limit ms',
    '× limit',
  ]
  return [
    `224×224, random weights; best / median of interleaved runs on ${availableParallelism()} threads of ` +
      `${cpus()[0]?.model.trim()}. ${onnx.version}; ${peer?.version ?? 'no PyTorch here'}.`,
    `The ratio is of the best times. The limit is the arithmetic alone at ${(limit / 1e9).toFixed(0)} GFLOP/s, ` +
      `what a 2048³ matrix product reached in the same run; the gradient by the pixels costs as much ` +
      `arithmetic as the forward pass. A single image's class score takes one row of the last layer, not all.`,
    '',
    table([...head, 'first call ms'], rows),
  ].join('\n')
}
