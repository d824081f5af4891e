import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Graph } from './graph.js'
import { Network, type NetworkOptions } from './network.js'
import { readOnnx } from './onnx-file.js'
import { zooNames, zooNetwork } from './zoo/index.js'

export interface LoadOptions extends NetworkOptions {
  /** Path of the weights of a network of the zoo (`.safetensors`), where they are not embedded. */
  weights?: string
}

/**
 * A network by its name in the zoo, from an `.onnx` file, or from a graph.
 *
 * @param source `scenes`, `squeezenet1_1`; a path that ends in `.onnx`; the bytes of such a file; a graph.
 * @throws RangeError for a name that is not in the zoo; Error where the file is missing or damaged.
 * @example
 *   const net = await loadNetwork('scenes')
 *   const mine = await loadNetwork('./resnet18.onnx', { classes: ['cat', 'dog'] })
 */
export async function loadNetwork(
  source: string | Uint8Array | Graph,
  options: LoadOptions = {},
): Promise<Network> {
  if (source instanceof Graph) return Network.from(source, options)
  if (source instanceof Uint8Array) return Network.from(readOnnx(source), options)
  if (!source.endsWith('.onnx')) {
    if (zooNames.includes(source) || !/[./\\]/.test(source)) return zooNetwork(source, options)
    throw new Error(
      `cannot tell what kind of network '${source}' is: expected a name (${zooNames.join(', ')}) ` +
        `or the path of an .onnx file`,
    )
  }
  const bytes = await readFile(source).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`there is no file '${source}'`) : error
  })
  return Network.from(readOnnx(bytes, source), { name: basename(source, '.onnx'), ...options })
}
