/** What to differentiate: an expression that appends nodes to a network's graph. */
import type { Builder } from '../network/builder.js'
import { float32, type Shape, type TypedTensor } from '../network/graph.js'

/** The network as an objective sees it. */
export interface Subject {
  /** The value of the class scores before any softmax, [N, classes]. */
  readonly scores: string
  /**
   * The picture itself, normalised, [N, C, H, W]: the network's input, or, where an image is optimised, what
   * it shows before any transform.
   */
  readonly image: string
  /** The output value of a layer. @throws RangeError naming the nearest layers. */
  value(layer: string): string
  /** The shape of a layer's output, [N, …]. @throws RangeError naming the nearest layers. */
  shape(layer: string): Shape
  /** The index of a class. @throws RangeError naming the nearest classes. */
  classIndex(target: number | string): number
  /** Whether a value, or a weight, is to be differentiated by: an expression must go through it. */
  keeps(value: string): boolean
}

/** What an objective needs to name classes in titles: a network. */
export interface ClassNames {
  classIndex(target: number | string): number
  className(index: number): string
}

/** A value that is fed at each run: which class, which neuron. @throws RangeError where it does not fit. */
export type ObjectiveParameter = (subject: Subject, batch: number) => TypedTensor

/** What an objective consists of; for writing new ones. */
export interface ObjectiveParts {
  /** The structure of the expression without its parameters. */
  key: string
  /** The expression in code, for provenance: `neuron("conv5", [17,3,3])`. */
  code: string
  /** In words, for titles: `conv5:17`. */
  describe(names: ClassNames, image: number): string
  /** What is fed to the expression. Default: nothing. */
  parameters?: readonly ObjectiveParameter[]
  /**
   * Whether each image's value depends on that image alone, and what is fed is one number or has a row for each
   * image: a batch can then be run in parts. Default false.
   */
  separable?: boolean
  /** Appends the expression; `parameters` are the names of what is fed. Returns the value, [N]. */
  build(b: Builder, subject: Subject, parameters: readonly string[]): string
}

/**
 * A scalar per image, to be explained, ascended or descended. Sums, differences and multiples of
 * objectives are objectives, as in Lucid.
 *
 * Objectives of one `key` share a compiled program; their parameters (which class, which neuron, which
 * factor) are fed to it.
 *
 * @example
 *   classScore('tiger cat').minus(classScore('bull mastiff'))
 *   channel('conv5', 17).plus(channel('conv5', 18)).times(0.5)
 */
export class Objective {
  constructor(private readonly parts: ObjectiveParts) {}

  /** The structure of the expression without its parameters. */
  get key(): string {
    return this.parts.key
  }

  /** What makes the values that are fed, in the order in which {@link build} takes them. */
  get feeds(): readonly ObjectiveParameter[] {
    return this.parts.parameters ?? []
  }

  /** Whether a batch can be run in parts. */
  get separable(): boolean {
    return this.parts.separable ?? false
  }

  /**
   * What is fed to a run on a batch.
   *
   * @throws RangeError where the network has no such class, layer or neuron.
   */
  parameters(subject: Subject, batch: number): TypedTensor[] {
    return this.feeds.map((parameter) => parameter(subject, batch))
  }

  /** Appends the expression; `parameters` are the names under which they will be fed. Returns [N]. */
  build(b: Builder, subject: Subject, parameters: readonly string[]): string {
    return this.parts.build(b, subject, parameters)
  }

  /**
   * In words, for titles: `tiger cat − bull mastiff`.
   *
   * @param image Which image of a batch, as each may have a class of its own.
   */
  describe(names: ClassNames, image = 0): string {
    return this.parts.describe(names, image)
  }

  /** The sum of this objective and others. */
  plus(...others: Objective[]): Objective {
    return others.reduce<Objective>((sum, other) => sum.#combine('plus', other), this)
  }

  /** This objective less another: between two classes, what speaks for the one and not the other. */
  minus(other: Objective): Objective {
    return this.#combine('minus', other)
  }

  /**
   * A multiple of this objective.
   *
   * @throws RangeError for a factor that is not finite.
   */
  times(factor: number): Objective {
    if (!Number.isFinite(factor))
      throw new RangeError(`an objective is multiplied by a finite number, not by ${factor}`)
    return new Objective({
      key: `${this.key}.times()`,
      code: `${this.toString()}.times(${factor})`,
      describe: (names, image) => factorWords(factor) + this.#bracketed(names, image),
      parameters: [...this.feeds, () => float32([factor], [])],
      separable: this.separable,
      build: (b, subject, parameters) =>
        b.add('Mul', [this.build(b, subject, parameters.slice(0, -1)), parameters.at(-1)!]),
    })
  }

  /** In code: `classScore(282).minus(classScore(243))`. */
  toString(): string {
    return this.parts.code
  }

  #combine(verb: keyof typeof operators, other: Objective): Objective {
    const { op, sign } = operators[verb]
    const mine = this.feeds.length
    return new Sum({
      key: `${this.key}.${verb}(${other.key})`,
      code: `${this.toString()}.${verb}(${other.toString()})`,
      describe: (names, image) =>
        `${this.describe(names, image)} ${sign} ${other.#bracketed(names, image)}`,
      parameters: [...this.feeds, ...other.feeds],
      separable: this.separable && other.separable,
      build: (b, subject, parameters) =>
        b.add(op, [
          this.build(b, subject, parameters.slice(0, mine)),
          other.build(b, subject, parameters.slice(mine)),
        ]),
    })
  }

  #bracketed(names: ClassNames, image: number): string {
    const words = this.describe(names, image)
    return this instanceof Sum || words.startsWith(minus) ? `(${words})` : words
  }
}

/** The sign, which is no hyphen. */
const minus = '−'

/** What stands before something that is multiplied: `2 · `, or the sign alone. */
const factorWords = (factor: number): string =>
  factor === -1 ? minus : `${String(factor).replace('-', minus)} · `

/** A sum or difference, which stands in brackets where it is a part of another expression. */
class Sum extends Objective {}

const operators = {
  plus: { op: 'Add', sign: '+' },
  minus: { op: 'Sub', sign: minus },
} as const
