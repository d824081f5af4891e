import { createHash } from 'node:crypto'
import type { Engine, Program } from '../engine/engine.js'
import { onnx } from '../engine/onnx.js'
import { described } from '../described.js'
import { joined, type Tensor, tensor } from '../engine/tensor.js'
import { type Apply, applyGraph } from '../engine/tensorflow/apply.js'
import type { Tensor as TfTensor } from '../engine/tensorflow/tf.js'
import { gradient, IndependenceError } from '../gradient/gradient.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Unpooling } from '../gradient/unpooling.js'
import { anImage, Image } from '../image/image.js'
import { type Preprocessing, preprocess, view } from '../image/preprocessing.js'
import type { Objective, Subject } from '../objectives/objective.js'
import { Builder } from './builder.js'
import { classScores } from './class-scores.js'
import {
  type Graph,
  type Node,
  NodeError,
  type Port,
  type Shape,
  type TypedTensor,
} from './graph.js'
import { withChannelsFirst } from './input-layout.js'
import { lastFeatureMaps } from './feature-maps.js'
import { layerNames, unknownName } from './names.js'
import { normalise } from './normalise.js'
import { writeOnnx } from './onnx-file.js'
import { Programs } from './programs.js'
import { describeLayers, type Layer, Summary } from './summary.js'

export type { Layer }

export interface NetworkOptions {
  /** For titles and provenance. Default: the graph's name. */
  name?: string
  /** Class names, in the order of the scores. Default: `class 0`, `class 1`, … */
  classes?: readonly string[]
  /**
   * How an image becomes the network's input. Default: resized to cover its size, the middle cropped,
   * values in [0, 1]. Its `size` also settles the height and width of a graph that leaves them free.
   */
  preprocessing?: Preprocessing
  /** What runs it. Default: {@link onnx}. */
  engine?: Engine
}

export interface GradientOptions {
  /** What to differentiate: `classScore('wolf')`, `neuron('conv5', [17, 3, 3])`, … */
  of: Objective
  /** How the signal passes rectifiers. Default `plain`, which is the gradient. */
  rule?: ReluRule
  /** Signals that meet where max-pooling windows overlap: 'add' (default, the gradient) or 'overwrite'. */
  unpooling?: Unpooling
}

/** What one run of a differentiated network gives. */
export interface Differentiated {
  /** The objective, one number per image: [N]. */
  value: Tensor
  /** By the names given as `wrt`, each in the shape of what it belongs to. */
  gradients: Record<string, Tensor>
  /** By the names given as `layers`. */
  activations: Record<string, Tensor>
}

/** A graph that the network is a part of. */
export interface Surroundings {
  /** Tells the graph from others around the same network; those of one key share a program. */
  key: string
  /** Of the network's input, [N, C, H, W]. */
  shape: readonly number[]
  /** Appends what makes the network's input, and returns it, with the picture that objectives on pixels see. */
  before: (b: Builder) => { input: string; image: string }
  /** Appends what is made of the network's values, and returns what to compute, by name. */
  after: (b: Builder, subject: Subject) => Readonly<Record<string, string>>
}

/** A graph at one size of its input. */
interface AtSize {
  /** What can be computed there, with its shapes. */
  shapes: Builder
  /** Why the rest cannot, where there is one: a fully connected layer takes one size alone. */
  refusal: NodeError | undefined
}

/** The name under which the network's own input is differentiated. */
const INPUT = 'input'

/** How many compiled programs a network keeps; the least recently used goes first. */
const PROGRAMS = 16

/**
 * A convolutional network: an ONNX graph with names for its layers and classes, and how it sees images.
 *
 * @example
 *   const net = await loadNetwork('resnet18.onnx')
 *   const { fc } = await net.run(image, { layers: ['fc'] })
 *   const saliency = await net.gradient(image, { of: classScore(243) })
 */
export class Network {
  readonly name: string
  readonly classes: readonly string[]
  readonly preprocessing: Preprocessing
  /** Whether it was told its preprocessing; otherwise it gets pixels from 0 to 1. */
  readonly knowsPreprocessing: boolean
  readonly layers: readonly Layer[]
  readonly engine: Engine

