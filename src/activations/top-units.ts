/** For every unit of some layers the pictures that it answers to most strongly, found in one pass. */
import { createHash } from 'node:crypto'
import type { Tensor } from '../engine/tensor.js'
import { type Preprocessing, viewInto } from '../image/preprocessing.js'
import { Builder } from '../network/builder.js'
import { float32, type Graph, type Node } from '../network/graph.js'
import type { Network } from '../network/network.js'
import type { Part, Pass } from '../scale/pass.js'
import { passOver } from '../scale/index.js'
import { isScaled, type ScaleOptions } from '../scale/options.js'
import { follow } from '../work/index.js'
import { findLayer, type FoundLayer } from './address.js'
import {
  batchSize,
  imageOf,
  type InputBatch,
  inputBatches,
  picturesIn,
  type PictureSet,
} from './stream.js'
import { keepTop, keptTop } from './top-cache.js'

/** Of every unit of a layer the largest activations, one for each picture, the largest first. */
export interface TopUnits {
  /** [units, k]; 0 where there are fewer than k pictures that a unit answers to at all. */
  values: Tensor
  /** [units, k], the number of the picture in the data set; −1 where there is none. */
  pictures: Int32Array
}

export interface TopUnitsOptions extends ScaleOptions {
  /** How many pictures of each unit. Default 9. */
  top?: number
  /** Pictures that go through the network at once. Default: by the size of its input. */
  batch?: number
  /**
   * Where results of data sets that name themselves are kept. Default: the user's cache folder; false keeps
   * nothing, on disk or in memory.
   */
  cache?: string | false
  /** What stops it; what was found so far is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

export interface TopFindings {
  /** By layer. */
  layers: Record<string, TopUnits>
  /** How many pictures were looked at: all, unless it was interrupted. */
  seen: number
}

/** What was found on data sets that are still in use, so that another unit of the same layer costs nothing. */
const remembered = new WeakMap<PictureSet, Map<string, TopUnits>>()

/**
 * Streams a data set through the network once, and keeps for every unit of the layers the pictures of its
 * largest activations. Memory does not grow with the data set: the largest value of each map is taken in the
 * graph, so that only [N, units] numbers come back of a batch.
 *
 * Of equal values the earlier picture counts. A value of exactly 0 is no activation: that is what a rectifier
 * gives a unit that is off.
 *
 * @throws RangeError for layers that are neither feature maps nor vectors, and for `top` or `batch` that there
 *   cannot be; what reading a picture throws.
 */
export async function topUnits(
  net: Network,
  data: PictureSet,
  layers: readonly FoundLayer[],
  options: TopUnitsOptions = {},
): Promise<TopFindings> {
  const { top = 9, cache } = options
  if (!(Number.isInteger(top) && top > 0))
    throw new RangeError(`the pictures of each unit are 1 or more, not ${top}`)
  if (data.length === 0) throw new RangeError('the data set is empty')
  for (const { layer } of layers)
    if (![1, 3].includes(layer.shape.length))
      throw new RangeError(
        `layer '${layer.name}' is [${layer.shape.join(', ')}]; expected feature maps [C, H, W] or a vector`,
      )

  const memory = remembered.get(data) ?? new Map<string, TopUnits>()
  if (cache !== false) remembered.set(data, memory)
  const pass = await nameOfPass(net, data)
  const keyOf = ({ layer }: FoundLayer): string => `${pass}:${layer.name}`
  const found: Record<string, TopUnits> = {}
  const missing: FoundLayer[] = []
  for (const one of layers) {
    const key = keyOf(one)
    const known =
      cache === false
        ? undefined
        : (sufficient(memory.get(key), top) ??
          (data.digest === undefined ? undefined : sufficient(await keptTop(key, cache), top)))
    if (!known) missing.push(one)
    else {
      memory.set(key, known)
      found[one.layer.name] = first(known, top)
    }
  }
  if (missing.length === 0) return { layers: found, seen: data.length }

  const look = isScaled(options) ? sharedPass : onePass
  const { keepers, seen } = await look(net, data, missing, options, top)
  for (const [i, one] of missing.entries()) {
    const result = keepers[i]!.result()
    found[one.layer.name] = result
    if (seen < data.length || cache === false) continue
    memory.set(keyOf(one), result)
    if (data.digest !== undefined) await keepTop(keyOf(one), result, cache)
  }
  return { layers: found, seen }
}

