import type { Tensor } from '../engine/tensor.js'
import { overlay } from '../figures/overlay.js'
import type { Network } from '../network/network.js'
import { classScore, type Target } from '../objectives/objective.js'
import { provenance, Result } from '../result.js'
import { eachImage, type Input, part, pictures, targetIndices, targetName } from './input.js'

export interface GradCamOptions {
  /** The class to explain: index or name, or one for each image. */
  target: Target
  /** The feature maps to weigh. Default: the last ones before the classifier. */
  layer?: string
  /** Keep only what speaks for the class, as in the paper. Default true; Captum's is false. */
  relu?: boolean
}

/**
 * Grad-CAM: where the feature maps that speak for a class are active.
 *
 *     α_k = mean over y, x of ∂S_c / ∂A_k[y, x]        L = ReLU(Σ_k α_k A_k)
 *
 * Selvaraju et al.: Grad-CAM (2017), with the score before softmax. Drawn over the image by bilinear
 * interpolation, as in the paper.
 *
 * @param input An image, or normalised pixels [N, 3, H, W].
 * @returns [N, h, w] at the layer's own resolution, ≥ 0 unless `relu` is false.
 * @throws RangeError for an unknown class or layer, naming the nearest, and for a layer without maps.
 * @example await gradcam(net, photo, { target: 'tiger cat', layer: 'features.12' })
 */
export async function gradcam(
  net: Network,
  input: Input,
  { target, layer = net.lastFeatureMaps, relu = true }: GradCamOptions,
): Promise<Result> {
  const { gradients, activations } = await net.differentiate(input, {
    of: classScore(target),
    wrt: [layer],
    layers: [layer],
  })
  const map = weighMaps(layer, activations[layer]!, gradients[layer]!, relu)
  const [count, height, width] = map.shape as [number, number, number]
  const images = pictures(net, input)
  const parameters = { target: targetIndices(net, target), layer, relu }
  return new Result(map, provenance(net, 'gradcam', parameters), () =>
    eachImage(count, (i) => {
      const data = part(map, i)
      const empty = data.every((value) => value === 0)
      return overlay({
        image: images[i]!,
        data,
        width,
        height,
        colors: relu ? 'sequential' : 'diverging',
        title: `Grad-CAM of '${targetName(net, target, i)}'`,
        label: `${relu ? 'ReLU ' : ''}Σ α A at ${layer}`,
        caption: empty
          ? `The map is zero: no channel of ${layer} that is active speaks for this class.`
          : undefined,
      })
    }),
  )
}

/** [N, K, h, w] twice → [N, h, w] */
function weighMaps(layer: string, maps: Tensor, gradients: Tensor, relu: boolean): Tensor {
  if (maps.shape.length !== 4)
    throw new RangeError(
      `Grad-CAM needs feature maps, but layer '${layer}' is [${maps.shape.slice(1).join(', ')}]`,
    )
  const [count, channels, height, width] = maps.shape as [number, number, number, number]
  const plane = height * width
  const data = new Float32Array(count * plane)
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < channels; k++) {
      const start = (n * channels + k) * plane
      let alpha = 0
      for (let i = 0; i < plane; i++) alpha += gradients.data[start + i]!
      alpha /= plane
      for (let i = 0; i < plane; i++) data[n * plane + i]! += alpha * maps.data[start + i]!
    }
  }
  return {
    data: relu ? data.map((value) => Math.max(0, value)) : data,
    shape: [count, height, width],
  }
}
