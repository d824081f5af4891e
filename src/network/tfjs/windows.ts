/** Where the windows of TensorFlow's convolutions and poolings lie. */
import type { Attribute } from '../graph.js'

export interface WindowOptions {
  size: readonly number[]
  strides: readonly number[]
  dilations: readonly number[]
  /** TensorFlow's SAME padding; without it there is none. */
  same: boolean
}

/**
 * Windows as attributes of ONNX. Of SAME padding the larger half is after the image; with a stride it depends
 * on the image's size, and is left for each size to work out.
 *
 * @param layer Says where a mistake is.
 */
export function windowAttributes(
  { size, strides, dilations, same }: WindowOptions,
  layer: { error(message: string): Error },
): Record<string, Attribute> {
  const dense = dilations.every((dilation) => dilation === 1)
  const attributes = { kernel_shape: size, strides, ...(dense ? {} : { dilations }) }
  if (!same) return attributes
  if (strides.some((stride) => stride > 1)) {
    if (!dense) throw layer.error('its windows are both strided and dilated')
    return { ...attributes, auto_pad: 'SAME_UPPER' }
  }
  const total = size.map((k, i) => dilations[i]! * (k - 1))
  const begin = total.map((n) => Math.floor(n / 2))
  return { ...attributes, pads: [...begin, ...total.map((n, i) => n - begin[i]!)] }
}
