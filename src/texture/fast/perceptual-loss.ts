/** Perceptual losses: pictures compared by what a network sees in them (Johnson et al. 2016). */
import type { Image } from '../../image/image.js'
import { Builder } from '../../network/builder.js'
import { float32, Graph } from '../../network/graph.js'
import { inline } from '../../network/inline.js'
import type { Network } from '../../network/network.js'
import { gramOf } from '../../objectives/gram.js'
import { squaredVariation } from '../../objectives/image-priors.js'
import { pixelsAtOwnSize } from '../feature-layers.js'
import type { LayerWeights } from '../style-presets.js'

/** What a picture is wanted to be like, and how much of each. */
export interface PerceptualWeights {
  /** Layers by which it is to be like the content. */
  content: LayerWeights
  /** Layers whose Gram matrices are to be those of the style. */
  style: LayerWeights
  /** Of means and covariances of the colours themselves, which a network may know little of. */
  colours: number
  /** Of the mean squared difference of neighbouring pixels, in normalised units. */
  variation: number
  /**
   * How much larger the network sees the pictures, each factor for itself. At 2 a first layer with a stride sees the
   * finest patterns as well, at 1 deep layers see more of the picture. The content is compared at the first of them.
   */
  scales: readonly number[]
}

/** The value of each part of the loss, its weight included: scalars of a graph. */
export type PerceptualTerms = Record<'content' | 'style' | 'variation', string>

/** A layer or a statistic of pictures, and how much it counts. */
interface Seen {
  value: string
  weight: number
}

/** What a statistic is in each style, [styles, K], and 1 / Σ of its squares, [styles]. */
interface Target {
  table: Float32Array
  inverse: Float32Array
}

/**
 * How far pictures are from being their content, painted like one of several styles:
 *
 *     Σ w_l ‖F_l − P_l‖² / ‖P_l‖² + Σ v_l ‖G_l − Ĝ_l‖² / ‖Ĝ_l‖² + u TV
 *
 * with features F and Gram matrices G of the picture, features P of the content, matrices Ĝ of the style. Since all is
 * relative, no style and no layer counts more than others by its mere size.
 */
export class PerceptualLoss {
  private constructor(
    private readonly net: Network,
    readonly weights: PerceptualWeights,
    /** How many styles there are. */
    readonly styles: number,
    private readonly targets: readonly Target[],
  ) {}

  /**
   * @param net The network that looks at the pictures. @param styles What to paint like, at their own sizes.
   * @throws RangeError for unknown layers, naming the nearest, and where there is no style.
   */
  static async of(
    net: Network,
    styles: readonly Image[],
    weights: PerceptualWeights,
  ): Promise<PerceptualLoss> {
    if (styles.length === 0) throw new RangeError('name a style, at least')
    const targets: Target[] = []
    for (const [i, style] of styles.entries()) {
      const { data, shape } = pixelsAtOwnSize(net, style)
      const loss = new PerceptualLoss(net, weights, styles.length, [])
      const b = new Builder(new Graph())
      const statistics = loss.#look(b, b.input('picture', shape), 'style').statistics
      const names = statistics.map(({ value }) => value)
      const program = await net.engine.compile(b.graph.extract(names))
      try {
        const results = await program.run({ picture: float32(data, shape) })
        names.forEach((name, k) => {
          const values = results[name]!.data as Float32Array
          const target = (targets[k] ??= {
            table: new Float32Array(styles.length * values.length),
            inverse: new Float32Array(styles.length),
          })
          target.table.set(values, i * values.length)
          target.inverse[i] = 1 / values.reduce((sum, value) => sum + value * value, 0)
        })
      } finally {
        await program.release()
      }
    }
    return new PerceptualLoss(net, weights, styles.length, targets)
  }

