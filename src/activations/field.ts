/** The part of the image that a unit sees. */
import { Image } from '../image/image.js'
import type { Rgb } from '../image/colormap.js'
import type { Layer } from '../network/network.js'

/** A rectangle of the network's input in pixels; it may reach over the edges, where the input is padded. */
export interface Field {
  top: number
  left: number
  height: number
  width: number
}

/**
 * The receptive field of a neuron of a layer of feature maps, by the arithmetic of windows in the graph.
 *
 * @param position Row and column in the layer's maps.
 * @returns undefined where a neuron sees the whole image.
 */
export function fieldOf(
  { receptiveField }: Layer,
  [y, x]: readonly [y: number, x: number],
): Field | undefined {
  if (!receptiveField) return undefined
  const [vertical, horizontal] = receptiveField
  return {
    top: vertical.start + y * vertical.stride,
    left: horizontal.start + x * horizontal.stride,
    height: vertical.size,
    width: horizontal.size,
  }
}

/** What lies in a field; where that reaches over the edges of the image, it is filled with a colour. */
export function cropField(image: Image, { top, left, height, width }: Field, fill: Rgb): Image {
  const cropped = new Image(width, height)
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [row, column] = [top + y, left + x]
        const inside = row >= 0 && row < image.height && column >= 0 && column < image.width
        cropped.data[(c * height + y) * width + x] = inside
          ? image.data[(c * image.height + row) * image.width + column]!
          : fill[c]!
      }
  return cropped
}

/** The image with a frame around a field, as far as it lies within. */
export function outlined(image: Image, { top, left, height, width }: Field): Image {
  const framed = new Image(image.width, image.height, image.data.slice())
  const clamp = (value: number, most: number): number => Math.min(most - 1, Math.max(0, value))
  const [first, last] = [clamp(top, image.height), clamp(top + height - 1, image.height)]
  const [start, end] = [clamp(left, image.width), clamp(left + width - 1, image.width)]
  const colour: Rgb = [0.2, 1, 0.4]
  const paint = (y: number, x: number): void =>
    colour.forEach((value, c) => {
      framed.data[(c * image.height + y) * image.width + x] = value
    })
  for (let x = start; x <= end; x++) for (const y of [first, last]) paint(y, x)
  for (let y = first; y <= last; y++) for (const x of [start, end]) paint(y, x)
  return framed
}
