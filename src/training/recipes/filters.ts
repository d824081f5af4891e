/** The filters of the first layer: whether they have learnt to see anything. */
import type { Items } from '../../../datasets/dataset.js'
import type { Network } from '../../network/network.js'
import type { Example } from '../batches.js'

export interface FilterCounts {
  count: number
  /** Filters that no image excites, nor a negative of it: their output hardly varies, or stays below 0. */
  dead: number
  /** Filters without structure: neighbouring weights differ as much as any two. */
  noisy: number
}

/** Images that a filter has the chance to react to. */
const SHOWN = 128
/** A filter whose output varies less than so large a part of the median filter's is dead. */
const FAINT = 0.02
/** Noise has a roughness of 1, a smooth filter one near 0. */
const ROUGH = 0.7

/** Counts the filters of the first convolution. */
export async function firstFilters(net: Network, data: Items<Example>): Promise<FilterCounts> {
  const layer = net.layers.find(({ type }) => type === 'Conv')
  const node = net.graph.nodes.find(({ op }) => op === 'Conv')
  const kernel = net.graph.constants.get(node?.inputs[1] ?? '')
  if (!layer || !kernel) throw new Error(`network '${net.name}' has no convolution`)
  const [count, channels, height, width] = kernel.shape as [number, number, number, number]
  const weights = Float64Array.from(kernel.data as Float32Array)
  const size = channels * height * width

  const sum = new Float64Array(count)
  const squares = new Float64Array(count)
  const highest = new Float64Array(count).fill(-Infinity)
  let seen = 0
  for (let i = 0; i < Math.min(SHOWN, data.length); i++) {
    const { image } = await data.get(i)
    const maps = (await net.run(image, { layers: [layer.name] }))[layer.name]!
    const plane = maps.data.length / count
    for (let f = 0, at = 0; f < count; f++)
      for (let p = 0; p < plane; p++, at++) {
        const value = maps.data[at]!
        sum[f]! += value
        squares[f]! += value * value
        highest[f] = Math.max(highest[f]!, value)
      }
    seen += plane
  }
  const deviation = Array.from(sum, (total, f) =>
    Math.sqrt(Math.max(0, squares[f]! / seen - (total / seen) ** 2)),
  )
  const median = [...deviation].sort((a, b) => a - b)[count >> 1]!
  // Where a norm follows, its shift decides on what is above 0.
  const rectifiedAtOnce = net.graph.nodes.some(
    ({ op, inputs }) => op === 'Relu' && inputs[0] === node!.outputs[0],
  )
  const dead = deviation.map(
    (value, f) => value < FAINT * median || (rectifiedAtOnce && highest[f]! <= 0),
  )
  const rough = deviation.map(
    (_, f) => roughness(weights.subarray(f * size, (f + 1) * size), height, width) > ROUGH,
  )
  return {
    count,
    dead: dead.filter(Boolean).length,
    noisy: rough.filter((is, f) => is && !dead[f]).length,
  }
}

/**
 * The mean squared difference of neighbouring weights over what independent weights of that variance would
 * have: 1 for white noise, near 0 for a smooth filter, up to 2 for one that alternates.
 */
export function roughness(filter: Float64Array, height: number, width: number): number {
  const plane = height * width
  let differences = 0
  let pairs = 0
  let energy = 0
  for (let start = 0; start < filter.length; start += plane) {
    const own = filter.subarray(start, start + plane)
    const mean = own.reduce((sum, w) => sum + w, 0) / plane
    for (const w of own) energy += (w - mean) ** 2
    for (let i = 0; i < plane; i++) {
      if (i % width < width - 1) {
        differences += (own[i + 1]! - own[i]!) ** 2
        pairs++
      }
      if (i < plane - width) {
        differences += (own[i + width]! - own[i]!) ** 2
        pairs++
      }
    }
  }
  const variance = energy / filter.length
  return variance > 0 ? differences / pairs / (2 * variance) : 0
}