  /**
   * Appends the loss of a batch.
   *
   * @param painted The pictures, [N, C, H, W] in the network's normalised pixels.
   * @param wanted.content What they are of. Default: of nothing, there is no such term.
   * @param wanted.styles How much of each style is wanted of each picture, [N, styles].
   */
  build(
    b: Builder,
    painted: string,
    { content, styles }: { content?: string; styles: string },
  ): PerceptualTerms {
    const own = this.#look(b, painted, 'painted')
    const of = content === undefined ? [] : this.#look(b, content, 'content').content
    const contentTerms = of.map(({ value: other, weight }, i) => {
      const { value } = own.content[i]!
      const axes = [1, 2, 3]
      const square = (x: string): string => b.sum(b.add('Mul', [x, x]), axes)
      const ratio = b.add('Div', [square(b.add('Sub', [value, other])), square(other)])
      return this.#mean(b, ratio, weight)
    })
    const styleTerms = own.statistics.map(({ value, weight }, k) => {
      const { table, inverse } = this.targets[k]!
      const matrix = (data: Float32Array): string =>
        b.constant(float32(data, [this.styles, data.length / this.styles]))
      const difference = b.add('Sub', [value, b.add('MatMul', [styles, matrix(table)])])
      const squares = b.sum(b.add('Mul', [difference, difference]), [1], true)
      const relative = b.add('Mul', [squares, b.add('MatMul', [styles, matrix(inverse)])])
      return this.#mean(b, relative, weight)
    })
    const [, ...dims] = b.shape(painted).map(Number)
    const numbers = dims.reduce((product, dim) => product * dim, 1)
    return {
      content: sumOf(b, contentTerms),
      style: sumOf(b, styleTerms),
      variation: this.#mean(b, squaredVariation(b, painted), this.weights.variation / numbers),
    }
  }

  /** What decides the loss beside the styles, for provenance and to know a training again. */
  get code(): unknown {
    const { name, digest } = this.net
    return { network: name, digest, ...this.weights }
  }

  #mean(b: Builder, each: string, weight: number): string {
    const mean = b.add('ReduceMean', [each], { keepdims: 0 })
    return b.add('Mul', [mean, b.scalar(weight)])
  }

  /** Appends what is seen of pictures: the layers of their content, and the statistics of their style. */
  #look(b: Builder, picture: string, name: string): { content: Seen[]; statistics: Seen[] } {
    const { content, style, colours, scales } = this.weights
    const { net } = this
    const subject = net.subject([1, Number(b.shape(picture)[1]), ...net.preprocessing.size])
    const layers = [...new Set([...Object.keys(content), ...Object.keys(style)])]
    const part = net.graph.extract(layers.map((layer) => subject.value(layer)))
    const seen = scales.map((scale) =>
      inline(b, part, enlarged(b, picture, scale), `${name}.${scale}`),
    )
    const maps = (values: (own: string) => string, weights: LayerWeights): Seen[] =>
      Object.entries(weights).map(([layer, weight]) => ({
        value: values(subject.value(layer)),
        weight,
      }))
    const statistics = seen
      .flatMap((values) => maps(values, style))
      .map(({ value, weight }) => ({ value: flatGram(b, value), weight: weight / scales.length }))
    if (colours > 0) statistics.push({ value: flatGram(b, withOnes(b, picture)), weight: colours })
    return { content: maps(seen[0]!, content), statistics }
  }
}

/** [N, C, H, W] → [N, C²] */
function flatGram(b: Builder, maps: string): string {
  const [images, channels] = b.shape(maps).map(Number) as [number, number]
  return b.reshape(gramOf(b, maps, 'chw'), [images, channels * channels])
}

/** With a channel of ones, a Gram matrix holds the means of the others as well. */
function withOnes(b: Builder, picture: string): string {
  const [images, , height, width] = b.shape(picture).map(Number) as [number, number, number, number]
  const shape = [images, 1, height, width]
  const ones = new Float32Array(images * height * width).fill(1)
  return b.add('Concat', [picture, b.constant(float32(ones, shape))], { axis: 1 })
}

function enlarged(b: Builder, picture: string, scale: number): string {
  if (scale === 1) return picture
  const [images, channels, height, width] = b.shape(picture).map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const size = [images, channels, Math.round(height * scale), Math.round(width * scale)]
  return b.add('Resize', [picture, '', '', b.integers(size)], {
    mode: 'linear',
    coordinate_transformation_mode: 'half_pixel',
  })
}

const sumOf = (b: Builder, terms: readonly string[]): string =>
  terms.length === 0 ? b.scalar(0) : terms.length === 1 ? terms[0]! : b.add('Sum', [...terms])
