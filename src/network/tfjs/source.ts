/** Where tf.js models come from: a `model.json` in a folder or at an address, or a live model. */
import { open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sizeOf } from '../../engine/tensor.js'
import { FormatError } from '../format-error.js'
import type { TypedTensor } from '../graph.js'
import { isJson, type Json } from './json.js'
import { byteLength, decodeWeights, readManifest, type WeightGroup } from './manifest.js'

export interface TfjsOptions {
  /** Height and width of the images, where the model leaves them free. */
  size?: readonly [number, number]
}

/** A tf.js model: what it computes, as JSON, and the numbers by which it does. */
export interface Source {
  topology: Json
  weights: ReadonlyMap<string, TypedTensor>
  /** What stands beside the topology in the file: format, signature, … */
  file: Json
}

/** What is used of a `tf.LayersModel`. It may come from any copy of tf.js, so its class is not asked for. */
export interface LayersModelLike {
  name: string
  toJSON(unused?: unknown, returnString?: boolean): unknown
  readonly layers: readonly LiveLayer[]
}

interface LiveLayer {
  name: string
  readonly weights: readonly { name: string; originalName?: string }[]
  getWeights(): readonly LiveTensor[]
  readonly layers?: readonly LiveLayer[]
}

interface LiveTensor {
  shape: readonly number[]
  data(): Promise<ArrayLike<number>>
}

/** True for a live `tf.LayersModel`, of whatever copy of tf.js. */
export function isLayersModel(value: unknown): value is LayersModelLike {
  const { toJSON, layers, getWeights } = (value ?? {}) as Record<string, unknown>
  return typeof toJSON === 'function' && typeof getWeights === 'function' && Array.isArray(layers)
}

/**
 * Reads a `model.json` and the files of weights that it names.
 *
 * @param location A path, or an http(s) address.
 * @throws FormatError where the JSON is broken or a file of weights is missing or of another size than
 *   the manifest says; Error where there is no `model.json`.
 */
export async function readSource(location: string): Promise<Source> {
  const files = /^https?:/.test(location) ? webFiles(location) : folderFiles(location)
  const text = new TextDecoder().decode(await files.main())
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (error) {
    throw new FormatError(`it is no JSON: ${(error as Error).message}`, { cause: error })
  }
  if (!isJson(file) || !isJson(file.modelTopology))
    throw new FormatError("it has no 'modelTopology'; expected a model.json of tf.js")

  const weights = new Map<string, TypedTensor>()
  for (const group of readManifest(file.weightsManifest))
    for (const [name, tensor] of decodeWeights(group.weights, await readGroup(group, files)))
      weights.set(name, tensor)
  return { topology: file.modelTopology, weights, file }
}

/** Reads files of a known length together; more than `most` bytes are never read. */
interface Files {
  main(): Promise<Uint8Array>
  part(path: string, most: number): Promise<Uint8Array>
}

async function readGroup({ paths, weights }: WeightGroup, files: Files): Promise<Uint8Array> {
  const expected = byteLength(weights)
  const parts: Uint8Array[] = []
  let size = 0
  for (const path of paths) {
    const part = await files.part(path, expected - size + 1)
    parts.push(part)
    size += part.length
  }
  if (size !== expected)
    throw new FormatError(
      `the weights '${weights[0]?.name}' to '${weights.at(-1)?.name}' need ${expected} bytes, ` +
        `but ${listed(paths)} has ` +
        (size > expected ? 'more' : String(size)),
    )
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

const listed = (paths: readonly string[]): string =>
  paths.length > 2
    ? `'${paths[0]}' to '${paths.at(-1)}'`
    : paths.map((path) => `'${path}'`).join(' and ') || 'no file'

function folderFiles(location: string): Files {
  const missing =
    (path: string, Kind: new (message: string, options: ErrorOptions) => Error) =>
    (error: NodeJS.ErrnoException): never => {
      if (error.code !== 'ENOENT') throw error
      throw new Kind(`there is no file '${path}'`, { cause: error })
    }
  return {
    main: () => readFile(location).catch(missing(location, Error)),
    async part(path, most) {
      const file = await open(join(dirname(location), path)).catch(missing(path, FormatError))
      try {
        const { size } = await file.stat()
        const bytes = Buffer.alloc(Math.min(size, most))
        const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
        return bytes.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
  }
}

function webFiles(location: string): Files {
  const fetched = async (url: string | URL): Promise<Response> => {
    const response = await fetch(url).catch((error: Error) => {
      const { message } = error.cause instanceof Error ? error.cause : error
      throw new Error(`${url} cannot be fetched: ${message}`, { cause: error })
    })
    if (response.ok) return response
    throw new Error(`${url} cannot be fetched: ${response.status} ${response.statusText}`)
  }
  return {
    main: async () => new Uint8Array(await (await fetched(location)).arrayBuffer()),
    async part(path, most) {
      const url = new URL(path, location)
      url.search = new URL(location).search // keeps what the address was asked with
      const chunks: Uint8Array[] = []
      const reader = (await fetched(url)).body?.getReader()
      for (let size = 0; reader && size < most; size += chunks.at(-1)!.length) {
        const { value } = await reader.read()
        if (!value) break
        chunks.push(value)
      }
      await reader?.cancel()
      return Buffer.concat(chunks)
    },
  }
}

/**
 * A live model as a source. Its numbers are copied: what it learns later does not change them.
 *
 * @throws Error where it cannot be described, naming the layer whose weights cannot be read.
 */
export async function liveSource(model: LayersModelLike): Promise<Source> {
  const topology: unknown = model.toJSON(null, false)
  if (!isJson(topology)) throw new FormatError('its toJSON() gives no object')
  const weights = new Map<string, TypedTensor>()
  await collect(model.layers, [], weights)
  return { topology, weights, file: {} }
}

async function collect(
  layers: readonly LiveLayer[],
  path: readonly string[],
  weights: Map<string, TypedTensor>,
): Promise<void> {
  for (const layer of layers) {
    const own = [...path, layer.name]
    if (Array.isArray(layer.layers)) {
      await collect(layer.layers, own, weights)
      continue
    }
    const tensors = layer.getWeights()
    for (const [i, tensor] of tensors.entries()) {
      const { name, originalName = name } = layer.weights[i] ?? { name: String(i) }
      const shape = [...tensor.shape]
      const data = Float32Array.from(await tensor.data())
      if (data.length !== sizeOf(shape))
        throw new FormatError(
          `weight '${name}' has ${data.length} numbers for [${shape.join(', ')}]`,
        )
      weights.set([...own, originalName.split('/').at(-1)].join('/'), {
        type: 'float32',
        shape,
        data,
      })
    }
  }
}
