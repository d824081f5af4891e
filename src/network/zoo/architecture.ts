/** Writes a network's graph layer by layer, taking each layer's weights by its name. */
import { Builder } from '../builder.js'
import { BATCH, Graph, type Shape, type TypedTensor } from '../graph.js'

export type Weights = ReadonlyMap<string, TypedTensor>

/** Makes the weights of a network that is to be trained, one tensor at a time. */
export type Initialiser = (name: string, shape: number[]) => TypedTensor

export interface ConvOptions {
  stride?: number
  padding?: number
  group?: number
  dilation?: number
  /** Default true. */
  bias?: boolean
}

export interface PoolOptions {
  stride?: number
  padding?: number
  ceil?: boolean
}

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

  /** A convolution to so many channels, by a square kernel. */
  conv(
    name: string,
    x: string,
    channels: number,
    kernel: number,
    options: ConvOptions = {},
  ): string {
    const { stride = 1, padding = 0, group = 1, dilation = 1, bias = true } = options
    const both = (n: number): number[] => [n, n]
    const shape = [channels, this.#channels(x) / group, kernel, kernel]
    return this.#b.layer(name, 'Conv', [x, ...this.#weightAndBias(name, shape, bias)], {
      strides: both(stride),
      pads: [...both(padding), ...both(padding)],
      dilations: both(dilation),
      group,
    })
  }

  /** A fully connected layer to so many features. */
  linear(name: string, x: string, features: number): string {
    const inputs = [x, ...this.#weightAndBias(name, [features, this.#channels(x)], true)]
    return this.#b.layer(name, 'Gemm', inputs, { transB: 1 })
  }

  /** Batch norm at inference, by its running statistics. */
  batchNorm(name: string, x: string): string {
    const shape = [this.#channels(x)]
    const parts = ['weight', 'bias', 'running_mean', 'running_var']
    const inputs = parts.map((part) => this.#weight(`${name}.${part}`, shape))
    this.#used.add(`${name}.num_batches_tracked`)
    return this.#b.layer(name, 'BatchNormalization', [x, ...inputs], { epsilon: 1e-5 })
  }

  relu(name: string, x: string): string {
    return this.#b.layer(name, 'Relu', [x])
  }

  relu6(name: string, x: string): string {
    return this.#b.layer(name, 'Clip', [x, this.#b.scalar(0), this.#b.scalar(6)])
  }

  add(name: string, x: string, y: string): string {
    return this.#b.layer(name, 'Add', [x, y])
  }

  maxPool(name: string, x: string, kernel: number, options: PoolOptions = {}): string {
    const { stride = kernel, padding = 0, ceil = false } = options
    return this.#b.layer(name, 'MaxPool', [x], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      ceil_mode: ceil ? 1 : 0,
    })
  }

  globalAveragePool(name: string, x: string): string {
    return this.#b.layer(name, 'GlobalAveragePool', [x])
  }

  concat(name: string, parts: string[]): string {
    return this.#b.layer(name, 'Concat', parts, { axis: 1 })
  }

  flatten(name: string, x: string): string {
    return this.#b.layer(name, 'Flatten', [x], { axis: 1 })
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

  #channels(value: string): number {
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
