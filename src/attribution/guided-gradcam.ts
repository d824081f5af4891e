import { gradientPicture } from '../figures/gradient.js'
import { resizePlane } from '../image/resize.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part } from './batch.js'
import { coloured } from './pixel-gradient.js'
import { type Explained, type Input, question } from './question.js'
import { weighMaps } from './weigh-maps.js'

export interface GuidedGradCamOptions {
  /** The feature maps that Grad-CAM weighs. Default: the last ones before the classifier. */
  layer?: string
  /** How the map is enlarged: 'bilinear' (default, as in the paper) or 'nearest', Captum's default. */
  interpolation?: 'bilinear' | 'nearest'
}

/**
 * Guided Grad-CAM: guided backpropagation, pixel by pixel times Grad-CAM enlarged: as sharp as the one,
 * and telling classes apart as the other does.
 *
 * Selvaraju et al.: Grad-CAM (2017). Where Grad-CAM's map is 0 everywhere, so is this one.
 *
 * @param input An image, or normalised pixels [N, C, H, W].
 * @param options `target`: a class, or `of`: any objective; and {@link GuidedGradCamOptions}.
 * @returns [N, C, H, W], signed.
 * @throws RangeError for an unknown class or layer, naming the nearest, for a layer without maps, for pixels
 *   that are not finite, and for an unknown interpolation.
 * @example await guidedGradcam(net, photo, { target: 'tiger cat' })
 */
export async function guidedGradcam(
  net: Network,
  input: Input,
  options: Explained & GuidedGradCamOptions,
): Promise<Result> {
  const { layer = net.lastFeatureMaps, interpolation = 'bilinear' } = options
  if (!interpolations.includes(interpolation))
    throw new RangeError(
      `a map is enlarged by '${interpolations.join("' or '")}', not '${String(interpolation)}'`,
    )
  const { pixels, of, name, parameters } = question(net, input, options)
  const { gradients, activations } = await net.differentiate(pixels, {
    of,
    wrt: [layer],
    layers: [layer],
  })
  const map = weighMaps(layer, activations[layer]!, gradients[layer]!, true)
  const signal = await net.gradient(pixels, { of, rule: 'guided' })

  const [count, rows, columns] = map.shape as [number, number, number]
  const [, , height, width] = signal.shape as [number, number, number, number]
  const data = signal.data.slice()
  for (let i = 0; i < count; i++) {
    const enlarged = resizePlane(part(map, i), columns, rows, width, height, {
      filter: interpolation,
    })
    const one = part({ data, shape: signal.shape }, i)
    for (let at = 0; at < one.length; at++) one[at]! *= enlarged[at % enlarged.length]!
  }
  const product = { data, shape: signal.shape }
  const told = { ...parameters, layer, interpolation }
  return new Result(product, provenance(net, 'guidedGradcam', pixels, told), () =>
    eachImage(count, (i) =>
      gradientPicture({
        data: coloured(part(product, i), width * height),
        width,
        height,
        title: `Guided Grad-CAM: ${name(i)}`,
        caption: part(map, i).every((value) => value === 0)
          ? `Grad-CAM at ${layer} is 0 everywhere: no feature maps there speak for this.`
          : `Guided backprop × Grad-CAM at ${layer}.`,
      }),
    ),
  )
}

const interpolations = ['bilinear', 'nearest'] as const
