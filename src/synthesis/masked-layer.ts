/** A network from one of its layers on, with some of the layer's maps set to zero. */
import type { Program } from '../engine/engine.js'
import type { Tensor } from '../engine/tensor.js'
import type { FoundLayer } from '../activations/address.js'
import { Builder } from '../network/builder.js'
import { BATCH, float32 } from '../network/graph.js'
import type { Network } from '../network/network.js'

/** Pictures, and what a layer makes of them. */
export interface LayerInput {
  /** Normalised pixels, [N, C, H, W]. */
  pixels: Tensor
  /** [N, K, …] */
  features: Tensor
}

/** The scores of pictures without some maps of a layer. Release it. */
export class MaskedLayer {
  private constructor(
    private readonly program: Program,
    /** The names of what is fed: pixels, where the rest of the network needs them beside the features. */
    private readonly names: {
      pixels: string | undefined
      features: string
      mask: string
      scores: string
    },
    /** How many maps the layer has. */
    readonly maps: number,
    private readonly rank: number,
  ) {}

  static async of(net: Network, { layer, value }: FoundLayer): Promise<MaskedLayer> {
    const [port] = net.graph.inputs
    const { scores } = net.subject([1, ...port!.shape!.slice(1).map(Number)])
    const whole = net.graph.copy()
    const at = whole.nodes.findIndex(({ outputs }) => outputs.includes(value))
    const after = whole.nodes.splice(at)
    const b = new Builder(whole)
    const features = b.input(b.fresh('features'), [BATCH, ...layer.shape])
    const kept = [BATCH, layer.shape[0]!, ...layer.shape.slice(1).map(() => 1)]
    const mask = b.input(b.fresh('kept maps'), kept)
    b.append({
      op: 'Mul',
      name: value,
      inputs: [features, mask],
      outputs: [value],
      attributes: {},
    })
    for (const node of after.slice(1)) b.append(node)
    const graph = b.graph.extract([scores])
    const needed = graph.inputs.map(({ name }) => name)
    const pixels = needed.includes(port!.name) ? port!.name : undefined
    if (!needed.includes(features))
      throw new RangeError(`the class scores of '${net.name}' do not depend on '${layer.name}'`)
    const program = await net.engine.compile(graph)
    return new MaskedLayer(
      program,
      { pixels, features, mask, scores },
      layer.shape[0]!,
      kept.length,
    )
  }

  /**
   * The class scores, [N, classes].
   *
   * @param kept For each map whether it stays, 1 or 0.
   */
  async scores({ pixels, features }: LayerInput, kept: Float32Array): Promise<Tensor> {
    const images = features.shape[0]!
    const { maps, rank, names } = this
    const mask = new Float32Array(images * maps)
    for (let i = 0; i < images; i++) mask.set(kept, i * maps)
    const results = await this.program.run({
      [names.features]: float32(features.data, features.shape),
      [names.mask]: float32(mask, [images, maps, ...new Array<number>(rank - 2).fill(1)]),
      ...(names.pixels !== undefined && {
        [names.pixels]: float32(pixels.data, pixels.shape),
      }),
    })
    const found = results[names.scores]!
    return { data: found.data as Float32Array, shape: found.shape }
  }

  release(): Promise<void> {
    return this.program.release()
  }
}
