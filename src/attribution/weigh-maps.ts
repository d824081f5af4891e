import type { Tensor } from '../engine/tensor.js'

/**
 * What Grad-CAM shows: Σ_k α_k A_k, where α_k is the mean of the gradient by map k.
 *
 * @param maps, gradients [N, K, h, w]. @param relu Keep only what is positive.
 * @returns [N, h, w]
 * @throws RangeError for what are no maps.
 */
export function weighMaps(layer: string, maps: Tensor, gradients: Tensor, relu: boolean): Tensor {
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
