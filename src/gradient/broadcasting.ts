import type { Builder } from '../network/builder.js'

/** Sums a cotangent over the axes along which `value` was broadcast. */
export function unbroadcast(b: Builder, dy: string, value: string): string {
  const from = b.shape(dy)
  const to = b.shape(value)
  const lead = from.length - to.length
  const axes = from.flatMap((dim, axis) =>
    axis < lead || (to[axis - lead] === 1 && dim !== 1) ? [axis] : [],
  )
  if (axes.length === 0) return dy
  const summed = b.sum(dy, axes, true)
  return lead === 0 ? summed : b.add('Squeeze', [summed, b.integers(axes.filter((a) => a < lead))])
}
