/** The default engine: ONNX Runtime, on the CPU. */
import { createRequire } from 'node:module'
import * as ort from 'onnxruntime-node'
import { type ElementType, elementTypes, type Graph, type TypedTensor } from '../network/graph.js'
import { writeOnnx } from '../network/onnx-file.js'
import type { Engine, Program } from './engine.js'

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
  version: string
}

export const onnx: Engine = {
  name: 'onnx',
  version: `onnxruntime-node ${version}`,

  async compile(graph: Graph): Promise<Program> {
    const session = await ort.InferenceSession.create(writeOnnx(graph), {
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4, // what fails is thrown; a notebook's output is no place for the runtime's log
      // A session's threads spin while they wait, between runs too, and so slow down every other
      // session (and process): 20 against 18 ms on MobileNetV2 where two programs take turns.
      extra: { session: { force_spinning_stop: '1' } },
    })
    return {
      async run(feeds) {
        const inputs = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)] as const)
        const results = await session.run(Object.fromEntries(inputs))
        return Object.fromEntries(
          Object.entries(results).map(([name, value]) => [name, fromOrt(value)]),
        )
      },
      release: () => session.release(),
    }
  },
}

function toOrt({ type, shape, data }: TypedTensor): ort.Tensor {
  return new ort.Tensor(type, data as ort.Tensor.DataType, shape)
}

function fromOrt(value: ort.Tensor): TypedTensor {
  if (!(value.type in elementTypes))
    throw new Error(`the graph returned ${value.type} values, which are not supported`)
  return {
    type: value.type as ElementType,
    shape: [...value.dims],
    data: value.data as TypedTensor['data'],
  }
}
