import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Graph, NodeError } from './graph.js'
import { Network, type NetworkOptions } from './network.js'
import { readOnnx } from './onnx-file.js'
import { zooNames, zooNetwork, type ZooOptions } from './zoo/index.js'

export type { ZooOptions as LoadOptions }

/**
 * A network by its name in the zoo, from an `.onnx` file, or from a graph.
 *
 * @param source A name of the zoo: `scenes`, `squeezenet1_1`, …; a path that ends in `.onnx`; the bytes of such a file; a graph.
 * @throws RangeError for a name that is not in the zoo, naming the nearest; Error where the file is
 *   missing, damaged or of a form that is not understood, naming file and node.
 * @example
 *   const net = await loadNetwork('scenes')
 *   const mine = await loadNetwork('./resnet18.onnx', { classes: ['cat', 'dog'] })
 */
export async function loadNetwork(
  source: string | Uint8Array | Graph,
  options: ZooOptions = {},
): Promise<Network> {
  if (source instanceof Graph) return Network.from(source, options)
  if (source instanceof Uint8Array) return Network.from(readOnnx(source), options)
  if (source.endsWith('.onnx')) return fromFile(source, options)
  if (!/[./\\]/.test(source) || zooNames.includes(source)) return zooNetwork(source, options)
  throw new Error(
    `cannot tell what kind of network '${source}' is: expected a name (${zooNames.join(', ')}) ` +
      `or the path of an .onnx file`,
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
