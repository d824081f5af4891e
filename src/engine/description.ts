/** Engines in words, so that another process computes with the same. */
import type { Engine } from './engine.js'
import { type EngineName, engines } from './engines.js'
import { onnxEngine, type OnnxOptions } from './onnx.js'
import { tensorflowEngine, type TensorflowOptions } from './tensorflow.js'

/** Two engines of the same description compute the same. */
export interface EngineDescription {
  name: EngineName
  /** The package and its version: 'onnxruntime-node 1.30.0'. */
  package: string
  /** On what it computes: 'webgpu', 'wasm'; undefined for the engine's usual choice. */
  on?: string
}

/**
 * An engine in words.
 *
 * @throws TypeError for an engine that is none of the library's.
 */
export function describeEngine({ name, version }: Engine): EngineDescription {
  if (!Object.hasOwn(engines, name))
    throw new TypeError(
      `the engine '${name}' is known in this process alone; others can be given ${Object.keys(engines).join(' or ')}`,
    )
  const [, text, on] = /^(.*?)(?: \((.+)\))?$/.exec(version)!
  return { name: name as EngineName, package: text!, ...(on !== undefined && { on }) }
}

/**
 * The engine that a description means.
 *
 * @param threads For 'onnx' on the processor. Default: one for each core.
 * @throws Error where another version is installed here.
 */
export function engineFrom(description: EngineDescription, threads?: number): Engine {
  const { name, on } = description
  const engine =
    name === 'onnx'
      ? onnxEngine({ provider: on as OnnxOptions['provider'], threads })
      : tensorflowEngine({ backend: on as TensorflowOptions['backend'] })
  const installed = describeEngine(engine).package
  if (installed === description.package) return engine
  throw new Error(`${description.package} is to compute, but ${installed} is installed here`)
}
