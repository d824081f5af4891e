/** How strongly the loss pulls at each layer of a network: the first thing to look at where one does not learn. */
import type { Items } from '../../datasets/dataset.js'
import { batchSize, inputBatches } from '../activations/stream.js'
import type { Tensor } from '../engine/tensor.js'
import { histograms } from '../figures/histograms.js'
import { row } from '../figures/row.js'
import { formatNumber } from '../figures/ticks.js'
import type { Network } from '../network/network.js'
import { crossEntropy } from '../objectives/scores.js'
import { wholeNumber } from '../options.js'
import { provenance, Result } from '../result.js'
import type { Example } from '../training/batches.js'
import { checkClasses } from '../training/evaluate.js'
import { parameterNames } from '../training/parameters.js'
import { euclidean } from '../vectors.js'
import { follow } from '../work/index.js'
import { part } from './batch.js'

export interface GradientStatisticsOptions {
  /** Of which layers' outputs. Default: those that have weights. */
  layers?: readonly string[]
  /** How many pictures, from the first on. Default 64, or as many as there are. */
  images?: number
  /** What stops it; what there is by then is returned. Default: the notebook's interrupt, or `viz.signal`. */
  signal?: AbortSignal
}

/** The gradients by one kernel or matrix. */
export interface WeightGradients {
  name: string
  /** ‖∂L/∂w‖ of each picture. */
  norms: Float32Array
  /**
   * ‖g‖ / ‖w‖, with g the gradient of the mean loss: the share of itself by which plain descent at a rate of 1 would
   * change the weight. Steps of about a thousandth (rate · this) are healthy.
   */
  relative: number
}

/** ‖∂L/∂A‖ of each layer's output A in each picture, [layers, pictures], and the same of the weights. */
export class GradientStatistics extends Result {
  constructor(
    readonly layers: readonly string[],
    readonly weights: readonly WeightGradients[],
    /** The cross-entropy of each picture. */
    readonly losses: Float32Array,
    ...[norms, origin, draw]: ConstructorParameters<typeof Result>
  ) {
    super(norms, origin, draw)
  }
}

/**
 * The gradient of the loss by all layers: of each picture the norm of the cross-entropy's gradient by what each layer
 * puts out, and by its weights, as a histogram for each layer.
 *
 * Norms that shrink from layer to layer on the way down *vanish* (Bengio, Simard & Frasconi 1994; Glorot & Bengio
 * 2010), norms that grow explode, and a layer whose norms are 0 cannot learn: it, or all above it, is dead. A picture
 * that is classified well has a small gradient everywhere, so compare layers, or networks on the same pictures. The norm
 * of a layer's gradient also grows with how many numbers the layer has.
 *
 * @param data Labelled pictures; the labels index the network's classes.
 * @returns [layers, pictures], ≥ 0; `weights` has the gradients by the weights. A picture at a time goes through.
 * @throws RangeError for an unknown layer, naming the nearest, for a data set that does not fit the network, and for
 *   `images` below 1.
 * @example
 *   const { weights } = await gradientStatistics(net, scenes({ seed: 3 }), { images: 32 })
 *   weights.map(({ name, relative }) => `${name} ${relative}`)
 */
export async function gradientStatistics(
  net: Network,
  data: Items<Example> & { readonly digest?: string },
  options: GradientStatisticsOptions = {},
): Promise<GradientStatistics> {
  checkClasses(net, data)
  if (data.length === 0) throw new RangeError('the data set is empty')
  const wanted = options.images ?? 64
  wholeNumber('images', wanted)
  const count = Math.min(wanted, data.length)
  const withWeights = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul']
  const layers =
    options.layers ??
    net.layers.filter(({ type }) => withWeights.includes(type)).map(({ name }) => name)
  if (layers.length === 0) throw new RangeError('name a layer at least')
  const kernels = parameterNames(net.graph).filter(
    (name) => net.graph.constants.get(name)!.shape.length > 1,
  )

  // A weight's gradient is that of all pictures together, so that each picture goes alone, or, through a network that
  // takes a certain number at once, as often as that.
  const copies = batchSize(net, 1, 1)
  const norms = layers.map(() => new Float32Array(count))
  const ofWeights = kernels.map((name) => ({
    name,
    norms: new Float32Array(count),
    sum: new Float64Array(net.graph.constants.get(name)!.data.length),
  }))
  const losses = new Float32Array(count)
  let seen = 0
  const labels: number[] = []
  const pictures = {
    length: count,
    async get(i: number) {
      const { image, label } = await data.get(i)
      labels[i] = label
      return image
    },
  }
  const loop = follow(inputBatches(net, pictures, 1), {
    label: 'Gradients',
    unit: 'pictures',
    total: count,
    signal: options.signal,
    partial: true,
    transient: true,
  })
  for await (const { first, pixels } of loop) {
    const { value, gradients } = await net.differentiate(repeated(pixels, copies), {
      of: crossEntropy(labels[first]!),
      wrt: [...new Set([...layers, ...kernels])],
    })
    losses[first] = value.data[0]!
    layers.forEach((layer, l) => {
      norms[l]![first] = euclidean(part(gradients[layer]!, 0))
    })
    for (const weight of ofWeights) {
      const gradient = gradients[weight.name]!.data
      gradient.forEach((g, i) => (weight.sum[i]! += g / copies))
      weight.norms[first] = euclidean(gradient) / copies
    }
    seen = first + 1
  }
  const found = ofWeights.map(({ name, norms, sum }): WeightGradients => {
    const weight = net.graph.constants.get(name)!.data as Float32Array
    const size = euclidean(weight)
    return {
      name,
      norms: norms.slice(0, seen),
      relative: size > 0 ? euclidean(sum) / Math.max(1, seen) / size : 0,
    }
  })
  const tensor: Tensor = {
    data: Float32Array.from(norms.flatMap((values) => [...values.subarray(0, seen)])),
    shape: [layers.length, seen],
  }
  const origin = provenance(net, 'gradientStatistics', data.digest, {
    layers: [...layers],
    images: count,
    seen,
  })
  return new GradientStatistics(layers, found, losses.slice(0, seen), tensor, origin, () =>
    row(
      [
        histograms({
          distributions: layers.map((name, l) => ({ name, values: part(tensor, l) })),
          label: '‖∂L/∂A‖',
          title: 'By what layers put out',
        }),
        histograms({
          distributions: found.map(({ name, norms, relative }) => ({
            name,
            values: norms,
            note: formatNumber(relative),
          })),
          label: '‖∂L/∂w‖',
          title: 'By their weights',
          caption: 'The numbers: ‖gradient of the mean loss‖ / ‖w‖.',
        }),
      ],
      {
        title: `${net.name}: gradients of the loss in ${seen} pictures`,
        caption:
          'One number of each picture and layer; the line is the median. The first layer is at the top.',
      },
    ),
  )
}

/** The same picture so often. */
function repeated({ data, shape }: Tensor, times: number): Tensor {
  if (times === 1) return { data, shape }
  const all = new Float32Array(times * data.length)
  for (let i = 0; i < times; i++) all.set(data, i * data.length)
  return { data: all, shape: [times, ...shape.slice(1)] }
}