interface PassFindings {
  keepers: Keeper[]
  seen: number
}

async function onePass(
  net: Network,
  data: PictureSet,
  layers: readonly FoundLayer[],
  options: TopUnitsOptions,
  top: number,
): Promise<PassFindings> {
  const size = batchSize(net, data.length, options.batch)
  const maxima = await maximaProgram(net, layers, size)
  const keepers = keepersOf(layers, top)
  let seen = 0
  const loop = follow(inputBatches(net, data, size, viewInto), {
    label: 'Maximal patches',
    unit: size === 1 ? 'pictures' : `batches of ${size} pictures`,
    total: Math.ceil(data.length / size),
    signal: options.signal,
    partial: true,
    transient: true,
  })
  try {
    for await (const batch of loop) {
      await addMaxima(maxima, keepers, batch)
      seen = batch.first + batch.count
    }
  } finally {
    await maxima.program.release()
  }
  return { keepers, seen }
}

/** The same by workers: each keeps the largest of its pictures, and the largest of those are the same. */
async function sharedPass(
  net: Network,
  data: PictureSet,
  layers: readonly FoundLayer[],
  options: TopUnitsOptions,
  top: number,
): Promise<PassFindings> {
  const batch = batchSize(net, data.length, options.batch)
  const keepers = keepersOf(layers, top)
  const names = layers.map(({ layer }) => layer.name)
  const { done } = await passOver(
    { pass: 'unitMaxima', options: { layers: names, top, batch }, networks: [net], data, batch },
    { label: 'Maximal patches', ...options },
    (part) => keepers.forEach((keeper, i) => keeper.merge(part, String(i))),
  )
  return { keepers, seen: done }
}

/** The largest activations of units, as a pass whose ranges workers share. */
export const unitMaxima: Pass<{ layers: readonly string[]; top: number; batch: number }> = {
  async open([net], data, { layers, top, batch }) {
    const found = layers.map((name) => findLayer(net!, name))
    const maxima = await maximaProgram(net!, found, batch)
    return {
      async part(range) {
        const keepers = keepersOf(found, top)
        for await (const one of inputBatches(net!, picturesIn(data, range), batch, viewInto))
          await addMaxima(maxima, keepers, { ...one, first: range.first + one.first })
        return Object.assign({}, ...keepers.map((keeper, i) => keeper.part(String(i)))) as Part
      },
      close: () => maxima.program.release(),
    }
  },
}

const keepersOf = (layers: readonly FoundLayer[], top: number): Keeper[] =>
  layers.map(({ layer }) => new Keeper(layer.shape[0]!, top))

/** From pixels in [0, 1]: the network as far as these layers need it, with the largest value of each of their maps. */
async function maximaProgram(net: Network, layers: readonly FoundLayer[], size: number) {
  const graph = net.graph.copy()
  const input = normaliseFirst(graph, net.preprocessing, size)
  const b = new Builder(graph)
  // The runtime computes this operator in its own blocked layout; with positions besides, which ArgMax would
  // give, a pass over five layers takes a quarter longer, and they are needed of the winners alone.
  const outputs = layers.map(({ layer, value }) =>
    b.add(layer.shape.length === 3 ? 'GlobalMaxPool' : 'Identity', [value]),
  )
  return { program: await net.engine.compile(graph.extract(outputs)), input, outputs }
}

/**
 * Puts the normalisation of pixels before the network: here it took a tenth of the throughput of SqueezeNet.
 *
 * @returns The name of the new input, [size, C, H, W].
 */
function normaliseFirst(graph: Graph, { mean, std }: Preprocessing, size: number): string {
  const [port] = graph.inputs
  const shape = [size, ...port!.shape!.slice(1)]
  const [pixels, centred] = [`${port!.name} in [0, 1]`, `${port!.name} − mean`]
  graph.inputs = [{ ...port!, name: pixels, shape }]
  const constant = (name: string, values: readonly number[]): string => {
    const perChannel = Array.from({ length: Number(shape[1]) }, (_, c) => values[c] ?? values[0]!)
    graph.constants.set(name, float32(Float32Array.from(perChannel), [perChannel.length, 1, 1]))
    return name
  }
  const step = (op: string, inputs: string[], output: string): Node => ({
    ...{ op, name: output, inputs, outputs: [output], attributes: {} },
  })
  graph.nodes.unshift(
    step('Sub', [pixels, constant(`${pixels}: mean`, mean)], centred),
    step('Div', [centred, constant(`${pixels}: std`, std)], port!.name),
  )
  return pixels
}

