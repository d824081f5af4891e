/** One call of a Keras layer on its way into the graph. */
import type { Builder } from '../../builder.js'
import type { Attribute, Dim, TypedTensor } from '../../graph.js'
import { unknownName } from '../../names.js'
import type { Config } from './config.js'
import {
  arranged,
  axisFromEnd,
  channelsFirst,
  type Features,
  laidOut,
  type Layout,
  tensorShape,
} from '../features.js'
import { windowAttributes } from '../windows.js'
import type { Layer } from './model.js'

/** Appends what a layer computes; the node that computes its output is called `name`. */
export type Rule = (call: LayerCall, name: string) => Features

/** Where versions of Keras compute different things under one name. */
export interface Dialect {
  /** Bilinear upsampling counts positions from pixels' centres (TensorFlow 2), or from corners (tf.js). */
  halfPixelCentres: boolean
  /** hard_sigmoid(x) = clip(slope · x + ½, 0, 1): 0.2, and 1/6 since Keras 3. */
  hardSigmoidSlope: number
}

/** What a model's layers share. */
export interface Surroundings {
  b: Builder
  dialect: Dialect
  weights: ReadonlyMap<string, TypedTensor>
  /** The axis of images that holds the channels where a layer does not say it: 3 or 1. */
  channelAxis: number
}

/** A layer, what this call of it reads, and how it writes what it computes. */
export class LayerCall {
  readonly b: Builder
  readonly config: Config
  readonly #path: readonly string[]

  /**
   * @param path The layer's name, and before it those of the models around it.
   * @param inputs What this call reads.
   */
  constructor(
    readonly surroundings: Surroundings,
    readonly layer: Layer,
    path: readonly string[],
    readonly inputs: readonly Features[],
  ) {
    this.b = surroundings.b
    this.config = layer.config
    this.#path = path
  }

  /** The input of a layer that has one. */
  get x(): Features {
    const [x, ...more] = this.inputs
    if (x && more.length === 0) return x
    throw this.config.error(`it has ${this.inputs.length} inputs; expected one`)
  }

  /** The shape of the input as Keras has it. */
  get shape(): Dim[] {
    return tensorShape(this.b, this.x)
  }

  /** Appends the node that computes the output. */
  node(
    name: string,
    op: string,
    inputs: string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    return this.b.layer(name, op, inputs, attributes)
  }

  /** Appends a node on the way to the output `name`: it is called `name.part`. */
  step(
    name: string,
    part: string,
    op: string,
    inputs: string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    return this.b.addMany(op, inputs, attributes, 1, this.b.fresh(`${name}.${part}`))[0]!
  }

  /** Axis number of an option that counts from either end. */
  axis(axis: number, rank = this.x.order.length): number {
    const counted = axisFromEnd(axis, rank)
    if (counted !== undefined) return counted
    throw this.config.error(`its input has ${rank} axes, and no axis ${axis}`)
  }

  /** The axis of an image that holds the channels. */
  get channelAxis(): number {
    const { channelAxis } = this.surroundings
    const usual = channelAxis === 1 ? 'channels_first' : 'channels_last'
    const format = this.config.choice('data_format', ['channels_last', 'channels_first'], usual)
    return format === 'channels_first' ? 1 : this.x.order.length - 1
  }

  /** An image as [N, C, H, W]. */
  image(name: string): Features {
    if (this.x.order.length !== 4)
      throw this.config.error(
        `its input is [${this.shape.join(', ')}]; expected images, with four axes`,
      )
    const order = channelsFirst(4, this.channelAxis)
    return { value: arranged(this.b, this.x, order, name), order }
  }

  /** How many channels an image has. */
  channels({ value }: Features): number {
    return this.known(this.b.shape(value)[1])
  }

  /** A dimension that must be known. */
  known(dim: Dim | undefined): number {
    if (typeof dim === 'number') return dim
    throw this.config.error(`its input is [${this.shape.join(', ')}]; expected a known size`)
  }

  /** The layer's windows as attributes of ONNX. */
  windows(size: [number, number], strides: [number, number] = [1, 1]): Record<string, Attribute> {
    const { config } = this
    const options = {
      size,
      strides: config.pair('strides', strides),
      dilations: config.pair('dilation_rate', [1, 1]),
      same: config.choice('padding', ['valid', 'same'], 'valid') === 'same',
    }
    return windowAttributes(options, config)
  }

  /** The bias among a node's inputs, where the layer has one. */
  bias(size: number): string[] {
    return this.config.flag('use_bias', true) ? [this.weight('bias', [size])] : []
  }

  /**
   * A weight of the layer, as a constant called `layer.weight`.
   *
   * @param shape As Keras has it. @param layout How the graph has it.
   */
  weight(weight: string, shape: readonly number[], layout: Layout = {}): string {
    const name = [...this.#path, weight].join('.')
    if (this.b.graph.constants.has(name)) return name // the layer was called before
    const tensor = this.findWeight(weight)
    if (!tensor) {
      const given = this.surroundings.weights.keys()
      throw this.config.error(unknownName('weight', `${this.layer.name}/${weight}`, given).message)
    }
    if (tensor.shape.join() !== shape.join())
      throw this.config.error(
        `its '${weight}' is [${tensor.shape.join(', ')}]; expected [${shape.join(', ')}]`,
      )
    return this.b.constant(laidOut(tensor, layout), name)
  }

  /**
   * A weight as it stands in the file: under the names of layer and weight, with some or all of those of the
   * models around, or of scopes that it was made in.
   */
  findWeight(weight: string): TypedTensor | undefined {
    const { weights } = this.surroundings
    const path = [...this.#path, weight]
    for (let start = 0; start < path.length - 1; start++) {
      const found = weights.get(path.slice(start).join('/'))
      if (found) return found
    }
    const ending = `/${this.layer.name}/${weight}`
    const similar = [...weights.keys()].filter((name) => name.endsWith(ending))
    if (similar.length > 1)
      throw this.config.error(`its '${weight}' may be any of ${similar.slice(0, 3).join(', ')}`)
    return weights.get(similar[0] ?? '')
  }
}
