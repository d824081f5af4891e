/** Models of TensorFlow.js: Keras models ('layers models') and frozen graphs of TensorFlow ('graph models'). */
import { basename, dirname } from 'node:path'
import { FormatError } from '../format-error.js'
import { type Graph, NodeError } from '../graph.js'
import { isJson } from './json.js'
import { convert as convertKeras } from './keras/convert.js'
import {
  isLayersModel,
  type LayersModelLike,
  liveSource,
  readSource,
  type TfjsOptions,
} from './source.js'
import { convert as convertTensorFlow } from './tensorflow/convert.js'

export { pixelRange } from './pixels.js'
export { isLayersModel, type LayersModelLike, type TfjsOptions }

/**
 * A model of TensorFlow.js as a graph that takes images as [N, C, H, W] and keeps feature maps so; vectors,
 * and what a Flatten or Reshape gives, are in TensorFlow's order.
 *
 * In Keras models nodes have the names of Keras' layers; those of a model that is used as a layer have its
 * name before them, `base.conv1`, and the second call of a shared layer is `conv1_1`. Where a layer has an
 * `activation`, its name means its activated output, and `conv1.linear` what it is before: of the last Dense,
 * the scores. Weights are called `conv1.kernel`.
 *
 * In frozen graphs layers are called by their scopes, without what all scopes share:
 * `StatefulPartitionedCall/mobilenet/conv1_relu/Relu6` is `conv1_relu`. What a fused node computes before its
 * activation has `.linear` after the node's name.
 *
 * @param source The path or http(s) address of a `model.json` (from `model.save()` of tf.js, or from
 *   `tensorflowjs_converter` with Keras 2 or 3, or with a SavedModel), or a live `tf.LayersModel` of any copy
 *   of tf.js.
 * @throws FormatError where the model is damaged, or consists of layers or operators that are not known: it
 *   names the layer and the nearest that are; Error where there is no such file.
 * @example const net = await Network.from(await readTfjsModel('mobilenet/model.json'))
 */
export async function readTfjsModel(
  source: string | LayersModelLike,
  options: TfjsOptions = {},
): Promise<Graph> {
  const where = typeof source === 'string' ? source : `model '${source.name}'`
  try {
    const { topology, weights, file } =
      typeof source === 'string' ? await readSource(source) : await liveSource(source)
    if (topology.node === undefined) return convertKeras(topology, weights, options)
    const { userDefinedMetadata: metadata } = file // where older converters put the signature
    const signature = file.signature ?? (isJson(metadata) ? metadata.signature : undefined)
    const graph = convertTensorFlow(topology, weights, signature, options)
    if (typeof source === 'string') graph.name = basename(dirname(source)) // it has no name itself
    return graph
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof NodeError)) throw error
    throw new FormatError(`${where}: ${error.message}`, { cause: error })
  }
}
