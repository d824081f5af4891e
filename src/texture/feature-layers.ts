/** The layers that textures are compared by, at any size that they allow. */
import type { Tensor } from '../engine/tensor.js'
import type { Image } from '../image/image.js'
import { layerNames } from '../network/names.js'
import type { Layer, Network } from '../network/network.js'
import type { Subject } from '../objectives/objective.js'

/**
 * The feature maps of pixels, or of a picture at its own size, by the names of their layers.
 *
 * @throws RangeError for an unknown layer, naming the nearest, and for one that is no feature maps.
 */
export function featureMaps(
  net: Network,
  input: Tensor | Image,
  layers: readonly string[],
): Promise<Record<string, Tensor>> {
  const subject = usualSubject(net)
  for (const layer of layers) {
    const own = subject.shape(layer)
    if (own.length !== 4)
      throw new RangeError(
        `'${layer}' is [${own.slice(1).join(', ')}]: textures are compared by feature maps [C, H, W], ` +
          `such as those of '${styleLayers(net).at(-1)}'`,
      )
  }
  return net.run('shape' in input ? input : pixelsAtOwnSize(net, input), { layers })
}

/** The network at its own size, at which it has all of its layers. */
const usualSubject = (net: Network): Subject =>
  net.subject([1, Number(net.graph.inputs[0]!.shape![1]), ...net.preprocessing.size])

/** Multiplications (each with an addition) for one picture of that size, as far as these layers need them. */
export function multiplyAdds(
  net: Network,
  layers: readonly string[],
  [height, width]: readonly [height: number, width: number],
): number {
  const [usualHeight, usualWidth] = net.preprocessing.size
  const subject = usualSubject(net)
  const needed = new Set(net.graph.extract(layers.map((layer) => subject.value(layer))).nodes)
  const nodes = layerNames(net.graph).layers
  const usual = net.layers
    .filter(({ name }) => needed.has(nodes.get(name)!))
    .reduce((sum, layer) => sum + layer.multiplyAdds, 0)
  return Math.round((usual * height * width) / (usualHeight * usualWidth))
}

/** A picture as the network's input at the picture's own size, [1, C, H, W]. */
export const pixelsAtOwnSize = (net: Network, image: Image): Tensor =>
  net.preprocess(image, [image.height, image.width])

/** What does not add to what the layer before has seen, or is not rectified yet. */
const skipped = /^(Conv|BatchNormalization|MaxPool|AveragePool|GlobalAveragePool|Dropout|LRN)$/

/** Layers of feature maps that end a stage of the network, by resolution, from the finest. */
function stages(net: Network): Layer[][] {
  let end = net.layers.length
  try {
    end = net.layers.findIndex(({ name }) => name === net.lastFeatureMaps) + 1
  } catch {
    // A network without a convolution before a classifier: all of its layers.
  }
  const bySize = new Map<string, Layer[]>()
  for (const layer of net.layers.slice(0, end)) {
    const [, height = 0, width = 0] = layer.shape
    if (layer.shape.length !== 3 || height * width < 4 || skipped.test(layer.type)) continue
    const size = `${height}×${width}`
    bySize.set(size, [...(bySize.get(size) ?? []), layer])
  }
  const found = [...bySize.values()].map((group) => {
    const most = Math.max(...group.map(({ shape }) => shape[0]!))
    return group.filter(({ shape }) => shape[0]! > most / 2)
  })
  if (found.length === 0)
    throw new RangeError(`network '${net.name}' has no feature maps to compare textures by`)
  return found
}

/**
 * The layers by which a texture is described where none are named: of each resolution the first that is rectified
 * and no bottleneck, which are relu1_1 … relu5_1 of a VGG; all of them in a small network.
 *
 * @throws RangeError where the network has no feature maps.
 * @example styleLayers(await viz.model('scenes')) // ['relu1', 'relu2', 'relu3', 'relu4', 'relu5']
 */
export function styleLayers(net: Network): string[] {
  const found = stages(net)
  const all = found.flat()
  return (all.length <= 5 ? all : found.map(([first]) => first!)).map(({ name }) => name)
}

/**
 * The layer by which content is compared where none is named: the second of the last resolution but one, which is
 * relu4_2 of a VGG.
 *
 * @throws RangeError where the network has no feature maps.
 */
export function contentLayer(net: Network): string {
  const found = stages(net)
  const stage = found.at(-2) ?? found[0]!
  return (stage[1] ?? stage[0]!).name
}