  readonly #values: ReadonlyMap<string, Node>
  readonly #programs = new Programs(PROGRAMS)
  /** The graph at each input size that was met. */
  readonly #sizes = new Map<string, AtSize>()
  #digest: string | undefined
  #apply: Apply | undefined

  private constructor(
    /** The graph in normal form. */
    readonly graph: Graph,
    /** The value of the class scores, where the network classifies. */
    private readonly scores: string | undefined,
    options: NetworkOptions,
  ) {
    this.name = options.name ?? graph.name
    this.engine = options.engine ?? onnx
    const { type, shape = [] } = this.#input
    if (type !== 'float32')
      throw new Error(`network '${this.name}' takes ${type} values; expected float32`)
    const { layers, modules } = layerNames(graph)
    this.#values = new Map([...modules, ...layers])
    const b = new Builder(graph.copy())
    this.layers = describeLayers(graph, layers, b)
    const count = scores === undefined ? 0 : Number(b.shape(scores)[1])
    const known = graph.classes?.length === count ? graph.classes : undefined
    this.classes = options.classes ?? known ?? Array.from({ length: count }, (_, i) => `class ${i}`)
    if (this.classes.length !== count)
      throw new RangeError(
        `network '${this.name}' has ${count} classes, but ${this.classes.length} class names were given`,
      )
    const [, channels, height, width] = shape
    const { mean, std } = options.preprocessing ?? {}
    for (const [name, values] of Object.entries({ mean, std }))
      if (values?.length === 1 && channels !== 1)
        throw new RangeError(
          `network '${this.name}' has ${channels} channels, but its preprocessing one ${name}`,
        )
    this.knowsPreprocessing = options.preprocessing !== undefined
    this.preprocessing = options.preprocessing ?? {
      size: [Number(height), Number(width)],
      mean: [0, 0, 0],
      std: [1, 1, 1],
    }
  }

  /**
   * A network from a graph. One that takes images as [N, H, W, C] is made to take them as [N, C, H, W].
   *
   * @throws NodeError where the graph uses an operator that is not known; RangeError where there are not
   *   as many class names as classes; Error where it has not exactly one input, or one of an unknown size.
   */
  static async from(graph: Graph, options: NetworkOptions = {}): Promise<Network> {
    const sized = withInputSize(withChannelsFirst(graph), options.preprocessing?.size)
    const normal = await normalise(sized, options.engine ?? onnx)
    return new Network(normal, classScores(normal), options)
  }

