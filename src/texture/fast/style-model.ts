/** Networks that paint in one pass: their weights, and the styles that these know. */
import { createHash } from 'node:crypto'
import { basename, extname } from 'node:path'
import type { Engine } from '../../engine/engine.js'
import { onnx } from '../../engine/onnx.js'
import type { Preprocessing } from '../../image/preprocessing.js'
import { unknownName } from '../../network/names.js'
import { Network } from '../../network/network.js'
import { readWeights } from '../../network/weights.js'
import type { Weights } from '../../network/zoo/architecture.js'
import {
  fastStylePreprocessing,
  mixedWeights,
  styleCount,
  transformerNetwork,
} from '../../network/zoo/fast-style.js'
import { embeddedFile } from '../../network/zoo/index.js'

/** A style by name; several, in equal shares; or how much of each. */
export type StyleChoice = string | readonly string[] | Readonly<Record<string, number | undefined>>

export interface StyleModelOptions {
  /** For titles and provenance. Default 'fast-style'. */
  name?: string
  /** The names of the styles, as many as the weights know. Default: 'style 1', 'style 2', … */
  styles?: readonly string[]
  /** How pictures become the network's input, and its output becomes pictures; the size does not matter. */
  preprocessing?: Preprocessing
  engine?: Engine
  /** What follows convolutions. Default 'instance'. */
  norm?: 'instance' | 'batch'
}

/** How many networks, each of a style or a mixture, are kept ready. */
const READY = 8

/**
 * A network that paints any picture in one of several styles, or between them, in one pass.
 *
 * @example
 *   const model = await StyleModel.load()
 *   model.styles                                    // ['starry', 'wave', …]
 *   const net = await model.network({ starry: 1, ink: 2 })
 */
export class StyleModel {
  readonly name: string
  readonly styles: readonly string[]
  readonly preprocessing: Preprocessing
  readonly engine: Engine
  readonly #norm: 'instance' | 'batch'
  readonly #networks = new Map<string, Promise<Network>>()

  /** @throws RangeError where there are not as many names as styles. */
  constructor(
    /** By the names of PyTorch's example; the scales and shifts of norms have a row for each style. */
    readonly weights: Weights,
    options: StyleModelOptions = {},
  ) {
    const count = styleCount(weights)
    this.styles = options.styles ?? Array.from({ length: count }, (_, i) => `style ${i + 1}`)
    if (this.styles.length !== count)
      throw new RangeError(
        `the weights know ${count} styles, but ${this.styles.length} names were given`,
      )
    this.name = options.name ?? 'fast-style'
    this.preprocessing = options.preprocessing ?? fastStylePreprocessing
    this.engine = options.engine ?? onnx
    this.#norm = options.norm ?? 'instance'
  }

  /**
   * The embedded model, or that of a file: of many styles, as this library writes it, or one of the published
   * checkpoints of PyTorch's example `fast_neural_style` (`candy.pth`, `mosaic.pth`, …; `.pth`, `.pt`, `.safetensors`),
   * which take and give pixels of 0 … 255. In those, running statistics that InstanceNorm kept before PyTorch 0.4 are
   * left out, and `scale` and `shift` of still older ones are read as `weight` and `bias`.
   *
   * @param path Default: the embedded one.
   * @throws Error where the file is missing or damaged, or holds another network.
   * @example const candy = await StyleModel.load('candy.pth')
   */
  static async load(path?: string, options: StyleModelOptions = {}): Promise<StyleModel> {
    const { tensors, metadata } = await readWeights(path ?? embeddedFile('fast-style.safetensors'))
    const name = path === undefined ? 'fast-style' : basename(path, extname(path))
    const own = metadata.styles?.split(', ')
    return new StyleModel(own ? tensors : withPresentNames(tensors), {
      ...{ name, styles: own ?? [name] },
      preprocessing: own ? fastStylePreprocessing : bytes,
      ...options,
    })
  }

  /**
   * How much of each style a choice is, adding up to 1.
   *
   * @throws RangeError for an unknown style, naming the nearest, for shares below 0, and where all are 0.
   */
  shares(choice: StyleChoice): number[] {
    const wanted: Readonly<Record<string, number | undefined>> =
      typeof choice === 'string'
        ? { [choice]: 1 }
        : Array.isArray(choice)
          ? Object.fromEntries((choice as readonly string[]).map((style) => [style, 1]))
          : (choice as Readonly<Record<string, number | undefined>>)
    for (const [style, share = 0] of Object.entries(wanted)) {
      if (!this.styles.includes(style)) throw unknownName('style', style, this.styles)
      if (!(share >= 0 && Number.isFinite(share)))
        throw new RangeError(`the share of '${style}' is a number, 0 or more, not ${share}`)
    }
    const shares = this.styles.map((style) => wanted[style] ?? 0)
    const sum = shares.reduce((a, b) => a + b, 0)
    if (!(sum > 0)) throw new RangeError('all shares are 0: name a style')
    return shares.map((share) => share / sum)
  }

  /**
   * The network of one style, or of a mixture: an ordinary one, [N, 3, H, W] → [N, 3, H', W'] at any size, H' and W'
   * being the next multiples of 4. The model keeps the latest of them.
   *
   * @param style Default: the first.
   * @throws RangeError for an unknown style, naming the nearest.
   */
  network(style: StyleChoice = this.styles[0]!): Promise<Network> {
    const shares = this.shares(style)
    const key = shares.join()
    const known = this.#networks.get(key)
    if (known) this.#networks.delete(key)
    const made = known ?? this.#make(shares)
    this.#networks.set(key, made)
    if (this.#networks.size > READY) {
      const [oldest, net] = this.#networks.entries().next().value!
      this.#networks.delete(oldest)
      void net.then((one) => one.release())
    }
    return made
  }

  /** SHA-256 of the weights. */
  get digest(): string {
    const hash = createHash('sha256')
    for (const [name, { data, shape }] of this.weights)
      hash.update(`${name} ${shape.join()}`).update(Float32Array.from(data as ArrayLike<number>))
    return hash.digest('hex')
  }

  /** Frees what was compiled. The model can still be used. */
  async release(): Promise<void> {
    const networks = [...this.#networks.values()]
    this.#networks.clear()
    for (const net of networks) await (await net).release()
  }

  #make(shares: readonly number[]): Promise<Network> {
    const { preprocessing, engine, name } = this
    const graph = transformerNetwork(mixedWeights(this.weights, shares), {
      ...{ size: preprocessing.size, norm: this.#norm },
    })
    return Network.from(graph, { name, preprocessing, engine })
  }
}

/** What PyTorch's example takes and gives: bytes, as numbers. */
const bytes: Preprocessing = {
  size: [256, 256],
  mean: [0, 0, 0],
  std: [1 / 255, 1 / 255, 1 / 255],
}

/** Names of earlier versions of PyTorch's example by those of the present one. */
const withPresentNames = (weights: Weights): Weights =>
  new Map(
    [...weights].map(([name, tensor]) => [
      name.replace(/(\bin\d)\.scale$/, '$1.weight').replace(/(\bin\d)\.shift$/, '$1.bias'),
      tensor,
    ]),
  )
