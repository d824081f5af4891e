import { part } from '../attribution/batch.js'
import { picture } from '../figures/picture.js'
import { row } from '../figures/row.js'
import { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { provenance, type Provenance, Result } from '../result.js'
import { follow, quietly } from '../work/index.js'
import { percent } from './losses.js'
import {
  type StyleSource,
  type StyleTransfer,
  styleTransfer,
  type StyleTransferOptions,
} from './style-transfer.js'

/** What is varied; exactly one of them. */
export interface StyleSweepOptions extends StyleTransferOptions {
  /** Weights of the style against the content: a strip as in the paper's figure 4. */
  weights?: readonly number[]
  /** Sizes of the style picture as multiples of the content's: finer or coarser strokes. */
  scales?: readonly number[]
  /** Weights of several styles, one for each: [[3, 7], [5, 5], [7, 3]]. */
  mixes?: readonly (readonly number[])[]
}

/** Style transfers side by side, [variants, C, H, W]. */
export class StyleSweep extends Result {
  constructor(
    /** One for each variant; fewer after an interrupt. */
    readonly transfers: readonly StyleTransfer[],
    /** What each variant is, in words. */
    readonly names: readonly string[],
    origin: Provenance,
  ) {
    const [first] = transfers as [StyleTransfer]
    const data = new Float32Array(transfers.length * first.data.length)
    transfers.forEach((one, i) => data.set(part(one, 0), i * first.data.length))
    super({ data, shape: [transfers.length, ...first.shape.slice(1)] }, origin, () =>
      row([
        picture(first.content, { title: 'Content' }),
        ...first.styles.map(({ image }) => picture(image, { title: 'Style' })),
        ...transfers.map((one, i) =>
          picture(one.image, { title: names[i], caption: `style loss −${percent(one.styleDrop)}` }),
        ),
      ]),
    )
  }

  /** The pictures, a variant each. */
  get images(): Image[] {
    return this.transfers.map(({ image }) => image)
  }
}

/**
 * The same style transfer with several weights, several sizes of the style picture, or several mixtures of styles.
 *
 * @throws RangeError where not exactly one of `weights`, `scales` and `mixes` is given, and as {@link styleTransfer} has
 *   it; AbortError at an interrupt before the first picture is there. A later one gives those that are there.
 * @example await styleSweep(net, photo, painting, { weights: [0.1, 1, 10], steps: 60 })
 */
export async function styleSweep(
  net: Network,
  content: Image,
  styles: StyleSource | readonly StyleSource[],
  { weights, scales, mixes, ...options }: StyleSweepOptions = {},
): Promise<StyleSweep> {
  const given = [weights, scales, mixes].filter((list) => list !== undefined)
  if (given.length !== 1 || given[0]!.length === 0)
    throw new RangeError('say what is varied: one of `weights`, `scales` and `mixes`, with a value')
  const list = Array.isArray(styles) ? (styles as readonly StyleSource[]) : [styles as StyleSource]
  const variants: {
    name: string
    styles: readonly StyleSource[]
    options: StyleTransferOptions
  }[] = [
    ...(weights ?? []).map((weight) => ({
      name: `weight ${weight}`,
      styles: list,
      options: { ...options, weight },
    })),
    ...(scales ?? []).map((scale) => ({
      name: `scale ${scale}`,
      styles: list,
      options: { ...options, scale },
    })),
    ...(mixes ?? []).map((mix) => ({ name: mix.join(' : '), styles: mixed(list, mix), options })),
  ]
  const made: StyleTransfer[] = []
  const { signal } = options
  const label = 'Style transfers'
  const loop = follow(variants, { label, unit: 'variants', signal, partial: true, transient: true })
  for await (const one of loop) {
    made.push(await quietly(() => styleTransfer(net, content, one.styles, one.options)))
    loop.show(() => picture(made.at(-1)!.image, { title: one.name }))
  }
  if (made.length === 0) throw loop.work.stopped()
  const { input, parameters } = made[0]!.provenance
  const told = { ...parameters, weights, scales, mixes, made: made.length }
  const names = variants.map(({ name }) => name)
  return new StyleSweep(made, names, provenance(net, 'styleSweep', input, told))
}

function mixed(styles: readonly StyleSource[], weights: readonly number[]): StyleSource[] {
  if (weights.length !== styles.length)
    throw new RangeError(`${weights.length} weights are mixed for ${styles.length} styles`)
  return styles.map((one, i) => ({
    ...(one instanceof Image ? { image: one } : one),
    weight: weights[i],
  }))
}
