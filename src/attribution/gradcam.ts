import { overlay } from '../figures/overlay.js'
import type { ReluRule } from '../gradient/relu-rules.js'
import type { Network } from '../network/network.js'
import { provenance, Result } from '../result.js'
import { eachImage, part, pictures } from './batch.js'
import { type Explained, type Input, question } from './question.js'
import { weighMaps } from './weigh-maps.js'

export interface GradCamOptions {
  /** The feature maps to weigh. Default: the last ones before the classifier. */
  layer?: string
  /** Keep only what speaks for the class, as in the paper. Default true; Captum's default is false. */
  relu?: boolean
  /**
   * How gradients pass the rectifiers above the layer. Default 'plain', as in the paper; tf-explain's default,
   * `use_guided_grads`, is near 'guided', and no longer the paper's map.
   */
  rule?: ReluRule
}

/**
 * Grad-CAM: where the feature maps that speak for a class are active.
 *
 *     α_k = mean over y, x of ∂S_c / ∂A_k[y, x]        L = ReLU(Σ_k α_k A_k)
 *
 * Selvaraju et al.: Grad-CAM (2017), with the score before softmax. Drawn over the image by bilinear
 * interpolation, as in the paper. Others differ: Captum leaves the ReLU out (`relu: false`), TensorFlow.js's example
 * differentiates the probability (`of: classProbability('tiger cat')`), tf-explain guides the gradients (`rule`).
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @param options `target`: a class, or `of`: any objective; and {@link GradCamOptions}.
 * @returns [N, h, w] at the layer's own resolution, ≥ 0 unless `relu` is false.
 * @throws RangeError for an unknown class, layer or rule, naming the nearest, for a layer without maps, and for
 *   pixels that are not finite.
 * @example await gradcam(net, photo, { target: 'tiger cat', layer: 'features.12' })
 */
export async function gradcam(
  net: Network,
  input: Input,
  options: Explained & GradCamOptions,
): Promise<Result> {
  const { layer = net.lastFeatureMaps, relu = true, rule = 'plain' } = options
  const { pixels, of, name, parameters } = question(net, input, options)
  const { gradients, activations } = await net.differentiate(pixels, {
    of,
    rule,
    wrt: [layer],
    layers: [layer],
  })
  const map = weighMaps(layer, activations[layer]!, gradients[layer]!, relu)
  const [count, height, width] = map.shape as [number, number, number]
  const images = pictures(pixels, net.preprocessing)
  const origin = provenance(net, 'gradcam', pixels, { ...parameters, layer, relu, rule })
  return new Result(map, origin, () =>
    eachImage(count, (i) => {
      const data = part(map, i)
      return overlay({
        image: images[i]!,
        data,
        width,
        height,
        colors: relu ? 'sequential' : 'diverging',
        title: `Grad-CAM${by[rule]}: ${name(i)}`,
        label: `${relu ? 'ReLU ' : ''}Σ α A at ${layer}`,
        caption: relu && data.every((value) => value === 0) ? nothingSpeaksFor : undefined,
      })
    }),
  )
}

const by: Readonly<Record<ReluRule, string>> = {
  plain: '',
  guided: ' by guided gradients',
  deconvnet: " by DeconvNet's signal",
}

const nothingSpeaksFor =
  'Nowhere do the feature maps, weighed together, speak for this. The option relu: false shows what ' +
  'speaks against it.'
