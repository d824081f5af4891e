/** How users name what is inside a network: `conv4` (a layer), `conv4:17` (a channel), `conv4:17@3,5` (a neuron). */
import type { Node } from '../network/graph.js'
import { layerNames, unknownName } from '../network/names.js'
import type { Layer, Network } from '../network/network.js'
import type { Objective } from '../objectives/objective.js'
import { activation, channel as channelMean, neuron } from '../objectives/units.js'

/** A layer, and how it is computed. */
export interface FoundLayer {
  layer: Layer
  node: Node
  /** The name of its output in the graph. */
  value: string
}

/** What an address means in a network. */
export interface FoundUnit extends FoundLayer {
  /** A channel of feature maps, or an element of a vector, from 0; undefined where the whole layer is meant. */
  channel: number | undefined
  /** Row and column in the channel's map, from 0; undefined where the whole map is meant. */
  position: [y: number, x: number] | undefined
  /** The address in its shortest form. */
  address: string
}

/** What follows the last colon: a number or the name of a class, and perhaps a place. */
const channelPart = /^(.+):([^:@]+)(?:@([^:@]*))?$/
const neuronPart = /^\s*(\d+)\s*,\s*(\d+)\s*$/

/** Whether a text has the form of a channel's or neuron's address by number: `conv4:17`, `conv4:17@3,5`. */
export const isUnitAddress = (text: string): boolean => /^.+:\d+(@\d+\s*,\s*\d+)?$/.test(text)

/**
 * A layer of a network by its name.
 *
 * @throws RangeError for an unknown one, naming the nearest.
 */
export function findLayer(net: Network, name: string): FoundLayer {
  const { layers, modules } = layerNames(net.graph)
  const node = layers.get(name) ?? modules.get(name)
  const own = [...layers].find(([, other]) => other === node)?.[0]
  const layer = net.layers.find((other) => other.name === own)
  if (!node || !layer) throw unknownName('layer', name, [...layers.keys(), ...modules.keys()])
  return { layer, node, value: node.outputs[0]! }
}

/**
 * What an address means in a network.
 *
 * @param address `conv4`, `conv4:17` or `conv4:17@3,5` (channel @ row, column); all from 0.
 * @param channel The channel, where the address names the layer alone: its number, or the name of a class
 *   in a layer that has one channel for each class.
 * @throws RangeError for an unknown layer or class, naming the nearest, and for a channel or a place outside
 *   the layer, saying what it has.
 * @example
 *   findUnit(net, 'conv4:17@3,5').layer.shape // [96, 12, 12]
 *   findUnit(net, 'fc8', 'cat').channel
 */
export function findUnit(net: Network, address: string, channel?: number | string): FoundUnit {
  const names = new Set(net.layers.map(({ name }) => name))
  // A layer's own name may hold a colon.
  const parts = names.has(address) ? null : channelPart.exec(address)
  const found = findLayer(net, parts?.[1] ?? address)
  const given = parts?.[2] ?? channel
  if (parts && channel !== undefined)
    throw new RangeError(`'${address}' names a channel already, and ${channel} is another`)
  const { name } = found.layer
  if (given === undefined)
    return { ...found, channel: undefined, position: undefined, address: name }
  const index = channelOf(net, found.layer, given)
  const position = parts?.[3] === undefined ? undefined : positionOf(found.layer, parts[3])
  const at = position ? `@${position.join()}` : ''
  return { ...found, channel: index, position, address: `${name}:${index}${at}` }
}

/**
 * What to explain, by an address: a neuron, the mean of a channel, or a layer as a whole.
 *
 * @throws RangeError for an address that is none; when it is used, as {@link neuron} and {@link channelMean} do.
 * @example await guided(net, photo, { of: unit('conv5:17@3,3') })
 */
export function unit(address: string): Objective {
  if (!isUnitAddress(address)) {
    if (/[:@]/.test(address))
      throw new RangeError(
        `'${address}' is no address: expected layer, layer:channel or layer:channel@row,column, ` +
          `such as 'conv4:17@3,5'`,
      )
    return activation(address)
  }
  const [, layer, channel, place] = channelPart.exec(address) as unknown as [
    string,
    string,
    string,
    string | undefined,
  ]
  if (place === undefined) return channelMean(layer, Number(channel))
  return neuron(layer, [Number(channel), ...place.split(',').map(Number)])
}

/** Whether a layer has one unit for each class: as many, and no layer with weights after it. */
export function isOfClasses(net: Network, layer: Layer): boolean {
  if (net.classes.length === 0 || layer.shape[0] !== net.classes.length) return false
  const after = net.layers.slice(net.layers.findIndex(({ name }) => name === layer.name) + 1)
  return !after.some(({ type }) => ['Conv', 'Gemm', 'MatMul'].includes(type))
}

function channelOf(net: Network, layer: Layer, given: number | string): number {
  const { name, shape } = layer
  const channels = shape[0]!
  const index = typeof given === 'string' && /^\s*\d+\s*$/.test(given) ? Number(given) : given
  if (typeof index === 'string') {
    if (isOfClasses(net, layer)) return net.classIndex(index)
    throw new RangeError(
      `a channel of '${name}' is a whole number from 0 to ${channels - 1}, not '${index}'`,
    )
  }
  if (Number.isInteger(index) && index >= 0 && index < channels) return index
  const kind = shape.length === 1 ? 'unit' : 'channel'
  throw new RangeError(
    `layer '${name}' has the ${kind}s 0 … ${channels - 1}, and no ${kind} ${index}`,
  )
}

function positionOf({ name, shape }: Layer, text: string): [number, number] {
  const [, height, width] = shape
  if (shape.length !== 3)
    throw new RangeError(
      `layer '${name}' is [${shape.join(', ')}]: its units have no rows and columns, so that '@${text}' ` +
        `has no meaning there`,
    )
  const [, y, x] = (neuronPart.exec(text) ?? []).map(Number)
  if (y === undefined || x === undefined)
    throw new RangeError(`a place in a map is row,column, such as '@3,5', not '@${text}'`)
  if (y < height! && x < width!) return [y, x]
  throw new RangeError(
    `the maps of '${name}' have the rows 0 … ${height! - 1} and columns 0 … ${width! - 1}, ` +
      `and no place ${y},${x}`,
  )
}
