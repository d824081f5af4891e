/** Many variants of an image, such as the steps of a path or the places of a window, run in batches. */
import { type Tensor, tensor } from '../engine/tensor.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import { int64, type TypedTensor } from '../network/graph.js'
import type { Network } from '../network/network.js'
import { Objective, type Subject } from '../objectives/objective.js'
import { steps } from '../work/index.js'
import { part } from './batch.js'

export interface BatchOptions {
  /**
   * How many variants run at once; memory grows with it. Default 1, which measured fastest on a processor
   * for networks of convolutions. Large dense layers gain from more: AlexNet 1.6 times at 8.
   */
  batch?: number
}

export interface VariantsOptions extends BatchOptions {
  /** The images, [N, C, H, W]. */
  pixels: Tensor
  /** What is asked of each variant. */
  of: Objective
  /** How many variants there are of each image. */
  count: number
  /** Writes one variant of one image over `into`, [C, H, W], which holds any other. */
  write: (into: Float32Array, image: number, index: number) => void
  /** How the signal passes rectifiers. Default 'plain'. */
  rule?: ReluRule
  /** What to differentiate by. Default: nothing, the values alone. */
  wrt?: readonly string[]
  /** Values to return besides. */
  layers?: readonly string[]
  /** For the progress display. */
  label: string
  /** What the variants are, in the plural. */
  unit: string
}

export interface Variant {
  image: number
  index: number
  /** The objective. */
  value: number
  /** By the names given as `wrt`, of this variant alone; valid until the next one. */
  gradients: Record<string, Float32Array>
  /** By the names given as `layers`. */
  activations: Record<string, Float32Array>
}

/**
 * Runs all variants of all images, in order. One program serves them all: a last batch that is not full
 * repeats its last variant.
 *
 * @throws RangeError for pixels or a batch of the wrong shape; AbortError at an interrupt.
 */
export async function* runVariants(
  net: Network,
  { pixels, of, rule, count, write, wrt = [], layers = [], ...options }: VariantsOptions,
): AsyncGenerator<Variant, void, undefined> {
  const [images, ...shape] = pixels.shape as [number, ...number[]]
  const size = batchSize(net, count, options.batch ?? 1)
  const rounds = Math.ceil(count / size)
  const objectives = Array.from({ length: images }, (_, i) => new OfOneImage(of, i, images))
  const input = {
    data: new Float32Array((size * pixels.data.length) / images),
    shape: [size, ...shape],
  }

  const unit = size === 1 ? options.unit : `batches of ${size} ${options.unit}`
  const label = options.label
  for await (const round of steps(images * rounds, { label, unit, transient: true })) {
    const image = Math.floor(round / rounds)
    const first = (round % rounds) * size
    for (let slot = 0; slot < size; slot++)
      write(part(input, slot), image, Math.min(first + slot, count - 1))
    const found = await net.differentiate(input, { of: objectives[image]!, rule, wrt, layers })
    for (let slot = 0; slot < size && first + slot < count; slot++)
      yield {
        image,
        index: first + slot,
        value: found.value.data[slot]!,
        gradients: eachPart(found.gradients, slot),
        activations: eachPart(found.activations, slot),
      }
  }
}

const eachPart = (tensors: Record<string, Tensor>, slot: number): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, part(value, slot)]))

/** As many batches as the limit makes necessary, about equally full. */
function batchSize(net: Network, count: number, limit: number): number {
  if (!(Number.isInteger(limit) && limit > 0))
    throw new RangeError(`a batch holds 1 variant or more, not ${limit}`)
  const fixed = net.graph.inputs[0]?.shape?.[0]
  return typeof fixed === 'number' ? fixed : Math.ceil(count / Math.ceil(count / limit))
}

/** An objective of one image of several, asked of a whole batch of variants of that image. */
class OfOneImage extends Objective {
  constructor(
    private readonly of: Objective,
    private readonly image: number,
    private readonly images: number,
  ) {
    super({
      key: of.key,
      code: of.toString(),
      describe: (names) => of.describe(names, image),
      build: (b, subject, parameters) => of.build(b, subject, parameters),
    })
  }

  override parameters(subject: Subject, batch: number): TypedTensor[] {
    return this.of.parameters(subject, this.images).map((parameter) => {
      const { type, shape, data } = parameter
      // One row for each image, as `Network.differentiate` has it: which class.
      if (type !== 'int64' || shape.length !== 2) return parameter
      const width = shape[1]!
      const row = Array.from(data.slice(this.image * width, (this.image + 1) * width), Number)
      return int64(Array<number[]>(batch).fill(row).flat(), [batch, width])
    })
  }
}

/**
 * Images as a network takes them, [N, C, H, W].
 *
 * @throws RangeError for any other shape.
 */
export function checkImages(net: Network, { data, shape }: Tensor): Tensor {
  const pixels = tensor(data, shape)
  const expected = net.graph.inputs[0]?.shape ?? []
  if (shape.length === 4 && shape[0]! > 0 && shape[1] === expected[1]) return pixels
  throw new RangeError(
    `network '${net.name}' takes [${expected.join(', ')}], but was given [${shape.join(', ')}]`,
  )
}
