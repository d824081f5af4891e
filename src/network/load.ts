import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { described } from '../described.js'
import { isMissing, similarFiles } from '../image/files.js'
import type { Preprocessing } from '../image/preprocessing.js'
import { Graph, NodeError } from './graph.js'
import { withChannelsFirst } from './input-layout.js'
import { Network } from './network.js'
import { readOnnx } from './onnx-file.js'
import { isLayersModel, type LayersModelLike, pixelRange, readTfjsModel } from './tfjs/index.js'
import imagenetClasses from './zoo/imagenet-classes.json' with { type: 'json' }
import { zooNames, zooNetwork, type ZooOptions } from './zoo/index.js'
import { imagenet } from './zoo/torchvision.js'

/** What {@link loadNetwork} takes besides the source. */
export interface LoadOptions extends Omit<ZooOptions, 'classes' | 'preprocessing'> {
  /** Class names, in the order of the scores; 'imagenet': its thousand. Default: `class 0`, `class 1`, … */
  classes?: readonly string[] | 'imagenet'
  /**
   * How an image becomes the network's input. Default: resized to cover its size, the middle cropped, values in
   * [0, 1]; networks of the zoo know their own. 'imagenet', as torchvision does: the middle 224 of 256 pixels, or as
   * much of another size, by ImageNet's mean and standard deviation. Its `size` also settles the height and width of
   * a graph that leaves them free.
   */
  preprocessing?: Preprocessing | 'imagenet'
}

/** What {@link loadNetwork} makes a network of. */
export type NetworkSource = string | Uint8Array | Graph | LayersModelLike

/**
 * A network by its name in the zoo, from an `.onnx` file, from a model of TensorFlow.js, or from a graph.
 *
 * A model of TensorFlow.js that begins by scaling pixels of 0 … 255 is given such pixels; others are given
 * 0 … 1, unless `preprocessing` says how they have learnt to see. So are graphs and `.onnx` files, whose
 * preprocessing is not in the file: for most that come from PyTorch it is 'imagenet'.
 *
 * @param source A name of the zoo: `scenes`, `squeezenet1_1`, …; a path that ends in `.onnx`, or the bytes of
 *   such a file; the path or http(s) address of a `model.json` of TensorFlow.js, or a live `tf.LayersModel`;
 *   a graph.
 * @throws RangeError for a name that is not in the zoo, naming the nearest; Error where the file is
 *   missing, naming the nearest, damaged or of a form that is not understood, naming file and node.
 * @example
 *   const net = await loadNetwork('scenes')
 *   const resnet = await loadNetwork('./resnet18.onnx', { classes: 'imagenet', preprocessing: 'imagenet' })
 *   const trained = await loadNetwork(model) // a tf.LayersModel
 */
export async function loadNetwork(
  source: NetworkSource,
  options: LoadOptions = {},
): Promise<Network> {
  if (source instanceof Graph) return Network.from(source, spelledOut(options, source))
  if (source instanceof Uint8Array) return loadNetwork(readOnnx(source), options)
  if (typeof source !== 'string') {
    if (isLayersModel(source)) return fromTfjs(source, options)
    throw new TypeError(
      'a network is made of a name, a path, the bytes of an .onnx file, a graph or a tf.LayersModel, not of ' +
        described(source),
    )
  }
  if (/\.json($|\?)/.test(source)) return fromTfjs(source, options)
  if (source.endsWith('.onnx')) return fromFile(source, options)
  if (!/[./\\]/.test(source) || zooNames.includes(source))
    return zooNetwork(source, spelledOut(options))
  throw new Error(
    `cannot tell what kind of network '${source}' is: expected a name (${zooNames.join(', ')}) ` +
      `or the path of an .onnx file or of a model.json`,
  )
}

async function fromFile(path: string, options: LoadOptions): Promise<Network> {
  const bytes = await readFile(path).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error
    const near = await similarFiles(path)
    const hint = near.length > 0 ? `; that folder has ${near.join(', ')}` : ''
    throw new Error(`there is no file '${path}' (from ${process.cwd()})${hint}`, { cause: error })
  })
  try {
    return await loadNetwork(readOnnx(bytes, path), { name: basename(path, '.onnx'), ...options })
  } catch (error) {
    if (error instanceof NodeError) error.message = `${path}, ${error.message}`
    throw error
  }
}

async function fromTfjs(source: string | LayersModelLike, told: LoadOptions): Promise<Network> {
  const { preprocessing } = told
  const size = typeof preprocessing === 'object' ? preprocessing.size : undefined
  const graph = await readTfjsModel(source, { size })
  const options = spelledOut(told, graph)
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

/** With what the words stand for, at the size of the graph's input. */
function spelledOut(
  { classes, preprocessing, ...options }: LoadOptions,
  graph?: Graph,
): ZooOptions {
  const [, , height, width] = (graph && withChannelsFirst(graph).inputs[0]?.shape) ?? []
  return {
    ...options,
    ...(classes && { classes: spelled(classes, imagenetClasses, 'classes') }),
    ...(preprocessing && {
      preprocessing: spelled(preprocessing, imagenetAt(height, width), 'preprocessing'),
    }),
  }
}

function spelled<T>(told: T | 'imagenet', imagenet: T, option: string): T {
  if (told === 'imagenet') return imagenet
  if (typeof told !== 'string') return told
  throw new RangeError(`${option}: nothing is known as '${String(told)}'; 'imagenet' is`)
}

function imagenetAt(height: unknown, width: unknown): Preprocessing {
  if (typeof height !== 'number' || typeof width !== 'number') return imagenet
  const resize = Math.round((Math.min(height, width) * 256) / 224)
  return { ...imagenet, size: [height, width], resize }
}
