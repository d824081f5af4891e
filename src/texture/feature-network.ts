/** The layers that textures are compared by, and the part of a network that computes them at any size. */
import type { Tensor } from '../engine/tensor.js'
import type { Image } from '../image/image.js'
import { type Layer, Network } from '../network/network.js'

/**
 * The network as far as some layers need it. Without its fully connected layers it runs on pictures of any size.
 * Whoever asked for it releases it.
 */
export class FeatureNetwork {
  private constructor(
    /** The part that computes the layers. */
    readonly net: Network,
    /** The layers as they were asked for, and what they are called in the part. */
    private readonly names: ReadonlyMap<string, string>,
  ) {}

  /** @throws RangeError for an unknown layer, naming the nearest, and for one that is no feature maps. */
  static async of(whole: Network, layers: readonly string[]): Promise<FeatureNetwork> {
    const channels = Number(whole.graph.inputs[0]!.shape![1])
    const shape = [1, channels, ...whole.preprocessing.size]
    const subject = whole.subject(shape)
    const values = layers.map((layer) => {
      const own = subject.shape(layer)
      if (own.length === 4) return subject.value(layer)
      throw new RangeError(
        `'${layer}' is [${own.slice(1).join(', ')}]: textures are compared by feature maps [C, H, W], ` +
          `such as those of '${styleLayers(whole).at(-1)}'`,
      )
    })
    const { name, preprocessing, engine } = whole
    const graph = whole.graph.extract([...new Set(values)])
    const net = await Network.from(graph, { name, preprocessing, engine })
    const inner = net.subject(shape)
    const known = new Set(net.layers.map((layer) => layer.name))
    // A module that is cut off in its middle names its layers otherwise.
    const names = layers.map((layer, i): [string, string] => [
      layer,
      known.has(layer) && inner.value(layer) === values[i] ? layer : values[i]!,
    ])
    return new FeatureNetwork(net, new Map(names))
  }

  /** What a layer is called in the part. */
  name(layer: string): string {
    return this.names.get(layer)!
  }

  /** The layers of pictures, by the names under which they were asked for. */
  async run(pixels: Tensor): Promise<Record<string, Tensor>> {
    const features = await this.net.run(pixels, { layers: [...new Set(this.names.values())] })
    return Object.fromEntries([...this.names].map(([layer, name]) => [layer, features[name]!]))
  }

  /** Multiplications (each with an addition) for one picture of that size. */
  multiplyAdds(height: number, width: number): number {
    const [usualHeight, usualWidth] = this.net.preprocessing.size
    const usual = this.net.layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0)
    return Math.round((usual * height * width) / (usualHeight * usualWidth))
  }

  release(): Promise<void> {
    return this.net.release()
  }
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
