/** The second engine: the same graphs, interpreted on TensorFlow's ops. */
import type { Graph, TypedTensor } from '../network/graph.js'
import type { Engine, Program } from './engine.js'
import { type Backend, startBackend } from './tensorflow/backend.js'
import { elementTypesOf } from './tensorflow/element-types.js'
import { Interpreter } from './tensorflow/interpreter.js'
import { tensorOf, typedTensor } from './tensorflow/tensors.js'
import { tf } from './tensorflow/tf.js'

export interface TensorflowOptions {
  /** What computes. Default: the fastest that is there. */
  backend?: Backend
}

/**
 * The engine `tensorflow`. It is loaded at the first {@link Engine.compile}.
 *
 * The backend is tf's current one from then on, in the user's own tf code as well. WASM computes on one
 * thread; the few kernels that it lacks run on the plain backend.
 *
 * Numbers are float32, int32 or bool whatever the graph says: float64 and float16 are computed as float32,
 * and whole numbers beyond 2³¹ become its bounds.
 *
 * @throws Error from `compile`, where the backend that is wanted is not installed.
 * @example await Network.load('resnet18.onnx', { engine: tensorflowEngine({ backend: 'node-gpu' }) })
 */
export function tensorflowEngine({ backend: wanted }: TensorflowOptions = {}): Engine {
  let started: ReturnType<typeof startBackend> | undefined
  let backend: Backend | undefined
  const ready = async (): Promise<void> => {
    started ??= startBackend(wanted)
    const running = await started
    backend = running.backend
    if (tf.getBackend() !== running.name) await tf.setBackend(running.name)
  }

  return {
    name: 'tensorflow',
    /** The backend is known once something was compiled: `tfjs 4.22.0 (wasm)`. */
    get version() {
      return `tfjs ${tf.version.tfjs}${backend ? ` (${backend})` : ''}`
    },
    async compile(graph: Graph): Promise<Program> {
      await ready()
      const types = elementTypesOf(graph)
      const interpreter = new Interpreter(graph)
      return {
        async run(feeds) {
          await ready()
          const results: Record<string, TypedTensor> = {}
          tf.tidy(() => {
            const inputs = Object.entries(feeds).map(
              ([name, feed]) => [name, tensorOf(feed)] as const,
            )
            interpreter.run(Object.fromEntries(inputs), true).forEach((tensor, i) => {
              const { name } = graph.outputs[i]!
              results[name] = typedTensor(tensor, types.get(name) ?? 'float32')
            })
          })
          return results
        },
        async release() {
          interpreter.dispose()
        },
      }
    },
  }
}

export const tensorflow: Engine = tensorflowEngine()
