/** Why dreams send the activation down in place of a gradient: it is one. */
import type { Tensor } from '../engine/tensor.js'
import { gradientPicture } from '../figures/gradient.js'
import { row } from '../figures/row.js'
import type { Image } from '../image/image.js'
import type { Network } from '../network/network.js'
import { innerProduct } from '../objectives/dot-products.js'
import { activation } from '../objectives/units.js'
import { type Provenance, provenance, Result } from '../result.js'
import { euclidean } from '../vectors.js'

/** Two gradients by the pixels, [2, C, H, W]: of ½‖A‖², and of the activation sent down. They are the same. */
export class DreamIdentity extends Result {
  constructor(
    readonly layer: string,
    /** The largest |∂ ½‖A‖² / ∂A − A| at the layer. */
    readonly differenceAtLayer: number,
    /** ‖difference‖ / ‖gradient‖ of the two at the pixels. */
    readonly differenceAtPixels: number,
    pixels: Tensor,
    origin: Provenance,
  ) {
    super(pixels, origin, () => identityFigure(this))
  }
}

/**
 * The identity of DeepDream: the gradient of ½‖A‖² by the layer is the activation A, so that to send A down the network
 * in place of a gradient is to climb ½‖A‖².
 *
 * Computed in two ways: by differentiating ½‖A(x)‖², and by sending the numbers A, as they are, down from the layer.
 *
 * @throws RangeError for an unknown layer, naming the nearest.
 * @example (await dreamIdentity(net, photo, 'conv4')).differenceAtPixels
 */
export async function dreamIdentity(
  net: Network,
  image: Image,
  layer: string,
): Promise<DreamIdentity> {
  const input = net.preprocess(image)
  const { gradients, activations } = await net.differentiate(input, {
    of: activation(layer),
    wrt: ['input', layer],
    layers: [layer],
  })
  const [climbing, slope, active] = [gradients.input!, gradients[layer]!, activations[layer]!]
  const sent = await net.gradient(input, { of: innerProduct(layer, active) })
  const data = new Float32Array(2 * climbing.data.length)
  data.set(climbing.data)
  data.set(sent.data, climbing.data.length)
  const apart = climbing.data.map((value, i) => value - sent.data[i]!)
  return new DreamIdentity(
    layer,
    slope.data.reduce((most, value, i) => Math.max(most, Math.abs(value - active.data[i]!)), 0),
    euclidean(apart) === 0 ? 0 : euclidean(apart) / euclidean(climbing.data),
    { data, shape: [2, ...climbing.shape.slice(1)] },
    provenance(net, 'dreamIdentity', input, { layer }),
  )
}

function identityFigure({
  layer,
  data,
  shape,
  differenceAtLayer,
  differenceAtPixels,
}: DreamIdentity) {
  const [, channels, height, width] = shape as [number, number, number, number]
  const size = data.length / 2
  const shown = (i: number, title: string) => {
    const own = Array.from(data.subarray(i * size, (i + 1) * size))
    const colours = channels === 1 ? [...own, ...own, ...own] : own
    return gradientPicture({ data: Float32Array.from(colours), width, height, title })
  }
  return row([shown(0, 'gradient of ½‖A‖² by the pixels'), shown(1, 'A sent down as a gradient')], {
    caption:
      `A is the activation of ${layer}. At the layer the gradient and A differ ${by(differenceAtLayer)}, ` +
      `at the pixels the two ${by(differenceAtPixels, ' of their norm')}.`,
  })
}

const by = (difference: number, of = ''): string =>
  difference === 0 ? 'not at all' : `by ${difference.toExponential(1)}${of}`
