import { part } from '../attribution/batch.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { provenance, type Provenance, Result } from '../result.js'
import { follow, quietly } from '../work/index.js'
import { styleLayers } from './feature-layers.js'
import { percent } from './losses.js'
import { synthesise, type SynthesiseOptions, type Texture } from './synthesise.js'

export interface LayerTexturesOptions extends Omit<SynthesiseOptions, 'layers'> {
  /** In the order of the sheet. Default: {@link styleLayers}. */
  layers?: readonly string[]
  /** Each layer alone, 'each' (default), or with all before it, 'cumulative', as in the paper's figure 2. */
  by?: 'each' | 'cumulative'
}

/** A texture made anew by one layer after another, [layers, C, H, W]. */
export class LayerTextures extends Result {
  constructor(
    /** One for each layer; fewer after an interrupt. */
    readonly textures: readonly Texture[],
    readonly layers: readonly string[],
    readonly by: 'each' | 'cumulative',
    origin: Provenance,
  ) {
    const [first] = textures as [Texture]
    const data = new Float32Array(textures.length * first.data.length)
    textures.forEach((one, i) => data.set(part(one, 0), i * first.data.length))
    super({ data, shape: [textures.length, ...first.shape.slice(1)] }, origin, () => {
      const shown = textures.map((one, i) =>
        picture(one.image, {
          title: by === 'each' || i === 0 ? layers[i]! : `… and ${layers[i]!}`,
          caption: `loss −${percent(one.styleDrop)}`,
        }),
      )
      const title =
        by === 'each' ? 'What each layer knows of it' : 'Layer by layer, with all before'
      return row([picture(first.sample, { title: 'Texture' }), ...shown], { title })
    })
  }

  /** The pictures, a layer each. */
  get images(): Image[] {
    return this.textures.map(({ image }) => image)
  }
}

/**
 * Neural textures by one layer after another: low layers know colours and small edges, deep ones large structures
 * (Gatys et al. 2015, figure 2).
 *
 * @throws RangeError as {@link synthesise} has it, and for another way than 'each' and 'cumulative'; AbortError at an
 *   interrupt before the first texture is there. A later one gives those that are there.
 * @example await synthesiseByLayer(net, brick, { by: 'cumulative', steps: 60 })
 */
export async function synthesiseByLayer(
  net: Network,
  texture: Image,
  { layers = styleLayers(net), by = 'each', ...options }: LayerTexturesOptions = {},
): Promise<LayerTextures> {
  if (by !== 'each' && by !== 'cumulative')
    throw new RangeError(
      `textures are made by 'each' layer or 'cumulative', not by '${String(by)}'`,
    )
  if (layers.length === 0) throw new RangeError('name a layer, at least')
  const made: Texture[] = []
  const loop = follow(layers, {
    label: 'Textures',
    unit: 'layers',
    signal: options.signal,
    partial: true,
    transient: true,
  })
  for await (const layer of loop) {
    const used = by === 'each' ? [layer] : layers.slice(0, made.length + 1)
    made.push(await quietly(() => synthesise(net, texture, { ...options, layers: used })))
    loop.show(() => picture(made.at(-1)!.image, { title: layer }))
  }
  if (made.length === 0) throw loop.work.stopped()
  const { input, parameters } = made[0]!.provenance
  const told = { ...parameters, layers: layers.slice(0, made.length), by }
  return new LayerTextures(made, layers, by, provenance(net, 'synthesiseByLayer', input, told))
}
