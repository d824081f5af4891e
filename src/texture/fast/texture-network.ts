import type { Figure } from '../../figures/figure.js'
import { picture } from '../../figures/picture.js'
import { row } from '../../figures/row.js'
import type { Tensor } from '../../engine/tensor.js'
import { crop } from '../../image/crop.js'
import type { Image } from '../../image/image.js'
import { unnormalise } from '../../image/preprocessing.js'
import { defaultSeed, mixSeeds, Random } from '../../image/random.js'
import { float32 } from '../../network/graph.js'
import { Network } from '../../network/network.js'
import { NOISE, textureGenerator } from '../../network/zoo/texture-generator.js'
import { positive, wholeNumber } from '../../options.js'
import { provenance, type Provenance, Result } from '../../result.js'
import { lossCurves } from '../../training/curves.js'
import { begin, descend, type DescentOptions, type Task } from '../../training/descend.js'
import { lossGraph, measuredParts } from '../../training/loss-graph.js'
import { adamW } from '../../training/optimizers.js'
import { copiesOf, heInitialiser, parameterNames } from '../../training/parameters.js'
import { PerceptualLoss, type PerceptualWeights } from './perceptual-loss.js'
import { perceptualWeights } from './train.js'

export interface TextureNetworkOptions extends Partial<Omit<PerceptualWeights, 'content'>> {
  /** Sizes of the noise. Default 4. */
  levels?: number
  /** Channels that each of them adds. Default 8. */
  channels?: number
  /** Side of the textures that are compared while it learns. Default 64. */
  size?: number
  /** Default 200; the paper has 2000. */
  steps?: number
  /** Textures in a batch. Default 2; the paper has 16. */
  batch?: number
  /** Largest learning rate of Adam; it falls as a cosine. Default 0.02. */
  rate?: number
  /** Decides first weights and noise. Default: that of `%seed`, or 0. */
  seed?: number
  /** Path of a checkpoint (.safetensors), written every `checkpointEvery` steps, at the end, and by an interrupt. */
  checkpoint?: string
  /** Steps from one to the next. Default 100. */
  checkpointEvery?: number
  /** Goes on from the checkpoint. Default false. */
  resume?: boolean
  /** Ends it; what it has by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** A network that makes a texture of noise, and one that it has made: pixels in [0, 1], [1, 3, H, W]. */
export class TextureNetwork extends Result {
  constructor(
    /** [N, 3 · levels, H, W] → [N, 3, H, W]; H and W are multiples of 2^(levels − 1). */
    readonly generator: Network,
    /** What it has learnt. */
    readonly sample: Image,
    /** `loss`, `style` and `variation` of every step. */
    readonly history: Readonly<Record<string, readonly number[]>>,
    readonly interrupted: boolean,
    /** One of the size of the sample. */
    readonly image: Image,
    origin: Provenance,
  ) {
    super({ data: image.data, shape: [1, 3, image.height, image.width] }, origin, () =>
      row([
        picture(sample, { title: 'Texture' }),
        picture(image, { title: 'Made of noise, in one pass' }),
      ]),
    )
  }

  /** The curves of its losses. */
  get curves(): Figure {
    return lossCurves(this.history).drawnFrom(this)
  }

