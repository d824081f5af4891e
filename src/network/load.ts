import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Graph, NodeError } from './graph.js'
import { Network, type NetworkOptions } from './network.js'
import { readOnnx } from './onnx-file.js'
import { isLayersModel, type LayersModelLike, pixelRange, readTfjsModel } from './tfjs/index.js'
import { zooNames, zooNetwork, type ZooOptions } from './zoo/index.js'

export type { ZooOptions as LoadOptions }

/** What {@link loadNetwork} makes a network of. */
export type NetworkSource = string | Uint8Array | Graph | LayersModelLike

/**
 * A network by its name in the zoo, from an `.onnx` file, from a model of TensorFlow.js, or from a graph.
 *
 * A model of TensorFlow.js that begins by scaling pixels of 0 … 255 is given such pixels; others are given
 * 0 … 1, unless `preprocessing` says how they have learnt to see.
 *
 * @param source A name of the zoo: `scenes`, `squeezenet1_1`, …; a path that ends in `.onnx`, or the bytes of
 *   such a file; the path or http(s) address of a `model.json` of TensorFlow.js, or a live `tf.LayersModel`;
 *   a graph.
 * @throws RangeError for a name that is not in the zoo, naming the nearest; Error where the file is
 *   missing, damaged or of a form that is not understood, naming file and node.
 * @example
 *   const net = await loadNetwork('scenes')
 *   const mine = await loadNetwork('./resnet18.onnx', { classes: ['cat', 'dog'] })
 *   const trained = await loadNetwork(model) // a tf.LayersModel
 */
export async function loadNetwork(
  source: NetworkSource,
  options: ZooOptions = {},
): Promise<Network> {
  if (source instanceof Graph) return Network.from(source, options)
  if (source instanceof Uint8Array) return Network.from(readOnnx(source), options)
  if (typeof source !== 'string') {
    if (isLayersModel(source)) return fromTfjs(source, options)
    throw new TypeError(
      'cannot make a network of this; expected a name, a path, the bytes of an .onnx file, a graph, ' +
        'or a tf.LayersModel',
    )
  }
  if (/\.json($|\?)/.test(source)) return fromTfjs(source, options)
  if (source.endsWith('.onnx')) return fromFile(source, options)
  if (!/[./\\]/.test(source) || zooNames.includes(source)) return zooNetwork(source, options)
  throw new Error(
    `cannot tell what kind of network '${source}' is: expected a name (${zooNames.join(', ')}) ` +
      `or the path of an .onnx file or of a model.json`,
  )
}

async function fromFile(path: string, options: NetworkOptions): Promise<Network> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new Error(`there is no file '${path}'`, { cause: error })
  })
  try {
    return await Network.from(readOnnx(bytes, path), { name: basename(path, '.onnx'), ...options })
  } catch (error) {
    if (error instanceof NodeError) error.message = `${path}, ${error.message}`
    throw error
  }
}

async function fromTfjs(
  source: string | LayersModelLike,
  options: NetworkOptions,
): Promise<Network> {
  const graph = await readTfjsModel(source, { size: options.preprocessing?.size })
  const [, , height, width] = graph.inputs[0]?.shape ?? []
  if (pixelRange(graph) === 1 || height === undefined || width === undefined)
    return Network.from(graph, options)
  const pixel = 1 / 255 // images are in [0, 1]: they are divided by it
  return Network.from(graph, {
    preprocessing: {
      size: [Number(height), Number(width)],
      mean: [0, 0, 0],
      std: [pixel, pixel, pixel],
    },
    ...options,
  })
}
