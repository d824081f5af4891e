/** What is kept of the pictures of a data set, and how it comes about. */
import {
  imageOf,
  type InputBatch,
  inputBatches,
  type Pictured,
  picturesIn,
  type PictureSet,
} from '../activations/stream.js'
import { part } from '../attribution/batch.js'
import { sizeOf, type Tensor } from '../engine/tensor.js'
import { unnormalise } from '../image/preprocessing.js'
import type { Network } from '../network/network.js'
import type { Part, Pass } from '../scale/pass.js'
import { Thumbnails } from './thumbnails.js'

/** What becomes of feature maps [C, h, w]: the mean of each, or all numbers. */
export type Spatial = 'average' | 'flatten'

/** An item of a data set with a class, or any other. */
type Item = Pictured & { readonly label?: unknown }

/** What is kept of each picture: its features, its label, a thumbnail. */
export class Rows {
  readonly labels: Int32Array
  readonly thumbnails: Thumbnails
  private features: Float32Array | undefined
  private width = 0

  constructor(
    readonly net: Network,
    readonly layer: string,
    readonly spatial: Spatial,
    private readonly count: number,
  ) {
    this.labels = new Int32Array(count).fill(-1)
    this.thumbnails = new Thumbnails(count, net.preprocessing.size)
  }

  async add({ first, count, pixels }: InputBatch): Promise<void> {
    const { net, layer } = this
    const output = (await net.run(pixels, { layers: [layer] }))[layer]!
    const rows = this.spatial === 'average' ? averaged(output) : output
    this.setFeatures(
      rows.data.subarray(0, (count * rows.data.length) / rows.shape[0]!),
      first,
      count,
    )
    for (let slot = 0; slot < count; slot++) {
      const seen = { data: part(pixels, slot), shape: pixels.shape.slice(1) }
      this.thumbnails.set(first + slot, unnormalise(seen, net.preprocessing))
    }
  }

  /** The data set; labels are written down as its items go by. */
  noting(set: PictureSet): PictureSet {
    const note = (item: Pictured, index: number): Pictured => {
      const { label } = item as Item
      if (typeof label === 'number') this.labels[index] = label
      return imageOf(item)
    }
    return {
      length: set.length,
      get: (index) => {
        const item = set.get(index)
        return item instanceof Promise ? item.then((read) => note(read, index)) : note(item, index)
      },
    }
  }

  /** All of them, for {@link put}. */
  part(): Part {
    const { count, width, labels, thumbnails } = this
    const { bytes } = thumbnails
    return {
      features: { type: 'float32', data: this.features!, shape: [count, width] },
      labels: { type: 'int32', data: labels, shape: [count] },
      thumbnails: { type: 'uint8', data: bytes, shape: [count, bytes.length / count] },
    }
  }

  /** Puts the rows of others at their place. */
  put({ features, labels, thumbnails }: Part, first: number): void {
    this.setFeatures(features!.data as Float32Array, first, features!.shape[0]!)
    this.labels.set(labels!.data as Int32Array, first)
    this.thumbnails.setBytes(first, thumbnails!.data as Uint8Array)
  }

  /** The features of the first `count` pictures. */
  matrix(count: number): Tensor {
    return { data: this.features!.subarray(0, count * this.width), shape: [count, this.width] }
  }

  private setFeatures(rows: Float32Array, first: number, count: number): void {
    this.width = rows.length / count
    this.features ??= new Float32Array(this.count * this.width)
    this.features.set(rows, first * this.width)
  }
}

/** Features of a data set, as a pass whose ranges workers share. */
export const featuresPass: Pass<{ layer: string; spatial: Spatial; batch: number }> = {
  open: ([net], data, { layer, spatial, batch }) =>
    Promise.resolve({
      async part(range) {
        const rows = new Rows(net!, layer, spatial, range.count)
        const pictures = rows.noting(picturesIn(data, range))
        for await (const one of inputBatches(net!, pictures, batch)) await rows.add(one)
        return rows.part()
      },
    }),
}

/** The mean of each feature map; vectors as they are. */
export function averaged(output: Tensor): Tensor {
  const [images, channels, ...places] = output.shape as [number, number, ...number[]]
  const plane = sizeOf(places)
  if (plane === 1) return { data: output.data, shape: [images, channels] }
  const data = new Float32Array(images * channels)
  for (let i = 0; i < data.length; i++) {
    let sum = 0
    for (let k = i * plane; k < (i + 1) * plane; k++) sum += output.data[k]!
    data[i] = sum / plane
  }
  return { data, shape: [images, channels] }
}