  /**
   * Another texture, in one pass.
   *
   * @param options Its size and seed.
   * @param options.size [height, width]. Default: the sample's.
   * @param options.seed Of the noise. Default 0.
   * @throws RangeError for a size of less than 32 pixels.
   * @example (await made.make({ size: [256, 256], seed: 5 })).save('wall.png')
   */
  make({
    size,
    seed = 0,
  }: { size?: readonly [number, number]; seed?: number } = {}): Promise<Image> {
    return texture(this.generator, size ?? [this.sample.height, this.sample.width], seed)
  }
}

/**
 * A network that makes as many textures like a sample as one likes, each in one pass (Ulyanov et al.: Texture Networks,
 * 2016). It is trained here, by the losses of neural texture synthesis: seconds for one texture, then milliseconds for
 * each. In a notebook the curves are drawn as it learns.
 *
 * @param net The network that looks at the textures. @param sample What they are to be like.
 * @throws RangeError for unknown layers, naming the nearest, and options that there cannot be. An interrupt gives what
 *   there is.
 * @example
 *   const bricks = await textureNetwork(net, background('brick'), { steps: 300 })
 *   await bricks.make({ size: [256, 512], seed: 1 })
 */
export async function textureNetwork(
  net: Network,
  sample: Image,
  options: TextureNetworkOptions = {},
): Promise<TextureNetwork> {
  const { levels = 4, channels = 8, size = 64, steps = 200, batch = 2, rate = 0.02 } = options
  const { seed = defaultSeed(), checkpointEvery = 100 } = options
  for (const [what, value] of Object.entries({ levels, channels, steps, batch, checkpointEvery }))
    wholeNumber(what, value)
  positive('rate', rate)
  const multiple = 2 ** (levels - 1)
  wholeNumber('size', size, 32)
  if (size % multiple !== 0)
    throw new RangeError(`with ${levels} levels the size is a multiple of ${multiple}, not ${size}`)
  const weights: PerceptualWeights = {
    ...perceptualWeights(net, { colours: COLOURS, ...options }),
    content: {},
  }
  const loss = await PerceptualLoss.of(net, [sample], weights)
  const graph = textureGenerator(heInitialiser(seed, 'colour'), {
    ...{ levels, channels, size: [size, size] },
  })
  const shape = [batch, NOISE * levels, size, size]
  const fixed = graph.copy()
  fixed.inputs = graph.inputs.map((port) => ({ ...port, shape }))
  const trained = copiesOf(graph.constants, parameterNames(graph))
  const { step, parts } = lossGraph(fixed, [...trained.keys()], (b, output) => {
    const all = b.constant(float32(new Float32Array(batch).fill(1), [batch, 1]))
    const { style, variation } = loss.build(b, output, { styles: all })
    return { style, variation }
  })
  const told = { levels, channels, size, steps, batch, rate, seed, loss: loss.code }
  const how: DescentOptions = {
    schedule: { rate, steps, warmup: Math.min(20, Math.ceil(steps / 10)), shape: 'cosine' },
    ...{ optimizer: adamW(), recipe: JSON.stringify(told), decays: () => false },
    ...{ checkpoint: options.checkpoint, checkpointEvery },
    ...{ resume: options.resume, signal: options.signal },
  }
  const task: Task<number> = {
    step,
    trained,
    batches: numbers,
    feeds: (at) => ({ input: noise(shape, mixSeeds(seed, at)) }),
    measure: (results) => measuredParts(parts, results),
    note: ({ history: { loss } }) => `loss ${loss!.at(-1)!.toFixed(2)}`,
    curves: (state) => lossCurves(state.history, steps),
  }
  const state = await begin(task, how)
  const interrupted = await descend(net.engine, task, state, how)
  const learnt = textureGenerator(trained, { levels, channels, size: [size, size] })
  const { preprocessing, engine } = net
  const generator = await Network.from(learnt, {
    ...{ name: 'texture-network', engine },
    preprocessing: { ...preprocessing, size: [size, size] },
  })
  const image = await texture(generator, [sample.height, sample.width], 0)
  const seen = net.preprocess(sample, [sample.height, sample.width])
  const origin = provenance(net, 'textureNetwork', seen, { ...told, done: state.step })
  return new TextureNetwork(generator, sample, state.history, interrupted, image, origin)
}

/** Nothing but the loss says which colours to begin with, as there is no content: it says so louder. */
const COLOURS = 20

/** One after another, as the loop asks for them. */
async function* numbers(first: number, count: number): AsyncGenerator<number> {
  for (let i = first; i < count; i++) yield await Promise.resolve(i)
}

function noise(shape: number[], seed: number): ReturnType<typeof float32> {
  const random = new Random(seed)
  const count = shape.reduce((a, b) => a * b, 1)
  return float32(
    Float32Array.from({ length: count }, () => random.uniform()),
    shape,
  )
}

/** Made a little larger where the size is no multiple of the coarsest noise's, and cut. */
async function texture(
  generator: Network,
  [height, width]: readonly [number, number],
  seed: number,
): Promise<Image> {
  wholeNumber('the height of a texture', height, 32)
  wholeNumber('the width of a texture', width, 32)
  const channels = Number(generator.graph.inputs[0]!.shape![1])
  const multiple = 2 ** (channels / NOISE - 1)
  const up = (side: number): number => Math.ceil(side / multiple) * multiple
  const input: Tensor = tensorOf(noise([1, channels, up(height), up(width)], mixSeeds(seed, -1)))
  const [output] = Object.values(await generator.run(input))
  return crop(unnormalise(output!, generator.preprocessing), 0, 0, width, height)
}

const tensorOf = ({ data, shape }: ReturnType<typeof float32>): Tensor => ({
  data: data as Float32Array,
  shape,
})