/** Runs a batch, and adds what is found to what is kept. */
async function addMaxima(
  { program, input, outputs }: Awaited<ReturnType<typeof maximaProgram>>,
  keepers: readonly Keeper[],
  { first, count, pixels }: InputBatch,
): Promise<void> {
  const maxima = await program.run({ [input]: { type: 'float32', ...pixels } })
  outputs.forEach((name, i) => keepers[i]!.add(maxima[name]!.data as Float32Array, first, count))
}

/** The largest values of every unit so far, one for each picture. */
export class Keeper {
  readonly #values: Float32Array
  readonly #pictures: Int32Array

  constructor(
    readonly units: number,
    readonly top: number,
  ) {
    this.#values = new Float32Array(units * top).fill(-Infinity)
    this.#pictures = new Int32Array(units * top).fill(-1)
  }

  /** @param maxima [≥ count, units], of the pictures `first`, `first + 1`, … */
  add(maxima: Float32Array, first: number, count: number): void {
    const { units, top } = this
    const values = this.#values
    for (let n = 0; n < count; n++)
      for (let unit = 0; unit < units; unit++) {
        const value = maxima[n * units + unit]!
        // Nearly all are less than what is kept, and this loop runs as often as there are pictures and units.
        if (value >= values[unit * top + top - 1]!) this.#insert(unit, value, first + n)
      }
  }

  /** Of equal values the earlier picture counts, in whatever order they come. */
  #insert(unit: number, value: number, picture: number): void {
    if (value === 0) return
    const { top } = this
    const values = this.#values
    const pictures = this.#pictures
    const precedes = (place: number): boolean =>
      value > values[place]! || (value === values[place] && picture < pictures[place]!)
    const start = unit * top
    let place = start + top - 1
    if (!precedes(place)) return
    for (; place > start && precedes(place - 1); place--) {
      values[place] = values[place - 1]!
      pictures[place] = pictures[place - 1]!
    }
    values[place] = value
    pictures[place] = picture
  }

  /** What was kept of other pictures, by the name that {@link part} was given. */
  merge(part: Part, name: string): void {
    const values = part[`${name}.values`]!.data as Float32Array
    const pictures = part[`${name}.pictures`]!.data as Int32Array
    pictures.forEach((picture, i) => {
      if (picture >= 0) this.#insert(Math.floor(i / this.top), values[i]!, picture)
    })
  }

  /** What is kept, for {@link merge}. */
  part(name: string): Part {
    const shape = [this.units, this.top]
    const { values, pictures } = this.result()
    return {
      [`${name}.values`]: { type: 'float32', data: values.data, shape },
      [`${name}.pictures`]: { type: 'int32', data: pictures, shape },
    }
  }

  result(): TopUnits {
    const data = this.#values.map((value) => (value === -Infinity ? 0 : value))
    return { values: { data, shape: [this.units, this.top] }, pictures: this.#pictures.slice() }
  }
}

const sufficient = (known: TopUnits | undefined, top: number): TopUnits | undefined =>
  known && known.values.shape[1]! >= top ? known : undefined

/** The first `top` of each unit. */
function first({ values, pictures }: TopUnits, top: number): TopUnits {
  const [units, kept] = values.shape as [number, number]
  const at = (i: number): number => Math.floor(i / top) * kept + (i % top)
  const length = units * top
  return {
    values: {
      data: Float32Array.from({ length }, (_, i) => values.data[at(i)]!),
      shape: [units, top],
    },
    pictures: Int32Array.from({ length }, (_, i) => pictures[at(i)]!),
  }
}

/**
 * What a result depends on beside the layer. The pixels of the first picture stand for the code that makes the
 * pictures, which a data set's own digest does not cover.
 */
async function nameOfPass(net: Network, data: PictureSet): Promise<string> {
  const pixels = net.preprocess(imageOf(await data.get(0)))
  return createHash('sha256')
    .update(
      JSON.stringify([net.digest, data.digest, data.length, net.preprocessing, net.engine.name]),
    )
    .update(pixels.data)
    .digest('hex')
}