  /**
   * Runs the network.
   *
   * @param input Normalised pixels, [N, C, H, W]; an image is preprocessed first.
   * @param options.layers Names of the layers to return. Default: the network's outputs.
   * @returns The layers' outputs by the names they were asked for.
   * @throws RangeError for an unknown layer, naming the nearest; TypeError for an input that is neither.
   * @example const { conv1 } = await net.run(image, { layers: ['conv1'] })
   */
  async run(
    input: Tensor | Image,
    options: { layers?: readonly string[] } = {},
  ): Promise<Record<string, Tensor>> {
    const ports = this.graph.outputs.map((port) => port.name)
    const layers = options.layers ?? ports
    const values = options.layers?.map((layer) => this.#value(layer)) ?? ports
    const outputs = await this.#outputs(input, values)
    return Object.fromEntries(layers.map((layer, i) => [layer, outputs[i]!]))
  }

  /**
   * The gradient of a scalar by the input, or by a layer or a weight.
   *
   * @param input Normalised pixels, [N, C, H, W]; an image is preprocessed first.
   * @param options.wrt What to differentiate by: a layer (as Grad-CAM needs), or a weight. Default: the
   *   input.
   * @returns The gradient, in the shape of what it is by. With several images each has its own: the
   *   gradient of the sum of their objectives; only a weight's is summed over them.
   * @throws RangeError for unknown layers and classes, naming the nearest, and where the objective does not
   *   depend on `wrt`; NodeError where an operator on the way has no backward rule.
   * @example await net.gradient(image, { of: classScore('wolf'), rule: 'guided' })
   */
  async gradient(
    input: Tensor | Image,
    options: GradientOptions & { wrt?: string },
  ): Promise<Tensor> {
    const { wrt = INPUT } = options
    const { gradients } = await this.differentiate(input, { ...options, wrt: [wrt] })
    return gradients[wrt]!
  }

  /**
   * Objective, gradients and activations from one run.
   *
   * @param options.wrt Default: the input. @param options.layers Activations to return besides.
   */
  async differentiate(
    input: Tensor | Image,
    options: GradientOptions & { wrt?: readonly string[]; layers?: readonly string[] },
  ): Promise<Differentiated> {
    const x = this.#accept(input)
    const shape = this.#portFor(x).shape
    const sources = (options.wrt ?? [INPUT]).map((name) => this.#source(name))
    const parameters = options.of.parameters(this.#subject(shape, sources), x.shape[0]!)
    const ranges = this.#partsOf(x, options.of, sources)
    if (ranges.length === 1) return this.#differentiate(x, parameters, sources, options)
    const parts: Differentiated[] = []
    for (const [from, to] of ranges) {
      const fed = parameters.map((value) => (isRows(value) ? rowsOf(value, from, to) : value))
      parts.push(await this.#differentiate(rowsOf(x, from, to), fed, sources, options))
    }
    return together(parts)
  }

  /**
   * In which parts a batch is run: all at once, unless the engine is faster with less, the images do not depend on
   * each other, and no weight's gradient is asked for, which is summed over them.
   */
  #partsOf(
    x: TypedTensor,
    of: Objective,
    sources: readonly string[],
  ): [from: number, to: number][] {
    const images = x.shape[0]!
    const whole = !of.separable || sources.some((value) => this.graph.constants.has(value))
    const { activations = Infinity } = this.engine
    if (whole || activations === Infinity || typeof this.#input.shape?.[0] === 'number')
      return [[0, images]]
    const shapes = this.#shapesAt(x.shape)
    const sizes = this.graph.nodes.map(({ outputs: [value] }) =>
      shapes.has(value!) ? shapes.shape(value!).reduce<number>((a, n) => a * Number(n), 1) : 0,
    )
    const largest = Math.max(...sizes) / images
    const count = Math.ceil(images / Math.max(1, Math.floor(activations / largest)))
    const size = Math.ceil(images / count)
    return Array.from({ length: Math.ceil(images / size) }, (_, i) => [
      i * size,
      Math.min(images, (i + 1) * size),
    ])
  }

  async #differentiate(
    x: TypedTensor,
    parameters: readonly TypedTensor[],
    sources: readonly string[],
    options: GradientOptions & { wrt?: readonly string[]; layers?: readonly string[] },
  ): Promise<Differentiated> {
    const { of, rule = 'plain', unpooling = 'add', wrt = [INPUT], layers = [] } = options
    const port = this.#portFor(x)
    const subject = this.#subject(port.shape, sources)
    const values = layers.map((layer) => this.#value(layer))
    const { graph } = this.#shapesAt(port.shape, [...sources, ...values])
    const names = parameters.map((_, i) => `parameter.${i}`)

    const shapes = parameters.map(({ shape }) => shape)
    const wanted = [of.key, shapes, rule, unpooling, sources, values]
    const key = JSON.stringify(['gradient', port.shape, ...wanted])
    const compile = (): Promise<Program> => {
      const b = new Builder(graph.copy())
      parameters.forEach(({ type, shape }, i) => b.input(names[i]!, shape, type))
      const before = b.graph.nodes.length
      const objective = of.build(b, subject, names)
      const read = b.graph.nodes.slice(before).flatMap((node) => node.inputs)
      let gradients: string[]
      try {
        gradients = gradient(b, objective, sources, rule, unpooling)
      } catch (error) {
        if (!(error instanceof IndependenceError)) throw error
        const name = wrt[sources.indexOf(error.value)]!
        throw this.#independence(of, name, error.value, read, error)
      }
      // Outputs get names of their own: a gradient may be another value's, a value asked for twice.
      const outputs = [objective, ...gradients, ...values].map((value, i) => {
        b.addMany('Identity', [value], {}, 1, `output.${i}`)
        return `output.${i}`
      })
      return this.engine.compile(b.graph.extract(outputs))
    }
    const feeds = Object.fromEntries(parameters.map((value, i) => [names[i]!, value]))
    const results = await this.#programs.run(key, compile, { [port.name]: x, ...feeds })
    const output = (i: number): Tensor => float(results[`output.${i}`])
    return {
      value: output(0),
      gradients: Object.fromEntries(wrt.map((name, i) => [name, output(1 + i)])),
      activations: Object.fromEntries(layers.map((name, i) => [name, output(1 + wrt.length + i)])),
    }
  }

  /**
   * Runs a graph that the network is a part of, such as a whole step of an optimisation: one run, one program,
   * compiled once for each key.
   *
   * @param feeds One tensor for each input that `before` and `after` have added.
   * @returns What `after` names.
   * @throws RangeError where the network cannot run on inputs of that shape as far as it is needed; what `before`
   *   and `after` throw.
   * @example
   *   const doubled: Surroundings = {
   *     key: 'doubled',
   *     shape: [1, 3, 96, 96],
   *     before(b) {
   *       const image = b.input('half', [1, 3, 96, 96])
   *       return { image, input: b.add('Add', [image, image]) }
   *     },
   *     after: (b, { scores }) => ({ scores }),
   *   }
   *   await net.runAround(doubled, { half: float32(pixels, [1, 3, 96, 96]) })
   */
  async runAround(
    { key, shape, before, after }: Surroundings,
    feeds: Record<string, TypedTensor>,
  ): Promise<Record<string, TypedTensor>> {
    const compile = (): Promise<Program> => {
      const port = this.#portFor({ shape: [...shape] })
      const { nodes } = this.#shapesAt(port.shape).graph
      const graph = this.graph.copy()
      graph.inputs = []
      graph.outputs = []
      graph.nodes = []
      const b = new Builder(graph)
      b.reserve([port.name, ...this.graph.nodes.flatMap(({ outputs }) => outputs)])
      const { input, image } = before(b)
      b.addMany('Identity', [input], {}, 1, port.name)
      for (const node of nodes) b.append(node)
      const outputs = Object.entries(after(b, this.#subject(port.shape, [], image)))
      for (const [name, value] of outputs) b.addMany('Identity', [value], {}, 1, `result.${name}`)
      const program = b.graph.extract(outputs.map(([name]) => `result.${name}`))
      program.inputs = b.graph.inputs // also those that nothing needs: they are fed all the same
      return this.engine.compile(program)
    }
    const id = JSON.stringify(['around', key, shape])
    const results = await this.#programs.run(id, compile, feeds)
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name.slice('result.'.length), value]),
    )
  }

  /**
   * The network as objectives see it, at some size of its input.
   *
   * @param shape [N, C, H, W]; what the network cannot compute at that size cannot be asked for.
   * @throws RangeError where the network takes no such input.
   */
  subject(shape: readonly number[]): Subject {
    return this.#subject(this.#portFor({ shape: [...shape] }).shape, [])
  }

  /**
   * The class scores as a function on tf tensors, which `tf.grad` can differentiate: to write a method by
   * hand. It runs on tf's current backend, and its gradient is tf's own.
   *
   * @param x Normalised pixels, [N, C, H, W].
   * @returns [N, classes]; the network's first output, where it does not classify.
   * @example
   *   const wolf = net.classIndex('wolf')
   *   const { data, shape } = net.preprocess(photo)
   *   const saliency = tf.grad((x) => net.apply(x).gather(wolf, 1).sum())(tf.tensor(data, shape)).abs().max(1)
   */
  apply(x: TfTensor): TfTensor {
    const value = this.scores ?? this.graph.outputs[0]!.name
    this.#apply ??= applyGraph(this.graph.extract([value]))
    return this.#apply(x)
  }

  /**
   * A table of the layers: type, output, parameters, multiply–adds and receptive field.
   *
   * @example
   *   net.summary().layers.find(({ name }) => name === 'conv5')?.receptiveField
   */
  summary(): Summary {
    return new Summary(this.name, this.layers)
  }

  /**
   * An image as the network's input: resized, cropped, normalised; [1, 3, H, W], or [1, 1, H, W] where the
   * network takes grey pictures.
   *
   * @param size [H, W], for a convolutional network that is to see it at another size than usual.
   * @throws RangeError where the network takes anything else.
   */
  preprocess(image: Image, size?: Preprocessing['size']): Tensor {
    const channels = this.#input.shape?.[1]
    if (channels !== 1 && channels !== 3)
      throw new RangeError(
        `network '${this.name}' takes ${channels} channels, which an image does not have; ` +
          `give it a tensor [N, ${channels}, H, W]`,
      )
    const usual = this.preprocessing
    return preprocess(
      anImage(image),
      size ? { ...usual, size, resize: undefined } : usual,
      channels,
    )
  }

  /** The part of an image that the network sees, at the size at which it sees it. */
  view(image: Image): Image {
    return view(anImage(image), this.preprocessing)
  }

  /**
   * The index of a class.
   *
   * @throws RangeError for an unknown class, naming the nearest.
   */
  classIndex(target: number | string): number {
    if (typeof target === 'number') {
      if (Number.isInteger(target) && target >= 0 && target < this.classes.length) return target
      const { length } = this.classes
      throw new RangeError(
        `network '${this.name}' has ${length ? `classes 0 … ${length - 1}` : 'no classes'}, ` +
          `and no class ${target}`,
      )
    }
    if (typeof target !== 'string') throw unknownName('class', target, this.classes)
    const exact = this.classes.indexOf(target)
    if (exact >= 0) return exact
    const wanted = target.toLowerCase()
    const index = this.classes.findIndex((names) =>
      synonyms(names).some((name) => name.toLowerCase() === wanted),
    )
    if (index >= 0) return index
    throw unknownName('class', target, [...new Set(this.classes.flatMap(synonyms))])
  }

  /** The class scores of images, before any softmax: [N, classes]. */
  async scoresOf(input: Tensor | Image): Promise<Tensor> {
    return (await this.#outputs(input, [this.#scores]))[0]!
  }

  /**
   * The name of the last feature maps before the classifier: what Grad-CAM explains by default.
   *
   * @throws Error where the network has none.
   */
  get lastFeatureMaps(): string {
    const { graph, layers, classes } = this
    const shapes = new Map(layers.map(({ name, shape }) => [this.#value(name), shape]))
    const node = lastFeatureMaps(graph, classes.length, (value) => shapes.get(value) ?? [])
    const layer = layers.find(({ name }) => this.#values.get(name) === node)
    if (!layer) throw new Error(`network '${this.name}' has no convolution; name a layer`)
    return layer.name
  }

  /** A class's name, without the further ones that ImageNet gives it. */
  className(index: number): string {
    return synonyms(this.classes[this.classIndex(index)]!)[0]!
  }

  /** SHA-256 of the graph and its weights: the same network has the same digest. */
  get digest(): string {
    this.#digest ??= createHash('sha256').update(writeOnnx(this.graph)).digest('hex')
    return this.#digest
  }

  /** Frees the compiled programs. The network can still be used. */
  async release(): Promise<void> {
    this.#apply?.dispose()
    await this.#programs.release()
  }

  /** Runs the graph as far as these values need it. */
  async #outputs(input: Tensor | Image, values: readonly string[]): Promise<Tensor[]> {
    const x = this.#accept(input)
    const port = this.#portFor(x)
    this.#shapesAt(port.shape, values)
    if (values.length === 0) return []
    const compile = (): Promise<Program> =>
      this.engine.compile(this.#sized(port.shape).extract([...new Set(values)]))
    const key = JSON.stringify(['run', port.shape, values])
    const results = await this.#programs.run(key, compile, { [port.name]: x })
    return values.map((value) => float(results[value]))
  }

  get #input(): Port {
    const { inputs } = this.graph
    const [port] = inputs
    if (port && inputs.length === 1) return port
    const names = inputs.map(({ name }) => `'${name}'`).join(', ') || 'none'
    throw new Error(`network '${this.name}' has the inputs ${names}; expected one, the image`)
  }

  get #scores(): string {
    if (this.scores !== undefined) return this.scores
    const [{ name }] = this.graph.outputs as [Port]
    throw new Error(
      `network '${this.name}' has no class scores: its output is ` +
        `[${this.#shapesAt(this.#input.shape ?? [])
          .shape(name)
          .join(', ')}]`,
    )
  }

  #accept(input: Tensor | Image): TypedTensor {
    const x = input instanceof Image ? this.preprocess(input) : asTensor(input)
    return { type: 'float32', shape: x.shape, data: x.data }
  }

  /**
   * The input at the size of this tensor: a convolutional network runs at any size that it can. The
   * batch is fixed as well, since the runtime keeps its blocked layout only between values of known
   * shapes (22 against 27 ms for the gradient of MobileNetV2).
   */
  #portFor(x: Pick<TypedTensor, 'shape'>): Port & { shape: Shape } {
    const { name, type, shape = [] } = this.#input
    const [, channels] = shape
    if (x.shape.length !== shape.length || x.shape[1] !== channels || x.shape[0] === 0)
      throw new RangeError(
        `network '${this.name}' takes [${shape.join(', ')}], but was given [${x.shape.join(', ')}]`,
      )
    if (typeof shape[0] === 'number' && x.shape[0] !== shape[0])
      throw new RangeError(
        `network '${this.name}' was exported for batches of ${shape[0]}, but was given ${x.shape[0]}; ` +
          `export it with a free batch dimension (dynamic_axes in PyTorch)`,
      )
    return { name, type, shape: x.shape }
  }

  #sized(shape: Shape): Graph {
    const graph = this.graph.copy()
    graph.inputs = graph.inputs.map((port) => ({ ...port, shape }))
    return graph
  }

  /**
   * The graph at one input size, as far as it can run there, and the shapes of its values.
   *
   * @param needed Values that have to be among them.
   * @throws RangeError where they are not, saying which layer cannot run at that size.
   */
  #shapesAt(input: Shape, needed: readonly string[] = []): Builder {
    const key = input.join()
    const { shapes, refusal } = this.#sizes.get(key) ?? atSize(this.#sized(input))
    this.#sizes.set(key, { shapes, refusal })
    if (refusal && !needed.every((value) => shapes.has(value)))
      throw new RangeError(
        `network '${this.name}' is made for [${this.#input.shape?.join(', ')}] and ` +
          `cannot run on [${input.join(', ')}]: ${refusal.message}`,
        { cause: refusal },
      )
    return shapes
  }

  #subject(input: Shape, kept: readonly string[], image = this.#input.name): Subject {
    const shapes = this.#shapesAt(input)
    const computable = (value: string): string => {
      this.#shapesAt(input, [value])
      return value
    }
    const scores = (): string => computable(this.#scores)
    return {
      get scores() {
        return scores()
      },
      image,
      value: (layer) => computable(this.#value(layer)),
      shape: (layer) => shapes.shape(computable(this.#value(layer))),
      classIndex: (target) => this.classIndex(target),
      keeps: (value) => kept.includes(value),
    }
  }

  #value(layer: string): string {
    const node = this.#values.get(layer)
    if (node) return node.outputs[0]!
    if (this.graph.outputs.some((port) => port.name === layer)) return layer
    throw unknownName('layer', layer, this.#values.keys())
  }

  /** Says in the user's words that an objective does not depend on something. */
  #independence(
    of: Objective,
    name: string,
    value: string,
    read: readonly string[],
    cause: Error,
  ): RangeError {
    const after = new Set(read)
    for (const node of this.graph.nodes)
      if (node.inputs.some((input) => after.has(input)))
        for (const output of node.outputs) after.add(output)
    const isWeight = this.graph.constants.has(value)
    const user = this.graph.nodes.find((node) => node.inputs.includes(value))
    const isAfter = after.has(isWeight ? (user?.outputs[0] ?? '') : value)
    const kind = value === this.#input.name ? '' : isWeight ? 'weight ' : 'layer '
    return new RangeError(
      `${of.describe(this)} does not depend on ${kind}'${name}'` +
        (isAfter ? ', which comes after it' : ': nothing leads from the one to the other'),
      { cause },
    )
  }

  /** What can be differentiated by: the input, a layer, a weight. */
  #source(name: string): string {
    if (name === INPUT && !this.#values.has(INPUT)) return this.#input.name
    return this.graph.constants.has(name) ? name : this.#value(name)
  }
}

/** Whether what is fed to an objective has a row for each image. */
const isRows = ({ type, shape }: TypedTensor): boolean => type === 'int64' && shape.length === 2

/** Some images of a batch. */
function rowsOf(batch: TypedTensor, from: number, to: number): TypedTensor {
  const size = batch.data.length / batch.shape[0]!
  const data = batch.data.subarray(from * size, to * size)
  return { ...batch, data, shape: [to - from, ...batch.shape.slice(1)] }
}

/** The parts of a batch, one after the other. */
function together(parts: readonly Differentiated[]): Differentiated {
  const all = (kind: 'gradients' | 'activations'): Record<string, Tensor> =>
    Object.fromEntries(
      Object.keys(parts[0]![kind]).map((name) => [
        name,
        joined(parts.map((part) => part[kind][name]!)),
      ]),
    )
  return {
    value: joined(parts.map(({ value }) => value)),
    gradients: all('gradients'),
    activations: all('activations'),
  }
}

/** A graph as far as it can run: without the nodes that do not fit their inputs, and what comes after them. */
function atSize(graph: Graph): AtSize {
  const { nodes } = graph
  graph.nodes = []
  const shapes = new Builder(graph)
  let refusal: NodeError | undefined
  for (const node of nodes) {
    if (refusal && node.inputs.some((value) => value && !shapes.has(value))) continue
    try {
      shapes.append(node)
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      graph.nodes.pop()
      refusal ??= error
    }
  }
  return { shapes, refusal }
}

/** The graph with its input's height and width settled, where they are free. */
function withInputSize(graph: Graph, size: Preprocessing['size'] | undefined): Graph {
  const [port] = graph.inputs
  const [batch, channels, ...extent] = port?.shape ?? []
  if (!port || extent.length !== 2 || extent.every((dim) => typeof dim === 'number')) return graph
  if (!size)
    throw new Error(
      `input '${port.name}' is [${port.shape?.join(', ')}]: its height and width are free; ` +
        `say how large images shall be: { preprocessing: { size: [height, width], mean, std } }`,
    )
  const sized = graph.copy()
  sized.inputs[0] = { ...port, shape: [batch!, channels!, ...size] }
  return sized
}

/** ImageNet's classes have several names each: 'tench, Tinca tinca'. */
const synonyms = (names: string): string[] => names.split(', ')

/**
 * A value that is to be a network; one of another copy of this module is one.
 *
 * @throws TypeError for anything else, saying what it is.
 */
export function aNetwork(value: unknown): Network {
  if (value instanceof Network) return value
  const { classes, scoresOf } = Object(value) as Partial<Network>
  if (Array.isArray(classes) && typeof scoresOf === 'function') return value as Network
  throw new TypeError(`a network was expected, not ${described(value)}`)
}

function asTensor(input: Tensor): Tensor {
  const { data, shape } = (input ?? {}) as Partial<Tensor>
  if (data && shape) return tensor(data, shape)
  throw new TypeError(
    `the input of a network is an image, or a tensor { data, shape }, not ${described(input)}`,
  )
}

function float(value: TypedTensor | undefined): Tensor {
  if (value?.data instanceof Float32Array) return { data: value.data, shape: value.shape }
  throw new TypeError(`expected float32 values, but the network computed ${value?.type}`)
}
