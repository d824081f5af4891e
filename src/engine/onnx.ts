/** The default engine: ONNX Runtime, on the CPU or on another of its execution providers. */
import { createRequire } from 'node:module'
import * as ort from 'onnxruntime-node'
import { type ElementType, elementTypes, Graph, type TypedTensor } from '../network/graph.js'
import { writeOnnxParts } from '../network/onnx-file.js'
import type { Engine, Program } from './engine.js'

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
  version: string
}

// Since 1.30, ONNX Runtime tells its maker of its sessions, under an identifier that it keeps in the user's cache,
// unless this is set before the first one. (On Windows the system's own settings decide.)
process.env.ORT_DISABLE_TELEMETRY ??= '1'

/** What ONNX Runtime can compute on, and what each of them needs. */
const needs = {
  cpu: 'nothing',
  webgpu: 'a GPU with a Vulkan, Metal or Direct3D 12 driver',
  cuda:
    "an NVIDIA GPU with CUDA 12 and cuDNN, and ONNX Runtime's CUDA libraries, which its install script " +
    'downloads when it is told to (onnxruntime-node-install=cuda12)',
  dml: 'Windows and a GPU with Direct3D 12',
  coreml: 'macOS',
} as const

export type Provider = keyof typeof needs

export interface OnnxOptions {
  /** Where the graph is computed. Operators that a provider lacks run on the CPU. Default 'cpu'. */
  provider?: Provider
  /** Threads that one operator is computed on. Default: `FOVEA_THREADS` of the environment, or one for each core. */
  threads?: number
}

/**
 * 5 MB: what comes next finds it in the cache. The gradients of 16 images took 15.3 ms each by SqueezeNet and 15.6
 * by MobileNetV2 in one run, and 13.6 and 13.4 one by one; by `scenes` 2.15 one by one and 1.7 in runs of 16 or more.
 */
const ACTIVATIONS = 1.2e6

/**
 * The engine `onnx`: ONNX Runtime.
 *
 * @throws Error from `compile`, where the provider is not there, saying why and what it needs.
 * @example await Network.from(graph, { engine: onnxEngine({ provider: 'webgpu' }) })
 */
export function onnxEngine({
  provider = 'cpu',
  threads = Number(process.env.FOVEA_THREADS) || undefined,
}: OnnxOptions = {}): Engine {
  const name = `onnxruntime-node ${version}`
  let started: Promise<void> | undefined
  return {
    name: 'onnx',
    version: provider === 'cpu' ? name : `${name} (${provider})`,
    ...(provider === 'cpu' && { activations: ACTIVATIONS }),

    async compile(graph: Graph): Promise<Program> {
      await (started ??= checkProvider(provider))
      const fed = provider === 'cpu' ? largeMatrices(graph) : []
      const session = await createSession(withInputs(graph, fed), provider, threads)
      const matrices = Object.fromEntries(fed.map(([name, tensor]) => [name, toOrt(tensor)]))
      return {
        async run(feeds) {
          const inputs = Object.entries(feeds).map(
            ([name, tensor]) => [name, toOrt(tensor)] as const,
          )
          const results = await session.run({ ...matrices, ...Object.fromEntries(inputs) })
          return Object.fromEntries(
            Object.entries(results).map(([name, value]) => [name, fromOrt(value)]),
          )
        },
        release: () => session.release(),
      }
    },
  }
}

export const onnx: Engine = onnxEngine()

function createSession(
  graph: Graph,
  provider: Provider,
  threads?: number,
): Promise<ort.InferenceSession> {
  const { model, weights } = writeOnnxParts(graph)
  return ort.InferenceSession.create(model, {
    executionProviders: [provider],
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    // The binding takes inherited properties for elements, where somebody has extended all arrays.
    externalData: Object.setPrototypeOf(weights, null) as typeof weights,
    graphOptimizationLevel: 'all',
    // One block planned for a whole run would stay besides the arena: 1124 against 832 MiB on ResNet-18's
    // gradient of 16 images, in the same time.
    enableMemPattern: false,
    logSeverityLevel: 3, // errors alone: a notebook's output is no place for the runtime's hints
    extra: {
      session: {
        // Idle threads would spin, and slow down every other program: 20 against 18 ms on MobileNetV2.
        force_spinning_stop: '1',
        // Weights beside the arena, which would round their memory up.
        use_device_allocator_for_initializers: '1',
      },
    },
  })
}

/** In bytes; of a fully connected layer of 4 million weights. */
const LARGE = 2 ** 24

/** Operators that take a matrix as it is, at any time, with no work that could have been done before. */
const MATRIX_OPERATORS = ['MatMul', 'Gemm', 'Gather']

/**
 * The constant matrices of fully connected layers that are so large that copies of them count. As inputs
 * they are read from where they lie, by all programs of a network; as constants each program would have
 * a copy, for no gain in speed: {@link ../../docs/benchmarks.md} has VGG-16's memory.
 */
function largeMatrices({ constants, nodes }: Graph): [string, TypedTensor][] {
  const computed = new Set(
    nodes.filter(({ op }) => !MATRIX_OPERATORS.includes(op)).flatMap(({ inputs }) => inputs),
  )
  return [...constants].filter(
    ([name, { shape, data }]) =>
      shape.length === 2 && data.byteLength >= LARGE && !computed.has(name),
  )
}

/** The graph with these constants as inputs. */
function withInputs(graph: Graph, constants: [string, TypedTensor][]): Graph {
  if (constants.length === 0) return graph
  const copy = graph.copy()
  for (const [name, { type, shape }] of constants) {
    copy.constants.delete(name)
    copy.inputs.push({ name, type, shape: [...shape] })
  }
  return copy
}

/** Starts a provider on the least of graphs, so that what fails later is not for want of it. */
async function checkProvider(provider: Provider): Promise<void> {
  if (provider === 'cpu') return
  if (!Object.hasOwn(needs, provider))
    throw new RangeError(
      `no onnx provider '${String(provider)}'; there are ${Object.keys(needs).join(', ')}`,
    )
  const unusable = (reason: string, cause?: unknown): Error =>
    new Error(
      `the onnx provider '${provider}' cannot be used here: ${reason}. It needs ${needs[provider]}`,
      { cause },
    )
  if (!ort.listSupportedBackends().some(({ name }) => name === provider))
    throw unusable(`onnxruntime-node has none for ${process.platform} on ${process.arch}`)
  const graph = new Graph()
  graph.inputs = [{ name: 'x', type: 'float32', shape: [1] }]
  graph.nodes = [{ op: 'Relu', name: 'y', inputs: ['x'], outputs: ['y'], attributes: {} }]
  graph.outputs = [{ name: 'y', type: 'float32', shape: [1] }]
  try {
    await (await createSession(graph, provider)).release()
  } catch (error) {
    // The runtime's own messages begin with places in its source.
    const reason = (error as Error).message
      .trim()
      .split('\n')[0]!
      .replace(/^.*was false\. /, '')
    throw unusable(reason, error)
  }
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
