/** Writes a network's graph layer by layer, taking each layer's weights by its name. */
import { Builder } from '../builder.js'
import { BATCH, float32, Graph, type Shape, type TypedTensor } from '../graph.js'
import { adaptiveAverages } from './adaptive-pooling.js'

export type Weights = ReadonlyMap<string, TypedTensor>

/** Makes the weights of a network that is to be trained, one tensor at a time. */
export type Initialiser = (name: string, shape: number[]) => TypedTensor

/** Height and width. */
export type Size = readonly [height: number, width: number]

/**
 * A network of the zoo: its graph from its weights, for images of a size. Default: the size that it was
 * trained on.
 *
 * @throws Error where a weight is missing, of another shape, or of no layer.
 */
export type ArchitectureOf = (weights: Weights | Initialiser, size?: Size) => Graph

export interface ConvOptions {
  stride?: number
  /** Zeros on each side; `same` is half the kernel, so that at stride 1 the size stays. Default 0. */
  padding?: number | 'same'
  group?: number
  dilation?: number
  /** Default true. */
  bias?: boolean
}

export interface PoolOptions {
  /** Default: the kernel. */
  stride?: number
  padding?: number
  ceil?: boolean
}

/** The elementwise non-linearities, by the method that appends them. */
export type Activation =
  'relu' | 'relu6' | 'sigmoid' | 'hardSigmoid' | 'hardSwish' | 'silu' | 'gelu'

export const channelsLast = [0, 2, 3, 1]
export const channelsFirst = [0, 3, 1, 2]

const both = (n: number): number[] => [n, n]

/**
 * An architecture in the making: every method appends one layer under the name that PyTorch gives it and
 * returns the name of its output, which is the same.
 */
export class Architecture {
  readonly graph = new Graph()
  readonly #b: Builder
  readonly #weights: Weights | Initialiser
  readonly #used = new Set<string>()

  /** @param weights Pretrained ones by name, or what makes new ones. */
  constructor(name: string, input: Shape, weights: Weights | Initialiser) {
    this.graph.name = name
    this.graph.inputs = [{ name: 'input', type: 'float32', shape: [BATCH, ...input] }]
    this.#b = new Builder(this.graph)
    this.#weights = weights
  }

