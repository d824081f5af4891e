/** The places of a window that goes over an image. */

/** The side of a square in pixels, or [vertical, horizontal]. */
export type Side = number | readonly [vertical: number, horizontal: number]

/** A grid of places, from the top left corner until all is covered. */
export interface Windows {
  rows: number
  columns: number
  window: readonly [height: number, width: number]
  stride: readonly [down: number, right: number]
  image: readonly [height: number, width: number]
}

/** A rectangle in pixels; `bottom` and `right` are exclusive. */
export interface Rectangle {
  top: number
  bottom: number
  left: number
  right: number
}

/**
 * The places of a window over an image.
 *
 * @param window Default: a seventh of each side.
 * @param stride Default: half the window. @throws RangeError where a side is no whole, positive number, the
 *   window larger than the image, or the stride larger than the window, which would leave pixels out.
 */
export function windowsOver(height: number, width: number, window?: Side, stride?: Side): Windows {
  const image = [height, width] as const
  const sides = pair(window) ?? fractions(image, 7)
  const steps = pair(stride) ?? fractions(sides, 2)
  const whole = [...sides, ...steps].every((side) => Number.isInteger(side) && side > 0)
  const size = (pair: readonly number[]): string => pair.join('×')
  if (!whole)
    throw new RangeError(
      `window and stride are whole, positive numbers of pixels, not ${size(sides)} and ${size(steps)}`,
    )
  if (sides.some((side, axis) => side > image[axis]!))
    throw new RangeError(`a window of ${size(sides)} does not fit into ${size(image)} pixels`)
  if (steps.some((step, axis) => step > sides[axis]! && sides[axis]! < image[axis]!))
    throw new RangeError(
      `a stride of ${size(steps)} would leave pixels out between windows of ${size(sides)}`,
    )
  const [rows, columns] = image.map(
    (side, axis) => Math.ceil((side - sides[axis]!) / steps[axis]!) + 1,
  ) as [number, number]
  return { rows, columns, window: sides, stride: steps, image }
}

const pair = (side: Side | undefined): readonly [number, number] | undefined =>
  typeof side === 'number' ? [side, side] : side

const fractions = ([a, b]: readonly [number, number], parts: number): [number, number] => [
  Math.max(1, Math.round(a / parts)),
  Math.max(1, Math.round(b / parts)),
]

/** What the window covers at one place, row by row; cut off at the edges. */
export function covered({ columns, window, stride, image }: Windows, index: number): Rectangle {
  const top = Math.floor(index / columns) * stride[0]
  const left = (index % columns) * stride[1]
  return {
    top,
    bottom: Math.min(top + window[0], image[0]),
    left,
    right: Math.min(left + window[1], image[1]),
  }
}

/** Copies a rectangle of all channels from one image, [C, H, W], over another. */
export function patch(
  into: Float32Array,
  from: Float32Array,
  { height, width }: { height: number; width: number },
  { top, bottom, left, right }: Rectangle,
): void {
  for (let plane = 0; plane < into.length; plane += height * width)
    for (let y = top; y < bottom; y++) {
      const line = plane + y * width
      into.set(from.subarray(line + left, line + right), line + left)
    }
}
