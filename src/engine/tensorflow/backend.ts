/** What computes beneath tf.js: the fastest of its backends that is there. */
import { createRequire } from 'node:module'
import type { TensorInfo } from '@tensorflow/tfjs'
import { tf } from './tf.js'

const require = createRequire(import.meta.url)

/** From the fastest to the slowest. */
export const backends = ['node-gpu', 'node', 'wasm', 'plain'] as const

/**
 * - `node-gpu`: TensorFlow with CUDA, from @tensorflow/tfjs-node-gpu where that is installed
 * - `node`: TensorFlow on the CPU, from @tensorflow/tfjs-node where that is installed
 * - `wasm`: WebAssembly with SIMD on one thread
 * - `plain`: JavaScript
 */
export type Backend = (typeof backends)[number]

/** Makes a backend tf's current one and returns its name in tf, or undefined where it is not there. */
const starters: Record<Backend, () => Promise<string | undefined>> = {
  'node-gpu': () => startNative('@tensorflow/tfjs-node-gpu'),
  node: () => startNative('@tensorflow/tfjs-node'),
  wasm: startWasm,
  plain: () => start('cpu'),
}

/**
 * Starts a backend.
 *
 * @param wanted Default: the fastest that is there.
 * @returns Which it is, and tf's own name for it.
 * @throws Error where the one that is wanted is not there, saying how to get it.
 */
export async function startBackend(wanted?: Backend): Promise<{ backend: Backend; name: string }> {
  for (const backend of wanted ? [wanted] : backends) {
    const name = await starters[backend]()
    if (name) return { backend, name }
  }
  throw new Error(
    wanted?.startsWith('node')
      ? `the tensorflow backend '${wanted}' is not installed: npm install @tensorflow/tfjs-${wanted}`
      : `the tensorflow backend '${wanted ?? 'plain'}' could not be started here`,
  )
}

const start = async (name: string): Promise<string | undefined> =>
  (await tf.setBackend(name)) ? name : undefined

/** The native packages are optional; one that is installed but broken is an error, not a slower backend. */
async function startNative(packageName: string): Promise<string | undefined> {
  try {
    require.resolve(packageName)
  } catch {
    return undefined
  }
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2' // errors alone
  require(packageName)
  return start('tensorflow')
}

async function startWasm(): Promise<string | undefined> {
  require('@tensorflow/tfjs-backend-wasm')
  const name = await withoutProcessHandlers(() => start('wasm'))
  if (name) borrowKernels(name, 'cpu')
  return name
}

/** Emscripten's start-up code would end the process at any unhandled rejection, whoever's it is. */
async function withoutProcessHandlers<T>(startUp: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = events.map((event) => process.listeners(event as 'uncaughtException'))
  try {
    return await startUp()
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException'))
        if (!before[i]!.includes(listener)) process.removeListener(event, listener)
    })
  }
}

/**
 * Kernels that a backend lacks run on another: WASM has no gradient of a depthwise convolution and no
 * segment sum. tf moves tensors to where they are needed.
 */
function borrowKernels(to: string, from: string): void {
  const present = new Set(tf.getKernelsForBackend(to).map(({ kernelName }) => kernelName))
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend(from)) {
    if (present.has(kernelName)) continue
    tf.registerKernel({
      kernelName,
      backendName: to,
      kernelFunc({ inputs, attrs }) {
        const backend = tf.findBackend(from)
        const own = (info: TensorInfo): TensorInfo =>
          tf.engine().makeTensorFromTensorInfo(info, backend)
        const outputs = kernelFunc({ inputs, attrs, backend })
        return Array.isArray(outputs) ? outputs.map(own) : own(outputs)
      },
    })
  }
}