  /** A convolution to so many channels, by a square kernel or one of height × width. */
  conv(
    name: string,
    x: string,
    channels: number,
    kernel: number | Size,
    options: ConvOptions = {},
  ): string {
    const { stride = 1, padding = 0, group = 1, dilation = 1, bias = true } = options
    const extent = typeof kernel === 'number' ? both(kernel) : kernel
    const pads = extent.map((k) => (padding === 'same' ? (dilation * (k - 1)) / 2 : padding))
    const shape = [channels, this.channels(x) / group, ...extent]
    return this.#b.layer(name, 'Conv', [x, ...this.#weightAndBias(name, shape, bias)], {
      strides: both(stride),
      pads: [...pads, ...pads],
      dilations: both(dilation),
      group,
    })
  }

  /** A fully connected layer to so many features, on the last axis. */
  linear(name: string, x: string, features: number): string {
    const width = Number(this.#b.shape(x).at(-1))
    const [weight, bias] = this.#weightAndBias(name, [features, width], true) as [string, string]
    if (this.#b.shape(x).length === 2)
      return this.#b.layer(name, 'Gemm', [x, weight, bias], { transB: 1 })
    const product = this.#b.add('MatMul', [x, this.#b.transpose(weight, [1, 0])])
    return this.#b.layer(name, 'Add', [product, bias])
  }

  /** Batch norm at inference, by its running statistics. */
  batchNorm(name: string, x: string, epsilon = 1e-5): string {
    const shape = [this.channels(x)]
    const parts = ['weight', 'bias', 'running_mean', 'running_var']
    const inputs = parts.map((part) => this.#weight(`${name}.${part}`, shape))
    this.#used.add(`${name}.num_batches_tracked`)
    return this.#b.layer(name, 'BatchNormalization', [x, ...inputs], { epsilon })
  }

  /** Instance norm (Ulyanov et al. 2016): each channel of each image by its own mean and deviation. */
  instanceNorm(name: string, x: string, epsilon = 1e-5): string {
    const weights = this.#weightAndBias(name, [this.channels(x)], true)
    // Kept by PyTorch before 0.4, of no use then or now.
    for (const part of ['running_mean', 'running_var', 'num_batches_tracked'])
      this.#used.add(`${name}.${part}`)
    return this.#b.layer(name, 'InstanceNormalization', [x, ...weights], { epsilon })
  }

  /** Layer norm over the last axis: the channels of [N, H, W, C] (Ba et al. 2016). */
  layerNorm(name: string, x: string, epsilon: number): string {
    const weights = this.#weightAndBias(name, [Number(this.#b.shape(x).at(-1))], true)
    return this.#b.layer(name, 'LayerNormalization', [x, ...weights], { axis: -1, epsilon })
  }

  /** Layer norm over the channels of [N, C, H, W], which lie last for as long as it takes. */
  layerNorm2d(name: string, x: string, epsilon: number): string {
    const weights = this.#weightAndBias(name, [this.channels(x)], true)
    const inputs = [this.#b.transpose(x, channelsLast), ...weights]
    const y = this.#b.add('LayerNormalization', inputs, { axis: -1, epsilon })
    return this.permute(name, y, channelsFirst)
  }

  relu(name: string, x: string): string {
    return this.#b.layer(name, 'Relu', [x])
  }

  leakyRelu(name: string, x: string, alpha: number): string {
    return this.#b.layer(name, 'LeakyRelu', [x], { alpha })
  }

  relu6(name: string, x: string): string {
    return this.#b.layer(name, 'Clip', [x, this.#b.scalar(0), this.#b.scalar(6)])
  }

  sigmoid(name: string, x: string): string {
    return this.#b.layer(name, 'Sigmoid', [x])
  }

  /** max(0, min(1, x/6 + 1/2)) */
  hardSigmoid(name: string, x: string): string {
    return this.#b.layer(name, 'HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 })
  }

  /** x · hardSigmoid(x) */
  hardSwish(name: string, x: string): string {
    return this.#b.layer(name, 'HardSwish', [x])
  }

  /** x · sigmoid(x) */
  silu(name: string, x: string): string {
    return this.#b.layer(name, 'Mul', [x, this.sigmoid(`${name}.sigmoid`, x)])
  }

  /** x · Φ(x), with the normal distribution's Φ (Hendrycks & Gimpel 2016). */
  gelu(name: string, x: string): string {
    this.graph.opset = Math.max(this.graph.opset, 20) // since when the operator is there
    return this.#b.layer(name, 'Gelu', [x])
  }

  add(name: string, x: string, y: string): string {
    return this.#b.layer(name, 'Add', [x, y])
  }

  multiply(name: string, x: string, y: string): string {
    return this.#b.layer(name, 'Mul', [x, y])
  }

  /** A weight that is no layer's own, such as a scale of its channels; returned by its name. */
  parameter(name: string, shape: number[]): string {
    return this.#weight(name, shape)
  }

  /** One fixed factor and one fixed shift for each channel. */
  affine(name: string, x: string, factors: readonly number[], shifts: readonly number[]): string {
    const perChannel = (values: readonly number[]): string =>
      this.#b.constant(float32(values, [values.length, 1, 1]))
    const scaled = this.multiply(`${name}.mul`, x, perChannel(factors))
    return this.add(name, scaled, perChannel(shifts))
  }

  maxPool(name: string, x: string, kernel: number, options: PoolOptions = {}): string {
    return this.#b.layer(name, 'MaxPool', [x], pooling(kernel, options))
  }

  /** The zeros of the padding count, as they do in PyTorch. */
  averagePool(name: string, x: string, kernel: number, options: PoolOptions = {}): string {
    const attributes = { ...pooling(kernel, options), count_include_pad: 1 }
    return this.#b.layer(name, 'AveragePool', [x], attributes)
  }

  globalAveragePool(name: string, x: string): string {
    return this.#b.layer(name, 'GlobalAveragePool', [x])
  }

  /** Means over windows that cover the image evenly, so that the output has the given size whatever x has. */
  adaptiveAveragePool(name: string, x: string, [height, width]: Size): string {
    const [rows, columns] = this.#b.shape(x).slice(2).map(Number) as [number, number]
    if (rows === height && columns === width) return this.#b.layer(name, 'Identity', [x])
    const across = this.#b.constant(adaptiveAverages(columns, width))
    const down = this.#b.constant(adaptiveAverages(rows, height))
    const narrow = this.#b.add('MatMul', [x, this.#b.transpose(across, [1, 0])])
    return this.#b.layer(name, 'MatMul', [down, narrow])
  }

  /** The picture goes on as in a mirror, so many pixels beyond each edge; those at the edge are not repeated. */
  reflectionPad(name: string, x: string, padding: number): string {
    const pads = this.#b.integers([0, 0, padding, padding, 0, 0, padding, padding])
    return this.#b.layer(name, 'Pad', [x, pads], { mode: 'reflect' })
  }

  /** What leaves the picture at one edge comes in again at the other. */
  wrapPad(name: string, x: string, padding: number): string {
    this.graph.opset = Math.max(this.graph.opset, 19) // since when there is this mode
    const pads = this.#b.integers([0, 0, padding, padding, 0, 0, padding, padding])
    return this.#b.layer(name, 'Pad', [x, pads], { mode: 'wrap' })
  }

  /** Of some channels, every so many-th row and column. */
  every(name: string, x: string, step: number, [first, count]: readonly [number, number]): string {
    const end = 2 ** 31 - 1 // wherever that is
    const starts = [first, 0, 0]
    const parts = [starts, [first + count, end, end], [1, 2, 3], [1, step, step]]
    return this.#b.layer(name, 'Slice', [x, ...parts.map((part) => this.#b.integers(part))])
  }

  /** Every pixel becomes a square of so many pixels. */
  upsample(name: string, x: string, factor: number): string {
    const scales = this.#b.constant(float32([1, 1, factor, factor], [4]))
    return this.#b.layer(name, 'Resize', [x, '', scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    })
  }

  concat(name: string, parts: string[]): string {
    return this.#b.layer(name, 'Concat', parts, { axis: 1 })
  }

  /** The two halves of the channels. */
  halves(name: string, x: string): [first: string, second: string] {
    const half = this.channels(x) / 2
    const inputs = [x, this.#b.integers([half, half])]
    return this.#b.addMany('Split', inputs, { axis: 1 }, 2, name) as [string, string]
  }

  /** Deals the channels of each group out in turn: 0 1 2 3 4 5 in two groups becomes 0 3 1 4 2 5. */
  channelShuffle(name: string, x: string, groups: number): string {
    const channels = this.channels(x)
    const each = channels / groups
    const order = Array.from(
      { length: channels },
      (_, i) => (i % groups) * each + Math.floor(i / groups),
    )
    return this.#b.layer(name, 'Gather', [x, this.#b.integers(order)], { axis: 1 })
  }

  permute(name: string, x: string, order: readonly number[]): string {
    return this.#b.layer(name, 'Transpose', [x], { perm: order })
  }

  flatten(name: string, x: string): string {
    return this.#b.layer(name, 'Flatten', [x], { axis: 1 })
  }

  /** Tells of weights that the file may hold and inference does not need: those under this name. */
  skip(module: string): void {
    if (typeof this.#weights === 'function') return
    for (const name of this.#weights.keys()) if (name.startsWith(`${module}.`)) this.#used.add(name)
  }

  /**
   * Ends the architecture: `value` is its output.
   *
   * @throws Error where weights were given that no layer has.
   */
  output(value: string): Graph {
    const given = typeof this.#weights === 'function' ? [] : [...this.#weights.keys()]
    const extra = given.filter((name) => !this.#used.has(name))
    if (extra.length > 0)
      throw new Error(
        `the weights of '${this.graph.name}' hold '${extra[0]}'` +
          (extra.length > 1 ? ` and ${extra.length - 1} more` : '') +
          `, which the architecture does not have`,
      )
    this.graph.outputs = [{ name: value, type: 'float32', shape: this.#b.shape(value) }]
    return this.graph
  }

  /** How many channels a value has. */
  channels(value: string): number {
    return Number(this.#b.shape(value)[1])
  }

  #weightAndBias(layer: string, shape: number[], bias: boolean): string[] {
    const weight = this.#weight(`${layer}.weight`, shape)
    return bias ? [weight, this.#weight(`${layer}.bias`, shape.slice(0, 1))] : [weight]
  }

  #weight(name: string, shape: number[]): string {
    const weights = this.#weights
    const tensor = typeof weights === 'function' ? weights(name, shape) : weights.get(name)
    if (!tensor) throw new Error(`the weights of '${this.graph.name}' lack '${name}'`)
    if (tensor.shape.join() !== shape.join())
      throw new Error(
        `weight '${name}' of '${this.graph.name}' is [${tensor.shape.join(', ')}], ` +
          `but the architecture has [${shape.join(', ')}]`,
      )
    this.#used.add(name)
    // Files may keep half precision; the graph computes in single.
    const data =
      tensor.data instanceof Float32Array
        ? tensor.data
        : Float32Array.from(tensor.data as ArrayLike<number>)
    return this.#b.constant({ type: 'float32', shape, data }, name)
  }
}

function pooling(
  kernel: number,
  { stride = kernel, padding = 0, ceil = false }: PoolOptions,
): Record<string, number | number[]> {
  return {
    kernel_shape: both(kernel),
    strides: both(stride),
    pads: [...both(padding), ...both(padding)],
    ceil_mode: ceil ? 1 : 0,
  }
}
